/** Which notes of a piano roll are selected: all of one track; the one that was taken last leads. Pure. */

import { pitchesNear } from "./roll_rows.js";

export class NoteSelection {
  constructor() {
    this.notes = new Set();
    this.last = -1;
  }

  get size() {
    return this.notes.size;
  }

  /** Their numbers, in order of start. */
  get inOrder() {
    return [...this.notes].sort((one, other) => one - other);
  }

  /** These notes, and no others. */
  take(list) {
    this.notes = new Set(list);
    this.last = list.at(-1) ?? -1;
  }

  /**
   * One more note; where others are of another track, it alone.
   * @param {ArrayLike<number>} track of each note
   */
  add(at, track) {
    if (this.last >= 0 && track[this.last] !== track[at]) this.notes.clear();
    this.notes.add(at);
    this.last = at;
  }

  /** Add a note, or let it go. */
  toggle(at, track) {
    if (!this.notes.delete(at)) return this.add(at, track);
    this.last = this.inOrder.at(-1) ?? -1;
    return undefined;
  }
}

/**
 * Notes of a row that a rectangle touches.
 * @param {NotesIndex} index
 * @param {object} row of roll_rows.js
 * @param {{time_s: number, y_px: number}} from one corner; y_px from the first row's top
 * @param {{time_s: number, y_px: number}} to the other
 */
export function notesIn(index, row, from, to) {
  const { pitch } = index.notes;
  const [start_s, end_s] = [Math.min(from.time_s, to.time_s), Math.max(from.time_s, to.time_s)];
  const high = pitchesNear(row, Math.min(from.y_px, to.y_px), 0)[1];
  const low = pitchesNear(row, Math.max(from.y_px, to.y_px), 0)[0];
  return [...index.within(row.track, start_s, end_s)].filter((at) => pitch[at] >= low && pitch[at] <= high);
}

/** Whether two tables of notes differ in nothing but locks and velocities. */
export function isSameMusic(one, other) {
  if (one.length !== other.length) return false;
  return ["track", "start_s", "end_s", "pitch"].every((name) =>
    one[name].every((value, at) => value === other[name][at]),
  );
}

/** How many notes of each track are locked: a sparse array. */
export function lockedCounts({ track, locked, length }) {
  const counts = [];
  for (let at = 0; at < length; at += 1) {
    if (locked[at]) counts[track[at]] = (counts[track[at]] ?? 0) + 1;
  }
  return counts;
}
