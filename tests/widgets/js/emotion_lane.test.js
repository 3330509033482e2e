import assert from "node:assert/strict";
import test from "node:test";

import { toBytes } from "../../../emsync_nb/widgets/static/columns.js";
import { apply, emotionAt } from "../../../emsync_nb/widgets/static/curve.js";
import { EmotionEditing, STEP } from "../../../emsync_nb/widgets/static/emotion_editing.js";
import { TimeAxis } from "../../../emsync_nb/widgets/static/time_axis.js";

/** A workspace without a page; what is asked for waits until it is answered. */
class Desk extends EventTarget {
  constructor(curve, duration_s = 20) {
    super();
    this.axis = new TimeAxis(duration_s);
    this.axis.setWidth(1000);
    this.data = new Map([["curve", curve]]);
    this.view = { position_s: 0, playing: false, selection: null };
    this.canEdit = true;
    this.asked = [];
    this.previews = [];
    this.said = [];
  }

  get(name) {
    return this.data.get(name);
  }

  set(name, value) {
    this.data.set(name, value);
    this.dispatchEvent(new Event(`data:${name}`));
  }

  on(type, heard) {
    this.addEventListener(type, heard);
    return () => this.removeEventListener(type, heard);
  }

  act(request) {
    if (!this.canEdit) return Promise.reject(new Error("this desk can only be looked at"));
    return new Promise((resolve, reject) => this.asked.push({ request, resolve, reject }));
  }

  preview(request) {
    this.previews.push(request);
  }

  endPreview() {
    this.previews = [];
  }

  seek(time_s) {
    this.view.position_s = time_s;
  }

  select(start_s, end_s) {
    this.view.selection = start_s === null ? null : [start_s, end_s].sort((one, other) => one - other);
  }

  say(text) {
    this.said.push(text);
  }

  /** Do the oldest thing that was asked for, as a kernel does: the curve comes first, then the answer. */
  async answer() {
    const { request, resolve } = this.asked.shift();
    this.set("curve", apply(this.get("curve"), request));
    resolve();
    await new Promise(setImmediate);
    return request;
  }
}

const ROOF = { times_s: [0, 10, 20], valence: [0, 0.5, 0], arousal: [0, 0, 0] };

function begun(curve = ROOF) {
  const desk = new Desk(curve);
  return { desk, editing: new EmotionEditing(desk) };
}

function isNear(found, expected) {
  assert.ok(Math.abs(found - expected) < 1e-9, `${found} ≠ ${expected}`);
}

test("the point nearest to the playhead is selected, and the film goes there", () => {
  const { desk, editing } = begun();
  const found = editing.nearestTo(8);
  assert.deepEqual([found.line, found.time_s], ["valence", 10]);
  editing.select(found.line, found.time_s);
  assert.equal(desk.view.position_s, 10);
  assert.match(desk.said.at(-1), /valence \+0\.50 at 0:10\.0, point 2 of 3/);
});

test("a change that changes nothing is told, and not asked for", async () => {
  const { desk, editing } = begun({ times_s: [0, 10, 20], valence: [0.2, 0.2, 0.2], arousal: [0, 0.5, 0] });
  desk.select(2, 8);
  editing.lines = ["valence"];
  editing.flatten();
  assert.deepEqual(desk.asked, []);
  assert.equal(editing.tried, null);
  assert.match(desk.said.at(-1), /nothing changes/);
  editing.lines = ["arousal"];
  editing.flatten();
  assert.equal(desk.asked.length, 1);
  // while it is on its way nobody knows what a second one would change
  editing.flatten();
  assert.equal(desk.asked.length, 2);
});

test("how many points hold a line hangs on how wide a second is", () => {
  const { desk, editing } = begun();
  const wide_s = editing.apart_s;
  desk.axis.setWidth(100);
  assert.ok(editing.apart_s > wide_s);
});

test("points are walked along one line, or along all in order of time", () => {
  const { editing } = begun();
  editing.select("valence", 0);
  assert.equal(editing.walk(1, true), true);
  assert.deepEqual(editing.selected, { line: "valence", time_s: 10 });
  editing.select("valence", 0);
  const passed = [];
  while (editing.walk(1, false)) passed.push(`${editing.selected.line} ${editing.selected.time_s}`);
  assert.deepEqual(passed, ["arousal 0", "valence 10", "valence 20", "arousal 20"]);
  assert.equal(editing.walk(-1, false), true);
  editing.lines = ["arousal"];
  assert.deepEqual(editing.inOrder().map((point) => point.line), ["arousal", "arousal"]);
});

test("several presses of a key are one change, and are seen at once", async () => {
  const { desk, editing } = begun();
  editing.select("valence", 10);
  for (let count = 0; count < 4; count += 1) editing.nudge(STEP);
  assert.equal(desk.asked.length, 0);
  isNear(emotionAt(editing.curve, 10).valence, 0.7);
  isNear(editing.points("valence")[1].value, 0.7);
  editing.settle();
  assert.equal(desk.asked.length, 1);
  const request = await desk.answer();
  assert.deepEqual([request.do, request.edit, request.arousal], ["edit", "draw", null]);
  assert.equal(desk.get("curve_tried"), null);
  isNear(emotionAt(desk.get("curve"), 10).valence, 0.7);
  isNear(emotionAt(desk.get("curve"), 5).valence, 0.35);
});

test("a point moves in time too, and stays selected where it is then", async () => {
  const { desk, editing } = begun();
  editing.select("valence", 10);
  editing.nudge(0, 1.5);
  assert.deepEqual(editing.selected, { line: "valence", time_s: 11.5 });
  editing.settle();
  await desk.answer();
  isNear(emotionAt(desk.get("curve"), 11.5).valence, 0.5);
  assert.deepEqual(editing.points("valence").map((point) => point.time_s), [0, 11.5, 20]);
});

test("Escape gives up what was tried, and asks for nothing", () => {
  const { desk, editing } = begun();
  editing.select("valence", 10);
  editing.nudge(0.3, 2);
  assert.equal(editing.giveUp(), true);
  assert.equal(editing.giveUp(), false);
  editing.settle();
  assert.deepEqual([desk.asked.length, desk.previews.length, desk.get("curve_tried")], [0, 0, null]);
  assert.deepEqual(editing.selected, { line: "valence", time_s: 10 });
});

test("what is refused is shown no longer", async () => {
  const { desk, editing } = begun();
  editing.select("valence", 10);
  editing.nudge(0.3);
  editing.settle();
  desk.asked.shift().reject(new Error("no"));
  await new Promise(setImmediate);
  assert.equal(desk.get("curve_tried"), null);
  assert.equal(editing.curve, ROOF);
});

test("a second change while the first is on its way keeps both on show", async () => {
  const { desk, editing } = begun();
  desk.select(2, 5);
  editing.raise(0.2);
  editing.settle();
  desk.select(14, 16);
  editing.raise(-0.2);
  editing.settle();
  assert.equal(desk.asked.length, 2);
  await desk.answer();
  isNear(emotionAt(editing.curve, 3).arousal, 0.2);
  isNear(emotionAt(editing.curve, 15).arousal, -0.2);
  await desk.answer();
  assert.equal(desk.get("curve_tried"), null);
  isNear(emotionAt(desk.get("curve"), 15).arousal, -0.2);
});

test("stretches: raised, flattened at their mean, smoothed, restored; of the lines that are meant", () => {
  const { desk, editing } = begun();
  desk.set("analysed", { times_s: [0, 20], valence: [1, 1], arousal: [-1, -1] });
  desk.select(5, 15);
  editing.lines = ["valence"];
  const asked = () => desk.asked.at(-1).request;
  editing.raise(STEP);
  editing.raise(STEP);
  editing.settle();
  const shift = { do: "edit", edit: "shift", start_s: 5, end_s: 15, valence: 0.1, arousal: null };
  assert.deepEqual(asked(), shift);
  editing.drop();
  editing.flatten();
  assert.deepEqual([asked().edit, asked().valence, asked().arousal], ["flatten", 0.375, null]);
  editing.smooth();
  assert.deepEqual([asked().edit, asked().seconds], ["smooth", 3]);
  assert.deepEqual([asked().valence, asked().arousal], [true, false]);
  editing.restore();
  assert.deepEqual([asked().times_s, asked().valence, asked().arousal], [[5, 15], [1, 1], null]);
  assert.equal(desk.asked.length, 4);
});

test("without a stretch, or an analysis, it says what is missing", () => {
  const { desk, editing } = begun();
  assert.equal(editing.flatten(), false);
  assert.match(desk.said.at(-1), /select a stretch first/);
  desk.select(5, 15);
  assert.equal(editing.restore(), false);
  assert.match(desk.said.at(-1), /no analysis/);
  assert.equal(desk.asked.length, 0);
});

test("a stretch is marked at both of its ends, in any order", () => {
  const { desk, editing } = begun();
  editing.mark(12);
  assert.equal(desk.view.selection, null);
  editing.mark(4);
  assert.deepEqual(desk.view.selection, [4, 12]);
});

test("a removed point leaves a straight line; the ends stay", async () => {
  const { desk, editing } = begun();
  editing.select("valence", 0);
  assert.equal(editing.remove(), true);
  assert.equal(desk.asked.length, 0);
  editing.select("valence", 10);
  editing.remove();
  await desk.answer();
  assert.deepEqual(editing.points("valence").map((point) => point.time_s), [0, 20]);
  assert.equal(emotionAt(desk.get("curve"), 10).valence, 0);
  assert.equal(editing.selected, null);
});

test("a desk that can only be looked at shows nothing tried", async () => {
  const { desk, editing } = begun();
  desk.canEdit = false;
  editing.select("valence", 10);
  editing.nudge(0.5);
  await new Promise(setImmediate);
  assert.equal(desk.get("curve_tried") ?? null, null);
  assert.equal(desk.asked.length, 0);
  clearTimeout(editing.timer);
});

test("requests never reach behind the film", () => {
  const { desk, editing } = begun({ times_s: [0, 10, 20.5], valence: [0, 1, 0], arousal: [0, 0, 0] });
  const last = editing.points("valence").at(-1);
  assert.equal(last.time_s, 20);
  editing.select("valence", 20);
  editing.nudge(STEP);
  editing.settle();
  assert.equal(desk.asked[0].request.times_s.at(-1), 20);
});
