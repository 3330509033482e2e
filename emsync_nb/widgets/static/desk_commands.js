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
    /** what was asked of tracks and is not answered yet, by track and field */
    this.wanted = new Map();
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
    this.turn("muted", (on, track) => ({ do: "mute", track, on }));
  }

  solo() {
    this.turn("soloed", (on, track) => ({ do: "solo", track, on }));
  }

  lock() {
    this.turn("locked", (on, track) => ({ do: on ? "lock" : "unlock", track }));
  }

  undo() {
    this.step("undo", ({ undone }) => `Undone: ${undone}`);
  }

  redo() {
    this.step("redo", ({ redone }) => `Done again: ${redone}`);
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

  /** Whether there is anything left, the kernel knows: what was asked before may still be on its way. */
  async step(way, inWords) {
    const answer = await this.ask({ do: way });
    if (answer) this.workspace.say(inWords(answer));
  }

  /** Turn something of the selected track on or off: other than it will be once all is answered. */
  async turn(field, request) {
    const track = this.track();
    if (!track) return;
    const key = `${field} ${track.name}`;
    const on = !(this.wanted.get(key)?.on ?? track[field]);
    const own = { on };
    this.wanted.set(key, own);
    await this.ask(request(on, track.name));
    if (this.wanted.get(key) === own) this.wanted.delete(key);
  }

  track() {
    const name = this.workspace.get("track");
    const found = (this.workspace.get("tracks") ?? []).find((track) => track.name === name);
    if (!found) this.workspace.say("Select a track first, in the piano roll");
    return found;
  }

  /** The answer, if there is one; what is refused was said already. */
  ask(request) {
    return this.workspace.act(request).catch(() => null);
  }
}
