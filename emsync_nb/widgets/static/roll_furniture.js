/** What stands around the notes of a piano roll: rows, bar lines, names of pitches, the scroll bar. */

import { SHADES, pixel, shades } from "./roll_painting.js";
import { pitchY, thumb, totalHeight_px } from "./roll_rows.js";
import { barMarks } from "./ruler_marks.js";

/** The strip with the numbers of bars, above the rows, in pixels. */
export const STRIP_PX = 24;
/** Bars narrower than this have no line each. */
const LEAST_BAR_PX = 14;
const FONT = "11px system-ui, sans-serif";
const SMALL_FONT = "10px system-ui, sans-serif";

/**
 * Rows with the colours of their notes.
 * @param {object[]} rows of roll_rows.js
 * @param {{muted, soloed}[]} tracks
 * @param {number[]} lockedNotes how many notes of each track are locked
 */
export function paintedRows(rows, tracks, theme, lockedNotes) {
  const read = colourReader();
  const paper = read(theme.colour("paper"));
  const lock = pixel(read(theme.colour("lock")));
  const anySolo = tracks.some(({ soloed }) => soloed);
  return rows.map((row) => {
    const { muted, soloed, is_drum: isDrum } = tracks[row.track];
    const hasLocks = Boolean(lockedNotes[row.track]);
    const isSilent = muted || (anySolo && !soloed);
    const colours = shades(read(theme.track(row.track)), paper, isSilent);
    return { ...row, isDrum, hasLocks, isSilent, colours, lock: isSilent ? colours[SHADES - 1] : lock };
  });
}

/** What turns a colour of a style sheet, however it is written, into red, green and blue. */
function colourReader() {
  const context = new OffscreenCanvas(1, 1).getContext("2d", { willReadFrequently: true });
  return (colour) => {
    context.clearRect(0, 0, 1, 1);
    context.fillStyle = colour;
    context.fillRect(0, 0, 1, 1);
    return [...context.getImageData(0, 0, 1, 1).data.subarray(0, 3)];
  };
}

/** Rows in view, {row, top_px} in the canvas. */
function* inView({ rows, scroll_px, top_px, height_px }) {
  for (const row of rows) {
    const at_px = top_px + row.top_px - scroll_px;
    if (at_px + row.height_px > top_px && at_px < top_px + height_px) yield { row, at_px };
  }
}

/** Behind the notes: rows, bar lines, lines at each C where pitches are spread out. */
export function paintFurniture(context, scene) {
  const { theme, width_px, top_px, height_px, chosen } = scene;
  context.fillStyle = theme.colour("paper");
  context.fillRect(0, top_px, width_px, height_px);
  for (const { row, at_px } of inView(scene)) {
    if (row.track === chosen) {
      // paler than what is selected in time
      context.globalAlpha = 0.6;
      context.fillStyle = theme.colour("selection");
      context.fillRect(0, at_px, width_px, row.height_px);
      context.globalAlpha = 1;
    }
    context.fillStyle = theme.colour("hairline");
    context.fillRect(0, Math.round(at_px + row.height_px) - 1, width_px, 1);
    if (row.isOpen) paintOctaves(context, scene, row);
  }
  if (scene.clicks) paintBars(context, scene);
}

function paintOctaves(context, { width_px, top_px, scroll_px }, row) {
  for (const pitch of octaves(row)) {
    const y = Math.round(top_px + pitchY(row, pitch) - scroll_px + row.step_px / 2);
    context.fillRect(0, y, width_px, 1);
  }
}

/** Each C of a row. */
function octaves({ low, span }) {
  const first = Math.ceil(low / 12) * 12;
  const count = Math.max(0, Math.ceil((low + span - first) / 12));
  return Array.from({ length: count }, (_, at) => first + 12 * at);
}

function paintBars(context, { axis, theme, clicks, width_px, top_px, height_px }) {
  context.fillStyle = theme.colour("hairline");
  const bars = barMarks(clicks, axis).filter(({ bar }) => bar);
  const isCrowded = bars.length * LEAST_BAR_PX > width_px;
  for (const { time_s, isNumbered } of bars) {
    if (isCrowded && !isNumbered) continue;
    context.globalAlpha = isNumbered ? 1 : 0.5;
    context.fillRect(Math.round(axis.x(time_s)), top_px, 1, height_px);
  }
  context.globalAlpha = 1;
}

/** Before the notes: those that are selected, names of pitches, the scroll bar. */
export function paintOver(context, scene) {
  if (scene.choice.size) paintChosen(context, scene);
  if (scene.choice.band) paintBand(context, scene);
  for (const { row } of inView(scene)) if (row.isOpen) paintPitches(context, scene, row);
  paintScrollBar(context, scene);
}

/** Two lines round each, paper and ink, which are seen on every colour. */
function paintChosen(context, scene) {
  const { axis, index, rows, choice } = scene;
  const { start_s, end_s, track } = index.notes;
  const row = rows[track[choice.last]];
  if (!row) return;
  context.lineWidth = 1;
  for (const note of choice.notes) {
    if (end_s[note] >= axis.start_s && start_s[note] <= axis.end_s) paintFrame(context, scene, row, note);
  }
}

function paintFrame(context, { axis, index, theme, top_px, scroll_px }, row, note) {
  const { start_s, end_s, pitch } = index.notes;
  const left = Math.round(axis.x(start_s[note])) - 2;
  const width = Math.max(5, Math.round(axis.x(end_s[note])) - left + 2);
  const top = Math.round(top_px + pitchY(row, pitch[note]) - row.note_px / 2 - scroll_px) - 2;
  const height = Math.round(row.note_px) + 4;
  for (const [colour, off] of [["paper", 1.5], ["ink", 0.5]]) {
    context.strokeStyle = theme.colour(colour);
    context.strokeRect(left + off, top + off, width - 2 * off, height - 2 * off);
  }
}

function paintBand(context, { theme, choice }) {
  const [from, to] = choice.band;
  context.lineWidth = 1;
  context.strokeStyle = theme.colour("ink");
  context.setLineDash([4, 3]);
  context.strokeRect(from.x + 0.5, from.y + 0.5, to.x - from.x, to.y - from.y);
  context.setLineDash([]);
}

/** Names of the Cs, on paper, where notes pass beneath them. */
function paintPitches(context, { theme, top_px, scroll_px, index }, row) {
  if (row.isDrum || !index.pitches(row.track)) return;
  context.font = SMALL_FONT;
  context.textAlign = "left";
  context.textBaseline = "middle";
  for (const pitch of octaves(row)) {
    const y = top_px + pitchY(row, pitch) - scroll_px;
    const text = `C${pitch / 12 - 1}`;
    context.globalAlpha = 0.8;
    context.fillStyle = theme.colour("paper");
    context.fillRect(0, y - 6, context.measureText(text).width + 7, 12);
    context.globalAlpha = 1;
    context.fillStyle = theme.colour("faint");
    context.fillText(text, 3, y + 0.5);
  }
}

function paintScrollBar(context, { theme, rows, width_px, top_px, height_px, scroll_px }) {
  const found = thumb(totalHeight_px(rows), height_px, scroll_px);
  if (!found) return;
  context.globalAlpha = 0.75;
  context.fillStyle = theme.colour("panel");
  context.fillRect(width_px - 11, top_px, 11, height_px);
  context.fillStyle = theme.colour("faint");
  context.beginPath();
  context.roundRect(width_px - 9, top_px + found.top_px + 1, 7, found.height_px - 2, 3.5);
  context.fill();
  context.globalAlpha = 1;
}

/** The strip above the rows: numbers of bars, those that are selected in colour. */
export function paintBarNumbers(context, { axis, theme, clicks, width_px, bars, rows }) {
  context.fillStyle = theme.colour("panel");
  context.fillRect(0, 0, width_px, STRIP_PX);
  context.fillStyle = theme.colour("hairline");
  context.fillRect(0, STRIP_PX - 1, width_px, 1);
  context.font = FONT;
  context.textAlign = "left";
  context.textBaseline = "middle";
  if (!clicks) {
    context.fillStyle = theme.colour("faint");
    if (!rows.length) context.fillText("No music yet", 8, STRIP_PX / 2);
    return;
  }
  for (const { time_s, bar, isNumbered } of barMarks(clicks, axis)) {
    if (!bar) continue;
    const x = Math.round(axis.x(time_s));
    context.fillStyle = theme.colour("faint");
    context.fillRect(x, isNumbered ? 5 : STRIP_PX - 6, 1, isNumbered ? STRIP_PX - 6 : 5);
    const isSelected = bars && bar >= bars[0] && bar <= bars[1];
    context.fillStyle = theme.colour(isSelected ? "accent" : "ink");
    if (isNumbered) context.fillText(String(bar), x + 4, STRIP_PX / 2);
  }
}
