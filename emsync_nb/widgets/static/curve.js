/**
 * An emotion curve and what hands do to it, by the same formulas as emsync_nb.domain: pure arithmetic.
 *
 * A curve is {times_s, valence, arousal}: arrays of one length, times rising, values in −1 … 1, with straight
 * lines between them.
 */

/** A change of emotion that is asked for at once takes so long, in seconds. */
export const STEP_S = 0.5;
/** The lines of a curve. */
export const LINES = ["valence", "arousal"];
/** Points of a smoothed stretch: so many to a window, so many at most. */
const POINTS_A_WINDOW = 8;
const MOST_POINTS = 20000;

/** A value kept within −1 … 1. */
export function clipped(value) {
  return Math.min(1, Math.max(-1, value));
}

/** Index of the last of some rising times that is not after another; −1 before all. */
export function lastUntil(times_s, time_s) {
  let low = 0;
  let high = times_s.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (times_s[middle] <= time_s) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

/** The value of a line through points at a time; the ends extend outwards. */
export function valueAt(times_s, values, time_s) {
  const before = lastUntil(times_s, time_s);
  if (before < 0) return values[0];
  if (before === times_s.length - 1) return values[before];
  const share = (time_s - times_s[before]) / (times_s[before + 1] - times_s[before]);
  return values[before] + share * (values[before + 1] - values[before]);
}

/** {valence, arousal} of a curve at a time. */
export function emotionAt(curve, time_s) {
  const [valence, arousal] = LINES.map((line) => valueAt(curve.times_s, curve[line], time_s));
  return { valence, arousal };
}

/** The mean of one line over a stretch, in seconds. */
export function meanOf(curve, line, start_s, end_s) {
  const values = curve[line];
  if (end_s <= start_s) return valueAt(curve.times_s, values, start_s);
  const clock = within(curve.times_s, start_s, end_s);
  const areas = areasUnder(clock, resampled(clock, curve.times_s, values));
  return areas.at(-1) / (end_s - start_s);
}

/** The times of a stretch: its ends, and those between them. */
export function within(times_s, start_s, end_s) {
  const inner = times_s.slice(lastUntil(times_s, start_s) + 1, lastUntil(times_s, end_s) + 1);
  return merged(inner, [start_s, end_s]);
}

/** A curve as far as the film goes: requests must not reach beyond it. */
export function trimmed(curve, duration_s) {
  if (!(curve.times_s.at(-1) > duration_s)) return curve;
  const clock = merged(curve.times_s.slice(0, lastUntil(curve.times_s, duration_s) + 1), [duration_s]);
  return curveBy(clock, curve, (old) => old);
}

/** A curve after a request to draw, shift, flatten or smooth. */
export function apply(curve, request) {
  const edit = { draw: drawn, shift: shifted, flatten: flattened, smooth: smoothed }[request.edit];
  if (!edit) throw new RangeError(`no way to change a curve: ${request.edit}; draw, shift, flatten, smooth`);
  return edit(curve, request);
}

function drawn(curve, { times_s, valence = null, arousal = null }) {
  if (!times_s.length || times_s.some((time_s, index) => index && !(time_s > times_s[index - 1]))) {
    throw new RangeError("points of a curve need times that rise; give at least one");
  }
  const [first_s, last_s] = [times_s[0], times_s.at(-1)];
  const clock = merged(curve.times_s, times_s, inFilm([first_s - STEP_S, last_s + STEP_S]));
  const points = { valence, arousal };
  return curveBy(clock, curve, (old, time_s, line) => {
    const isInside = points[line] !== null && time_s >= first_s && time_s <= last_s;
    return isInside ? valueAt(times_s, points[line], time_s) : old;
  });
}

function shifted(curve, { start_s, end_s, valence = null, arousal = null }) {
  checkStretch(start_s, end_s);
  const by = { valence: valence ?? 0, arousal: arousal ?? 0 };
  const clock = merged(curve.times_s, inFilm(edgesOf(start_s, end_s)));
  return curveBy(clock, curve, (old, time_s, line) => old + by[line] * shareOf(start_s, end_s, time_s));
}

function flattened(curve, { start_s, end_s, valence = null, arousal = null }) {
  checkStretch(start_s, end_s);
  const flat = (level) => (level === null ? null : [level, level]);
  return drawn(curve, { times_s: [start_s, end_s], valence: flat(valence), arousal: flat(arousal) });
}

function smoothed(curve, { start_s, end_s, seconds, valence = true, arousal = true }) {
  checkStretch(start_s, end_s);
  if (!(seconds > 0)) throw new RangeError(`a window to smooth over needs seconds above 0, got ${seconds}`);
  const clock = merged(curve.times_s, evenly(start_s, end_s, seconds), inFilm(edgesOf(start_s, end_s)));
  const means = {};
  if (valence) means.valence = windowMeans(curve.times_s, curve.valence, clock, seconds);
  if (arousal) means.arousal = windowMeans(curve.times_s, curve.arousal, clock, seconds);
  return curveBy(clock, curve, (old, time_s, line, index) => {
    const mean = means[line] ? means[line][index] : old;
    return old + shareOf(start_s, end_s, time_s) * (mean - old);
  });
}

/** A curve at other times: change(old value, time_s, line, index) gives its values. */
function curveBy(clock, curve, change) {
  const made = { times_s: clock, length: clock.length };
  for (const line of LINES) {
    const old = resampled(clock, curve.times_s, curve[line]);
    made[line] = old.map((value, index) => clipped(change(value, clock[index], line, index)));
  }
  return made;
}

function checkStretch(start_s, end_s) {
  if (start_s >= 0 && start_s < end_s) return;
  throw new RangeError(`a stretch needs 0 ≤ start < end, got ${start_s} to ${end_s} s`);
}

function edgesOf(start_s, end_s) {
  return [start_s - STEP_S, start_s, end_s, end_s + STEP_S];
}

function inFilm(times_s) {
  return times_s.filter((time_s) => time_s >= 0);
}

/** How much of a change to a stretch is done at a time: all inside, with a ramp of STEP_S at either end. */
function shareOf(start_s, end_s, time_s) {
  const outside_s = Math.max(start_s - time_s, time_s - end_s, 0);
  return Math.max(0, 1 - outside_s / STEP_S);
}

function evenly(start_s, end_s, seconds) {
  const step_s = Math.max(seconds / POINTS_A_WINDOW, (end_s - start_s) / MOST_POINTS);
  const count = Math.ceil((end_s - start_s) / step_s);
  const span_s = end_s - start_s;
  return Float64Array.from({ length: count + 1 }, (_, index) => start_s + (index / count) * span_s);
}

/** Means of a line through points over windows around the times of a clock. */
function windowMeans(times_s, values, clock, seconds) {
  const half_s = seconds / 2;
  const ends = [Math.min(times_s[0], clock[0]) - seconds, Math.max(times_s.at(-1), clock.at(-1)) + seconds];
  const [starts, stops] = [-half_s, half_s].map((by_s) => clock.map((time_s) => time_s + by_s));
  const knots = merged(times_s, starts, stops, ends);
  const areas = areasUnder(knots, resampled(knots, times_s, values));
  const [since, until] = [starts, stops].map((times) => resampled(times, knots, areas));
  return until.map((area, index) => (area - since[index]) / seconds);
}

/** The area under a line from its first point to each. */
function areasUnder(times_s, values) {
  const areas = new Float64Array(times_s.length);
  for (let index = 1; index < areas.length; index += 1) {
    const step_s = times_s[index] - times_s[index - 1];
    areas[index] = areas[index - 1] + (step_s * (values[index] + values[index - 1])) / 2;
  }
  return areas;
}

/** The values of a line through points at the rising times of a clock; the ends extend outwards. */
export function resampled(clock, times_s, values) {
  const found = new Float64Array(clock.length);
  const last = times_s.length - 1;
  let before = -1;
  for (let index = 0; index < clock.length; index += 1) {
    while (before < last && times_s[before + 1] <= clock[index]) before += 1;
    if (before < 0 || before === last) {
      found[index] = values[Math.max(0, before)];
      continue;
    }
    const share = (clock[index] - times_s[before]) / (times_s[before + 1] - times_s[before]);
    found[index] = values[before] + share * (values[before + 1] - values[before]);
  }
  return found;
}

/** Rising times out of several lists of rising times, each time once. */
export function merged(...lists) {
  return lists.reduce((one, other) => mergedPair(one, other), []);
}

function mergedPair(one, other) {
  const all = new Float64Array(one.length + other.length);
  let [left, right, count] = [0, 0, 0];
  while (left < one.length || right < other.length) {
    const isLeft = right >= other.length || (left < one.length && one[left] <= other[right]);
    const time_s = isLeft ? one[left++] : other[right++];
    if (!count || time_s > all[count - 1]) all[count++] = time_s;
  }
  return all.slice(0, count);
}
