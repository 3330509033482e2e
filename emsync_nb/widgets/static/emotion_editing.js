/**
 * What hands do to the emotion of a film, without anything on screen: which line and point is meant, what is
 * tried, and what is asked for. Whoever shows the emotion looks at "curve_tried" before "curve".
 */

import { LINES, apply, meanOf, trimmed, valueAt } from "./curve.js";
import { clockText, valueText } from "./curve_drawing.js";
import { handles, indexAt, pulled, restored, withoutPoint } from "./curve_points.js";
import { nearest } from "./time_axis.js";

/** Points are at least so far apart on screen. */
const APART_PX = 24;
/** What one key press changes, and the window of smoothing. */
export const STEP = 0.05;
export const SMOOTH_S = 3;
/** Key presses that follow within this time, in milliseconds, are one change. */
const BURST_MS = 500;
/** Values nearer than this are one. */
const SAME = 1e-4;
const NO_STRETCH = "select a stretch first: drag with Shift, or press E at either end of it";

export class EmotionEditing {
  /** @param {Workspace} workspace with data "curve", and perhaps "analysed" */
  constructor(workspace) {
    this.workspace = workspace;
    this.lines = LINES;
    this.selected = null;
    this.anchor_s = null;
    this.tried = null;
    this.sent = null;
    this.burst = null;
    this.flying = 0;
    this.cache = new WeakMap();
    this.off = workspace.on("data:curve", () => this.arrived());
  }

  // — what there is —

  /** The curve as it is, within the film; null before there is one. */
  get held() {
    const curve = this.workspace.get("curve");
    if (!curve?.times_s.length) return null;
    const { duration_s } = this.workspace.axis;
    return cached(this.cache, curve, `held ${duration_s}`, () => trimmed(curve, duration_s));
  }

  /** The curve as it is shown: with what is tried. */
  get curve() {
    return this.workspace.get("curve_tried") ?? this.held;
  }

  /** The points by which a line is held, [{time_s, value}]; while one is pulled, the others stay. */
  points(line) {
    if (this.burst?.grip) return this.gripped(line);
    const { apart_s } = this;
    const held_s = this.selected?.line === line ? this.selected.time_s : null;
    const { curve } = this;
    if (!curve) return [];
    const name = `${line} ${apart_s} ${held_s}`;
    return cached(this.cache, curve, name, () => handles(curve, line, apart_s, held_s));
  }

  /** How far apart points are at least, in seconds. */
  get apart_s() {
    return 2 ** Math.ceil(Math.log2(APART_PX * this.workspace.axis.perPixel_s));
  }

  gripped(line) {
    const { grip, to } = this.burst;
    const points = grip.points[line];
    if (line !== grip.line || !to) return points;
    return points.map((point, index) => (index === grip.index ? to : point));
  }

  get stretch() {
    return this.workspace.view.selection;
  }

  // — points —

  /** Hold a point of a line, at a time, so that it can be pulled. */
  grip(line, time_s) {
    this.select(line, time_s, false);
    const points = Object.fromEntries(LINES.map((one) => [one, this.points(one)]));
    const index = indexAt(points[line], time_s);
    const grip = { line, points, index, curve: this.curve, point: points[line][index] };
    this.burst = { grip, to: null, isDrag: false };
    return grip;
  }

  /** Pull what is held to another time and value. */
  pull(to) {
    const { grip } = this.burst;
    const { line, points, index, curve } = grip;
    const { request, time_s } = pulled(curve, line, points[line], index, to, this.workspace.axis.duration_s);
    const value = Math.min(1, Math.max(-1, to.value));
    this.burst.to = { time_s, value };
    this.selected = { line, time_s };
    this.try(request, curve);
  }

  /** Move the selected point by some steps of value and seconds. */
  nudge(by, by_s = 0) {
    if (!this.selected) return false;
    if (!this.burst?.grip) {
      this.settle();
      this.grip(this.selected.line, this.selected.time_s);
    }
    const from = this.burst.to ?? this.burst.grip.point;
    this.pull({ time_s: from.time_s + by_s, value: from.value + by });
    this.wait();
    this.tell();
    return true;
  }

  /** Select a point, or none; it can be heard where it is selected by a key. */
  select(line, time_s = 0, isTold = true) {
    this.selected = line ? { line, time_s } : null;
    if (!line) return;
    if (!this.workspace.view.playing) this.workspace.seek(time_s);
    if (isTold) this.tell();
  }

  /** The point nearest to a time, of the lines that are meant: [line, time_s]; null where there is none. */
  nearestTo(time_s) {
    const all = this.inOrder();
    const index = nearest(all.map((point) => point.time_s), time_s);
    return index < 0 ? null : all[index];
  }

  /** The points of the lines that are meant, by time. */
  inOrder(lines = this.lines) {
    const all = lines.flatMap((line) => this.points(line).map((point) => ({ ...point, line })));
    // valence was put in first, and sorting keeps the order of those at one time
    return all.sort((one, other) => one.time_s - other.time_s);
  }

  /** Select the next point, or the one before, of the same line or of any: whether there was one. */
  walk(steps, isSameLine) {
    this.settle();
    const all = this.inOrder(isSameLine ? [this.selected.line] : this.lines);
    const at = indexAt(all, this.selected.time_s, this.selected.line);
    const next = all[at + steps];
    if (!next) return false;
    this.select(next.line, next.time_s);
    this.workspace.axis.reveal(next.time_s);
    return true;
  }

  /** Say which point is selected, and where it is. */
  tell() {
    const { line, time_s } = this.selected;
    const points = this.points(line);
    const value = valueAt(this.curve.times_s, this.curve[line], time_s);
    const place = indexAt(points, time_s);
    const which = place < 0 ? "" : `, point ${place + 1} of ${points.length}`;
    this.workspace.say(`${line} ${valueText(value)} at ${clockText(time_s)}${which}`);
  }

  /** Take the selected point away: the line goes straight between those beside it. */
  remove() {
    if (!this.selected) return false;
    this.settle();
    const { line, time_s } = this.selected;
    const points = this.points(line);
    const request = withoutPoint(line, points, indexAt(points, time_s));
    if (!request) {
      this.workspace.say("the first and the last point of a line stay");
      return true;
    }
    this.select(null);
    this.make(request);
    return true;
  }

  // — stretches —

  /** The stretch that is selected; null, and it is said so, where none is. */
  needed() {
    this.settle();
    if (!this.stretch) this.workspace.say(NO_STRETCH);
    return this.stretch;
  }

  /** Raise or lower the selected stretch; several times in a row are one change. */
  raise(by, lines = this.lines) {
    const isSame = this.burst?.stretch && this.burst.stretch === this.stretch && this.burst.lines === lines;
    if (!isSame) {
      if (!this.needed()) return false;
      this.burst = { stretch: this.stretch, lines, by: 0, curve: this.curve };
    }
    this.raiseTo(Math.round(100 * (this.burst.by + by)) / 100);
    this.wait();
    return true;
  }

  raiseTo(by) {
    const { stretch, lines, curve } = this.burst;
    this.burst.by = by;
    this.try({ ...stretchRequest("shift", stretch), ...each(lines, () => by) }, curve);
  }

  flatten() {
    const stretch = this.needed();
    if (!stretch || !this.curve) return false;
    const level = (line) => meanOf(this.curve, line, ...stretch);
    return this.make({ ...stretchRequest("flatten", stretch), ...each(this.lines, level) });
  }

  smooth() {
    const stretch = this.needed();
    if (!stretch) return false;
    const meant = (line) => this.lines.includes(line);
    const sides = { valence: meant("valence"), arousal: meant("arousal") };
    return this.make({ ...stretchRequest("smooth", stretch), seconds: SMOOTH_S, ...sides });
  }

  /** Back to what the analysis said. */
  restore() {
    const stretch = this.needed();
    if (!stretch) return false;
    const analysed = this.workspace.get("analysed");
    if (!analysed?.times_s.length) {
      this.workspace.say("there is no analysis to go back to");
      return false;
    }
    return this.make(restored(analysed, this.lines, ...stretch));
  }

  /** One end of a stretch at a time, then the other. */
  mark(time_s) {
    this.settle();
    if (this.anchor_s === null) {
      this.anchor_s = time_s;
      this.workspace.say(`the stretch begins at ${clockText(time_s)}; press E again at its other end`);
      return;
    }
    const anchor_s = this.anchor_s;
    this.anchor_s = null;
    this.workspace.select(anchor_s, time_s);
    const ends = [anchor_s, time_s].sort((one, other) => one - other).map(clockText);
    this.workspace.say(`selected ${ends.join(" to ")}`);
  }

  // — trying and asking —

  /** Show what a request would come to. */
  try(request, base = this.curve) {
    if (!this.workspace.canEdit) {
      this.make(request);
      return;
    }
    this.tried = request;
    this.workspace.set("curve_tried", apply(base, request));
    this.workspace.preview(request);
  }

  /** Make a change at once. */
  make(request) {
    this.settle();
    if (this.workspace.canEdit) this.try(request);
    else this.tried = request;
    this.commit();
    return true;
  }

  wait() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.settle(), BURST_MS);
  }

  /** Ask for what key presses tried, rather than wait for more of them. */
  settle() {
    if (this.burst && !this.burst.isDrag) this.commit();
  }

  /** Ask for what is tried. */
  async commit() {
    clearTimeout(this.timer);
    const request = this.tried;
    this.burst = null;
    if (!request || request === this.sent) return;
    if (this.isSo(request)) {
      this.drop();
      this.workspace.endPreview();
      this.workspace.say("nothing changes: the emotion is like that already");
      return;
    }
    this.sent = request;
    this.flying += 1;
    await this.workspace.act(request).catch(() => {}); // why it was refused has been said
    this.flying -= 1;
    if (this.tried === request) this.drop();
  }

  /** Whether a change would change nothing; unknown while others are on their way. */
  isSo(request) {
    const { held } = this;
    if (!held || this.flying || !this.workspace.canEdit) return false;
    const after = trimmed(apply(held, request), this.workspace.axis.duration_s);
    return LINES.every((line) => isLike(held, after, line) && isLike(after, held, line));
  }

  /** Forget what is tried. */
  drop() {
    clearTimeout(this.timer);
    this.burst = null;
    this.tried = null;
    this.workspace.set("curve_tried", null);
  }

  /** Give up what is tried but not asked for yet: whether there was anything. */
  giveUp() {
    if (!this.burst) return false;
    const { grip } = this.burst;
    this.drop();
    this.workspace.endPreview();
    if (grip) this.selected = { line: grip.line, time_s: grip.point.time_s };
    return true;
  }

  /** Another curve has come: the one that was asked for, or somebody else's. */
  arrived() {
    if (!this.tried) return;
    if (this.tried === this.sent && this.flying < 2) this.drop();
    else this.workspace.set("curve_tried", apply(this.held, this.tried));
  }

  dispose() {
    this.settle();
    this.off();
  }
}

/** Whether a line of another curve passes through all points of one's. */
function isLike(curve, other, line) {
  return curve.times_s.every((time_s, index) => {
    return Math.abs(valueAt(other.times_s, other[line], time_s) - curve[line][index]) < SAME;
  });
}

function stretchRequest(edit, [start_s, end_s]) {
  return { do: "edit", edit, start_s, end_s };
}

/** What was found out about a curve before, or is now. */
function cached(cache, curve, name, find) {
  if (!cache.has(curve)) cache.set(curve, new Map());
  const found = cache.get(curve);
  if (!found.has(name)) found.set(name, find());
  return found.get(name);
}

/** A number for each line that is meant; null for the other. */
function each(lines, number) {
  return Object.fromEntries(LINES.map((line) => [line, lines.includes(line) ? number(line) : null]));
}
