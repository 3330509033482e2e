/** Valence and arousal over time: looked at, dragged by points, drawn freehand, changed by stretches. */

import { LINES, emotionAt, meanOf } from "./curve.js";
import { clockText, heightOf, valueOf, valueText } from "./curve_drawing.js";
import { Stroke, distanceTo, pointUnder } from "./curve_points.js";
import { EmotionEditing, STEP } from "./emotion_editing.js";
import { paintEmotion } from "./emotion_painting.js";
import { emotionTools } from "./emotion_tools.js";
import { Lane } from "./lane.js";
import { snapped } from "./time_axis.js";

const HEIGHT_PX = 150;
/** Near enough to a line, or to an end of the selection, in pixels. */
const LINE_PX = 6;
const EDGE_PX = 5;
/** A hand that moves less has not moved; and so far sideways a point keeps its time. */
const STILL_PX = 3;
const SIDEWAYS_PX = 8;
/** Seconds and values of a small step. */
const SMALL_S = 0.1;
const SMALL = 0.01;
const HEARD = ["curve", "curve_tried", "analysed", "boundaries", "sections", "read_only"];

export class EmotionLane extends Lane {
  /**
   * @param {Workspace} workspace with data curve, analysed, boundaries, sections, experts; sets experts_shown
   * @param {object} [options]
   * @param {number} [options.height_px]
   * @param {boolean} [options.showsTime] with a scale of time at its foot, where no other lane has one
   */
  constructor(workspace, { height_px = HEIGHT_PX, showsTime = false } = {}) {
    super(workspace, { name: "emotion", label: "Emotion", height_px, listen: HEARD, role: "application" });
    this.canvas.setAttribute("aria-label", "Emotion: valence and arousal over time");
    this.showsTime = showsTime;
    this.editing = new EmotionEditing(workspace);
    this.tool = "pointer";
    this.isHot = false;
    this.tools = emotionTools(this);
    this.head.append(this.tools.root);
    const types = ["data:experts", "data:experts_shown"];
    const heard = types.map((type) => workspace.on(type, this.tools.refresh));
    this.offs.push(...heard, workspace.on("view", (changed) => changed.includes("selection") && this.wake()));
    this.warm();
    this.tools.refresh();
  }

  /** Points are shown while the pointer or the focus is here. */
  warm() {
    const heated = () => {
      this.isHot = this.canvas.matches(":hover, :focus");
      this.wake();
    };
    const types = ["pointerenter", "pointerleave", "focus", "blur"];
    types.forEach((type) => this.canvas.addEventListener(type, heated));
    this.canvas.addEventListener("blur", () => this.editing.settle());
  }

  paint(context, width_px, height_px) {
    const { workspace, editing, isHot, showsTime } = this;
    const hasPoints = (isHot || this.drag || editing.selected) && !editing.burst?.stroke;
    paintEmotion(context, { workspace, editing, width_px, height_px, hasPoints, showsTime });
    this.tools.refresh();
    // how many points there are hangs on how wide a second is
    this.textIsOld ||= editing.apart_s !== this.toldApart_s && !editing.burst;
  }

  changed() {
    // while a hand is at it, only the picture follows; the words come with the curve itself
    if (this.editing?.burst) this.wake();
    else super.changed();
  }

  describe() {
    const { curve } = this.editing;
    this.toldApart_s = this.editing.apart_s;
    if (!curve) return "There is no emotion curve yet.";
    const words = LINES.map((line) => {
      const count = this.editing.points(line).length;
      return `${lineInWords(curve, line, this.axis.duration_s)} It is held by ${count} points.`;
    });
    return words.join(" ");
  }

  // — where things are —

  y(value) {
    return heightOf(value, this.height_px);
  }

  /** The point under the pointer: {line, time_s, value}, or null. */
  pointUnder(point) {
    const { start_s, end_s } = this.axis;
    const all = this.editing.inOrder().filter(({ time_s }) => time_s >= start_s && time_s <= end_s);
    const placed = all.map(({ time_s, value }) => ({ x: this.axis.x(time_s), y: this.y(value) }));
    return all[pointUnder(placed, point.x, point.y)] ?? null;
  }

  /** The line that is nearest to the pointer, and near enough; or null. */
  lineUnder(point, within_px = LINE_PX) {
    const { curve } = this.editing;
    if (!curve) return null;
    const reach_s = LINE_PX * this.axis.perPixel_s;
    const near = { x: (time_s) => this.axis.x(time_s), y: (value) => this.y(value) };
    const part = { ...near, start_s: point.time_s - reach_s, end_s: point.time_s + reach_s };
    const away = (line) => distanceTo(curve.times_s, curve[line], part, point, within_px);
    const [nearest] = this.editing.lines
      .map((line) => ({ line, off_px: away(line) }))
      .sort((one, other) => one.off_px - other.off_px);
    return nearest.off_px < Infinity ? nearest.line : null;
  }

  /** The other end of the selection whose one end is under the pointer; or null. */
  edgeUnder(point) {
    const { stretch } = this.editing;
    if (!stretch) return null;
    const off_px = stretch.map((time_s) => Math.abs(this.axis.x(time_s) - point.x));
    const end = off_px[0] < off_px[1] ? 0 : 1;
    return off_px[end] <= EDGE_PX ? stretch[1 - end] : null;
  }

  isInStretch(time_s) {
    const { stretch } = this.editing;
    return Boolean(stretch) && time_s >= stretch[0] && time_s <= stretch[1];
  }

  // — pointer —

  pressed(point) {
    this.editing.settle();
    this.hint("");
    if (point.shift) return this.select(point.time_s);
    if (!this.workspace.canEdit || !this.editing.curve) return this.scrub(point);
    if (this.tool === "pencil") return this.draw(point);
    const under = this.pointUnder(point);
    if (under) return this.pull(point, under.line, under.time_s);
    const anchor_s = this.edgeUnder(point);
    if (anchor_s !== null) return this.select(anchor_s);
    const line = this.lineUnder(point);
    if (line && this.isInStretch(point.time_s)) return this.raise(point, line);
    return line ? this.pull(point, line, point.time_s) : this.scrub(point);
  }

  /** Go along the film; away from the selection, let it go. */
  scrub(from) {
    const { workspace, editing } = this;
    const { position_s } = workspace.view;
    editing.select(null);
    if (editing.stretch && !this.isInStretch(from.time_s)) workspace.select(null);
    workspace.seek(from.time_s);
    this.wake();
    const seek = (to) => workspace.seek(to.time_s);
    return { move: seek, end: () => {}, cancel: () => workspace.seek(position_s) };
  }

  select(anchor_s) {
    const { workspace } = this;
    const before = workspace.view.selection;
    const put = (stretch) => (stretch ? workspace.select(...stretch) : workspace.select(null));
    return {
      move: (to) => put([anchor_s, this.onCut(to.time_s, to.alt)]),
      end: () => this.wake(),
      cancel: () => put(before),
    };
  }

  /** On a cut where one is near, unless the hand is free. */
  onCut(time_s, isFree) {
    if (isFree) return time_s;
    const cuts = (this.workspace.get("boundaries") ?? []).map((boundary) => boundary.time_s);
    return snapped(time_s, cuts, this.axis, EDGE_PX);
  }

  /** Pull the point of a line at a time; one is made where there is none. */
  pull(from, line, time_s) {
    const { editing } = this;
    const grip = editing.grip(line, time_s);
    editing.burst.isDrag = true;
    const { point } = grip;
    const offset_px = from.y - this.y(point.value);
    let hasMoved = false;
    this.wake();
    return {
      move: (to) => {
        hasMoved ||= Math.hypot(to.x - from.x, to.y - from.y) > STILL_PX;
        if (!hasMoved) return;
        const aside_px = Math.abs(to.x - from.x) > SIDEWAYS_PX ? to.x - from.x : 0;
        const along_s = point.time_s + aside_px * this.axis.perPixel_s;
        const at_s = aside_px ? this.onCut(along_s, to.alt) : point.time_s;
        editing.pull({ time_s: at_s, value: valueOf(to.y - offset_px, this.height_px) });
        const { to: at } = editing.burst;
        this.hint(`${line} ${valueText(at.value)}   ${clockText(at.time_s)}`, to);
      },
      end: () => this.letGo(),
      cancel: () => this.giveUp(),
    };
  }

  raise(from, line) {
    const { editing } = this;
    editing.burst = { stretch: editing.stretch, lines: [line], by: 0, curve: editing.curve, isDrag: true };
    const level = valueOf(from.y, this.height_px);
    return {
      move: (to) => {
        const by = valueOf(to.y, this.height_px) - level;
        editing.raiseTo(Math.max(-2, Math.min(2, by)));
        this.hint(`${line} ${valueText(by)} in the stretch`, to);
      },
      end: () => this.letGo(),
      cancel: () => this.giveUp(),
    };
  }

  draw(from) {
    const { editing } = this;
    const line = editing.lines.length === 1 ? editing.lines[0] : this.nearestLine(from);
    const stroke = new Stroke();
    editing.select(null);
    editing.burst = { stroke, isDrag: true };
    const base = editing.curve;
    const add = (to) => {
      const time_s = Math.min(this.axis.duration_s, Math.max(0, to.time_s));
      stroke.add(time_s, valueOf(to.y, this.height_px));
      editing.try(stroke.request(line), base);
    };
    add(from);
    return { move: add, end: () => this.letGo(), cancel: () => this.giveUp() };
  }

  nearestLine(point) {
    const emotion = emotionAt(this.editing.curve, point.time_s);
    const [valence_px, arousal_px] = LINES.map((line) => Math.abs(this.y(emotion[line]) - point.y));
    return valence_px <= arousal_px ? "valence" : "arousal";
  }

  letGo() {
    this.hint("");
    this.editing.commit();
    this.wake();
  }

  giveUp() {
    this.hint("");
    this.editing.giveUp();
  }

  hovered(point) {
    const { curve } = this.editing;
    if (!curve) return "default";
    const { valence, arousal } = emotionAt(curve, point.time_s);
    this.hint(`${clockText(point.time_s)}   V ${valueText(valence)}   A ${valueText(arousal)}`, point);
    if (!this.workspace.canEdit) return "default";
    if (this.tool === "pencil") return "crosshair";
    if (this.pointUnder(point)) return "grab";
    if (this.edgeUnder(point) !== null) return "ew-resize";
    if (!this.lineUnder(point)) return "default";
    return this.isInStretch(point.time_s) ? "ns-resize" : "copy";
  }

  /** One point more, where the pointer is. */
  doublePressed(point) {
    const { editing } = this;
    if (!editing.curve || this.tool === "pencil" || this.pointUnder(point)) return;
    const line = editing.lines.length === 1 ? editing.lines[0] : this.nearestLine(point);
    editing.grip(line, Math.min(this.axis.duration_s, point.time_s));
    editing.pull({ time_s: point.time_s, value: valueOf(point.y, this.height_px) });
    this.letGo();
  }

  // — buttons and keys —

  choose(lines) {
    this.editing.settle();
    this.editing.lines = lines;
    if (this.editing.selected && !lines.includes(this.editing.selected.line)) this.editing.select(null);
    this.workspace.say(lines.join(" and "));
    this.wake();
  }

  use(tool) {
    this.tool = tool;
    this.workspace.say(tool);
    this.wake();
  }

  toggleExperts() {
    this.workspace.set("experts_shown", !this.workspace.get("experts_shown"));
  }

  /** Raise, lower, flatten, smooth or restore what is selected; say so, for all to see, where nothing is. */
  command(name, step = STEP) {
    const { editing } = this;
    const by = { raise: step, lower: -step }[name];
    const isPoint = by !== undefined && editing.selected;
    if (!isPoint && !editing.stretch) this.hint("drag with Shift to select a stretch", { x: 4, y: 4 });
    if (isPoint) editing.nudge(by);
    else if (by !== undefined) editing.raise(by);
    else editing[name]();
    this.wake();
    return true;
  }

  key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) {
      this.editing.settle(); // an undo takes back what is seen
      return false;
    }
    const done = this.keyed(event.key.length === 1 ? event.key.toLowerCase() : event.key, event.shiftKey);
    if (done) this.wake();
    return done;
  }

  keyed(key, isShift) {
    const { editing, workspace } = this;
    const keys = {
      p: () => this.use("pencil"),
      v: () => this.use("pointer"),
      1: () => this.choose(["valence"]),
      2: () => this.choose(["arousal"]),
      3: () => this.choose(LINES),
      f: () => this.command("flatten"),
      x: () => this.command("smooth"),
      r: () => this.command("restore"),
      e: () => editing.mark(workspace.view.position_s),
      a: () => workspace.select(0, this.axis.duration_s),
      Enter: () => this.enter(),
    };
    const key_of_point = this.keyOfPoint(key, isShift);
    if (key_of_point !== null) return key_of_point;
    if (!Object.hasOwn(keys, key)) return false;
    keys[key]();
    return true;
  }

  /** Keys for what is selected: whether it was one; null where the key is for no point and no stretch. */
  keyOfPoint(key, isShift) {
    const { editing } = this;
    const hasPoint = Boolean(editing.selected);
    const along = { ArrowLeft: -1, ArrowRight: 1 }[key];
    if (key === "Escape") return this.escape();
    if (key === "ArrowUp" || key === "ArrowDown") {
      if (!hasPoint && !editing.stretch) return false;
      return this.command(key === "ArrowUp" ? "raise" : "lower", isShift ? SMALL : STEP);
    }
    if (!hasPoint) return null;
    if (along) return isShift ? editing.nudge(0, along * SMALL_S) : editing.walk(along, true) || true;
    if (key === "Tab") return editing.walk(isShift ? -1 : 1, false) || (editing.select(null), false);
    if (key === "Delete" || key === "Backspace") return editing.remove();
    return null;
  }

  enter() {
    const { editing, workspace } = this;
    editing.settle();
    const found = editing.nearestTo(workspace.view.position_s);
    if (found) editing.select(found.line, found.time_s);
  }

  /** Let go of one thing after another: what is tried, the point, the beginning of a stretch, the stretch. */
  escape() {
    const { editing, workspace } = this;
    if (editing.giveUp()) return true;
    if (editing.selected) editing.select(null);
    else if (editing.anchor_s !== null) editing.anchor_s = null;
    else if (editing.stretch) workspace.select(null);
    else return false;
    this.wake();
    return true;
  }

  dispose() {
    this.editing.dispose();
    super.dispose();
  }
}

/** The mean of a line, and where it is lowest and highest. */
function lineInWords(curve, line, duration_s) {
  const values = curve[line];
  let [low, high] = [0, 0];
  for (let index = 1; index < values.length; index += 1) {
    if (values[index] < values[low]) low = index;
    if (values[index] > values[high]) high = index;
  }
  const place = (index) => `${valueText(values[index])} at ${clockText(curve.times_s[index])}`;
  const name = { valence: "Valence (solid line)", arousal: "Arousal (dashed line)" }[line];
  const mean = valueText(meanOf(curve, line, 0, duration_s));
  return `${name} ${mean} on average, from ${place(low)} to ${place(high)}.`;
}
