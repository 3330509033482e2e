/** How the emotion lane looks. */

import { LINES, valueAt } from "./curve.js";
import { heightOf, strokeLine } from "./curve_drawing.js";
import { indexAt } from "./curve_points.js";
import { ticks } from "./time_axis.js";

const FONT = "11px system-ui, sans-serif";
const SMALL_FONT = "10px system-ui, sans-serif";
/** Two letters at the right edge are at least so far apart, in pixels. */
const LETTER_PX = 13;
/** Room for them, where lines end. */
const LETTERS_PX = 17;
/** A section this narrow has no room for its name. */
const ROOM_PX = 40;

/** Paint the lane; the canvas is empty. */
export function paintEmotion(context, scene) {
  const { workspace, editing, width_px, height_px, hasPoints, showsTime } = scene;
  context.font = FONT;
  context.textBaseline = "alphabetic";
  // above a ruler they stand already
  if (showsTime) paintSections(context, scene);
  paintCuts(context, scene);
  paintScale(context, scene);
  if (showsTime) paintTimes(context, scene);
  const { curve } = editing;
  if (!curve) {
    context.fillStyle = workspace.theme.colour("faint");
    context.fillText("no emotion curve yet", 24, height_px / 2 - 6);
    return;
  }
  const analysed = workspace.get("analysed");
  for (const line of LINES) {
    if (analysed?.times_s.length) paintLine(context, scene, analysed, line, { width: 1.2, alpha: 0.35 });
    paintLine(context, scene, curve, line, { width: 1.8, alpha: editing.lines.includes(line) ? 1 : 0.45 });
  }
  paintLetters(context, scene, curve, width_px);
  if (hasPoints) editing.lines.forEach((line) => paintPoints(context, scene, line));
  paintGrips(context, scene);
  paintNumbers(context, scene);
}

function paintLine(context, { workspace, height_px }, curve, line, { width, alpha }) {
  context.globalAlpha = alpha;
  context.lineWidth = width;
  context.lineJoin = "round";
  context.strokeStyle = workspace.theme.colour(line);
  strokeLine(context, curve.times_s, curve[line], workspace.axis, height_px, line === "arousal");
  context.globalAlpha = 1;
}

function paintSections(context, { workspace, width_px, height_px }) {
  const { axis, theme } = workspace;
  context.fillStyle = theme.colour("faint");
  const sections = workspace.get("preview")?.sections ?? workspace.get("sections") ?? [];
  for (const section of sections) {
    const from_px = Math.max(0, axis.x(section.start_s));
    const room_px = Math.min(width_px, axis.x(section.end_s)) - from_px;
    if (room_px < ROOM_PX) continue;
    context.save();
    context.beginPath();
    context.rect(from_px, 0, room_px - 4, height_px);
    context.clip();
    context.fillText(`${section.name}  ${section.key ?? ""}`, from_px + (from_px < 24 ? 24 : 5), 10);
    context.restore();
  }
}

function paintCuts(context, { workspace, height_px }) {
  const { axis, theme } = workspace;
  const boundaries = workspace.get("preview")?.boundaries ?? workspace.get("boundaries") ?? [];
  context.strokeStyle = theme.colour("cut");
  context.lineWidth = 1;
  for (const { time_s, strength } of boundaries) {
    if (time_s < axis.start_s || time_s > axis.end_s) continue;
    const x_px = Math.round(axis.x(time_s)) + 0.5;
    context.globalAlpha = 0.12 + 0.3 * strength;
    context.beginPath();
    context.moveTo(x_px, 0);
    context.lineTo(x_px, height_px);
    context.stroke();
  }
  context.globalAlpha = 1;
}

function paintScale(context, { workspace, width_px, height_px }) {
  const { theme } = workspace;
  context.lineWidth = 1;
  for (const value of [1, 0, -1]) {
    const y_px = Math.round(heightOf(value, height_px)) + 0.5;
    context.strokeStyle = theme.colour("hairline");
    context.globalAlpha = value === 0 ? 1 : 0.5;
    context.beginPath();
    context.moveTo(20, y_px);
    context.lineTo(width_px, y_px);
    context.stroke();
  }
  context.globalAlpha = 1;
}

/** The numbers of the scale, above the lines that pass them. */
function paintNumbers(context, { workspace, height_px }) {
  context.font = SMALL_FONT;
  context.lineWidth = 3;
  context.strokeStyle = workspace.theme.colour("paper");
  context.fillStyle = workspace.theme.colour("faint");
  for (const [value, text] of [[1, "+1"], [0, "0"], [-1, "−1"]]) {
    const y_px = Math.round(heightOf(value, height_px)) + 4;
    context.strokeText(text, 4, y_px);
    context.fillText(text, 4, y_px);
  }
  context.font = FONT;
}

function paintTimes(context, { workspace, width_px, height_px }) {
  const { axis, theme } = workspace;
  context.font = SMALL_FONT;
  for (const { time_s, isMajor } of ticks(axis)) {
    const x_px = Math.round(axis.x(time_s)) + 0.5;
    context.strokeStyle = theme.colour("faint");
    context.beginPath();
    context.moveTo(x_px, height_px);
    context.lineTo(x_px, height_px - (isMajor ? 6 : 3));
    context.stroke();
    context.fillStyle = theme.colour("faint");
    const hasRoom = x_px > 24 && x_px < width_px - 30;
    if (isMajor && hasRoom) context.fillText(tickText(time_s), x_px + 3, height_px - 2);
  }
  context.font = FONT;
}

/** A round time with as many decimals as it needs. */
function tickText(time_s) {
  const minutes = Math.floor(time_s / 60 + 1e-9);
  const seconds = Number((time_s - 60 * minutes).toFixed(2));
  return `${minutes}:${seconds < 10 ? "0" : ""}${seconds}`;
}

/** Discs on valence, squares on arousal; the selected one is filled and larger. */
function paintPoints(context, { workspace, editing, height_px }, line) {
  const { axis, theme } = workspace;
  const points = editing.points(line);
  const chosen = editing.selected?.line === line ? indexAt(points, editing.selected.time_s) : -1;
  context.strokeStyle = theme.colour(line);
  context.lineWidth = 1.5;
  points.forEach((point, index) => {
    if (point.time_s < axis.start_s || point.time_s > axis.end_s) return;
    const half_px = index === chosen ? 5.5 : 4;
    const at = { x: axis.x(point.time_s), y: heightOf(point.value, height_px) };
    context.fillStyle = theme.colour(index === chosen ? line : "paper");
    context.beginPath();
    if (line === "valence") context.arc(at.x, at.y, half_px, 0, 2 * Math.PI);
    else context.rect(at.x - half_px + 0.5, at.y - half_px + 0.5, 2 * half_px - 1, 2 * half_px - 1);
    context.fill();
    context.stroke();
  });
}

/** What the ends of the selection can be held by. */
function paintGrips(context, { workspace, editing, height_px }) {
  if (!editing.stretch) return;
  context.fillStyle = workspace.theme.colour("accent");
  for (const time_s of editing.stretch) {
    const x_px = workspace.axis.x(time_s);
    context.fillRect(x_px - 0.5, 0, 1, height_px);
    context.fillRect(x_px - 2, height_px / 2 - 9, 4, 18);
  }
}

/** V and A where the lines end at the right, kept apart; no line runs through them. */
function paintLetters(context, { workspace, height_px }, curve, width_px) {
  const { axis, theme } = workspace;
  const at_s = axis.time(width_px - 10);
  let [valence_px, arousal_px] = LINES.map((line) => {
    return heightOf(valueAt(curve.times_s, curve[line], at_s), height_px);
  });
  const short_px = LETTER_PX - Math.abs(valence_px - arousal_px);
  if (short_px > 0) {
    const way = valence_px <= arousal_px ? -1 : 1;
    [valence_px, arousal_px] = [valence_px + (way * short_px) / 2, arousal_px - (way * short_px) / 2];
  }
  const within = (y_px) => Math.min(height_px - 8, Math.max(8, y_px));
  const letters = [["V", "valence", within(valence_px)], ["A", "arousal", within(arousal_px)]];
  context.font = `bold ${FONT}`;
  context.fillStyle = theme.colour("paper");
  for (const [, , y_px] of letters) context.fillRect(width_px - LETTERS_PX, y_px - 8, LETTERS_PX, 16);
  for (const [letter, line, y_px] of letters) {
    context.fillStyle = theme.colour(line);
    context.fillText(letter, width_px - 13, y_px + 4);
  }
}
