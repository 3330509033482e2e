import assert from "node:assert/strict";
import test from "node:test";

import {
  barsInWords,
  barsWithin,
  freshSeed,
  movedWords,
  staleWords,
  takeLine,
  whole,
} from "../../../emsync_nb/widgets/static/takes.js";

// four beats a bar, half a second a beat: bars at 0, 2, 4, 6 s
const clicks = {
  length: 16,
  time_s: Float32Array.from({ length: 16 }, (_, beat) => beat / 2),
  bar: Float32Array.from({ length: 16 }, (_, beat) => (beat % 4 ? 0 : 1 + beat / 4)),
};

test("bars are those that a stretch touches", () => {
  assert.deepEqual(barsWithin([0, 8], clicks), [1, 4]);
  assert.deepEqual(barsWithin([2, 4], clicks), [2, 2]);
  assert.deepEqual(barsWithin([1.9, 4.1], clicks), [1, 3]);
  assert.deepEqual(barsWithin([2.5, 3], clicks), [2, 2]);
  assert.deepEqual(barsWithin([7, 60], clicks), [4, 4]);
});

test("times that floats cannot say exactly are at their bar lines all the same", () => {
  assert.deepEqual(barsWithin([1.99995, 4.00005], clicks), [2, 2]);
});

test("without a stretch or a click there are no bars", () => {
  assert.equal(barsWithin(null, clicks), null);
  assert.equal(barsWithin([0, 1], { length: 0 }), null);
  assert.equal(barsWithin([0, 1], undefined), null);
});

test("bars in words", () => {
  assert.equal(barsInWords([3, 3]), "bar 3");
  assert.equal(barsInWords([3, 8]), "bars 3 to 8");
});

test("a take in a few words", () => {
  assert.equal(takeLine({ kind: "generated", seed: 7, notes: 1204 }), "composed, seed 7, 1,204 notes");
  assert.equal(takeLine({ kind: "imported", seed: null, notes: 1 }), "imported, 1 note");
  assert.equal(takeLine({ kind: "regenerated", seed: 0, notes: null }), "partly anew, seed 0");
  assert.equal(takeLine({ kind: "generated", seed: 1, notes: 0 }), "composed, seed 1, 0 notes");
});

const run = (first, last) => ({ bars: [first, last], start_s: first, end_s: last + 1 });
const take = { name: "001", accepted: true, is_older: false, moved: [], anew: null };

test("a take of another plan is told, with the bars that moved and the way on", () => {
  assert.equal(staleWords([]), "");
  assert.equal(staleWords([take]), "");
  const older = { ...take, is_older: true };
  const moved = { ...older, moved: [run(7, 9)], anew: [7, 9] };
  const made = "Take 001 was made before your last change; ";
  assert.equal(staleWords([older]), `${made}its bars lie where they are planned.`);
  assert.equal(staleWords([moved]), `${made}bars 7–9 moved; regenerate them.`);
  const other = { ...take, name: "002", accepted: false };
  assert.equal(staleWords([moved, other]), `${made}bars 7–9 moved; accept take 002, or regenerate them.`);
  assert.equal(staleWords([other, { ...other, is_older: true }]), "", "none is accepted");
  const own = { ...moved, is_older: false };
  assert.equal(staleWords([own]), "Take 001 has a click of its own; bars 7–9 moved; regenerate them.");
  assert.equal(takeLine({ ...other, kind: "generated", is_older: true }), "composed, for an earlier plan");
});

test("bars that moved in words", () => {
  assert.equal(movedWords([]), "");
  assert.equal(movedWords([run(3, 3)]), "bar 3");
  assert.equal(movedWords([run(7, 9), run(12, 12)]), "bars 7–9, 12");
});

test("asking again gives another idea", () => {
  assert.equal(freshSeed([]), 1);
  assert.equal(freshSeed([{ seed: 7 }, { seed: null }, { seed: 3 }]), 8);
});

test("numbers that people type", () => {
  assert.equal(whole(" 12 ", 0, 20), 12);
  for (const wrong of ["", "1.5", "-1", "21", "1e1", "seven"]) assert.ok(Number.isNaN(whole(wrong, 0, 20)), wrong);
});
