import assert from "node:assert/strict";
import test from "node:test";

import { selectionDrag } from "../../../emsync_nb/widgets/static/film_facts.js";
import {
  barMarks,
  lowest,
  placeInMusic,
  tempoRange,
  tempoSteps,
  timeMarks,
} from "../../../emsync_nb/widgets/static/ruler_marks.js";
import { TimeAxis } from "../../../emsync_nb/widgets/static/time_axis.js";

function axis(start_s, end_s, { duration_s = 7200, width_px = 1000 } = {}) {
  const made = new TimeAxis(duration_s);
  made.setWidth(width_px);
  made.show(start_s, end_s);
  return made;
}

function labels(shown, film) {
  return timeMarks(shown, film).filter((mark) => mark.isMajor).map((mark) => [mark.label, mark.time_s]);
}

/** Beats of bars of four: 120 bpm up to 10 s, then 60. */
function click() {
  const time_s = [...Array.from({ length: 20 }, (_, at) => at / 2), ...Array.from({ length: 20 }, (_, at) => 10 + at)];
  const bpm = time_s.map((at_s) => (at_s < 10 ? 120 : 60));
  const bar = time_s.map((_, at) => (at % 4 ? 0 : at / 4 + 1));
  const [times, tempi, bars] = [time_s, bpm, bar].map((column) => Float32Array.from(column));
  return { time_s: times, bpm: tempi, bar: bars, length: time_s.length };
}

test("round timecodes are marked, counted from where the film begins", () => {
  const film = { fps: [25, 1], start_timecode: "01:00:00:00" };
  assert.deepEqual(labels(axis(0, 20), film).slice(0, 3), [
    ["01:00:00", 0],
    ["01:00:02", 2],
    ["01:00:04", 4],
  ]);
});

test("a film that begins within a second is marked at whole seconds all the same", () => {
  const found = labels(axis(0, 20), { fps: [25, 1], start_timecode: "10:00:00:20" });
  assert.deepEqual(found[0], ["10:00:02", 30 / 25]);
});

test("at 29.97 a second of timecode is longer than a second", () => {
  const found = labels(axis(3600, 3620), { fps: [30000, 1001], start_timecode: "00:00:00:00" });
  const [label, time_s] = found[0];
  assert.equal(label, "00:59:58");
  assert.ok(Math.abs(time_s - 3598 * 1.001) < 1e-9);
});

test("dropped numbers keep the count at the clock", () => {
  const found = labels(axis(3600, 3620), { fps: [30000, 1001], start_timecode: "00:00:00;00" });
  assert.equal(found[0][0], "01:00:00");
  assert.ok(Math.abs(found[0][1] - 3600) < 1 / 29);
  const minute = labels(axis(50, 70), { fps: [30000, 1001], start_timecode: "00:00:00;00" });
  assert.ok(minute.some(([label]) => label === "00:01:00"));
});

test("close up the labels tell frames", () => {
  const found = labels(axis(2, 3), { fps: [25, 1], start_timecode: "00:00:00:00" });
  assert.deepEqual(found, [
    ["00:00:02:00", 2],
    ["00:00:02:05", 2.2],
    ["00:00:02:10", 2.4],
    ["00:00:02:15", 2.6],
    ["00:00:02:20", 2.8],
    ["00:00:03:00", 3],
  ]);
  const frames = timeMarks(axis(2, 2.2), { fps: [24000, 1001], start_timecode: "00:00:00:00" });
  assert.ok(frames.every((mark) => mark.isMajor), "each frame is wide enough for its label");
});

test("bars are numbered as far apart as numbers need", () => {
  const near = barMarks(click(), axis(0, 30, { duration_s: 30 }));
  const numbered = near.filter((mark) => mark.isNumbered).map((mark) => mark.bar);
  assert.deepEqual(numbered, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
  assert.ok(near.some((mark) => mark.bar === 0), "there is room for beats");
  const far = barMarks(click(), axis(0, 30, { duration_s: 30, width_px: 100 }));
  assert.deepEqual(far.filter((mark) => mark.isNumbered).map((mark) => mark.bar), [1, 5, 9]);
  assert.ok(far.every((mark) => mark.bar > 0), "there is none for beats");
});

test("only what is in view is marked", () => {
  const found = barMarks(click(), axis(10, 14, { duration_s: 30 }));
  assert.deepEqual(found.map((mark) => [mark.time_s, mark.bar]), [
    [10, 6],
    [11, 0],
    [12, 0],
    [13, 0],
  ]);
});

test("tempo is told in steps, from what it is at the left edge", () => {
  assert.deepEqual(tempoSteps(click(), axis(0, 30, { duration_s: 30 })), [
    { time_s: 0, bpm: 120 },
    { time_s: 10, bpm: 60 },
  ]);
  assert.deepEqual(tempoSteps(click(), axis(20.5, 25, { duration_s: 30 })), [{ time_s: 20, bpm: 60 }]);
  assert.deepEqual(tempoRange(click()), [60, 120]);
  assert.equal(tempoRange(null), null);
});

test("a time has its bar and beat", () => {
  assert.equal(placeInMusic(click(), 0), "1.1, 120 bpm");
  assert.equal(placeInMusic(click(), 3.4), "2.3, 120 bpm");
  assert.equal(placeInMusic(click(), 11), "6.2, 60 bpm");
  assert.equal(placeInMusic(null, 11), "");
});

test("the first value not below another is found", () => {
  assert.equal(lowest([1, 2, 3], 2), 1);
  assert.equal(lowest([1, 2, 3], 2.5), 2);
  assert.equal(lowest([1, 2, 3], 9), 3);
  assert.equal(lowest([], 9), 0);
});

test("a drag with Shift selects from frame to frame, a click lets go, and a cancelled one goes back", () => {
  const view = { selection: [1, 2] };
  const workspace = {
    view,
    axis: axis(0, 20, { duration_s: 20 }),
    get: () => ({ fps: [25, 1], duration_s: 20 }),
    select: (...stretch) => (view.selection = stretch),
  };
  const at = (time_s) => ({ x: 50 * time_s, time_s });
  const drag = selectionDrag(workspace, at(8.05));
  drag.move(at(3.01));
  assert.deepEqual(view.selection, [8.04, 3]);
  drag.end(at(3.01));
  assert.deepEqual(view.selection, [8.04, 3]);
  const given_up = selectionDrag(workspace, at(5));
  given_up.move(at(9));
  given_up.cancel();
  assert.deepEqual(view.selection, [8.04, 3]);
  selectionDrag(workspace, at(5)).end(at(5));
  assert.deepEqual(view.selection, [null]);
});
