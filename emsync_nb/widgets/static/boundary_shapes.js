/** How boundaries are drawn: shapes say what colours say. A few paths for thousands of boundaries. */

import { barBeat, drawn, isHeard, isMet } from "./boundary_edits.js";

/** Where the strongest begin and all end, in pixels from the lane's top and bottom. */
export const TOP_PX = 20;
export const BOTTOM_PX = 20;
/** Half the width of a fade's wedge. */
const WEDGE_PX = 9;
/** Between the labels of two hits, and from padlock to padlock. */
const LABEL_GAP_PX = 6;
const LOCK_PX = 11;
/** With less room for each, shapes become narrower, down to a third. */
const ROOM_PX = 16;
const NARROWEST = 0.35;
/** Shapes narrower than this are drawn plainly: nobody sees more, and a film of two hours is drawn in time. */
const PLAIN = 0.5;
const KINDS = ["fade", "dissolve", "cut"];

/** Where the head of a boundary lies, in pixels from the lane's top. */
export function headY(strength, height_px) {
  return height_px - BOTTOM_PX - strength * (height_px - TOP_PX - BOTTOM_PX);
}

/** The strength that a height in the lane means. */
export function strengthAt(y_px, height_px) {
  const share = (height_px - BOTTOM_PX - y_px) / (height_px - TOP_PX - BOTTOM_PX);
  return Math.min(Math.max(share, 0), 1);
}

/**
 * Draw boundaries.
 * @param {CanvasRenderingContext2D} context
 * @param {object} scene
 * @param {Boundary[]} scene.boundaries
 * @param {TimeAxis} scene.axis
 * @param {Theme} scene.theme
 * @param {number} scene.height_px
 * @param {number} [scene.chosen] number of the selected one, 0 for none
 * @param {{time_s: Float32Array, bar: Float32Array}} [scene.clicks]
 */
export function paintBoundaries(context, scene) {
  const marks = marksOf(scene);
  const room_px = scene.axis.width_px / Math.max(1, marks.length);
  const scale = Math.min(Math.max(room_px / ROOM_PX, NARROWEST), 1);
  paintFloor(context, scene);
  const chosen = marks.find((mark) => mark.number === scene.chosen);
  if (chosen) paintChosen(context, chosen, scene);
  for (const kind of KINDS) {
    for (const met of [false, true]) {
      const group = marks.filter((mark) => mark.kind === kind && mark.met === met);
      if (group.length) paintKind(context, kind, group, { ...scene, met, scale });
    }
  }
  paintFeet(context, marks, scene, scale);
  paintLocks(context, marks, scene);
  paintBeats(context, marks, scene);
}

/** Where in pixels each of the drawn boundaries lies, and what it is. */
function marksOf({ boundaries, axis, height_px, chosen = 0 }) {
  return drawn(boundaries, axis, chosen).map((number) => {
    const boundary = boundaries[number - 1];
    const { kind, strength, locked } = boundary;
    const x = axis.x(boundary.time_s);
    const [met, heard] = [isMet(boundary), isHeard(boundary)];
    return { number, boundary, kind, locked, met, heard, x, y: headY(strength, height_px) };
  });
}

function paintFloor(context, { axis, theme, height_px }) {
  context.fillStyle = theme.colour("hairline");
  context.fillRect(0, height_px - BOTTOM_PX, axis.width_px, 1);
}

/** A band behind the selected one, with a frame: seen without colours too. */
function paintChosen(context, mark, { theme, height_px }) {
  context.fillStyle = theme.colour("selection");
  context.fillRect(mark.x - 12, 1, 24, height_px - 2);
  context.strokeStyle = theme.colour("focus");
  context.lineWidth = 1.5;
  context.strokeRect(mark.x - 12, 1.5, 24, height_px - 3);
}

function paintKind(context, kind, marks, scene) {
  const half_px = (WEDGE_PX * scene.scale) / 2;
  context.fillStyle = scene.theme.colour(kind);
  if (kind === "cut") paintCuts(context, marks, scene);
  else paintWedges(context, marks, kind === "fade" ? [0] : [-half_px, half_px], scene);
}

/** A solid line with a triangle for a head. */
function paintCuts(context, marks, { met, scale, height_px }) {
  const floor = height_px - BOTTOM_PX;
  const width = met && scale === 1 ? 2 : 1;
  const half = 5 * scale;
  context.beginPath();
  for (const { x, y } of marks) context.rect(Math.round(x - width / 2), y, width, floor - y);
  for (const { x, y } of marks) trace(context, [x - half, y - 4], [x + half, y - 4], [x, y + 4]);
  context.fill();
}

/** Soft wedges: a wide pale one and a narrow one within it; two of them for a dissolve. */
function paintWedges(context, marks, offsets, { met, scale, height_px }) {
  const floor = height_px - BOTTOM_PX;
  const [pale, dark] = met ? [0.35, 0.7] : [0.22, 0.45];
  const wedges = scale < PLAIN ? [[dark, 1]] : [[pale, 1], [dark, 0.42]];
  for (const [share, width] of wedges) {
    const half_px = WEDGE_PX * scale * width;
    context.globalAlpha = share;
    context.beginPath();
    for (const { x, y } of marks) {
      for (const offset of offsets) {
        trace(context, [x + offset - half_px, floor], [x + offset + half_px, floor], [x + offset, y - 3]);
      }
    }
    context.fill();
  }
  context.globalAlpha = 1;
  if (scale < PLAIN) return;
  context.beginPath();
  for (const { x, y } of marks) {
    for (const offset of offsets) arc(context, x + offset, y - 2, 3 * scale);
  }
  context.fill();
}

/** A diamond on the floor: filled where the take meets a boundary, half where that is planned, else hollow. */
function paintFeet(context, marks, { theme, height_px }, scale) {
  if (scale < PLAIN) return paintPlainFeet(context, marks, theme, height_px - BOTTOM_PX);
  const floor = height_px - BOTTOM_PX + 0.5;
  const paper = theme.colour("paper");
  const hit = theme.colour("hit");
  const path = (group, size, right = 1) => {
    context.beginPath();
    for (const { x } of group) {
      const half = size * scale;
      trace(context, [x - half, floor], [x, floor - half], [x + half * right, floor], [x, floor + half]);
    }
  };
  const paint = (fill, edge) => {
    context.fillStyle = fill;
    context.fill();
    context.strokeStyle = edge;
    context.lineWidth = 1;
    context.stroke();
  };
  path(marks.filter(({ met }) => !met), 4);
  paint(paper, theme.colour("faint"));
  const planned = marks.filter(({ met, heard }) => met && !heard);
  path(planned, 5.5);
  paint(paper, hit);
  path(planned, 5.5, 0);
  paint(hit, hit);
  path(marks.filter(({ heard }) => heard), 5.5);
  paint(hit, paper);
}

/** Where diamonds would run into each other: a dash for each that is met, a shorter one if that is planned. */
function paintPlainFeet(context, marks, theme, floor) {
  context.fillStyle = theme.colour("hit");
  context.beginPath();
  for (const { x, heard } of marks.filter(({ met }) => met)) {
    context.rect(x - 1, floor - (heard ? 2 : 0), 2, heard ? 5 : 2);
  }
  context.fill();
}

/** Padlocks above the heads, as far as there is room for them. */
function paintLocks(context, marks, { theme }) {
  let last_px = -Infinity;
  const locked = marks.filter((mark) => {
    const isShown = mark.locked && mark.x - last_px >= LOCK_PX;
    if (isShown) last_px = mark.x;
    return isShown;
  });
  if (!locked.length) return;
  context.fillStyle = context.strokeStyle = theme.colour("lock");
  context.lineWidth = 1.5;
  context.beginPath();
  for (const { x, y } of locked) context.rect(x - 4, y - 12, 8, 6);
  context.fill();
  context.beginPath();
  for (const { x, y } of locked) {
    context.moveTo(x - 2.5, y - 12);
    context.arc(x, y - 13, 2.5, Math.PI, 2 * Math.PI);
    context.lineTo(x + 2.5, y - 12);
  }
  context.stroke();
}

/** Bar and beat of hits, where there is room before the next one's. */
function paintBeats(context, marks, { theme, height_px, clicks, axis }) {
  context.fillStyle = theme.colour("ink");
  context.font = "11px system-ui, sans-serif";
  context.textAlign = "center";
  context.textBaseline = "alphabetic";
  let free_px = -Infinity;
  for (const mark of marks) {
    if (!mark.met || mark.x < free_px) continue;
    const text = barBeat(mark.boundary, clicks);
    const half_px = context.measureText(text).width / 2 + LABEL_GAP_PX / 2;
    const x = Math.min(Math.max(mark.x, half_px), axis.width_px - half_px);
    // where the mark itself has left the view, so has its label
    if (x - half_px < free_px || Math.abs(x - mark.x) > half_px) continue;
    context.fillText(text, x, height_px - 3);
    free_px = x + half_px;
  }
}

function trace(context, first, ...rest) {
  context.moveTo(first[0], first[1]);
  for (const [x, y] of rest) context.lineTo(x, y);
  context.closePath();
}

function arc(context, x, y, radius) {
  context.moveTo(x + radius, y);
  context.arc(x, y, radius, 0, 2 * Math.PI);
}
