import assert from "node:assert/strict";
import test from "node:test";

import { NotesIndex } from "../../../emsync_nb/widgets/static/notes_index.js";
import { RollChoice } from "../../../emsync_nb/widgets/static/roll_choice.js";
import { addingOrBars, banding } from "../../../emsync_nb/widgets/static/roll_gestures.js";
import { RollLocks } from "../../../emsync_nb/widgets/static/roll_locks.js";
import { pitchY, rowsOf } from "../../../emsync_nb/widgets/static/roll_rows.js";
import {
  NoteSelection,
  isSameMusic,
  lockedCounts,
  notesIn,
} from "../../../emsync_nb/widgets/static/roll_selection.js";

const NAMES = ["start_s", "end_s", "pitch", "velocity", "track", "locked"];
/** Two tracks: a line of four notes over a held one, and two notes of a bass. */
const ROWS = [
  [0, 8, 48, 64, 0, 0],
  [0.1, 1, 60, 64, 0, 0],
  [2, 3, 62, 64, 0, 1],
  [4, 5, 64, 64, 0, 0],
  [6, 7, 65, 64, 0, 1],
  [0, 1, 36, 64, 1, 0],
  [4, 5, 38, 64, 1, 0],
];

function notes(rows = ROWS) {
  const columns = NAMES.map((_, at) => Float32Array.from(rows, (row) => row[at]));
  return { ...Object.fromEntries(NAMES.map((name, at) => [name, columns[at]])), length: rows.length };
}

/** As much of a lane as selecting needs. */
function lane(rows = ROWS) {
  const index = new NotesIndex(notes(rows));
  const tracks = [{ name: "Viola", locked: false }, { name: "Bass", locked: true }];
  const made = {
    index,
    tracks,
    rows: rowsOf(tracks, (track) => index.pitches(track), new Set(["Viola"])),
    clicks: null,
    duration_s: 8,
    said: [],
    asked: [],
    chosen: 0,
    bars: null,
    axis: { reveal: () => {} },
    workspace: {
      canEdit: true,
      view: { position_s: 3.5, selection: null },
      say: (text) => made.said.push(text),
      select: (...stretch) => (made.workspace.view.selection = stretch[0] === null ? null : stretch),
    },
    choose: (name) => (made.chosen = tracks.findIndex((track) => track.name === name)),
    ask: (request) => Promise.resolve(Boolean(made.asked.push(request))),
    reached: () => tracks[made.chosen]?.name,
    rowsY: (y) => y,
    showTools: () => {},
    changed: () => (made.isOld = true),
    wake: () => {},
  };
  made.choice = new RollChoice(made);
  return made;
}

/** What is asked and shown, without a page. */
function locksOf(made) {
  const locks = Object.create(RollLocks.prototype);
  const facts = {};
  const button = { setAttribute: (_, value) => (facts.pressed = value) };
  return Object.assign(locks, { lane: made, button, facts });
}

/** A place on a note, in pixels of 100 a second. */
function on(made, at, aside_s = 0.1) {
  const { start_s, pitch, track } = made.index.notes;
  const time_s = start_s[at] + aside_s;
  return { x: time_s * 100, y: pitchY(made.rows[track[at]], pitch[at]), time_s };
}

// — which —

test("one note alone, one more, and one less", () => {
  const chosen = new NoteSelection();
  const { track } = notes();
  assert.equal(chosen.last, -1);
  chosen.take([3]);
  chosen.toggle(1, track);
  assert.deepEqual([chosen.inOrder, chosen.last, chosen.size], [[1, 3], 1, 2]);
  chosen.toggle(1, track);
  assert.deepEqual([chosen.inOrder, chosen.last], [[3], 3]);
  chosen.toggle(3, track);
  assert.deepEqual([chosen.inOrder, chosen.last], [[], -1]);
});

test("a note of another track begins anew", () => {
  const chosen = new NoteSelection();
  chosen.take([1, 2]);
  chosen.toggle(5, notes().track);
  assert.deepEqual([chosen.inOrder, chosen.last], [[5], 5]);
});

test("a rectangle takes the notes that it touches, whichever way it is drawn", () => {
  const { index, rows } = lane();
  const y_px = (pitch) => pitchY(rows[0], pitch);
  const corners = [{ time_s: 2.5, y_px: y_px(65) }, { time_s: 6.5, y_px: y_px(62) }];
  assert.deepEqual(notesIn(index, rows[0], ...corners), [2, 3, 4]);
  assert.deepEqual(notesIn(index, rows[0], corners[1], corners[0]), [2, 3, 4]);
  const lower = [{ time_s: 3.1, y_px: y_px(63) }, { time_s: 9, y_px: y_px(40) }];
  assert.deepEqual(notesIn(index, rows[0], ...lower), [0], "one that began long before, none above");
  const empty = [{ time_s: 3.1, y_px: y_px(70) }, { time_s: 3.9, y_px: y_px(55) }];
  assert.deepEqual(notesIn(index, rows[0], ...empty), []);
});

test("locks change no music, a moved note does", () => {
  const locked = notes(ROWS.map((row) => [...row.slice(0, 5), 1]));
  const moved = notes(ROWS.map((row, at) => (at === 3 ? [4.25, ...row.slice(1)] : row)));
  assert.equal(isSameMusic(notes(), locked), true);
  assert.equal(isSameMusic(notes(), moved), false);
  assert.equal(isSameMusic(notes(), notes(ROWS.slice(1))), false);
});

test("locked notes are counted by track", () => {
  assert.deepEqual([0, 1].map((track) => lockedCounts(notes())[track] ?? 0), [2, 0]);
});

// — in the lane —

test("a selection stays when only locks have come, and goes with its music", () => {
  const { choice, index } = lane();
  choice.only(3);
  choice.renew(index.notes, notes(ROWS.map((row) => [...row.slice(0, 5), 1])));
  assert.deepEqual(choice.inOrder, [3]);
  choice.renew(index.notes, notes(ROWS.slice(1)));
  assert.deepEqual(choice.inOrder, []);
});

test("keys walk along a track, with shift they take notes along", () => {
  const made = lane();
  made.choice.atPlayhead();
  assert.deepEqual(made.choice.inOrder, [3]);
  made.choice.walk(1, false);
  made.choice.walk(1, false);
  assert.deepEqual(made.choice.inOrder, [4], "the track ends there");
  assert.match(made.said.at(-1), /^F4, velocity 64, .*locked$/);
  made.choice.walk(-1, true);
  made.choice.walk(-1, true);
  assert.deepEqual(made.choice.inOrder, [2, 3, 4]);
  assert.equal(made.said.at(-1), "Selected: 3 notes of Viola, 2 of them locked");
});

test("selected notes take the place of selected bars", () => {
  const made = lane();
  made.workspace.view.selection = [0, 4];
  made.choice.only(2);
  assert.equal(made.workspace.view.selection, null);
  assert.ok(made.isOld, "the text is told again");
});

test("shift and a click add a note, shift and a drag select bars", () => {
  const made = lane();
  made.choice.only(2);
  addingOrBars(made, on(made, 3), 3).end();
  assert.deepEqual(made.choice.inOrder, [2, 3]);
  const from = on(made, 3);
  const drag = addingOrBars(made, from, 3);
  drag.move({ ...from, x: from.x + 1 });
  assert.equal(made.workspace.view.selection, null, "a hand that trembles");
  drag.move({ ...from, x: from.x + 90, time_s: from.time_s + 0.9 });
  assert.equal(made.workspace.view.selection.length, 2);
  drag.cancel();
  assert.deepEqual(made.choice.inOrder, [2, 3]);
});

test("a rectangle is drawn, let go, or taken back", () => {
  const made = lane();
  const [from, to] = [on(made, 2), on(made, 4)];
  const drag = banding(made, from, made.rows[0], 2);
  drag.move({ ...from, x: from.x + 2 });
  assert.equal(made.choice.band, null);
  drag.move(to);
  assert.deepEqual(made.choice.inOrder, [2, 3, 4]);
  assert.ok(made.choice.band);
  drag.end(to);
  assert.deepEqual([made.choice.inOrder, made.choice.band], [[2, 3, 4], null]);
  const other = banding(made, on(made, 1), made.rows[0], 1);
  other.move(on(made, 1, 0.5));
  assert.deepEqual(made.choice.inOrder, [1]);
  other.cancel();
  assert.deepEqual([made.choice.inOrder, made.choice.band], [[2, 3, 4], null]);
  const more = banding(made, { ...on(made, 1), shift: true }, made.rows[0], 1);
  more.move(on(made, 1, 0.5));
  more.end();
  assert.deepEqual(made.choice.inOrder, [1, 2, 3, 4]);
});

// — locks —

test("selected notes are locked by second and pitch, and unlocked where all are", async () => {
  const made = lane();
  const locks = locksOf(made);
  made.choice.take([3, 2]);
  await locks.ask(locks.meant());
  const notes_at_s = [[2, 62], [4, 64]];
  assert.deepEqual(made.asked, [{ do: "lock", track: "Viola", notes_at_s }], "one of them is open still");
  assert.equal(made.said.at(-1), "Locked: 2 notes of Viola");
  made.choice.take([4]);
  await locks.ask(locks.meant());
  assert.deepEqual(made.asked.at(-1), { do: "unlock", track: "Viola", notes_at_s: [[6, 65]] });
  assert.equal(made.said.at(-1), "Unlocked: F4 of Viola");
});

test("without notes the track is meant, and the button says whether it is locked", () => {
  const made = lane();
  const locks = locksOf(made);
  locks.show();
  assert.deepEqual([locks.facts.pressed, locks.button.disabled], ["false", false]);
  made.chosen = 1;
  locks.show();
  assert.deepEqual([locks.meant().request, locks.facts.pressed], [{ track: "Bass" }, "true"]);
  made.workspace.canEdit = false;
  locks.show();
  assert.equal(locks.button.disabled, true);
  made.chosen = -1;
  made.workspace.canEdit = true;
  locks.show();
  assert.equal(locks.button.disabled, true);
});
