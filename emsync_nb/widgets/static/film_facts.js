/** What lanes need of a film: its frames, its length, its timecode; and stretches that are drawn over it. */

import { frameWithin } from "./boundary_edits.js";
import { asTimecode, frameTime } from "./timecode.js";

/** How far a pointer moves before a press is a drag, in pixels. */
export const DRAG_PX = 3;

/** Frame rate, length and where the timecode begins, of a film that may not be there yet. */
export function filmOf(workspace) {
  const film = workspace.get("film") ?? {};
  return {
    fps: film.fps ?? [25, 1],
    duration_s: film.duration_s ?? workspace.axis.duration_s,
    start_timecode: film.start_timecode ?? "00:00:00:00",
  };
}

/** The timecode of a time, in seconds of film. */
export function timecodeOf(workspace, time_s) {
  const { fps, start_timecode } = filmOf(workspace);
  return asTimecode(time_s, fps, start_timecode);
}

/**
 * A press that draws a stretch from frame to frame, such as a selection or a loop.
 * @param {{x: number, time_s: number}} from where it began
 * @param {(start_s: ?number, end_s?: number) => void} setStretch null takes it away
 * @param {() => void} clicked it was no drag
 * @param {?number[]} before what a cancelled one goes back to
 */
export function stretchDrag(workspace, from, { setStretch, clicked, before }) {
  let isDrag = false;
  const onFrame = (time_s) => {
    const film = filmOf(workspace);
    // the very end is an edge of stretches, though no frame begins there
    return time_s >= film.duration_s ? film.duration_s : frameTime(frameWithin(time_s, film), film.fps);
  };
  return {
    move(point) {
      isDrag ||= Math.abs(point.x - from.x) >= DRAG_PX;
      if (isDrag) setStretch(onFrame(from.time_s), onFrame(point.time_s));
    },
    end(point) {
      if (!isDrag) clicked(point);
    },
    cancel() {
      if (before) setStretch(...before);
      else setStretch(null);
    },
  };
}

/** A press with Shift: it selects a stretch; a click alone selects nothing any more. */
export function selectionDrag(workspace, from) {
  const setStretch = (start_s, end_s) => workspace.select(start_s, end_s);
  const clicked = () => workspace.select(null);
  return stretchDrag(workspace, from, { setStretch, clicked, before: workspace.view.selection });
}
