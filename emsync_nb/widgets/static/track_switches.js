/** Mute, solo and volume of tracks: shown and heard at once, taken back where the kernel refuses them. */

/** How often the kernel is told of a volume at most, in milliseconds. */
const TELL_MS = 200;
/** How long what was told may take to come back. */
const ECHO_MS = 2000;
const REQUESTS = { muted: "mute", soloed: "solo" };

export class TrackSwitches {
  /**
   * @param {Workspace} workspace with tracks, which get what is switched here at once
   * @param {(track: string, volume_db: number) => void} setVolume tells the kernel
   */
  constructor(workspace, setVolume) {
    Object.assign(this, { workspace, setVolume });
    /** track → field → what it is to be */
    this.wanted = new Map();
    this.told = workspace.get("tracks") ?? [];
    this.timers = new Map();
    this.echoes = new Set();
    this.isOwn = false;
    this.off = workspace.on("data:tracks", () => this.isOwn || this.renewed());
  }

  /** Mute or solo a track, or end it. */
  toggle(track, field) {
    return this.ask(track, field, !this.track(track)?.[field]);
  }

  /** @returns {Promise<boolean>} whether it was done; why not was said already */
  async ask(track, field, on) {
    this.want(track, field, on);
    const request = { do: REQUESTS[field], track, on };
    try {
      await this.workspace.act(request);
      // by then the kernel's tracks have come, or say something else
      this.later(() => this.forget(track, field, on));
      return true;
    } catch {
      this.forget(track, field, on);
      return false;
    }
  }

  /** A volume in dB, heard at once; `isLast`: the slider was let go. */
  turn(track, volume_db, isLast) {
    this.want(track, "volume_db", volume_db);
    const waiting = this.timers.get(track);
    if (waiting && !isLast) {
      waiting.volume_db = volume_db;
      return;
    }
    if (waiting) clearTimeout(waiting.timer);
    this.tell(track, volume_db);
  }

  tell(track, volume_db) {
    this.setVolume(track, volume_db);
    const waiting = { volume_db: null };
    waiting.timer = setTimeout(() => {
      this.timers.delete(track);
      if (waiting.volume_db !== null) this.tell(track, waiting.volume_db);
      else this.letGo(track);
    }, TELL_MS);
    this.timers.set(track, waiting);
  }

  /** What the kernel says counts again, though not before it can have heard. */
  letGo(track) {
    const volume_db = this.wanted.get(track)?.volume_db;
    this.later(() => this.timers.has(track) || this.drop(track, "volume_db", volume_db));
  }

  later(deed) {
    const timer = setTimeout(() => {
      this.echoes.delete(timer);
      deed();
    }, ECHO_MS);
    this.echoes.add(timer);
  }

  track(name) {
    return (this.workspace.get("tracks") ?? []).find((track) => track.name === name);
  }

  want(track, field, value) {
    this.wanted.set(track, { ...this.wanted.get(track), [field]: value });
    this.show();
  }

  /** It was refused: as the kernel has it. */
  forget(track, field, value) {
    if (this.drop(track, field, value)) this.show();
  }

  drop(track, field, value) {
    const wanted = this.wanted.get(track);
    if (!wanted || wanted[field] !== value) return false;
    delete wanted[field];
    return true;
  }

  /** The kernel's tracks have come: what it has done by now is wanted no longer. */
  renewed() {
    this.told = this.workspace.get("tracks") ?? [];
    for (const track of this.told) {
      const wanted = this.wanted.get(track.name) ?? {};
      for (const field of Object.keys(wanted)) {
        const isDone = Math.abs(Number(wanted[field]) - Number(track[field])) < 0.01;
        if (isDone && !this.timers.has(track.name)) delete wanted[field];
      }
    }
    if (this.told.some((track) => Object.keys(this.wanted.get(track.name) ?? {}).length)) this.show();
  }

  show() {
    this.isOwn = true;
    this.workspace.set("tracks", this.told.map((track) => ({ ...track, ...this.wanted.get(track.name) })));
    this.isOwn = false;
  }

  dispose() {
    this.off();
    this.timers.forEach(({ timer }) => clearTimeout(timer));
    this.echoes.forEach((timer) => clearTimeout(timer));
  }
}
