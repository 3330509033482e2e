import assert from "node:assert/strict";
import test from "node:test";

import { movedAt, paintVeils, silences, veilWords } from "../../../emsync_nb/widgets/static/roll_veils.js";
import { TimeAxis } from "../../../emsync_nb/widgets/static/time_axis.js";

const RUN = { bars: [7, 9], start_s: 20, end_s: 30 };

test("nothing is played where no cue is", () => {
  const cue = (in_s, out_s) => ({ in_s, out_s });
  assert.deepEqual(silences(null, 60), []);
  assert.deepEqual(silences([], 60), [], "music throughout");
  assert.deepEqual(silences([cue(0, 60)], 60), []);
  assert.deepEqual(silences([cue(40, 60), cue(5, 20)], 60), [[0, 5], [20, 40]]);
  assert.deepEqual(silences([cue(0, 20)], 60), [[20, 60]]);
});

test("moved bars are found by time", () => {
  assert.equal(movedAt([RUN], 20), RUN);
  assert.equal(movedAt([RUN], 30), null);
});

test("what is veiled is told in words", () => {
  assert.equal(veilWords([], []), "");
  assert.equal(veilWords([RUN], []), "Moved in the plan since this take was made: bars 7–9.");
  assert.equal(veilWords([], [[0, 5]]), "Notes of a stretch without a cue are not played.");
  assert.equal(veilWords([], [[0, 5], [20, 40]]), "Notes of 2 stretches without a cue are not played.");
});

/** A canvas that notes what is drawn. */
function fakeCanvas() {
  const drawn = { rects: [], lines: 0, words: [] };
  const context = {
    fillRect: (left, _, width) => drawn.rects.push([left, width]),
    lineTo: () => (drawn.lines += 1),
    measureText: (text) => ({ width: 6 * text.length }),
    fillText: (text) => drawn.words.push(text),
  };
  for (const deed of ["save", "restore", "beginPath", "rect", "clip", "moveTo", "stroke"]) context[deed] = () => {};
  return { context, drawn };
}

function painted(scene, start_s = 0, end_s = 60) {
  const axis = new TimeAxis(60);
  axis.setWidth(600);
  axis.show(start_s, end_s);
  const { context, drawn } = fakeCanvas();
  const theme = { colour: (name) => name };
  paintVeils(context, { axis, theme, top_px: 24, height_px: 100, moved: [], silent: [], ...scene });
  return drawn;
}

test("moved bars are hatched and named, silent stretches are pale", () => {
  const moved = painted({ moved: [RUN] });
  assert.deepEqual(moved.words, ["bars 7–9 moved"]);
  assert.ok(moved.lines > 10);
  assert.deepEqual(moved.rects[0], [200, 100]);
  const silent = painted({ silent: [[0, 20]] });
  assert.deepEqual(silent.words, ["no music here"]);
  assert.equal(silent.lines, 0);
  assert.deepEqual(silent.rects[0], [0, 200]);
});

test("out of view nothing is painted, close up no more than the view", () => {
  assert.deepEqual(painted({ moved: [RUN] }, 40, 60), { rects: [], lines: 0, words: [] });
  const close = painted({ moved: [RUN] }, 24, 25);
  assert.deepEqual(close.rects[0], [0, 600]);
  assert.ok(close.lines < 100);
});
