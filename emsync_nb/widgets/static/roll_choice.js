/** Selecting notes of a piano roll, and saying which: by pointer and by keys. */

import { NoteSelection, isSameMusic, notesIn } from "./roll_selection.js";
import { lockedWords, noteWords, notesWords } from "./roll_words.js";

export class RollChoice extends NoteSelection {
  /** @param {RollLane} lane whose notes they are */
  constructor(lane) {
    super();
    this.lane = lane;
    /** The rectangle that is being drawn: two points, or null. */
    this.band = null;
  }

  /** Other notes have come: those which are selected are gone, unless only locks have changed. */
  renew(before, now) {
    if (!before || !isSameMusic(before, now)) super.take([]);
  }

  /** Of another track than the selected one, none is. */
  keepTo(track) {
    if (this.last >= 0 && this.lane.index.notes.track[this.last] !== track) super.take([]);
  }

  /** Select one note alone, and come to it; −1: none. */
  only(at) {
    this.become(() => this.take(at < 0 ? [] : [at]));
  }

  toggleNote(at) {
    this.become(() => this.toggle(at, this.lane.index.notes.track));
  }

  /** What is in a rectangle between two points of a row, besides what was selected before. */
  within(row, from, to, before) {
    const { lane } = this;
    this.band = [from, to];
    const corners = [from, to].map(({ time_s, y }) => ({ time_s, y_px: lane.rowsY(y) }));
    const found = notesIn(lane.index, row, ...corners);
    this.take([...new Set([...before, ...found])]);
    lane.wake();
  }

  /** The one at the playhead, or the first behind it. */
  atPlayhead() {
    this.only(this.lane.index.from(this.lane.chosen, this.lane.workspace.view.position_s));
  }

  /** Select the note before or behind; `isMore`: besides the others. */
  walk(step, isMore) {
    const { index, chosen } = this.lane;
    const [first, behind] = index.range(chosen);
    const next = this.last + step;
    if (next < first || next >= behind) return;
    if (isMore) this.become(() => this.add(next, index.notes.track));
    else this.only(next);
  }

  /** Do something with the selection, show it and say it. */
  become(deed) {
    const { lane } = this;
    deed();
    if (this.size) {
      // notes or bars: what was selected last is what is meant
      lane.workspace.select(null);
      lane.choose(lane.tracks[lane.index.notes.track[this.last]].name);
      lane.axis.reveal(lane.index.notes.start_s[this.last]);
      lane.workspace.say(this.news());
    }
    this.changed();
  }

  changed() {
    this.lane.showTools();
    this.lane.changed();
  }

  /** Of one note all, of several how many. */
  news() {
    const { index, clicks } = this.lane;
    if (this.size > 1) return `Selected: ${this.told()}`;
    const track = this.lane.tracks[index.notes.track[this.last]];
    return noteWords(index.notes, this.last, clicks, track?.is_drum).join(", ");
  }

  /** Which notes are selected, such as "3 notes of Viola, bars 2 to 4". */
  words() {
    const { index, clicks, tracks } = this.lane;
    return notesWords(index.notes, this.inOrder, tracks[index.notes.track[this.last]], clicks);
  }

  /** The same, and how many are locked; "" where none are selected. */
  told() {
    if (!this.size) return "";
    const locked = lockedWords(this.lane.index.notes, this.inOrder);
    return locked ? `${this.words()}, ${locked}` : this.words();
  }
}
