/** Seconds and pixels: the part of a film that is in view. Pure arithmetic; fires "change". */

/** The shortest stretch that can be shown, in seconds. */
export const SHORTEST_S = 0.05;

export class TimeAxis extends EventTarget {
  /** @param {number} duration_s length of the film */
  constructor(duration_s) {
    super();
    this.duration_s = Math.max(duration_s, SHORTEST_S);
    this.start_s = 0;
    this.end_s = this.duration_s;
    this.width_px = 1;
  }

  /** How many seconds a pixel is. */
  get perPixel_s() {
    return (this.end_s - this.start_s) / this.width_px;
  }

  /** Pixels from the left edge, beyond it for times that are not in view. */
  x(time_s) {
    return (time_s - this.start_s) / this.perPixel_s;
  }

  /** The time at a pixel, in seconds. */
  time(x_px) {
    return this.start_s + x_px * this.perPixel_s;
  }

  setWidth(width_px) {
    const width = Math.max(1, width_px);
    if (width !== this.width_px) {
      this.width_px = width;
      this.dispatchEvent(new Event("change"));
    }
  }

  /** A film of another length: all of it is shown where all was shown before. */
  setDuration(duration_s) {
    const next = Math.max(duration_s, SHORTEST_S);
    if (next === this.duration_s) return;
    const showsAll = this.start_s <= 0 && this.end_s >= this.duration_s;
    this.duration_s = next;
    this.show(showsAll ? 0 : this.start_s, showsAll ? next : this.end_s, true);
  }

  /** Bring a stretch into view; it is kept within the film. */
  show(start_s, end_s, always = false) {
    if (!Number.isFinite(start_s) || !Number.isFinite(end_s)) return;
    const span = Math.min(Math.max(end_s - start_s, SHORTEST_S), this.duration_s);
    const start = Math.min(Math.max(start_s, 0), this.duration_s - span);
    if (!always && start === this.start_s && start + span === this.end_s) return;
    this.start_s = start;
    this.end_s = start + span;
    this.dispatchEvent(new Event("change"));
  }

  /** Zoom in (factor > 1) or out about a pixel, whose time stays where it is. */
  zoom(factor, at_px = this.width_px / 2) {
    const span = Math.min(Math.max((this.end_s - this.start_s) / factor, SHORTEST_S), this.duration_s);
    const start = this.time(at_px) - (at_px / this.width_px) * span;
    this.show(start, start + span);
  }

  scroll(by_s) {
    this.show(this.start_s + by_s, this.end_s + by_s);
  }

  /** Scroll, if need be, so that a time is in view; it then lies at a quarter of the width. */
  reveal(time_s) {
    if (time_s >= this.start_s && time_s <= this.end_s) return;
    const span = this.end_s - this.start_s;
    this.show(time_s - span / 4, time_s + (3 * span) / 4);
  }
}

/** Index of the value in a sorted array that is nearest; −1 in an empty one, the lower of two as near. */
export function nearest(sorted, value) {
  if (!sorted.length) return -1;
  let low = 0;
  let high = sorted.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sorted[middle] < value) low = middle + 1;
    else high = middle;
  }
  return low > 0 && value - sorted[low - 1] <= sorted[low] - value ? low - 1 : low;
}

/** The nearest of some sorted times if it lies within so many pixels, else the time itself. */
export function snapped(time_s, candidates_s, axis, within_px = 8) {
  const index = nearest(candidates_s, time_s);
  if (index < 0) return time_s;
  const off_px = Math.abs(candidates_s[index] - time_s) / axis.perPixel_s;
  return off_px <= within_px ? candidates_s[index] : time_s;
}

const STEPS_S = [0.04, 0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600];

/** Round times in view, major ones at least so many pixels apart, with minor ones between. */
export function ticks(axis, minGap_px = 90) {
  const wanted_s = minGap_px * axis.perPixel_s;
  const index = STEPS_S.findIndex((step_s) => step_s >= wanted_s);
  const major_s = index < 0 ? STEPS_S.at(-1) * Math.ceil(wanted_s / STEPS_S.at(-1)) : STEPS_S[index];
  const parts = index >= 0 && [0.2, 2, 15, 30, 120].includes(major_s) ? { 15: 3, 30: 3 }[major_s] ?? 4 : 5;
  const minor_s = major_s / parts;
  const found = [];
  const last = Math.floor(axis.end_s / minor_s + 1e-9);
  for (let count = Math.ceil(axis.start_s / minor_s - 1e-9); count <= last; count += 1) {
    found.push({ time_s: count * minor_s, isMajor: count % parts === 0 });
  }
  return found;
}
