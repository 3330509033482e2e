/**
 * A <video> element that follows a clock which it does not set: same speed, small changes of rate for small
 * drifts, a seek for large ones, pictures one by one where the browser cannot play.
 */

import { frameAt, frameMiddle, lastFrame } from "./timecode.js";

/** Rates that browsers play. */
const SLOWEST = 0.0625;
const FASTEST = 16;

/** A drift is how much too early a frame is seen, in seconds of the viewer. Left alone; mended by a seek. */
const UNNOTICED_S = 0.004;
const LOST_S = 0.15;

/** Going back takes a browser longer than waiting: a film that is early, up to so much, slows down to this. */
const WAITED_S = 1;
const WAITING = 0.5;

/** How much the rate gives way, at most and for a drift of a second; and just after starts and seeks. */
const GIVEN_WAY = { most: 0.02, pull: 1 };
const SETTLING = { most: 0.08, pull: 2 };
const SETTLING_MS = 1500;

/** How often pictures are shown one by one, and how long a seek has before the next, in milliseconds. */
const ONE_BY_ONE_MS = 1000 / 12;
const PATIENCE_MS = 1000;

/** How much of a new drift the smoothed one takes over; how many drifts are remembered. */
const SMOOTHING = 0.15;
const REMEMBERED = 600;

/** How many frames it takes to see how late a start or a seek was (the first waits); what that weighs. */
const TELLING = 4;

const LEARNT = 0.6;

/** How long a start or a seek may be thought to take, in seconds. */
const SLOWEST_START_S = 0.5;

export class FilmFollower {
  /**
   * @param {HTMLVideoElement} video
   * @param {PlayClock} clock
   * @param {object} options
   * @param {(performance_ms: number) => number} options.sourceAt the clock's source, by performance.now()
   */
  constructor(video, clock, { sourceAt, now_ms = () => performance.now(), fps = [25, 1] }) {
    this.video = video;
    this.clock = clock;
    this.sourceAt = sourceAt;
    this.now_ms = now_ms;
    this.fps = fps;
    this.drift_ms = null;
    this.drifts_ms = [];
    this.smoothed_s = null;
    this.seek_ms = -Infinity;
    this.set_ms = -Infinity;
    this.learns = null;
    this.wanted_s = null;
    this.wrapped_at_s = null;
    /** how long it takes to get going, and to go on after a seek that way, in seconds: learnt from frames */
    this.takes_s = { start: 0.08, back: 0.15, ahead: 0.06 };
    // with pitch preserved, Chromium stumbles by 25 ms whenever the rate leaves 1 or comes back to it
    video.preservesPitch = false;
    this.watch();
  }

  /** The clock has been set: stand on its frame, or go on from it. */
  restart() {
    this.smoothed_s = null;
    const { video, clock } = this;
    if (!clock.playing || !this.plays) {
      if (!video.paused) video.pause();
      return this.show(clock.position());
    }
    this.setRate(clock.speed);
    this.set_ms = this.now_ms();
    if (video.paused) this.learns = { what: "start", frames: TELLING };
    if (!this.isNear(clock.position())) this.jump();
    return video.paused ? video.play() : Promise.resolve();
  }

  /** To be called in each frame of the page while the clock plays. */
  follow() {
    const { video, clock } = this;
    if (!clock.playing) return;
    if (!this.plays) return this.showOneByOne();
    if (video.seeking || video.readyState < 2) return;
    if (this.wrapsSoon()) return this.jump();
    if (!this.watchesFrames) this.noticed(this.apart(video.currentTime, clock.position()));
    this.correct();
  }

  /** Whether the browser can play at the clock's speed. */
  get plays() {
    return this.clock.speed >= SLOWEST && this.clock.speed <= FASTEST;
  }

  /** Show the frame of a time, exactly; of many in a row those that the browser can, and the last. */
  show(position_s) {
    const { video } = this;
    this.wanted_s = video.seeking ? position_s : null;
    if (video.seeking) return;
    const middle_s = this.middle(position_s);
    if (Math.abs(video.currentTime - middle_s) > 1e-4) video.currentTime = middle_s;
  }

  dispose() {
    this.isOver = true;
    this.video.removeEventListener("seeked", this.sought);
    this.video.pause();
  }

  // — inside —

  middle(position_s) {
    const last = lastFrame(this.clock.duration_s, this.fps);
    return frameMiddle(Math.min(frameAt(position_s, this.fps), last), this.fps);
  }

  /** Whether the film may go on from where it is; standing, it must show the very frame. */
  isNear(position_s) {
    const { video } = this;
    const off_s = Math.abs(video.currentTime - (video.paused ? this.middle(position_s) : position_s));
    return !video.seeking && off_s <= (video.paused ? this.frame_s / 2 : LOST_S * this.clock.speed);
  }

  get frame_s() {
    return this.fps[1] / this.fps[0];
  }

  showOneByOne() {
    const now_ms = this.now_ms();
    if (!this.video.paused) this.video.pause();
    if (this.video.seeking || now_ms - this.seek_ms < ONE_BY_ONE_MS) return;
    this.seek_ms = now_ms;
    this.show(this.clock.position());
  }

  /** A loop's start is sought as early as that takes, so that it shows in time. */
  wrapsSoon() {
    const now_s = this.clock.now();
    const [, next] = this.clock.stretches(now_s, now_s + this.takes_s.back);
    if (!next || next.at_s === this.wrapped_at_s) return false;
    this.wrapped_at_s = next.at_s;
    return true;
  }

  /** Go to where the clock will be when the seek is done. */
  jump() {
    const { clock, takes_s } = this;
    // a decoder goes on from where it is, but back it goes by way of a key frame
    const what = clock.position(clock.now() + takes_s.back) < this.video.currentTime ? "back" : "ahead";
    const at_s = Math.max(clock.now() + takes_s[what], clock.anchor.at_s);
    this.seek_ms = this.now_ms();
    this.set_ms = this.seek_ms;
    this.smoothed_s = null;
    this.learns = { what, frames: TELLING };
    this.video.currentTime = Math.min(clock.position(at_s), this.middle(clock.duration_s));
  }

  correct() {
    const drift_s = this.smoothed_s;
    if (drift_s === null) return;
    const { speed } = this.clock;
    if (drift_s > LOST_S && drift_s < WAITED_S) return this.setRate(speed * WAITING);
    if (Math.abs(drift_s) > LOST_S) return this.now_ms() - this.seek_ms > PATIENCE_MS && this.jump();
    const { most, pull } = this.now_ms() - this.set_ms < SETTLING_MS ? SETTLING : GIVEN_WAY;
    const wanted = Math.abs(drift_s) < UNNOTICED_S ? 0 : drift_s * pull;
    return this.setRate(speed * (1 - Math.min(Math.max(wanted, -most), most)));
  }

  setRate(rate) {
    const change = Math.abs(this.video.playbackRate - rate) / rate;
    // each change costs the browser a little
    if (change > 2e-3 || (change > 0 && rate === this.clock.speed)) this.video.playbackRate = rate;
  }

  watch() {
    this.sought = () => this.wanted_s !== null && !this.clock.playing && this.show(this.wanted_s);
    this.video.addEventListener("seeked", this.sought);
    this.watchesFrames = typeof this.video.requestVideoFrameCallback === "function";
    if (!this.watchesFrames) return;
    const seen = (now_ms, { mediaTime, expectedDisplayTime }) => {
      if (this.isOver) return;
      this.shown(mediaTime, expectedDisplayTime);
      this.video.requestVideoFrameCallback(seen);
    };
    this.video.requestVideoFrameCallback(seen);
  }

  /** A frame is on the screen: how far is it from where it should be? */
  shown(mediaTime_s, displayed_ms) {
    const at_s = this.sourceAt(displayed_ms);
    const { clock, video } = this;
    if (!clock.playing || !this.plays || video.paused || video.seeking || at_s < clock.anchor.at_s) return;
    this.noticed(this.apart(mediaTime_s, clock.position(at_s)));
  }

  /** How far apart two times are; in a loop, its end and its start are the same. */
  apart(film_s, position_s) {
    const difference_s = film_s - position_s;
    if (!this.clock.loops) return difference_s;
    const length_s = this.clock.loop[1] - this.clock.loop[0];
    return difference_s - length_s * Math.round(difference_s / length_s);
  }

  noticed(film_s) {
    const drift_s = film_s / this.clock.speed;
    this.drift_ms = 1000 * drift_s;
    this.drifts_ms.push(this.drift_ms);
    if (this.drifts_ms.length > REMEMBERED) this.drifts_ms.shift();
    // frames wait for the screen, up to a refresh: on the average they are neither early nor late
    if (!this.tells(drift_s)) return;
    this.smoothed_s ??= drift_s;
    this.smoothed_s += SMOOTHING * (drift_s - this.smoothed_s);
  }

  /** Whether a frame's drift means anything yet; the first that does is learnt from. */
  tells(drift_s) {
    if (!this.learns) return true;
    this.learns.frames -= 1;
    if (this.learns.frames > 0) return false;
    const { what } = this.learns;
    this.learns = null;
    const taken_s = this.takes_s[what] - LEARNT * drift_s;
    if (Math.abs(drift_s) < 1) this.takes_s[what] = Math.min(Math.max(taken_s, 0), SLOWEST_START_S);
    return true;
  }
}
