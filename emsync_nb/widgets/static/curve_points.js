/** The few points by which a dense line is held, what dragging and drawing ask for, what a pointer meets. */

import { LINES, clipped, merged, resampled, valueAt, within } from "./curve.js";

/** How far a line may pass beside its points, as a value. */
const TOLERANCE = 0.05;
/** How far a line that is asked for may pass beside what it stands for, as a value. */
const FINE = 0.002;
/** Points of a stroke are at least so far apart, in seconds. */
export const STROKE_S = 1 / 8;
/** Times closer than this are one, in seconds: they may have been 32-bit numbers. */
const SAME_S = 1e-3;

/**
 * Indices of the points that stand for a line: its ends, where it turns, and where it bends (Douglas and
 * Peucker 1973).
 * @param {number} apart_s none are closer, in seconds
 */
export function standingFor(times_s, values, apart_s = 0, tolerance = TOLERANCE) {
  const last = times_s.length - 1;
  if (last < 1) return last < 0 ? [] : [0];
  const anchors = spaced(turns(values, tolerance), times_s, values, apart_s);
  const found = [0];
  [...anchors, last].forEach((anchor) => {
    bends(times_s, values, found.at(-1), anchor, apart_s, tolerance, found);
    found.push(anchor);
  });
  return found;
}

/** Where a line turns back by more than the tolerance. */
function turns(values, tolerance) {
  const found = [];
  let [low, high, way] = [0, 0, 0];
  for (let index = 1; index < values.length; index += 1) {
    if (values[index] > values[high]) high = index;
    if (values[index] < values[low]) low = index;
    if (way >= 0 && values[high] - values[index] > tolerance) {
      if (high > 0) found.push(high);
      [way, low, high] = [-1, index, index];
    } else if (way <= 0 && values[index] - values[low] > tolerance) {
      if (low > 0) found.push(low);
      [way, low, high] = [1, index, index];
    }
  }
  return found;
}

/** Of some turning points those that stand out most and are far enough apart, and from the ends. */
function spaced(found, times_s, values, apart_s) {
  const last = times_s.length - 1;
  const around = [0, ...found, last];
  const swing = (place) => {
    const value = values[around[place]];
    return Math.min(Math.abs(value - values[around[place - 1]]), Math.abs(value - values[around[place + 1]]));
  };
  const places = found.map((_, index) => index + 1).sort((one, other) => swing(other) - swing(one));
  const taken = new Map([[slot(times_s[0], apart_s), [times_s[0]]]]);
  take(taken, times_s[last], apart_s);
  return places
    .map((place) => around[place])
    .filter((index) => isFree(taken, times_s[index], apart_s) && take(taken, times_s[index], apart_s))
    .sort((one, other) => one - other);
}

function slot(time_s, apart_s) {
  return apart_s > 0 ? Math.floor(time_s / apart_s) : time_s;
}

function take(taken, time_s, apart_s) {
  const key = slot(time_s, apart_s);
  return taken.set(key, [...(taken.get(key) ?? []), time_s]);
}

function isFree(taken, time_s, apart_s) {
  if (apart_s <= 0) return !taken.has(time_s);
  const key = slot(time_s, apart_s);
  const near = [key - 1, key, key + 1].flatMap((one) => taken.get(one) ?? []);
  return near.every((other_s) => Math.abs(other_s - time_s) >= apart_s);
}

/** Add to `found` where a line bends between two of its points. */
function bends(times_s, values, from, to, apart_s, tolerance, found) {
  const open = [[from, to]];
  const bent = [];
  while (open.length) {
    const [start, end] = open.pop();
    const farthest = farthestFrom(times_s, values, start, end, apart_s, tolerance);
    if (farthest > 0) {
      bent.push(farthest);
      open.push([start, farthest], [farthest, end]);
    }
  }
  found.push(...bent.sort((one, other) => one - other));
}

/** The point that lies farthest from a straight line between two others; −1 where none is far enough. */
function farthestFrom(times_s, values, start, end, apart_s, tolerance) {
  const slope = (values[end] - values[start]) / (times_s[end] - times_s[start]);
  let [farthest, most] = [-1, tolerance];
  for (let index = start + 1; index < end; index += 1) {
    if (times_s[index] - times_s[start] < apart_s || times_s[end] - times_s[index] < apart_s) continue;
    const off = Math.abs(values[index] - values[start] - slope * (times_s[index] - times_s[start]));
    if (off > most) [farthest, most] = [index, off];
  }
  return farthest;
}

/**
 * The points of one line of a curve as [{time_s, value}].
 * @param {number|null} [held_s] a time that is a point in any case
 */
export function handles(curve, line, apart_s, held_s = null) {
  const { times_s } = curve;
  const found = standingFor(times_s, curve[line], apart_s).map((index) => ({
    time_s: times_s[index],
    value: curve[line][index],
  }));
  if (held_s === null || !found.length) return found;
  const ends = [found[0], found.at(-1)];
  if (ends.some((end) => Math.abs(end.time_s - held_s) < SAME_S)) return found;
  const reach_s = Math.max(apart_s / 2, SAME_S);
  const near = (point) => !ends.includes(point) && Math.abs(point.time_s - held_s) < reach_s;
  const held = { time_s: held_s, value: valueAt(times_s, curve[line], held_s) };
  return [...found.filter((point) => !near(point)), held].sort((one, other) => one.time_s - other.time_s);
}

/** Index of the point at a time, and of a line where there are several; −1 where there is none. */
export function indexAt(points, time_s, line = null) {
  const isMeant = (point) => line === null || point.line === line;
  return points.findIndex((point) => isMeant(point) && Math.abs(point.time_s - time_s) < SAME_S);
}

/**
 * What dragging a point of a line asks for: the line follows in proportion as far as the points beside it;
 * beside the first and the last point all of it follows.
 * @param {{time_s: number, value: number}} to where it is dragged; ends keep their times
 */
export function pulled(curve, line, points, index, to, duration_s) {
  const [left, point, right] = [points[index - 1], points[index], points[index + 1]];
  const start_s = left ? left.time_s : Math.min(0, point.time_s);
  const end_s = right ? right.time_s : Math.max(duration_s, point.time_s);
  const time_s = left && right ? between(to.time_s, start_s, end_s) : point.time_s;
  const by = clipped(to.value) - point.value;
  const stretch = { start_s, point_s: point.time_s, end_s };
  const clock = thinClock(curve, line, stretch);
  const old = resampled(clock, curve.times_s, curve[line]);
  const values = old.map((value, place) => value + by * weight(clock[place], stretch, left, right));
  const times_s = clock.map((at_s) => warped(at_s, stretch, time_s));
  return { request: drawRequest(times_s, { [line]: values }), time_s };
}

/** A time between two others, and not too close to either. */
function between(time_s, start_s, end_s) {
  const margin_s = Math.min(2 * SAME_S, (end_s - start_s) / 4);
  return Math.min(end_s - margin_s, Math.max(start_s + margin_s, time_s));
}

/** The times that a stretch of a line cannot do without. */
function thinClock(curve, line, { start_s, point_s, end_s }) {
  const parts = [[start_s, point_s], [point_s, end_s]].filter(([from_s, to_s]) => to_s > from_s);
  const times_s = parts.flatMap(([from_s, to_s]) => {
    const clock = within(curve.times_s, from_s, to_s);
    const values = resampled(clock, curve.times_s, curve[line]);
    return standingFor(clock, values, 0, FINE).map((index) => clock[index]);
  });
  return times_s.length ? Float64Array.from(new Set(times_s)) : Float64Array.of(point_s);
}

function weight(time_s, { start_s, point_s, end_s }, left, right) {
  if (time_s <= point_s) return left && point_s > start_s ? (time_s - start_s) / (point_s - start_s) : 1;
  return right ? (end_s - time_s) / (end_s - point_s) : 1;
}

function warped(time_s, { start_s, point_s, end_s }, to_s) {
  if (time_s === point_s) return to_s;
  if (time_s < point_s) return start_s + ((time_s - start_s) * (to_s - start_s)) / (point_s - start_s);
  return end_s - ((end_s - time_s) * (end_s - to_s)) / (end_s - point_s);
}

/** What taking a point away asks for: a straight line between those beside it; null for the ends. */
export function withoutPoint(line, points, index) {
  const [left, right] = [points[index - 1], points[index + 1]];
  if (!left || !right) return null;
  return drawRequest([left.time_s, right.time_s], { [line]: [left.value, right.value] });
}

/** What setting both values at one time asks for: they go over into what was there within some seconds. */
export function pulledAround(curve, time_s, emotion, around_s, duration_s) {
  const start_s = Math.max(0, time_s - around_s);
  const end_s = Math.min(duration_s, time_s + around_s);
  const clock = merged(within(curve.times_s, start_s, time_s), within(curve.times_s, time_s, end_s));
  const drawn = {};
  for (const line of LINES) {
    const by = clipped(emotion[line]) - valueAt(curve.times_s, curve[line], time_s);
    const old = resampled(clock, curve.times_s, curve[line]);
    drawn[line] = old.map((value, index) => value + by * (1 - Math.abs(clock[index] - time_s) / around_s));
  }
  return drawRequest(clock, drawn);
}

/** What going back to another curve within a stretch asks for. */
export function restored(analysed, lines, start_s, end_s) {
  const clock = within(analysed.times_s, start_s, end_s);
  const drawn = lines.map((line) => [line, resampled(clock, analysed.times_s, analysed[line])]);
  return drawRequest(clock, Object.fromEntries(drawn));
}

/** A request to draw, with times that rise, from 0 on, and values within −1 … 1. */
export function drawRequest(times_s, drawn) {
  const kept = [];
  times_s.forEach((time_s, index) => {
    if (!kept.length || time_s - times_s[kept.at(-1)] > SAME_S / 2) kept.push(index);
    // the end of a stretch stays where it is
    else if (index === times_s.length - 1 && kept.length > 1) kept[kept.length - 1] = index;
  });
  const values = (line) => (drawn[line] ? kept.map((index) => clipped(drawn[line][index])) : null);
  const times = kept.map((index) => Math.max(0, times_s[index]));
  return { do: "edit", edit: "draw", times_s: times, valence: values("valence"), arousal: values("arousal") };
}

/** A line drawn freehand: the pointer may go back, and draws anew what it passes. */
export class Stroke {
  constructor() {
    this.points = [];
    this.last = null;
  }

  add(time_s, value) {
    const point = { time_s, value: clipped(value) };
    const from = this.last ?? point;
    const [start_s, end_s] = [Math.min(from.time_s, time_s), Math.max(from.time_s, time_s)];
    const passed = this.points.filter((old) => old.time_s < start_s || old.time_s > end_s);
    const drawn = from.time_s === time_s ? [point] : [from, point];
    this.points = [...passed, ...drawn].sort((one, other) => one.time_s - other.time_s);
    this.last = point;
  }

  /** What it asks for: points at least STROKE_S apart. */
  request(line) {
    const kept = [];
    for (const point of this.points) {
      if (!kept.length || point.time_s - kept.at(-1).time_s >= STROKE_S) kept.push(point);
    }
    const end = this.points.at(-1);
    kept[kept.length - 1] = end;
    return drawRequest(kept.map((point) => point.time_s), { [line]: kept.map((point) => point.value) });
  }
}

/** Index of the point on screen, {x, y} in pixels, that is nearest and near enough; −1 where none is. */
export function pointUnder(points, x_px, y_px, within_px = 16) {
  let [found, nearest_px] = [-1, within_px];
  points.forEach((point, index) => {
    const off_px = Math.hypot(point.x - x_px, point.y - y_px);
    if (off_px <= nearest_px) [found, nearest_px] = [index, off_px];
  });
  return found;
}

/**
 * How far a pointer is from a line, in pixels; Infinity beyond `within_px`.
 * @param {(time_s: number) => number} x @param {(value: number) => number} y
 */
export function distanceTo(times_s, values, { x, y, start_s, end_s }, at, within_px = 6) {
  const clock = within(times_s, start_s, end_s);
  const heights = resampled(clock, times_s, values);
  let nearest_px = Infinity;
  for (let index = 1; index < clock.length; index += 1) {
    const from = { x: x(clock[index - 1]), y: y(heights[index - 1]) };
    const to = { x: x(clock[index]), y: y(heights[index]) };
    nearest_px = Math.min(nearest_px, toSegment(from, to, at));
  }
  return nearest_px <= within_px ? nearest_px : Infinity;
}

function toSegment(from, to, at) {
  const [along, up] = [to.x - from.x, to.y - from.y];
  const length = along * along + up * up;
  const share = length ? ((at.x - from.x) * along + (at.y - from.y) * up) / length : 0;
  const kept = Math.min(1, Math.max(0, share));
  return Math.hypot(from.x + kept * along - at.x, from.y + kept * up - at.y);
}
