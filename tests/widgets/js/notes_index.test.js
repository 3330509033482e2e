import assert from "node:assert/strict";
import test from "node:test";

import { NotesIndex } from "../../../emsync_nb/widgets/static/notes_index.js";

/** Rows of [start_s, end_s, pitch, velocity, track, locked] as columns. */
function notes(...rows) {
  const names = ["start_s", "end_s", "pitch", "velocity", "track", "locked"];
  const columns = names.map((_, at) => Float32Array.from(rows, (row) => row[at]));
  return { ...Object.fromEntries(names.map((name, at) => [name, columns[at]])), length: rows.length };
}

function many(count, tracks) {
  let seed = 7;
  const random = () => (seed = (seed * 48271) % 2147483647) / 2147483647;
  const rows = Array.from({ length: count }, () => {
    const start_s = random() * 600;
    const length_s = random() < 0.01 ? 100 + random() * 300 : random() * 2;
    const pitch = 30 + Math.floor(random() * 60);
    return [start_s, start_s + length_s, pitch, 64, Math.floor(random() * tracks), 0];
  });
  rows.sort((one, other) => one[4] - other[4] || one[0] - other[0]);
  return notes(...rows);
}

test("a score without notes answers all questions", () => {
  for (const index of [new NotesIndex(), new NotesIndex(notes())]) {
    assert.equal(index.length, 0);
    assert.deepEqual(index.range(0), [0, 0]);
    assert.equal(index.count(3), 0);
    assert.equal(index.pitches(0), null);
    assert.equal(index.typical_s(0), 0);
    assert.equal(index.within(0, 0, 100).length, 0);
    assert.equal(index.at(0, 1, 0, 127), -1);
    assert.equal(index.from(0, 1), -1);
    assert.equal(index.isLocked(0, 0, 100), false);
    assert.equal(index.cover(0, 0, 10, 1, new Float32Array(128 * 10)), 0);
  }
});

test("tracks have their ranges, those without notes too", () => {
  const index = new NotesIndex(
    notes([0, 1, 60, 80, 0, 0], [2, 5, 67, 80, 0, 0], [0, 0.5, 40, 80, 2, 0]),
  );
  assert.deepEqual([0, 1, 2, 3].map((track) => index.count(track)), [2, 0, 1, 0]);
  assert.deepEqual(index.range(2), [2, 3]);
  assert.deepEqual(index.pitches(0), [60, 67]);
  assert.equal(index.pitches(1), null);
  assert.equal(index.typical_s(2), 0.5);
});

test("notes that began long before a stretch are in it, those that end where it begins are not", () => {
  const pedal = [0, 500, 24, 64, 0, 0];
  const short = Array.from({ length: 300 }, (_, at) => [at + 1, at + 1.5, 60, 64, 0, 0]);
  const index = new NotesIndex(notes(pedal, ...short));
  assert.deepEqual([...index.within(0, 250.6, 252.6)], [0, 251, 252]);
  assert.deepEqual([...index.within(0, 250.5, 251)], [0], "edges do not touch");
  assert.deepEqual([...index.within(0, 500, 600)], []);
});

test("what is in a stretch is what looking at each note finds", () => {
  const columns = many(5000, 6);
  const index = new NotesIndex(columns);
  const stretches = [[0, 0, 600], [1, 100, 101], [3, 599, 600], [5, 300, 300.01], [4, 0, 0.5]];
  for (const [track, start_s, end_s] of stretches) {
    const expected = [];
    for (let at = 0; at < columns.length; at += 1) {
      const isWithin = columns.start_s[at] < end_s && columns.end_s[at] > start_s;
      if (columns.track[at] === track && isWithin) expected.push(at);
    }
    assert.deepEqual([...index.within(track, start_s, end_s)], expected);
  }
});

test("of notes over one another the one that began last is under the pointer, then the shortest", () => {
  const index = new NotesIndex(
    notes([0, 8, 60, 64, 0, 0], [2, 6, 60, 64, 0, 0], [2, 4, 60, 64, 0, 0], [3, 5, 72, 64, 0, 0]),
  );
  assert.equal(index.at(0, 1, 59, 61), 0);
  assert.equal(index.at(0, 3, 59, 61), 2);
  assert.equal(index.at(0, 5, 59, 61), 1);
  assert.equal(index.at(0, 7, 59, 61), 0);
  assert.equal(index.at(0, 3, 59, 80), 3, "the one of another pitch began later");
  assert.equal(index.at(0, 3, 62, 70), -1);
});

test("a note that is missed by little is meant where none is hit", () => {
  const index = new NotesIndex(notes([1, 2, 60, 64, 0, 0], [2.1, 3, 60, 64, 0, 0]));
  assert.equal(index.at(0, 0.9, 60, 60, 0.05), -1);
  assert.equal(index.at(0, 0.9, 60, 60, 0.2), 0);
  assert.equal(index.at(0, 2.02, 60, 60, 0.2), 0, "the nearer one");
  assert.equal(index.at(0, 2.08, 60, 60, 0.2), 1);
  assert.equal(index.at(0, 1.95, 60, 60, 0.2), 0, "one that is hit, though the next begins later");
});

test("the first note behind a time is found, behind all the last", () => {
  const index = new NotesIndex(notes([9, 10, 50, 64, 0, 0], [1, 2, 60, 64, 1, 0], [3, 4, 60, 64, 1, 0]));
  assert.deepEqual([0, 1, 2, 3, 50].map((time_s) => index.from(1, time_s)), [1, 1, 2, 2, 2]);
});

test("a stretch is locked when all notes that begin in it are", () => {
  const index = new NotesIndex(
    notes([0, 1, 60, 64, 0, 0], [2, 3, 60, 64, 0, 1], [3, 9, 60, 64, 0, 1], [5, 6, 60, 64, 0, 0]),
  );
  assert.equal(index.isLocked(0, 2, 5), true);
  assert.equal(index.isLocked(0, 2, 5.5), false);
  assert.equal(index.isLocked(0, 0, 3), false);
  assert.equal(index.isLocked(0, 3.5, 5), false, "where nothing begins nothing is locked");
});

test("how much of a pixel column a pitch sounds is added up, to one at most", () => {
  const index = new NotesIndex(
    notes([1.25, 1.5, 60, 64, 0, 0], [1.5, 3.5, 62, 64, 0, 0], [1.75, 2, 60, 64, 0, 0], [2, 4, 62, 64, 0, 0]),
  );
  const cover = new Float32Array(3 * 4).fill(9);
  assert.equal(index.cover(0, 1, 4, 1, cover), 3, "three pitches");
  assert.deepEqual([...cover.subarray(0, 4)], [0.5, 0, 0, 0]);
  assert.deepEqual([...cover.subarray(4, 8)], [0, 0, 0, 0]);
  assert.deepEqual([...cover.subarray(8, 12)], [0.5, 1, 1, 0]);
});

test("a hundred thousand notes are searched, not walked through", () => {
  const index = new NotesIndex(many(100_000, 1));
  let looked = 0;
  const ends = index.notes.end_s;
  index.notes = { ...index.notes, end_s: new Proxy(ends, { get: (of, at) => ((looked += 1), of[at]) }) };
  const found = index.within(0, 300, 300.5);
  assert.ok(found.length > 100);
  assert.ok(looked < 60_000, `${looked} ends were looked at`);
  looked = 0;
  index.within(0, 1, 1.1);
  assert.ok(looked < 1000, `${looked} ends were looked at`);
});
