/** All notes of a score by track and time: those in view, the one under a pointer, their density. Pure. */

/** Notes that share one maximum of ends: whole blocks which have ended are skipped. */
const BLOCK = 64;
const NONE = { start_s: [], end_s: [], pitch: [], velocity: [], track: [], locked: [], length: 0 };

export class NotesIndex {
  /**
   * @param {?object} notes columns start_s, end_s, pitch, velocity, track, locked, and their length;
   *   sorted by track, then start
   */
  constructor(notes = null) {
    this.notes = notes ?? NONE;
    this.length = this.notes.length;
    this.tracks = trackRanges(this.notes);
    this.blocks = blockEnds(this.notes.end_s, this.length);
    this.found = new Int32Array(this.length);
  }

  /** First note of a track, and the one behind its last. */
  range(track) {
    return this.tracks[track]?.range ?? [0, 0];
  }

  /** How many notes a track has. */
  count(track) {
    const [first, behind] = this.range(track);
    return behind - first;
  }

  /** Lowest and highest pitch of a track; null without notes. */
  pitches(track) {
    return this.tracks[track]?.pitches ?? null;
  }

  /** How long notes of a track are, in the middle, in seconds; 0 without notes. */
  typical_s(track) {
    return this.tracks[track]?.typical_s ?? 0;
  }

  /**
   * Notes of a track that sound in a stretch, in order of start; those too that began long before it.
   * @returns {Int32Array} their numbers, until the next question
   */
  within(track, start_s, end_s) {
    const { start_s: starts, end_s: ends } = this.notes;
    const [first, behind] = this.range(track);
    const last = lowestFrom(starts, end_s, first, behind);
    let count = 0;
    for (let at = first; at < last; at += 1) {
      if (this.blocks[(at / BLOCK) | 0] <= start_s) at |= BLOCK - 1;
      else if (ends[at] > start_s) this.found[count++] = at;
    }
    return this.found.subarray(0, count);
  }

  /**
   * The note of a track at a time and between two pitches, or −1. Of several the one that began last is
   * meant, of those the shortest; one that is missed by `slack_s` counts where none is hit.
   */
  at(track, time_s, lowPitch, highPitch, slack_s = 0) {
    const { start_s, end_s, pitch } = this.notes;
    let [best, bestMissed_s] = [-1, Infinity];
    for (const at of this.within(track, time_s - slack_s, time_s + slack_s + 1e-6)) {
      if (pitch[at] < lowPitch || pitch[at] > highPitch) continue;
      const missed_s = Math.max(0, start_s[at] - time_s, time_s - end_s[at]);
      const isShorter = best >= 0 && start_s[at] === start_s[best] && end_s[at] > end_s[best];
      if (missed_s > bestMissed_s || (missed_s === bestMissed_s && isShorter)) continue;
      [best, bestMissed_s] = [at, missed_s];
    }
    return best;
  }

  /** The first note of a track that begins at a time or behind it, else its last; −1 without notes. */
  from(track, time_s) {
    const [first, behind] = this.range(track);
    if (first === behind) return -1;
    return Math.min(lowestFrom(this.notes.start_s, time_s, first, behind), behind - 1);
  }

  /** Whether a stretch of a track has notes that begin in it, and all of these are locked. */
  isLocked(track, start_s, end_s) {
    const [first, behind] = this.range(track);
    const from = lowestFrom(this.notes.start_s, start_s, first, behind);
    const to = lowestFrom(this.notes.start_s, end_s, first, behind);
    for (let at = from; at < to; at += 1) if (!this.notes.locked[at]) return false;
    return to > from;
  }

  /**
   * How much of each pixel column each pitch of a track sounds: what is painted where notes are too short to
   * be seen one by one.
   * @param {Float32Array} cover gets 0 … 1, pitch after pitch from the track's lowest, `columns` each
   * @returns {number} how many pitches that are
   */
  cover(track, first_px, columns, perPixel_s, cover) {
    const range = this.pitches(track);
    if (!range) return 0;
    const { start_s, end_s, pitch } = this.notes;
    const [low, high] = range;
    cover.fill(0, 0, (high - low + 1) * columns);
    for (const at of this.within(track, first_px * perPixel_s, (first_px + columns) * perPixel_s)) {
      const row = (pitch[at] - low) * columns;
      const from = Math.max(0, start_s[at] / perPixel_s - first_px);
      const to = Math.min(columns, end_s[at] / perPixel_s - first_px);
      for (let column = Math.floor(from); column < to; column += 1) {
        const share = Math.min(to, column + 1) - Math.max(from, column);
        cover[row + column] = Math.min(1, cover[row + column] + share);
      }
    }
    return high - low + 1;
  }
}

/** Index of the first of some sorted numbers, between two indices, that is at or above a value. */
function lowestFrom(sorted, value, first, behind) {
  let [low, high] = [first, behind];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sorted[middle] < value) low = middle + 1;
    else high = middle;
  }
  return low;
}

function trackRanges({ start_s, end_s, pitch, track, length }) {
  const found = [];
  for (let first = 0, behind = 0; first < length; first = behind) {
    const number = track[first];
    let [low, high] = [127, 0];
    for (behind = first; behind < length && track[behind] === number; behind += 1) {
      if (pitch[behind] < low) low = pitch[behind];
      if (pitch[behind] > high) high = pitch[behind];
    }
    const typical_s = middleLength_s(start_s, end_s, first, behind);
    found[number] = { range: [first, behind], pitches: [low, high], typical_s };
  }
  return found;
}

function middleLength_s(start_s, end_s, first, behind) {
  const lengths_s = end_s.slice(first, behind).map((end, at) => end - start_s[first + at]);
  return lengths_s.sort()[lengths_s.length >> 1];
}

function blockEnds(end_s, length) {
  const blocks = new Float64Array(Math.ceil(length / BLOCK)).fill(-Infinity);
  for (let at = 0; at < length; at += 1) {
    const block = (at / BLOCK) | 0;
    if (end_s[at] > blocks[block]) blocks[block] = end_s[at];
  }
  return blocks;
}
