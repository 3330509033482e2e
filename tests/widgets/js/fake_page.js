/** A page whose time is turned by hand, a film in it, and a workspace of a desk. */

import assert from "node:assert/strict";
import { afterEach, beforeEach } from "node:test";

/** performance.now(), frames and intervals of the page. */
export const page = { now_ms: 0, frames: [], intervals: [] };
const real = { performance: globalThis.performance, setInterval, clearInterval };

beforeEach(() => {
  Object.assign(page, { now_ms: 1000, frames: [], intervals: [] });
  globalThis.performance = { now: () => page.now_ms };
  globalThis.requestAnimationFrame = (fn) => page.frames.push(fn);
  globalThis.cancelAnimationFrame = (number) => {
    if (number) page.frames[number - 1] = () => {};
  };
  globalThis.setInterval = (fn) => page.intervals.push(fn);
  globalThis.clearInterval = () => {};
  globalThis.document = { hidden: false };
  Object.defineProperty(globalThis, "navigator", { value: {}, configurable: true, writable: true });
});

afterEach(() => Object.assign(globalThis, real));

/** Let time pass, in frames of 10 ms; sound goes on where there is a context that runs. */
export function pass(seconds, { context, video } = {}) {
  for (let step = 0; step < Math.round(seconds * 100); step += 1) {
    page.now_ms += 10;
    if (context?.state === "running") context.currentTime += 0.01;
    video?.pass(0.01);
    const due = page.frames.filter(Boolean);
    page.frames = page.frames.map(() => null);
    due.forEach((fn) => fn(page.now_ms));
    if (step % 20 === 0) page.intervals.forEach((fn) => fn());
  }
}

export class FakeVideo extends EventTarget {
  constructor() {
    super();
    Object.assign(this, { paused: true, seeking: false, readyState: 4, playbackRate: 1, seeks: [] });
    const place = { time_s: 0 };
    Object.defineProperty(this, "currentTime", {
      get: () => place.time_s,
      set: (time_s) => {
        place.time_s = time_s;
        this.seeks.push(time_s);
      },
    });
    this.pass = (seconds) => {
      if (!this.paused) place.time_s += seconds * this.playbackRate;
    };
  }

  play() {
    this.paused = false;
    return Promise.resolve();
  }

  pause() {
    this.paused = true;
  }

}

export class FakeWorkspace extends EventTarget {
  constructor() {
    super();
    this.root = new EventTarget();
    this.axis = { duration_s: 60 };
    this.view = { position_s: 0, playing: false, speed: 1, loop: null, selection: null };
    this.data = { film: { duration_s: 60, fps: [25, 1] }, tracks: [] };
    this.said = [];
    this.looks = [];
  }

  get(name) {
    return this.data[name];
  }

  on(type, listener) {
    const heard = (event) => listener(event.detail);
    this.addEventListener(type, heard);
    return () => this.removeEventListener(type, heard);
  }

  look(changes) {
    const changed = Object.keys(changes).filter((name) => this.view[name] !== changes[name]);
    if (!changed.length) return;
    Object.assign(this.view, changes);
    this.dispatchEvent(new CustomEvent("view", { detail: changed }));
  }

  seek(time_s) {
    this.look({ position_s: time_s });
    this.dispatchEvent(new CustomEvent("seek", { detail: time_s }));
  }

  say(text) {
    this.said.push(text);
  }
}

globalThis.CustomEvent ??= class extends Event {
  constructor(type, { detail }) {
    super(type);
    this.detail = detail;
  }
};

export function near(one, other, within = 1e-6) {
  assert.ok(Math.abs(one - other) <= within, `${one} is not ${other}`);
}
