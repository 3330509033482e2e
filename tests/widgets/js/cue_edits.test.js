import assert from "node:assert/strict";
import test from "node:test";

import {
  added,
  areSame,
  cueAt,
  cuesRequest,
  edgeAt,
  exactEdge,
  isSilent,
  meant,
  moved,
  nearestCue,
  removed,
  silences,
  snappedEdge,
  split,
  withEdge,
} from "../../../emsync_nb/widgets/static/cue_edits.js";
import { TimeAxis } from "../../../emsync_nb/widgets/static/time_axis.js";

const FILM = { fps: [25, 1], duration_s: 100 };

function cues(...spans_s) {
  return spans_s.map(([in_s, out_s]) => ({ in_s, out_s, entry: "attack", ending: "fade_out" }));
}

function spans(found) {
  return found.map((cue) => [cue.in_s, cue.out_s]);
}

function axis() {
  const made = new TimeAxis(100);
  made.setWidth(1000);
  return made;
}

test("no cues mean music throughout, and are asked for as none", () => {
  assert.deepEqual(spans(meant([], FILM)), [[0, 100]]);
  assert.deepEqual(cuesRequest(meant([], FILM), FILM), { do: "edit", edit: "cues", cues: [] });
  const ringing = [{ ...meant([], FILM)[0], ending: "ring" }];
  assert.equal(cuesRequest(ringing, FILM).cues.length, 1);
});

test("requests hold exact times, and none behind the film's end", () => {
  const film = { fps: [24000, 1001], duration_s: 10.0204169 };
  assert.equal(exactEdge(1001 / 24000, film), "1001/24000");
  assert.equal(exactEdge(10.0204169, film), "10.020416");
  assert.equal(exactEdge(10.01, film), "240240/24000");
  assert.deepEqual(cuesRequest(cues([1, 2]), FILM).cues, [
    { in_s: "25/25", out_s: "50/25", entry: "attack", ending: "fade_out" },
  ]);
});

test("edges are pushed back by neighbours, and by a second of music", () => {
  const all = cues([10, 20], [30, 40]);
  assert.deepEqual(spans(withEdge(all, 0, "out", 35, FILM)), [[10, 30], [30, 40]]);
  assert.deepEqual(spans(withEdge(all, 1, "in", 5, FILM)), [[10, 20], [20, 40]]);
  assert.deepEqual(spans(withEdge(all, 0, "in", 19.8, FILM)), [[19, 20], [30, 40]]);
  assert.deepEqual(spans(withEdge(all, 1, "out", 0, FILM)), [[10, 20], [30, 31]]);
  assert.deepEqual(spans(withEdge(all, 0, "in", -4, FILM)), [[0, 20], [30, 40]]);
  assert.deepEqual(spans(withEdge(all, 1, "out", 400, FILM)), [[10, 20], [30, 100]]);
  assert.deepEqual(spans(all), [[10, 20], [30, 40]]);
});

test("a cue that is shorter already is not made longer by being taken", () => {
  assert.deepEqual(spans(withEdge(cues([10, 10.4]), 0, "in", 10.2, FILM)), [[10, 10.4]]);
});

test("a moved cue keeps its length and stops at its neighbours", () => {
  const all = cues([10, 20], [30, 40]);
  assert.deepEqual(spans(moved(all, 0, 15, FILM)), [[15, 25], [30, 40]]);
  assert.deepEqual(spans(moved(all, 0, 25, FILM)), [[20, 30], [30, 40]]);
  assert.deepEqual(spans(moved(all, 1, 95, FILM)), [[10, 20], [90, 100]]);
  assert.deepEqual(spans(moved(all, 0, -5, FILM)), [[0, 10], [30, 40]]);
});

test("a new cue fills no more than the silence it is drawn in", () => {
  const all = cues([10, 20], [30, 40]);
  assert.deepEqual(spans(added(all, 22, 28, FILM).cues), [[10, 20], [22, 28], [30, 40]]);
  assert.deepEqual(added(all, 28, 12, FILM).index, 1);
  assert.deepEqual(spans(added(all, 28, 12, FILM).cues)[1], [20, 28]);
  assert.throws(() => added(all, 15, 28, FILM), /music here already/);
  assert.throws(() => added(all, 50, 50.5, FILM), /at least 1 s/);
});

test("the only cue cannot be deleted, others can", () => {
  assert.deepEqual(spans(removed(cues([10, 20], [30, 40]), 0)), [[30, 40]]);
  assert.throws(() => removed(cues([10, 20]), 0), /only music/);
});

test("a cue is split where there is room", () => {
  assert.deepEqual(spans(split(cues([10, 20]), 14)), [[10, 14], [14, 20]]);
  assert.throws(() => split(cues([10, 20]), 10.5), /at least 1 s/);
  assert.throws(() => split(cues([10, 20]), 25), /no music here/);
});

test("silences are what the cues leave", () => {
  assert.deepEqual(silences(cues([10, 20], [20, 40]), FILM), [[0, 10], [40, 100]]);
  assert.deepEqual(silences(meant([], FILM), FILM), []);
});

test("an edge is found within six pixels; where cues touch, on the pointer's side", () => {
  const all = cues([10, 20], [20, 40]);
  assert.deepEqual(edgeAt(all, axis(), 95), { cue: 0, edge: "in" });
  assert.deepEqual(edgeAt(all, axis(), 198), { cue: 0, edge: "out" });
  assert.deepEqual(edgeAt(all, axis(), 202), { cue: 1, edge: "in" });
  assert.equal(edgeAt(all, axis(), 300), null);
});

test("edges land on marks near by, on the film's ends, else on frames", () => {
  const near = { axis: axis(), marks_s: [12.345, 50] };
  assert.equal(snappedEdge(12.9, FILM, near), 12.345);
  assert.equal(snappedEdge(12.9, FILM, { ...near, isFree: true }), 12.92);
  assert.equal(snappedEdge(99.5, FILM, near), 100);
  assert.equal(snappedEdge(140, FILM, near), 100);
  assert.equal(snappedEdge(0.3, FILM, near), 0);
  assert.equal(snappedEdge(30.03, FILM, near), 30.04);
});

test("the cue at a time, or near it, is found", () => {
  const all = cues([10, 20], [30, 40]);
  assert.equal(cueAt(all, 10), 0);
  assert.equal(cueAt(all, 20), -1);
  assert.equal(nearestCue(all, 26), 1);
  assert.equal(nearestCue(all, 0), 0);
  assert.ok(areSame(all, cues([10, 20], [30, 40])));
  assert.ok(!areSame(all, cues([10, 20])));
});

test("a stretch is silent where no cue reaches into it", () => {
  const all = cues([10, 20], [30, 40]);
  const found = (stretches) => stretches.map((stretch) => isSilent(all, FILM, stretch));
  assert.deepEqual(found([[20, 30], [22, 25], [0, 10], [40, 100]]), [true, true, true, true]);
  assert.deepEqual(found([[19.9, 25], [5, 45], [12, 15]]), [false, false, false]);
});

test("whatever is dragged, cues stay in order, apart and within the film", () => {
  let state = 7;
  const next = () => (state = (state * 48271) % 2147483647) / 2147483647;
  let now = cues([10, 20], [30, 40], [60, 80]);
  for (let step = 0; step < 2000; step += 1) {
    const [index, time_s] = [Math.floor(next() * 3), Math.round(next() * 3000 - 250) / 25];
    const kind = Math.floor(next() * 3);
    now = kind === 2 ? moved(now, index, time_s, FILM) : withEdge(now, index, kind ? "in" : "out", time_s, FILM);
    now.forEach((cue, at) => {
      assert.ok(cue.in_s >= 0 && cue.out_s <= FILM.duration_s);
      assert.ok(cue.out_s - cue.in_s > 1 - 1e-9);
      if (at) assert.ok(cue.in_s >= now[at - 1].out_s - 1e-9);
    });
  }
});
