/**
 * Notes as pixels. A part of a piano roll is filled in straight away, pixel by pixel: ten thousand small bars
 * cost a millisecond or two so, many times less than as rectangles of a canvas. Pure.
 */

import { pitchY } from "./roll_rows.js";

/** Shades of a colour, from soft to loud, or from seldom to always. */
export const SHADES = 16;
/** How much of a track's colour the softest and the loudest note have; muted ones, which are dotted too. */
const SOFT = 0.45;
const LOUD = 1;
const MUTED_SOFT = 0.25;
const MUTED_LOUD = 0.42;
/** Notes which are typically shorter than this, in pixels, are painted as density. */
const DENSE_PX = 1.5;
/** Every fourth diagonal of a locked note has the colour of locks. */
const HATCH = 3;
const PITCHES = 128;

/**
 * Red, green and blue as a pixel of an ImageData, opaque (little endian, as all browsers' machines are).
 * @param {number[]} rgb 0 … 255 each
 */
export function pixel([red, green, blue]) {
  return ((255 << 24) | (Math.round(blue) << 16) | (Math.round(green) << 8) | Math.round(red)) >>> 0;
}

/** Shades of a colour on paper, from soft to loud. */
export function shades(rgb, paper, isMuted) {
  const [from, to] = isMuted ? [MUTED_SOFT, MUTED_LOUD] : [SOFT, LOUD];
  return Uint32Array.from({ length: SHADES }, (_, at) => {
    const share = from + ((to - from) * at) / (SHADES - 1);
    return pixel(rgb.map((value, channel) => paper[channel] + share * (value - paper[channel])));
  });
}

/**
 * Fill in a part of a roll; what is no note stays 0, transparent.
 * @param {Uint32Array} pixels row by row
 * @param {object} part
 * @param {number} part.width
 * @param {number} part.height
 * @param {number} part.first_px number of the first column, counted from the film's beginning
 * @param {number} part.perPixel_s
 * @param {number} part.ratio pixels of the device a pixel of the page
 * @param {number} part.scroll_px how far the rows are scrolled, in pixels of the page
 * @param {NotesIndex} index
 * @param {object[]} rows of roll_rows.js, with `colours` (shades), `lock` (the pixel of locks), `hasLocks`,
 *   `isSilent` (dotted: what is not heard is told by its shape too)
 */
export function paintPart(pixels, part, index, rows) {
  pixels.fill(0);
  for (const row of rows) {
    const places = placesOf(row, part);
    if (places.bottom <= places.top) continue;
    const isDense = index.typical_s(row.track) < DENSE_PX * part.perPixel_s;
    if (isDense) paintDensity(pixels, part, index, row, places);
    else paintNotes(pixels, part, index, row, places);
  }
}

/** Of a row: the pixel lines it has in view, how many a note has, and the first one of each pitch. */
function placesOf(row, { height, ratio, scroll_px }) {
  const lines = Math.max(1, Math.round(row.note_px * ratio));
  const first = Int32Array.from({ length: PITCHES }, (_, pitch) =>
    Math.round((pitchY(row, pitch) - row.note_px / 2 - scroll_px) * ratio),
  );
  const top = Math.max(0, Math.round((row.top_px - scroll_px) * ratio));
  const bottom = Math.min(height, Math.round((row.top_px + row.height_px - scroll_px) * ratio) - 1);
  return { lines, first, top, bottom };
}

function paintNotes(pixels, part, index, row, { lines, first, top, bottom }) {
  const { width, first_px, perPixel_s } = part;
  const { start_s, end_s, pitch, velocity, locked } = index.notes;
  const box = { left: 0, right: 0, top: 0, bottom: 0 };
  for (const at of index.within(row.track, first_px * perPixel_s, (first_px + width) * perPixel_s)) {
    const left = Math.round(start_s[at] / perPixel_s) - first_px;
    const right = Math.round(end_s[at] / perPixel_s) - first_px;
    // a gap, so that a note which is struck again is seen to be
    const end = Math.max(left + 1, right - left >= 4 ? right - 1 : right);
    const line = first[pitch[at]];
    box.left = Math.max(0, left);
    box.right = Math.min(width, end);
    box.top = Math.max(top, line);
    box.bottom = Math.min(bottom, line + lines);
    const draw = row.isSilent ? stipple : fill;
    draw(pixels, width, box, row.colours[(velocity[at] * SHADES) >> 7], first_px);
    if (!locked[at]) continue;
    hatch(pixels, width, box, row.lock, first_px);
    if (lines > 3 && end - left > 3) outline(pixels, width, box, row.lock, { left, end, line, lines });
  }
}

function fill(pixels, width, { left, right, top, bottom }, colour) {
  for (let line = top * width; line < bottom * width; line += width) {
    for (let at = line + left; at < line + right; at += 1) pixels[at] = colour;
  }
}

/** Every other pixel, as on a chessboard that goes on over the edges of parts. */
function stipple(pixels, width, { left, right, top, bottom }, colour, first_px) {
  for (let y = top; y < bottom; y += 1) {
    for (let x = left + ((left + first_px + y) & 1); x < right; x += 2) pixels[y * width + x] = colour;
  }
}

/** Diagonals that go on over the edges of parts. */
function hatch(pixels, width, { left, right, top, bottom }, colour, first_px) {
  for (let y = top; y < bottom; y += 1) {
    for (let x = left; x < right; x += 1) {
      if (((x + first_px + y) & HATCH) === 0) pixels[y * width + x] = colour;
    }
  }
}

/** The edges of a note, as far as they are not cut off. */
function outline(pixels, width, box, colour, { left, end, line, lines }) {
  const { top, bottom } = box;
  if (line === top) fill(pixels, width, { ...box, bottom: Math.min(bottom, top + 1) }, colour);
  if (line + lines === bottom) fill(pixels, width, { ...box, top: bottom - 1 }, colour);
  if (left === box.left) fill(pixels, width, { ...box, right: left + 1 }, colour);
  if (end === box.right) fill(pixels, width, { ...box, left: end - 1 }, colour);
}

let cover = new Float32Array(0);

/** A shade for how much of each pixel column a pitch sounds. */
function paintDensity(pixels, part, index, row, { lines, first, top, bottom }) {
  const { width, first_px, perPixel_s } = part;
  if (cover.length < PITCHES * width) cover = new Float32Array(PITCHES * width);
  const pitches = index.cover(row.track, first_px, width, perPixel_s, cover);
  const low = index.pitches(row.track)?.[0] ?? 0;
  for (let pitch = 0; pitch < pitches; pitch += 1) {
    const line = first[low + pitch];
    const [from, to] = [Math.max(top, line), Math.min(bottom, line + lines)];
    for (let x = 0; x < width; x += 1) {
      const share = cover[pitch * width + x];
      if (!share) continue;
      const colour = row.colours[Math.min(SHADES - 1, Math.floor(share * SHADES))];
      for (let y = from; y < to; y += 1) {
        if (!row.isSilent || ((x + first_px + y) & 1) === 0) pixels[y * width + x] = colour;
      }
    }
  }
  if (row.hasLocks) hatchLocked(pixels, part, index, row, { lines, first, top, bottom });
}

/** Where locked notes sound, however short they are. */
function hatchLocked(pixels, { width, first_px, perPixel_s }, index, row, { lines, first, top, bottom }) {
  const { start_s, end_s, pitch, locked } = index.notes;
  const box = { left: 0, right: 0, top: 0, bottom: 0 };
  for (const at of index.within(row.track, first_px * perPixel_s, (first_px + width) * perPixel_s)) {
    if (!locked[at]) continue;
    box.left = Math.max(0, Math.floor(start_s[at] / perPixel_s) - first_px);
    box.right = Math.min(width, Math.ceil(end_s[at] / perPixel_s) - first_px);
    box.top = Math.max(top, first[pitch[at]]);
    box.bottom = Math.min(bottom, first[pitch[at]] + lines);
    hatch(pixels, width, box, row.lock, first_px);
  }
}
