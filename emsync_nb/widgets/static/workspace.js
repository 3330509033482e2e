/** What the lanes of a desk share: one axis, the data, where the playhead is, and how changes are asked for. */

import { keepFocus } from "./focus.js";
import { TimeAxis } from "./time_axis.js";
import { Theme } from "./theme.js";

/** How often a preview is asked for at most, in milliseconds. */
const PREVIEW_MS = 125;

export class Workspace extends EventTarget {
  /**
   * @param {HTMLElement} root carries the colours, and the place where changes are announced
   * @param {object} options
   * @param {(request: object) => Promise<object|void>} options.act makes a change for good
   * @param {(request: object) => void} [options.preview] asks what a change would come to
   * @param {number} [options.duration_s]
   */
  constructor(root, { act, preview = () => {}, duration_s = 1 }) {
    super();
    this.root = root;
    this.axis = new TimeAxis(duration_s);
    this.theme = new Theme(root);
    this.data = new Map();
    const sounds = { film_volume: 1, music_volume: 1 };
    this.view = { position_s: 0, playing: false, speed: 1, loop: null, selection: null, ...sounds };
    this.canEdit = true;
    this.handlers = { act, preview };
    this.waiting = null;
    this.live = liveRegion();
    root.append(this.live);
    keepKeys(root);
    this.letGo = keepFocus(root);
  }

  get(name) {
    return this.data.get(name);
  }

  /** Give a value a name, and tell whoever listens to "data:NAME". */
  set(name, value) {
    this.data.set(name, value);
    this.fire(`data:${name}`);
  }

  /** Listen; the function that is given back ends it. */
  on(type, listener) {
    const target = type === "theme" ? this.theme : this;
    const heard = (event) => listener(event.detail, event);
    target.addEventListener(type, heard);
    return () => target.removeEventListener(type, heard);
  }

  fire(type, detail = null) {
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }

  /** Change how the film is looked at; "view" hears which fields. */
  look(changes) {
    const changed = Object.keys(changes).filter((name) => this.view[name] !== changes[name]);
    if (!changed.length) return;
    Object.assign(this.view, changes);
    this.fire("view", changed);
  }

  /** Go to a time: the player hears "seek" and follows. */
  seek(time_s) {
    const within_s = Math.min(Math.max(time_s, 0), this.axis.duration_s);
    this.look({ position_s: within_s });
    this.fire("seek", within_s);
  }

  select(start_s, end_s = start_s) {
    this.look({ selection: this.stretch(start_s, end_s) });
  }

  setLoop(start_s, end_s = start_s) {
    this.look({ loop: this.stretch(start_s, end_s) });
  }

  stretch(start_s, end_s) {
    if (start_s === null || start_s === end_s) return null;
    const within = [start_s, end_s].map((time_s) => Math.min(Math.max(time_s, 0), this.axis.duration_s));
    return within.sort((one, other) => one - other);
  }

  /**
   * Make a change; where it is refused, the reason is announced, and the promise fails with it.
   * @returns {Promise<object|void>} what the kernel answers
   */
  async act(request) {
    this.endPreview();
    if (!this.canEdit) throw this.refused(new Error("this desk can only be looked at"));
    try {
      return await this.handlers.act(request);
    } catch (error) {
      throw this.refused(error);
    }
  }

  refused(error) {
    this.say(error.message);
    return error;
  }

  /** Ask what a change would come to; of several in a row the latest is asked. */
  preview(request) {
    if (!this.canEdit) return;
    const isFirst = this.waiting === null;
    this.waiting = { ...this.waiting, request };
    if (isFirst) this.sendPreview();
  }

  sendPreview() {
    const { request } = this.waiting;
    if (request) this.handlers.preview(request);
    this.waiting = { request: null, timer: setTimeout(() => this.nextPreview(), PREVIEW_MS) };
  }

  nextPreview() {
    if (this.waiting?.request) this.sendPreview();
    else this.waiting = null;
  }

  /** Forget what was tried. */
  endPreview() {
    if (this.waiting?.timer) clearTimeout(this.waiting.timer);
    this.waiting = null;
    this.set("preview", null);
  }

  /** Tell those who cannot see it. */
  say(text) {
    // the same text twice in a row is heard only when it changes
    this.live.textContent = this.live.textContent === text ? `${text}\u00a0` : text;
  }

  dispose() {
    this.endPreview();
    this.letGo();
    this.theme.dispose();
  }
}

/** JupyterLab's shortcuts look at the element that has focus, and at what is around it only if they do not match that. */
function keepKeys(root) {
  root.addEventListener("focusin", ({ target }) => target.setAttribute("data-lm-suppress-shortcuts", "true"));
}

function liveRegion() {
  const element = document.createElement("div");
  element.className = "em-unseen";
  element.setAttribute("role", "status");
  element.setAttribute("aria-live", "polite");
  return element;
}
