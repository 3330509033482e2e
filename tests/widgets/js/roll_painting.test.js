import assert from "node:assert/strict";
import test from "node:test";

import { NotesIndex } from "../../../emsync_nb/widgets/static/notes_index.js";
import { SHADES, paintPart, pixel, shades } from "../../../emsync_nb/widgets/static/roll_painting.js";
import {
  CLOSED_PX,
  OPEN_PX,
  pitchY,
  pitchesNear,
  rowAt,
  rowsOf,
  scrollTo_px,
  thumb,
  totalHeight_px,
} from "../../../emsync_nb/widgets/static/roll_rows.js";
import {
  barAt,
  barStretch,
  beatAt,
  decibelWords,
  lockedWords,
  noteWords,
  notesWords,
  pitchName,
  rollWords,
  trackWords,
} from "../../../emsync_nb/widgets/static/roll_words.js";

const LOCK = 7;
const COLOURS = Uint32Array.from({ length: SHADES }, (_, at) => 100 + at);

function notes(...rows) {
  const names = ["start_s", "end_s", "pitch", "velocity", "track", "locked"];
  const columns = names.map((_, at) => Float32Array.from(rows, (row) => row[at]));
  return { ...Object.fromEntries(names.map((name, at) => [name, columns[at]])), length: rows.length };
}

/** Tracks of notes as painted: a function from x and y to the pixel there. */
function painted(columns, { width = 100, tracks = 1, open = [], ...changes } = {}) {
  const index = new NotesIndex(columns);
  const names = Array.from({ length: tracks }, (_, at) => ({ name: `T${at}` }));
  const rows = rowsOf(names, (track) => index.pitches(track), new Set(open)).map((row) => ({
    ...row,
    colours: COLOURS,
    lock: LOCK,
    hasLocks: columns.locked.some(Boolean),
    isSilent: changes.isSilent,
  }));
  const height = changes.height ?? totalHeight_px(rows);
  const pixels = new Uint32Array(width * height).fill(1);
  const part = { width, height, first_px: 0, perPixel_s: 0.1, ratio: 1, scroll_px: 0, ...changes };
  paintPart(pixels, part, index, rows);
  const row = (y) => [...pixels.subarray(y * width, (y + 1) * width)];
  return { at: (x, y) => pixels[y * width + x], row, rows, pixels };
}

/** Where a line of pixels has any colour: [from, behind] of each run. */
function runs(line) {
  const found = [];
  line.forEach((colour, x) => {
    if (!colour) return;
    if (found.at(-1)?.[1] === x) found.at(-1)[1] += 1;
    else found.push([x, x + 1]);
  });
  return found;
}

function middle(picture, pitch, track = 0) {
  return Math.floor(pitchY(picture.rows[track], pitch));
}

// — rows —

test("rows lie under one another, open ones are higher", () => {
  const tracks = ["a", "b", "c"].map((name) => ({ name }));
  const rows = rowsOf(tracks, () => [40, 80], new Set(["b"]));
  assert.deepEqual(rows.map((row) => row.top_px), [0, CLOSED_PX, CLOSED_PX + OPEN_PX]);
  assert.ok(OPEN_PX >= 120);
  assert.equal(totalHeight_px(rows), 2 * CLOSED_PX + OPEN_PX);
  assert.equal(totalHeight_px([]), 0);
  assert.equal(rowAt(rows, CLOSED_PX).track, 1);
  assert.equal(rowAt(rows, CLOSED_PX - 0.5).track, 0);
  assert.equal(rowAt(rows, totalHeight_px(rows)), null);
});

test("all pitches of a track have room, the highest above", () => {
  for (const pitches of [[60, 60], [21, 108], [0, 127], [40, 52], null]) {
    for (const open of [new Set(), new Set(["a"])]) {
      const [row] = rowsOf([{ name: "a" }], () => pitches, open);
      const [low, high] = pitches ?? [60, 60];
      assert.ok(pitchY(row, high) - row.step_px / 2 >= 0);
      assert.ok(pitchY(row, low) + row.step_px / 2 <= row.height_px);
      assert.ok(low === high || pitchY(row, high) < pitchY(row, low));
    }
  }
});

test("a pitch is near where its note lies", () => {
  const [row] = rowsOf([{ name: "a" }], () => [48, 72], new Set(["a"]));
  for (const pitch of [48, 60, 72]) {
    const [low, high] = pitchesNear(row, pitchY(row, pitch), 0);
    assert.ok(low < pitch && pitch < high && high - low < 4);
  }
  const [low, high] = pitchesNear(row, pitchY(row, 60) + 3 * row.step_px, 0);
  assert.ok(low < 57 && 57 < high && high < 60);
});

test("rows are scrolled no further than it takes", () => {
  const row = { top_px: 100, height_px: 30 };
  assert.equal(scrollTo_px(row, 0, 200), 0);
  assert.equal(scrollTo_px(row, 0, 90), 40);
  assert.equal(scrollTo_px(row, 150, 90), 100);
});

test("the thumb reaches from end to end", () => {
  assert.equal(thumb(200, 200, 0), null);
  const ends = [thumb(1000, 200, 0), thumb(1000, 200, 800)];
  assert.equal(ends[0].top_px, 0);
  assert.ok(Math.abs(ends[1].top_px + ends[1].height_px - 200) < 1e-9);
  assert.ok(Math.abs(ends[0].perPixel * (200 - ends[0].height_px) - 800) < 1e-9);
  assert.equal(thumb(100_000, 200, 0).height_px, 24, "it can be caught");
});

// — colours —

test("louder notes have more of their track's colour, muted ones little", () => {
  assert.equal(pixel([0x12, 0x34, 0x56]), 0xff563412);
  const red = (colour) => colour & 255;
  const blue = (colour) => (colour >> 16) & 255;
  const loud = shades([0, 0, 255], [255, 255, 255], false);
  assert.equal(loud.length, SHADES);
  assert.equal(loud[SHADES - 1], 0xffff0000);
  loud.slice(1).forEach((colour, at) => assert.ok(red(colour) < red(loud[at])));
  assert.ok(loud.every((colour) => blue(colour) === 255));
  const muted = shades([0, 0, 255], [255, 255, 255], true);
  assert.ok(red(muted[SHADES - 1]) > red(loud[0]), "muted, the loudest is paler than the softest is else");
});

// — notes —

test("a silent note is dotted, alike in parts that follow each other", () => {
  const columns = notes([1, 3, 60, 64, 0, 0]);
  const [heard, silent, next] = [{}, { isSilent: true }, { isSilent: true, first_px: 15 }].map((changes) =>
    painted(columns, changes),
  );
  const y = middle(heard, 60);
  const count = (picture) => picture.row(y).filter(Boolean).length;
  assert.equal(count(heard), 19);
  assert.ok([9, 10].includes(count(silent)), "half of it");
  for (let x = 0; x < 20; x += 1) assert.equal(next.at(x, y), silent.at(x + 15, y));
  const dense = { perPixel_s: 1.5 };
  const short = notes(...Array.from({ length: 100 }, (_, at) => [at, at + 1, 60, 64, 0, 0]));
  const [full, half] = [dense, { ...dense, isSilent: true }].map((changes) => count(painted(short, changes)));
  assert.equal(half, full / 2 + (full % 2) / 2);
});

test("a note is a bar from its beginning to its end", () => {
  const picture = painted(notes([1, 3, 60, 64, 0, 0]));
  const y = middle(picture, 60);
  assert.deepEqual(runs(picture.row(y)), [[10, 29]], "less one pixel, so that the next one is seen to begin");
  assert.equal(picture.at(15, y), COLOURS[8]);
  assert.deepEqual(runs(picture.row(0)), []);
});

test("notes that are struck again are seen apart, very short ones are seen at all", () => {
  const picture = painted(notes([1, 2, 60, 64, 0, 0], [2, 3, 60, 64, 0, 0], [8, 8.01, 60, 64, 0, 0]));
  assert.deepEqual(runs(picture.row(middle(picture, 60))), [[10, 19], [20, 29], [80, 81]]);
});

test("velocity is lightness", () => {
  const picture = painted(notes([1, 2, 60, 1, 0, 0], [3, 4, 60, 127, 0, 0]));
  const y = middle(picture, 60);
  assert.equal(picture.at(12, y), COLOURS[0]);
  assert.equal(picture.at(32, y), COLOURS[SHADES - 1]);
});

test("parts side by side show what one wide part shows", () => {
  const columns = notes([1, 9, 60, 64, 0, 1], [4.3, 5.7, 64, 90, 0, 0], [4.9, 5.3, 67, 20, 0, 1]);
  const whole = painted(columns, { open: ["T0"] });
  const parts = [0, 50].map((first_px) => painted(columns, { width: 50, first_px, open: ["T0"] }));
  for (let y = 0; y < OPEN_PX; y += 1) {
    assert.deepEqual([...parts[0].row(y), ...parts[1].row(y)], whole.row(y), `line ${y}`);
  }
});

test("locked notes are hatched and outlined, others are not", () => {
  const picture = painted(notes([1, 4, 60, 64, 0, 1], [5, 8, 60, 64, 0, 0]), { open: ["T0"] });
  const lines = Array.from({ length: OPEN_PX }, (_, y) => y).filter((y) => picture.at(12, y));
  const top = picture.row(lines[0]);
  assert.ok(top.slice(10, 39).every((colour) => colour === LOCK), "the upper edge");
  const inside = picture.row(lines[1]).slice(11, 38);
  assert.ok(inside.includes(LOCK) && inside.includes(COLOURS[8]), "diagonals within");
  assert.ok(!picture.row(lines[1]).slice(50, 79).includes(LOCK));
});

test("rows that are scrolled away are cut off, not painted over others", () => {
  const columns = notes([1, 3, 60, 64, 0, 0], [1, 3, 60, 64, 1, 0]);
  const still = painted(columns, { tracks: 2 });
  const height = CLOSED_PX;
  const scrolled = painted(columns, { tracks: 2, height, scroll_px: 10 });
  for (let y = 0; y < height - 1; y += 1) assert.deepEqual(scrolled.row(y), still.row(y + 10), `line ${y}`);
});

test("on fine screens notes have all of their pixels", () => {
  const picture = painted(notes([1, 3, 60, 64, 0, 0]), { ratio: 2, perPixel_s: 0.05, height: 2 * CLOSED_PX });
  assert.deepEqual(runs(picture.row(2 * middle(picture, 60))), [[20, 59]]);
});

test("a part without notes is empty", () => {
  assert.ok(painted(notes()).pixels.every((colour) => colour === 0));
  assert.ok(painted(notes([1, 3, 60, 64, 0, 0]), { first_px: 500 }).pixels.every((colour) => colour === 0));
});

// — density —

test("notes too short to be told apart are painted by how much they sound", () => {
  const rows = Array.from({ length: 200 }, (_, at) => {
    const start_s = at * 0.05;
    return [start_s, start_s + (at < 100 ? 0.01 : 0.05), 60, 64, 0, 0];
  });
  const picture = painted(notes(...rows), { perPixel_s: 0.1 });
  const y = middle(picture, 60);
  const [seldom, always] = [picture.at(20, y), picture.at(80, y)];
  assert.ok(seldom >= COLOURS[0] && seldom < COLOURS[6], "a fifth of the time");
  assert.equal(always, COLOURS[SHADES - 1]);
});

test("a lonely short note is seen however far away", () => {
  const picture = painted(notes([300, 300.2, 60, 64, 0, 0]), { perPixel_s: 10 });
  assert.deepEqual(runs(picture.row(middle(picture, 60))), [[30, 31]]);
});

test("density is hatched where notes are locked, and only there", () => {
  const isHeld = (at) => at >= 40 && at < 60;
  const rows = Array.from({ length: 100 }, (_, at) => [at * 0.1, at * 0.1 + 0.1, 60, 64, 0, isHeld(at)]);
  const picture = painted(notes(...rows));
  const line = picture.row(middle(picture, 60));
  assert.ok(line.slice(40, 60).includes(LOCK));
  assert.ok(!line.slice(0, 39).includes(LOCK) && !line.slice(61).includes(LOCK));
  assert.ok(line.slice(40, 60).some((colour) => colour !== LOCK), "stripes, not a colour alone");
});

test("a single locked note among short ones is hatched on its own pitch", () => {
  const row = (_, at) => [at / 8, (at + 1) / 8, at % 2 ? 67 : 60, 64, 0, at === 51];
  const rows = Array.from({ length: 100 }, row);
  const picture = painted(notes(...rows), { open: ["T0"], perPixel_s: 1 / 8 });
  const found = [...picture.pixels].flatMap((colour, at) => (colour === LOCK ? [at] : []));
  assert.ok(found.length > 0);
  for (const at of found) {
    assert.equal(at % 100, 51);
    assert.ok(Math.abs(Math.floor(at / 100) - middle(picture, 67)) <= picture.rows[0].note_px);
  }
});

// — words —

/** Bars of four: 120 bpm up to 4 s, then 60. */
function clicks() {
  const time_s = [0, 0.5, 1, 1.5, 2, 2.5, 3, 3.5, 4, 5, 6, 7];
  const bpm = time_s.map((at_s) => (at_s < 4 ? 120 : 60));
  const bar = time_s.map((_, at) => (at % 4 ? 0 : at / 4 + 1));
  const [times, tempi, bars] = [time_s, bpm, bar].map((column) => Float32Array.from(column));
  return { time_s: times, bpm: tempi, bar: bars, length: time_s.length };
}

test("pitches have their names", () => {
  assert.deepEqual([0, 21, 60, 61, 70, 127].map(pitchName), ["C-1", "A0", "C4", "C♯4", "B♭4", "G9"]);
});

test("beats and bars are found, before the first and behind the last too", () => {
  assert.equal(beatAt(clicks(), 0.25), 0.5);
  assert.equal(beatAt(clicks(), 4.5), 8.5);
  assert.equal(beatAt(clicks(), 7.5), 11.5);
  assert.ok(Number.isNaN(beatAt(null, 1)));
  assert.deepEqual(barAt(clicks(), 2.2, 60), { bar: 2, start_s: 2, end_s: 4 });
  assert.deepEqual(barAt(clicks(), 2, 60), { bar: 2, start_s: 2, end_s: 4 });
  assert.deepEqual(barAt(clicks(), 30, 60), { bar: 3, start_s: 4, end_s: 8 });
  assert.deepEqual(barAt(clicks(), 30, 7.5), { bar: 3, start_s: 4, end_s: 7.5 });
  assert.equal(barAt(null, 1, 60), null);
});

test("a stretch is widened to whole bars, whichever way it was drawn", () => {
  assert.deepEqual(barStretch(clicks(), 3.9, 2.1, 60), [2, 4]);
  assert.deepEqual(barStretch(clicks(), 1, 5, 60), [0, 8]);
  assert.deepEqual(barStretch(null, 5, 1, 60), [1, 5]);
});

test("a note is told by pitch, velocity, bar and length", () => {
  const columns = notes([2.5, 3.25, 62, 80, 0, 1], [0, 0.5, 38, 90, 0, 0]);
  assert.deepEqual(noteWords(columns, 0, clicks()), [
    "D4", "velocity 80", "bar 2 beat 2", "1.5 beats", "0.75 s", "locked",
  ]);
  assert.deepEqual(noteWords(columns, 1, clicks(), true).slice(0, 4), [
    "drum 38", "velocity 90", "bar 1 beat 1", "1 beat",
  ]);
  assert.deepEqual(noteWords(columns, 0, null), ["D4", "velocity 80", "0.75 s", "locked"]);
});

test("selected notes are told: one by its pitch and place, several by number and bars", () => {
  const columns = notes([0, 0.5, 62, 80, 0, 0], [2.5, 3.25, 62, 80, 0, 1], [4, 5, 64, 80, 0, 1]);
  const viola = { name: "Viola" };
  assert.equal(notesWords(columns, [1], viola, clicks()), "D4 of Viola, bar 2 beat 2");
  assert.equal(notesWords(columns, [1], viola, null), "D4 of Viola");
  assert.equal(notesWords(columns, [0], { name: "Kit", is_drum: true }, null), "drum 62 of Kit");
  assert.equal(notesWords(columns, [0, 1, 2], viola, clicks()), "3 notes of Viola, bars 1 to 3");
  assert.equal(notesWords(columns, [1, 2], viola, null), "2 notes of Viola");
  const told = [[0], [1], [1, 2], [0, 1, 2]].map((list) => lockedWords(columns, list));
  assert.deepEqual(told, ["", "locked", "all locked", "2 of them locked"]);
});

test("tracks are told with their instruments, notes and ranges", () => {
  const violin = { name: "Violin I", instrument: "Strings", notes: 1204, muted: true, locked: true };
  assert.equal(trackWords(violin, [55, 93]), "Violin I, Strings, 1,204 notes from G3 to A6, muted, locked");
  const drums = { name: "Drums", instrument: "Drums", is_drum: true, notes: 1 };
  assert.equal(trackWords(drums, [35, 35]), "Drums, 1 note");
  assert.equal(trackWords({ name: "Bass", notes: 2 }, [36, 36]), "Bass, 2 notes, all C2");
  assert.equal(trackWords({ name: "Bass", notes: 0 }, null), "Bass, 0 notes");
  const held = { name: "Bass", notes: 2000, locked_notes: 1200 };
  assert.equal(trackWords(held, null), "Bass, 2,000 notes, 1,200 locked");
  assert.equal(trackWords({ ...held, locked: true }, null), "Bass, 2,000 notes, locked");
});

test("a roll is told as a whole", () => {
  assert.equal(rollWords([], () => null, undefined), "No music yet.");
  const tracks = [{ name: "A", notes: 1 }, { name: "B", notes: 2000 }];
  const told = rollWords(tracks, () => [60, 62], "B");
  const each = "A, 1 note from C4 to D4; B, 2,000 notes from C4 to D4.";
  assert.equal(told, `2 tracks, 2,001 notes. B is selected. ${each}`);
  const withNotes = rollWords(tracks, () => [60, 62], "B", "2 notes of B, bar 1");
  assert.equal(withNotes, `2 tracks, 2,001 notes. B is selected. Selected: 2 notes of B, bar 1. ${each}`);
});

test("volumes have a true minus", () => {
  assert.deepEqual([-6, 0, 1.5, -60].map(decibelWords), ["−6 dB", "0 dB", "+1.5 dB", "−60 dB"]);
});
