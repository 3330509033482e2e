/** What the keys and the buttons of a desk do. */

const SHUTTLES = { "-1": "j", 0: "k", 1: "l" };

export class DeskCommands {
  /**
   * @param {Workspace} workspace
   * @param {object} parts
   * @param {{toggle, step, shuttle}} parts.player
   * @param {{open: () => void, close: () => void}} parts.help
   */
  constructor(workspace, { player, help }) {
    Object.assign(this, { workspace, player, help });
  }

  /** Do what a binding of the table of keys says. */
  run(command, amount) {
    this[command](amount);
  }

  play() {
    this.player.toggle();
  }

  frames(count) {
    this.player.step(count);
  }

  seconds(count) {
    this.workspace.seek(this.position_s + count);
  }

  home() {
    this.workspace.seek(0);
  }

  end() {
    this.workspace.seek(this.workspace.axis.duration_s);
  }

  shuttle(way) {
    this.player.shuttle(SHUTTLES[way]);
  }

  loopStart() {
    const { loop } = this.workspace.view;
    const end_s = loop && loop[1] > this.position_s ? loop[1] : this.workspace.axis.duration_s;
    this.workspace.setLoop(this.position_s, end_s);
  }

  loopEnd() {
    const { loop } = this.workspace.view;
    const start_s = loop && loop[0] < this.position_s ? loop[0] : 0;
    this.workspace.setLoop(start_s, this.position_s);
  }

  loopClear() {
    this.workspace.setLoop(null);
  }

  mute() {
    this.switchTrack("mute", "muted");
  }

  solo() {
    this.switchTrack("solo", "soloed");
  }

  lock() {
    const track = this.track();
    if (track) this.ask({ do: track.locked ? "unlock" : "lock", track: track.name });
  }

  undo() {
    this.step("undo");
  }

  redo() {
    this.step("redo");
  }

  zoom(factor) {
    const { axis } = this.workspace;
    const at_px = axis.x(this.position_s);
    const isInView = at_px >= 0 && at_px <= axis.width_px;
    axis.zoom(factor, isInView ? at_px : axis.width_px / 2);
  }

  fit() {
    this.workspace.axis.show(0, this.workspace.axis.duration_s);
  }

  escape() {
    this.workspace.select(null);
  }

  get position_s() {
    return this.workspace.view.position_s;
  }

  step(way) {
    const what = this.workspace.get("history")?.[way];
    if (what) this.ask({ do: way }, `${way === "undo" ? "Undone" : "Done again"}: ${what}`);
    else this.workspace.say(`Nothing to ${way}`);
  }

  switchTrack(what, state) {
    const track = this.track();
    if (track) this.ask({ do: what, track: track.name, on: !track[state] });
  }

  track() {
    const name = this.workspace.get("track");
    const found = (this.workspace.get("tracks") ?? []).find((track) => track.name === name);
    if (!found) this.workspace.say("Select a track first, in the piano roll");
    return found;
  }

  /** What is refused was said already. */
  ask(request, done = "") {
    this.workspace.act(request).then(
      () => done && this.workspace.say(done),
      () => {},
    );
  }
}
