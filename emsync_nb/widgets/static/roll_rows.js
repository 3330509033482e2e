/** Where the tracks of a piano roll lie, and pitches in them, in pixels from the first row's top. Pure. */

/** Height of a row that is closed, and of one that is open, in pixels. */
export const CLOSED_PX = 28;
export const OPEN_PX = 148;
/** Above and below the notes of a row. */
const CLOSED_PAD_PX = 3;
const OPEN_PAD_PX = 8;
/** A row spans so many semitones at least, so that a single pitch is no thick bar. */
const LEAST_PITCHES = 12;
const MIDDLE_C = 60;

/**
 * Rows from above.
 * @param {{name: string}[]} tracks
 * @param {(track: number) => ?[number, number]} pitchesOf lowest and highest pitch
 * @param {Set<string>} open names of tracks whose pitches are spread out
 * @returns {object[]} {track, isOpen, top_px, height_px, low, span, step_px, note_px}: pitch `low` lies
 *   lowest, `span` semitones have room, `step_px` each; `note_px` is the height of a note
 */
export function rowsOf(tracks, pitchesOf, open) {
  let top_px = 0;
  return tracks.map(({ name }, track) => {
    const isOpen = open.has(name);
    const height_px = isOpen ? OPEN_PX : CLOSED_PX;
    const row = { track, isOpen, top_px, height_px, ...scale(pitchesOf(track), isOpen, height_px) };
    top_px += height_px;
    return row;
  });
}

function scale(pitches, isOpen, height_px) {
  const [lowest, highest] = pitches ?? [MIDDLE_C, MIDDLE_C];
  const missing = Math.max(0, LEAST_PITCHES - (highest - lowest + 1));
  const low = lowest - Math.floor(missing / 2);
  const span = highest - lowest + 1 + missing;
  const step_px = (height_px - 2 * (isOpen ? OPEN_PAD_PX : CLOSED_PAD_PX)) / span;
  const note_px = Math.min(Math.max(step_px * 1.1, 3), isOpen ? 9 : 5);
  return { low, span, step_px, note_px };
}

/** The height of all rows together. */
export function totalHeight_px(rows) {
  const last = rows.at(-1);
  return last ? last.top_px + last.height_px : 0;
}

/** The middle of a pitch in a row, from the first row's top. */
export function pitchY(row, pitch) {
  const pad_px = (row.height_px - row.step_px * row.span) / 2;
  return row.top_px + pad_px + (row.low + row.span - pitch - 0.5) * row.step_px;
}

/** Lowest and highest pitch whose note touches a place, give or take so many pixels. */
export function pitchesNear(row, y_px, slack_px) {
  const reach = (row.note_px / 2 + slack_px) / row.step_px;
  const pitch = row.low + (pitchY(row, row.low) - y_px) / row.step_px;
  return [pitch - reach, pitch + reach];
}

/** The row at a place, or null. */
export function rowAt(rows, y_px) {
  return rows.find((row) => y_px >= row.top_px && y_px < row.top_px + row.height_px) ?? null;
}

/** How far rows are to be scrolled so that one of them is in view. */
export function scrollTo_px(row, scroll_px, height_px) {
  const highest_px = row.top_px + row.height_px - height_px;
  return Math.min(Math.max(scroll_px, highest_px), row.top_px);
}

/**
 * Where the thumb of a scroll bar lies; null where all is in view.
 * @returns {?{top_px: number, height_px: number, perPixel: number}} perPixel: how far a pixel scrolls
 */
export function thumb(total_px, height_px, scroll_px) {
  if (total_px <= height_px) return null;
  const length_px = Math.max(24, (height_px * height_px) / total_px);
  const perPixel = (total_px - height_px) / (height_px - length_px);
  return { top_px: scroll_px / perPixel, height_px: length_px, perPixel };
}
