/** What of a piano roll is not heard as it stands: bars that moved in the plan, stretches without music. */

import { movedWords } from "./takes.js";

const FONT = "11px system-ui, sans-serif";
/** Between two lines of a hatching, in pixels. */
const HATCH_PX = 9;
/** Stretches narrower than this have no words, in pixels. */
const WORDS_PX = 60;
const NEITHER = 1e-3;

/**
 * Stretches of a film without a cue: notes there are not played.
 * @param {?{in_s: number, out_s: number}[]} cues none: music throughout
 * @param {number} duration_s
 * @returns {[number, number][]} seconds
 */
export function silences(cues, duration_s) {
  if (!cues?.length) return [];
  const found = [];
  let from_s = 0;
  for (const { in_s, out_s } of [...cues].sort((one, other) => one.in_s - other.in_s)) {
    if (in_s - from_s > NEITHER) found.push([from_s, in_s]);
    from_s = Math.max(from_s, out_s);
  }
  if (duration_s - from_s > NEITHER) found.push([from_s, duration_s]);
  return found;
}

/** The run of moved bars at a time, or null. */
export function movedAt(moved, time_s) {
  return moved.find(({ start_s, end_s }) => time_s >= start_s && time_s < end_s) ?? null;
}

/** What the veils say, for those who cannot see them: sentences, or "". */
export function veilWords(moved, silent) {
  const told = [];
  if (moved.length) told.push(`Moved in the plan since this take was made: ${movedWords(moved)}.`);
  const where = silent.length === 1 ? "a stretch" : `${silent.length} stretches`;
  if (silent.length) told.push(`Notes of ${where} without a cue are not played.`);
  return told.join(" ");
}

/**
 * Over the notes: silent ones become pale between two lines, moved ones are hatched; both with words.
 * @param {CanvasRenderingContext2D} context clipped to the rows
 * @param {object} scene
 * @param {TimeAxis} scene.axis
 * @param {Theme} scene.theme
 * @param {MovedBars[]} scene.moved
 * @param {[number, number][]} scene.silent seconds
 * @param {number} scene.top_px where the rows begin
 * @param {number} scene.height_px
 */
export function paintVeils(context, scene) {
  for (const stretch of scene.silent) {
    const box = boxOf(stretch, scene);
    if (!box) continue;
    veil(context, box, scene.theme, 0.7);
    say(context, box, scene.theme, "no music here");
  }
  for (const run of scene.moved) {
    const box = boxOf([run.start_s, run.end_s], scene);
    if (!box) continue;
    veil(context, box, scene.theme, 0.4);
    hatch(context, box, scene.theme);
    say(context, box, scene.theme, `${movedWords([run])} moved`);
  }
}

/** Where a stretch is in the canvas; null out of view. */
function boxOf([start_s, end_s], { axis, top_px, height_px }) {
  const [from, to] = [axis.x(start_s), axis.x(end_s)];
  const [left, right] = [Math.max(0, from), Math.min(axis.width_px, to)];
  return right - left < 1 ? null : { from, to, left, right, top: top_px, bottom: top_px + height_px };
}

function veil(context, { from, to, left, right, top, bottom }, theme, share) {
  context.globalAlpha = share;
  context.fillStyle = theme.colour("paper");
  context.fillRect(left, top, right - left, bottom - top);
  context.globalAlpha = 1;
  context.fillStyle = theme.colour("faint");
  for (const x of [from, to]) context.fillRect(Math.round(x), top, 1, bottom - top);
}

/** Diagonals that go with the notes when these are scrolled. */
function hatch(context, { from, left, right, top, bottom }, theme) {
  const height = bottom - top;
  const first = Math.floor((left - height - from) / HATCH_PX);
  context.save();
  context.beginPath();
  context.rect(left, top, right - left, height);
  context.clip();
  context.beginPath();
  for (let x = from + first * HATCH_PX; x < right; x += HATCH_PX) {
    context.moveTo(x, bottom);
    context.lineTo(x + height, top);
  }
  context.globalAlpha = 0.45;
  context.lineWidth = 1;
  context.strokeStyle = theme.colour("faint");
  context.stroke();
  context.restore();
}

/** A few words on paper, where there is room for them. */
function say(context, { left, right, top }, theme, text) {
  if (right - left < WORDS_PX) return;
  context.font = FONT;
  context.textAlign = "left";
  context.textBaseline = "middle";
  const width = Math.min(context.measureText(text).width + 8, right - left - 4);
  context.fillStyle = theme.colour("paper");
  context.fillRect(left + 2, top + 2, width, 16);
  context.fillStyle = theme.colour("ink");
  context.fillText(text, left + 6, top + 10.5, width - 8);
}
