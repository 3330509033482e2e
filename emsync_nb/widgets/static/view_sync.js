/** Where the film is and what is in view, between a desk and its traits; desks on one page stay in step. */

/** How often traits are written at most, in milliseconds: while the film plays, and else. */
export const PLAYING_MS = 500;
export const RESTING_MS = 200;

/** Desks of this page that show the same model: a module is loaded once for each model. */
const siblings = new Set();
/** Which of them is writing traits right now. */
let writer = null;

const STRETCHES = new Set(["loop", "selection"]);
const LOOKS = ["speed", "loop", "selection", "film_volume", "music_volume"];

export class ViewSync {
  /**
   * @param {object} model get, set, save_changes, on, off
   * @param {Workspace} workspace
   * @param {object} clock now() in milliseconds; later(fn, ms) → timer; never(timer)
   */
  constructor(model, workspace, clock) {
    Object.assign(this, { model, workspace, clock });
    this.changed = new Set();
    this.written_ms = -Infinity;
    this.timer = null;
    this.isFollowing = false;
    this.begin();
    siblings.add(this);
    this.hear();
  }

  /** As the traits say; a film that played when a page was closed does not go on by itself. */
  begin() {
    this.follow(() => {
      LOOKS.forEach((name) => this.workspace.look({ [name]: this.trait(name) }));
      this.showView();
      this.workspace.seek(this.model.get("position_s") ?? 0);
    });
    const plays = [...siblings].some((other) => other.workspace.view.playing);
    if (this.model.get("playing") && !plays) this.write({ playing: false });
  }

  hear() {
    const { axis } = this.workspace;
    this.heard = {
      "change:position_s": () => this.comeTo(this.model.get("position_s")),
      "change:playing": () => this.play(this.model.get("playing")),
      "change:view": () => this.follow(() => this.showView()),
    };
    for (const name of LOOKS) {
      const looked = () => this.workspace.look({ [name]: this.trait(name) });
      this.heard[`change:${name}`] = () => this.follow(looked);
    }
    Object.entries(this.heard).forEach(([type, heard]) => this.model.on(type, heard));
    this.off = this.workspace.on("view", (names) => this.note(names));
    this.scrolled = () => this.note(["view"]);
    axis.addEventListener("change", this.scrolled);
  }

  trait(name) {
    const value = this.model.get(name);
    if (!STRETCHES.has(name)) return value ?? 1;
    return value?.length === 2 ? [...value] : null;
  }

  showView() {
    const { start_s, end_s } = this.model.get("view") ?? {};
    this.workspace.axis.show(start_s, end_s);
  }

  /** Do something because a trait says so: nothing is written back; what this desk wrote itself is known. */
  follow(change) {
    if (writer === this) return;
    const before = this.isFollowing;
    this.isFollowing = true;
    change();
    this.isFollowing = before;
  }

  comeTo(position_s) {
    const isOfOther = writer !== null && writer !== this;
    if (isOfOther && this.workspace.view.playing) return;
    this.follow(() => this.workspace.seek(position_s));
  }

  /** One desk of a page sounds: where another one began to play, this one only shows where it is. */
  play(playing) {
    const sounds = writer === null && [...siblings][0] === this;
    if (!playing || sounds) this.follow(() => this.workspace.look({ playing }));
  }

  /** What has changed here, to be written soon; that the film begins or ends to play at once. */
  note(names) {
    if (this.isFollowing) return;
    names.forEach((name) => this.changed.add(name));
    if (names.includes("playing")) {
      this.hush();
      this.flush();
      return;
    }
    this.timer ??= this.clock.later(() => this.flush(), this.wait_ms());
  }

  wait_ms() {
    const apart_ms = this.workspace.view.playing ? PLAYING_MS : RESTING_MS;
    return Math.max(0, this.written_ms + apart_ms - this.clock.now());
  }

  /** The others are silent while this one plays. */
  hush() {
    if (!this.workspace.view.playing) return;
    for (const other of siblings) {
      if (other !== this) other.follow(() => other.workspace.look({ playing: false }));
    }
  }

  flush() {
    if (this.timer !== null) this.clock.never(this.timer);
    this.timer = null;
    if (!this.changed.size) return;
    const { axis, view } = this.workspace;
    const now = { ...view, view: { start_s: axis.start_s, end_s: axis.end_s } };
    const values = [...this.changed].map((name) => [name, STRETCHES.has(name) ? now[name] ?? [] : now[name]]);
    this.changed.clear();
    this.write(Object.fromEntries(values));
  }

  write(values) {
    this.written_ms = this.clock.now();
    writer = this;
    try {
      Object.entries(values).forEach(([name, value]) => this.model.set(name, value));
      this.model.save_changes();
    } finally {
      writer = null;
    }
  }

  dispose() {
    this.off();
    this.workspace.axis.removeEventListener("change", this.scrolled);
    Object.entries(this.heard).forEach(([type, heard]) => this.model.off(type, heard));
    siblings.delete(this);
    if (this.workspace.view.playing) {
      this.workspace.look({ playing: false });
      this.changed.add("playing");
    }
    this.flush();
  }
}
