/** How cues are drawn: bars whose ends show how music comes in and goes out, and hatched silence between. */

/** From the lane's top and bottom to the bars, in pixels. */
const MARGIN_PX = 9;
/** How long a slope at an end is at most, in seconds and in pixels. */
const SLOPE_S = 3;
const SLOPE_PX = 26;
/** Between two lines of the hatching. */
const HATCH_PX = 8;
/** Width from which a bar bears its number. */
const LABEL_PX = 26;

/**
 * Draw cues.
 * @param {CanvasRenderingContext2D} context
 * @param {object} scene
 * @param {Cue[]} scene.cues
 * @param {[number, number][]} scene.silent stretches without music, in seconds
 * @param {?{cue: number, edge: "in"|"out"}} scene.chosen
 * @param {?[number, number]} scene.ghost a cue that is being drawn
 */
export function paintCues(context, scene) {
  for (const span_s of scene.silent) paintSilence(context, span_s, scene);
  scene.cues.forEach((cue, at) => paintCue(context, cue, at, scene));
  if (scene.ghost) paintGhost(context, scene);
}

/** Left and right of a stretch in pixels, or null where it is not in view. */
function inView([start_s, end_s], axis, margin_px = 4) {
  const [left, right] = [axis.x(start_s), axis.x(end_s)];
  if (right < -margin_px || left > axis.width_px + margin_px) return null;
  return [Math.max(left, -margin_px), Math.min(right, axis.width_px + margin_px)];
}

function paintSilence(context, span_s, { axis, theme, height_px }) {
  const span = inView(span_s, axis);
  if (!span) return;
  const [top, high] = [MARGIN_PX, height_px - 2 * MARGIN_PX];
  context.save();
  context.beginPath();
  context.rect(span[0], top, span[1] - span[0], high);
  context.clip();
  context.strokeStyle = theme.colour("silence");
  context.globalAlpha = 0.55;
  context.lineWidth = 1;
  context.beginPath();
  for (let x = Math.floor((span[0] - high) / HATCH_PX) * HATCH_PX; x < span[1]; x += HATCH_PX) {
    context.moveTo(x, top + high);
    context.lineTo(x + high, top);
  }
  context.stroke();
  context.restore();
}

function paintCue(context, cue, at, scene) {
  const { axis, theme, chosen } = scene;
  const span = inView([cue.in_s, cue.out_s], axis, 2 * SLOPE_PX);
  if (!span) return;
  context.fillStyle = context.strokeStyle = theme.colour("cue");
  outline(context, cue, span, scene);
  context.globalAlpha = 0.26;
  context.fill();
  context.globalAlpha = 1;
  context.lineWidth = 1.5;
  context.stroke();
  paintEnds(context, cue, span, scene);
  if (chosen?.cue === at) paintChosen(context, cue, span, scene);
  paintLabel(context, at, span, scene);
}

/** A bar; an end that fades slopes. */
function outline(context, cue, [left, right], { axis, height_px }) {
  const [top, bottom] = [MARGIN_PX, height_px - MARGIN_PX];
  const slope = Math.min(SLOPE_S / axis.perPixel_s, SLOPE_PX, (right - left) / 3);
  const risen = cue.entry === "fade_in" ? left + slope : left;
  const falling = cue.ending === "fade_out" ? right - slope : right;
  context.beginPath();
  context.moveTo(left, bottom);
  context.lineTo(risen, top);
  context.lineTo(falling, top);
  context.lineTo(right, bottom);
  context.closePath();
}

/** An attack is a thick edge; what rings goes on in lines that become shorter. */
function paintEnds(context, cue, [left, right], { height_px }) {
  const [middle, high] = [height_px / 2, height_px - 2 * MARGIN_PX];
  if (cue.entry === "attack") context.fillRect(left - 1, MARGIN_PX - 1, 4, high + 2);
  if (cue.ending !== "ring") return;
  context.beginPath();
  [0.8, 0.5, 0.22].forEach((share, step) => {
    const x = right + 3.5 + 3.5 * step;
    context.moveTo(x, middle - (share * high) / 2);
    context.lineTo(x, middle + (share * high) / 2);
  });
  context.stroke();
}

/** The selected cue has a frame, and its selected edge a handle. */
function paintChosen(context, cue, [left, right], scene) {
  const { theme, chosen, axis, height_px } = scene;
  context.strokeStyle = context.fillStyle = theme.colour("focus");
  context.lineWidth = 2;
  context.strokeRect(left - 2.5, MARGIN_PX - 4.5, right - left + 5, height_px - 2 * MARGIN_PX + 9);
  const x = axis.x(chosen.edge === "in" ? cue.in_s : cue.out_s);
  context.beginPath();
  context.roundRect(x - 4, height_px / 2 - 11, 8, 22, 3);
  context.fill();
}

function paintLabel(context, at, [left, right], { theme, height_px, axis }) {
  const [from, to] = [Math.max(left, 0), Math.min(right, axis.width_px)];
  if (to - from < LABEL_PX) return;
  context.fillStyle = theme.colour("ink");
  context.font = "12px system-ui, sans-serif";
  context.textAlign = "center";
  context.textBaseline = "middle";
  const text = to - from > 3 * LABEL_PX ? `cue ${at + 1}` : `${at + 1}`;
  context.fillText(text, (from + to) / 2, height_px / 2 + 1);
}

function paintGhost(context, { ghost, axis, theme, height_px }) {
  const [left, right] = [axis.x(ghost[0]), axis.x(ghost[1])];
  context.save();
  context.strokeStyle = theme.colour("focus");
  context.fillStyle = theme.colour("selection");
  context.lineWidth = 2;
  context.setLineDash([5, 3]);
  context.fillRect(left, MARGIN_PX, right - left, height_px - 2 * MARGIN_PX);
  context.strokeRect(left, MARGIN_PX, right - left, height_px - 2 * MARGIN_PX);
  context.restore();
}
