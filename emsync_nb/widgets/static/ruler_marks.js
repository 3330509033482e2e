/** What a ruler shows of a part of a film: round timecodes, bars, steps of tempo. Pure arithmetic. */

import { ticks } from "./time_axis.js";
import { frameAt, frameNumber, frameTime, timecodeOfFrame } from "./timecode.js";

/** Tempi nearer than this are one, in beats a minute. */
const SAME_BPM = 0.05;

/**
 * Marks at round timecodes, those that are major with their label.
 * Timecode counts whole frames, 30 to a second at 29.97, so that its seconds are longer than seconds.
 * @param {{fps: [number, number], start_timecode: string}} film
 * @returns {{time_s: number, isMajor: boolean, label: string}[]}
 */
export function timeMarks(axis, film, minGap_px = 100) {
  const { fps, start_timecode: start } = film;
  const rate = frameNumber("00:00:01:00", fps);
  if (minGap_px * axis.perPixel_s < 0.5) return frameMarks(axis, film, rate, minGap_px);
  const drops = start.includes(";");
  const first = frameNumber(start, fps);
  // frames that a second of the ruler holds: dropped numbers keep its seconds true
  const perSecond = drops ? fps[0] / fps[1] : rate;
  const onClock = (at_s) => ((at_s * fps[0]) / fps[1] + first) / perSecond;
  const [start_s, end_s] = [onClock(axis.start_s), onClock(axis.end_s)];
  const found = ticks({ start_s, end_s, perPixel_s: (end_s - start_s) / axis.width_px }, minGap_px);
  return found.map(({ time_s, isMajor }) => {
    const frame = Math.round(time_s * perSecond) - first;
    // a drop-frame count lags by up to two frames in a minute before numbers are left out
    const label = isMajor ? timecodeOfFrame(frame + (drops ? 2 : 0), fps, start).slice(0, 8) : "";
    return { time_s: frameTime(frame, fps), isMajor, label };
  });
}

/** Close up: marks at frames, at numbers that a second's frames divide into. */
function frameMarks(axis, { fps, start_timecode }, rate, minGap_px) {
  const frame_px = fps[1] / fps[0] / axis.perPixel_s;
  const parts = Array.from({ length: rate }, (_, at) => at + 1).filter((part) => rate % part === 0);
  const stepOf = (gap_px) => parts.find((part) => part * frame_px >= gap_px) ?? rate;
  const [major, minor] = [stepOf(minGap_px), stepOf(7)];
  const marks = [];
  const last = frameAt(axis.end_s, fps);
  for (let frame = Math.max(0, frameAt(axis.start_s, fps)); frame <= last; frame += 1) {
    const label = timecodeOfFrame(frame, fps, start_timecode);
    const number = Number(label.slice(9));
    const isMajor = number % major === 0;
    if (!isMajor && number % minor) continue;
    marks.push({ time_s: frameTime(frame, fps), isMajor, label: isMajor ? label : "" });
  }
  return marks;
}

/** Index of the first value of a sorted array at or above another. */
export function lowest(sorted, value) {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sorted[middle] < value) low = middle + 1;
    else high = middle;
  }
  return low;
}

/**
 * Bar lines in view, and beats where there is room for them.
 * @param {{time_s: Float32Array, bar: Float32Array}} clicks
 * @returns {{time_s: number, bar: number, isNumbered: boolean}[]} bar 0 for beats between bar lines
 */
export function barMarks(clicks, axis, { number_px = 36, beat_px = 9 } = {}) {
  const [first, behind] = [lowest(clicks.time_s, axis.start_s), lowest(clicks.time_s, axis.end_s)];
  const bars = [];
  for (let at = first; at < behind; at += 1) if (clicks.bar[at]) bars.push(at);
  const stride = strideOf(bars.length, axis.width_px, number_px);
  const showsBeats = (behind - first) * beat_px <= axis.width_px;
  const shown = showsBeats ? Array.from({ length: behind - first }, (_, at) => first + at) : bars;
  const lineStride = strideOf(bars.length, axis.width_px, 4);
  return shown
    .filter((at) => !clicks.bar[at] || (clicks.bar[at] - 1) % lineStride === 0)
    .map((at) => {
      const bar = clicks.bar[at];
      return { time_s: clicks.time_s[at], bar, isNumbered: bar > 0 && (bar - 1) % stride === 0 };
    });
}

/** Every how manieth bar is shown, so that there are so many pixels between two: 1, 2, 4, 8 … */
function strideOf(count, width_px, least_px) {
  let stride = 1;
  while ((count / stride) * least_px > width_px) stride *= 2;
  return stride;
}

/**
 * Where the tempo in view changes, beginning with what it is at the left edge.
 * @param {{time_s: Float32Array, bpm: Float32Array}} clicks
 * @returns {{time_s: number, bpm: number}[]}
 */
export function tempoSteps(clicks, axis) {
  const first = Math.max(0, lowest(clicks.time_s, axis.start_s) - 1);
  const behind = lowest(clicks.time_s, axis.end_s);
  const steps = [];
  for (let at = first; at < behind; at += 1) {
    const last = steps.at(-1);
    if (last && Math.abs(last.bpm - clicks.bpm[at]) < SAME_BPM) continue;
    steps.push({ time_s: clicks.time_s[at], bpm: clicks.bpm[at] });
  }
  return steps;
}

/** Slowest and fastest tempo of a film, in beats a minute; null without a click. */
export function tempoRange(clicks) {
  if (!clicks?.length) return null;
  return clicks.bpm.reduce(([low, high], bpm) => [Math.min(low, bpm), Math.max(high, bpm)], [Infinity, 0]);
}

/** Bar and beat at a time, "12.3", with the tempo there; "" before the first beat or without a click. */
export function placeInMusic(clicks, time_s) {
  if (!clicks?.length) return "";
  let at = lowest(clicks.time_s, time_s + 1e-3) - 1;
  if (at < 0) return "";
  const beat = at;
  while (at > 0 && !clicks.bar[at]) at -= 1;
  return `${clicks.bar[at] || 1}.${beat - at + 1}, ${Math.round(clicks.bpm[beat])} bpm`;
}
