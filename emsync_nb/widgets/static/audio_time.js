/**
 * The one clock of sound and picture: which moment of an AudioContext is heard now.
 *
 * It runs on performance.now(), which is smooth, and follows the audio hardware: the difference of the two is
 * measured again and again. Where the context does not run (no audio device, or the browser waits for a
 * click) it goes on alone. When sound comes, the difference jumps; who keeps an anchor is told by how much.
 */

/** Differences beyond this are jumps, not jitter, in seconds. */
const JUMP_S = 0.08;

/** How many measurements in a row must agree that there was a jump: one alone may be misreported. */
const AGREED = 3;

/** How much of a difference one measurement takes away. */
const FOLLOWED = 0.05;

/** How far the hardware's report may lie from our own estimate to be believed, in seconds. */
const REPORT_OFF_S = 0.5;

/** How long the context may stand still before it counts as silent, in seconds. */
const STALE_S = 0.5;

export class AudioTime {
  /**
   * @param {AudioContext|null} context
   * @param {object} [options]
   * @param {() => number} [options.performanceNow] in milliseconds
   * @param {number} [options.delay_s] how long sound takes within our own chain of effects
   */
  constructor(context, { performanceNow = () => performance.now(), delay_s = 0 } = {}) {
    this.context = context;
    this.performanceNow = performanceNow;
    this.delay_s = delay_s;
    this.offset_s = 0;
    this.seen_s = -1;
    this.advanced_ms = -Infinity;
    /** whether the hardware takes sound, as of the last measurement */
    this.runs = false;
    this.jumps = 0;
  }

  /** Seconds, in the context's time, of what is heard now. */
  now() {
    return this.at(this.performanceNow());
  }

  /** The same at a moment of performance.now(), such as the one at which a frame of film is shown. */
  at(performance_ms) {
    return performance_ms / 1000 + this.offset_s;
  }

  /** Look at both clocks; gives the jump, in seconds, by which this time is now another (mostly 0). */
  measure() {
    if (this.context?.state !== "running") return this.lost();
    const current_s = this.context.currentTime;
    const now_ms = this.performanceNow();
    if (current_s === this.seen_s) return now_ms - this.advanced_ms > 1000 * STALE_S ? this.lost() : 0;
    const isFirst = this.seen_s < 0;
    this.seen_s = current_s;
    this.advanced_ms = now_ms;
    // one step alone may be its only one
    return isFirst ? 0 : this.follow(this.heard_s(current_s, now_ms) - now_ms / 1000);
  }

  lost() {
    this.runs = false;
    return 0;
  }

  follow(offset_s) {
    const difference_s = offset_s - this.offset_s;
    this.jumps = Math.abs(difference_s) > JUMP_S ? this.jumps + 1 : 0;
    if (this.runs && this.jumps > 0 && this.jumps < AGREED) return 0;
    const isJump = !this.runs || this.jumps > 0;
    this.runs = true;
    this.jumps = 0;
    this.offset_s += isJump ? difference_s : FOLLOWED * difference_s;
    return isJump ? difference_s : 0;
  }

  heard_s(current_s, now_ms) {
    const stamp = this.context.getOutputTimestamp?.();
    const latency_s = this.context.outputLatency || this.context.baseLatency || 0;
    const estimated_s = current_s - latency_s;
    const isReported = stamp?.contextTime > 0;
    const reported_s = isReported ? stamp.contextTime + (now_ms - stamp.performanceTime) / 1000 : NaN;
    // some drivers report nonsense
    const isUsable = Math.abs(reported_s - estimated_s) < REPORT_OFF_S;
    return (isUsable ? reported_s : estimated_s) - this.delay_s;
  }
}
