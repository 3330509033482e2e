/** Between a desk's traits and messages and its workspace. What the kernel is asked, it answers by number. */

import { columns } from "./columns.js";
import { KernelPulse, inWords, watchKernel } from "./kernel_pulse.js";
import { ViewSync } from "./view_sync.js";

/** Traits that are columns of numbers. */
const COLUMNS = {
  curve: ["times_s", "valence", "arousal"],
  analysed: ["times_s", "valence", "arousal"],
  clicks: ["time_s", "bpm", "bar"],
  notes: ["start_s", "end_s", "pitch", "velocity", "track", "locked"],
};
/** Traits that are handed on as they are. */
const PLAIN = [
  "film", "thumbnails", "thumbnails_jpeg", "experts", "expert_columns", "boundaries", "sections", "cues",
  "tracks", "locks", "takes", "accepted", "history", "job", "notice", "read_only",
];
const CHECK_MS = 1000;
const CLOCK = {
  now: () => Date.now(),
  later: (fn, ms) => setTimeout(fn, ms),
  never: (timer) => clearTimeout(timer),
};
/** Views of one model hear each other's answers: each counts under a name of its own. */
let views = 0;

/** Fires "notice" (event.notice = {level, text}) and "pulse" (how the kernel is has changed). */
export class DeskModel extends EventTarget {
  /**
   * @param {object} model anywidget's: get, set, save_changes, send, on, off
   * @param {object} [clock] now, later, never; for tests
   */
  constructor(model, clock = CLOCK) {
    super();
    Object.assign(this, { model, clock });
    this.view = `${Date.now().toString(36)}-${(views += 1)}`;
    this.asked = 0;
    this.open = new Map();
    this.previewId = null;
    this.offs = [];
    this.pulse = new KernelPulse(clock.now);
    this.pulse.addEventListener("change", () => this.pulseChanged());
    this.listen("msg:custom", (content, buffers) => this.heard(content, buffers ?? []));
    this.offs.push(watchKernel(model.widget_manager, (status) => this.pulse.told(status)));
  }

  /** Fill a workspace with what the traits hold, now and whenever they change. */
  attach(workspace) {
    this.workspace = workspace;
    [...Object.keys(COLUMNS), ...PLAIN].forEach((name) => {
      this.listen(`change:${name}`, () => this.traitChanged(name));
      this.take(name);
    });
    this.sync = new ViewSync(this.model, workspace, this.clock);
    // an answer to what was given up since is no news
    this.offs.push(workspace.on("data:preview", () => workspace.get("preview") ?? this.dropPreview()));
    this.watch();
  }

  listen(type, heard) {
    this.model.on(type, heard);
    this.offs.push(() => this.model.off(type, heard));
  }

  watch() {
    this.pulse.check();
    if (this.pulse.isDue) this.send({ type: "ping", id: this.number() });
    this.timer = this.clock.later(() => this.watch(), CHECK_MS);
  }

  traitChanged(name) {
    this.pulse.heard();
    this.take(name);
  }

  take(name) {
    const value = this.model.get(name);
    if (name === "film") this.workspace.axis.setDuration(value?.duration_s ?? 0);
    if (name === "read_only") this.workspace.canEdit = !value;
    this.workspace.set(name, name in COLUMNS ? columns(value, COLUMNS[name]) : value);
    if (name === "notice" && value?.text) this.notify(value);
  }

  /**
   * Make a change; fails with the reason where it is refused.
   * @returns {Promise<object|undefined>} what the session answers, such as what a direction would change
   *   or what was undone
   */
  async act(request) {
    const { content } = await this.ask({ type: "edit", request });
    return content.answer;
  }

  /** Ask what a change would come to; the answer is set as "preview". */
  preview(request) {
    this.pulse.forget(this.previewId);
    this.previewId = this.number();
    this.pulse.asked(this.previewId);
    this.send({ type: "preview", id: this.previewId, request });
  }

  dropPreview() {
    this.pulse.forget(this.previewId);
    this.previewId = null;
  }

  /**
   * One chunk of the stems.
   * @param {number} chunk number of the chunk, from 0
   * @returns {Promise<{take: string, rate: number, frames: number, tracks: string[], blocks: DataView[]}>}
   *   one block of interleaved 16-bit stereo for each track named; silent tracks are left out
   */
  async fetchChunk(chunk) {
    const { content, buffers } = await this.ask({ type: "stems", chunk });
    return { ...content, blocks: buffers };
  }

  /** Begin long work; how far it is, the trait "job" tells. */
  async start(request) {
    await this.ask({ type: "job", request });
  }

  cancel(job) {
    this.send({ type: "cancel", job });
  }

  setVolume(track, volume_db) {
    this.send({ type: "volume", track, volume_db });
  }

  number() {
    return `${this.view}-${(this.asked += 1)}`;
  }

  ask(message) {
    const id = this.number();
    return new Promise((resolve, reject) => {
      this.open.set(id, { resolve, reject, type: message.type, request: message.request });
      this.pulse.asked(id);
      this.send({ ...message, id });
    });
  }

  /** A comm that is closed throws, or says nothing: the pulse notices both. */
  send(message) {
    if (this.pulse.state === "lost") {
      this.refuseAll();
      return;
    }
    try {
      this.model.send(message);
    } catch {
      this.pulse.lost();
    }
  }

  heard(content, buffers) {
    this.pulse.heard(content.id);
    if (content.type === "preview") this.previewed(content, buffers);
    const waiting = this.open.get(content.id);
    if (!waiting) return;
    this.open.delete(content.id);
    if (content.type === "refused") {
      if (!this.isKnown(waiting)) this.notify({ level: "error", text: content.text });
      waiting.reject(new Error(content.text));
    } else {
      waiting.resolve({ content, buffers });
    }
  }

  /** No fault: no music to be had, which the player says; and nothing left to undo or redo. */
  isKnown({ type, request }) {
    const isStep = request?.do === "undo" || request?.do === "redo";
    return type === "stems" || (isStep && !this.workspace?.get("history")?.[request.do]);
  }

  previewed({ id, type, ...found }, buffers) {
    if (id !== this.previewId) return;
    this.workspace.set("preview", { ...found, clicks: columns(buffers[0], COLUMNS.clicks) });
  }

  pulseChanged() {
    if (this.pulse.state === "lost") this.refuseAll();
    this.dispatchEvent(new Event("pulse"));
  }

  /** Nobody will answer any more. */
  refuseAll() {
    const open = [...this.open.values()];
    this.open.clear();
    open.forEach(({ reject }) => reject(new Error(inWords("lost"))));
  }

  notify(notice) {
    const event = new Event("notice");
    event.notice = notice;
    this.dispatchEvent(event);
  }

  dispose() {
    this.clock.never(this.timer);
    this.sync?.dispose();
    this.offs.forEach((off) => off());
    this.open.clear();
  }
}
