/** Curves on a canvas: heights, what of a long line each column of pixels shows, and how it is stroked. */

import { lastUntil, resampled, valueAt, within } from "./curve.js";

/** Room above 1 and below −1, in pixels. */
const MARGIN_PX = 12;
/** A dashed line: so long, and so long not, in pixels. */
const DASH_PX = [5, 3];
/** More points to a pixel than this, and columns are drawn instead of points. */
const CROWDED = 1.5;

/** Pixels from above of a value −1 … 1. */
export function heightOf(value, height_px) {
  return MARGIN_PX + ((1 - value) / 2) * (height_px - 2 * MARGIN_PX);
}

/** The value at a height, which may lie beyond ±1. */
export function valueOf(y_px, height_px) {
  return 1 - (2 * (y_px - MARGIN_PX)) / (height_px - 2 * MARGIN_PX);
}

/**
 * The lowest and the highest value of a line in each column of pixels of an axis.
 * @returns {{low: Float32Array, high: Float32Array}}
 */
export function columnsOf(times_s, values, { start_s, perPixel_s, width_px }) {
  const count = Math.ceil(width_px);
  const [low, high] = [new Float32Array(count), new Float32Array(count)];
  let next = lastUntil(times_s, start_s) + 1;
  let edge = valueAt(times_s, values, start_s);
  for (let column = 0; column < count; column += 1) {
    const end_s = start_s + (column + 1) * perPixel_s;
    let [least, most] = [edge, edge];
    for (; next < times_s.length && times_s[next] < end_s; next += 1) {
      if (values[next] < least) least = values[next];
      if (values[next] > most) most = values[next];
    }
    edge = between(times_s, values, next, end_s);
    low[column] = Math.min(least, edge);
    high[column] = Math.max(most, edge);
  }
  return { low, high };
}

/** The value at a time that lies before point `next`, and not before the one in front of it. */
function between(times_s, values, next, time_s) {
  if (next === 0) return values[0];
  if (next === times_s.length) return values[next - 1];
  const share = (time_s - times_s[next - 1]) / (times_s[next] - times_s[next - 1]);
  return values[next - 1] + share * (values[next] - values[next - 1]);
}

/** Stroke the part of a line that an axis shows. */
export function strokeLine(context, times_s, values, axis, height_px, isDashed = false) {
  if (!times_s.length) return;
  const shown = lastUntil(times_s, axis.end_s) - lastUntil(times_s, axis.start_s);
  if (shown > CROWDED * axis.width_px) {
    fillColumns(context, columnsOf(times_s, values, axis), height_px, isDashed);
    return;
  }
  context.beginPath();
  const clock = within(times_s, axis.start_s, axis.end_s);
  resampled(clock, times_s, values).forEach((value, index) => {
    context.lineTo(axis.x(clock[index]), heightOf(value, height_px));
  });
  context.setLineDash(isDashed ? DASH_PX : []);
  context.stroke();
  context.setLineDash([]);
}

/** Bars from least to most: a path up and down takes ten times as long, and its dashes are none. */
function fillColumns(context, { low, high }, height_px, isDashed) {
  const [on, off] = DASH_PX;
  const thick_px = context.lineWidth;
  context.fillStyle = context.strokeStyle;
  for (let column = 0; column < low.length; column += 1) {
    if (isDashed && column % (on + off) >= on) continue;
    const top_px = heightOf(high[column], height_px);
    context.fillRect(column, top_px - thick_px / 2, 1, heightOf(low[column], height_px) - top_px + thick_px);
  }
}

/** A time as minutes and seconds, such as 1:05.2. */
export function clockText(time_s) {
  const tenths = Math.round(time_s * 10);
  const seconds = (tenths % 600) / 10;
  return `${Math.floor(tenths / 600)}:${seconds < 10 ? "0" : ""}${seconds.toFixed(1)}`;
}

/** A value with its sign, such as +0.42. */
export function valueText(value) {
  const text = Math.abs(value).toFixed(2);
  if (Number(text) === 0) return "0.00";
  return `${value < 0 ? "−" : "+"}${text}`;
}
