/** What presses in a piano roll begin: notes or bars are selected, tracks scrolled, or the view moved. */

import { DRAG_PX } from "./film_facts.js";
import { barStretch } from "./roll_words.js";
import { barsInWords } from "./takes.js";

/** Whole bars, from the one that was pressed. */
export function selectingBars(lane, from) {
  const { workspace, clicks, duration_s } = lane;
  const before = workspace.view.selection;
  const select = (point) => workspace.select(...barStretch(clicks, from.time_s, point.time_s, duration_s));
  select(from);
  return {
    move: (point) => select(point),
    end: () => lane.bars && workspace.say(`${barsInWords(lane.bars)} selected`),
    cancel: () => (before ? workspace.select(...before) : workspace.select(null)),
  };
}

/** Shift on a note: a click adds it or lets it go, a drag selects bars. */
export function addingOrBars(lane, from, at) {
  const before = lane.choice.inOrder;
  let bars = null;
  return {
    move: (point) => {
      if (isDrag(from, point)) bars ??= selectingBars(lane, from);
      bars?.move(point);
    },
    end: () => (bars ? bars.end() : lane.choice.toggleNote(at)),
    cancel: () => {
      bars?.cancel();
      lane.choice.take(before);
      lane.choice.changed();
    },
  };
}

/** Ctrl: a rectangle selects notes of the row where it began, with shift besides the others; a click one. */
export function banding(lane, from, row, at) {
  const { choice } = lane;
  const before = choice.inOrder;
  const mine = from.shift ? before : [];
  const finish = () => {
    choice.band = null;
    choice.changed();
  };
  return {
    move: (point) => {
      if (choice.band || isDrag(from, point)) choice.within(row, from, point, mine);
    },
    end: () => {
      if (!choice.band && at >= 0) choice.toggleNote(at);
      else if (choice.band) choice.become(() => {});
      finish();
    },
    cancel: () => {
      choice.take(before);
      finish();
    },
  };
}

function isDrag(from, { x, y }) {
  return Math.hypot(x - from.x, y - from.y) >= DRAG_PX;
}

/** The thumb of the scroll bar. */
export function scrollingTracks(lane, from) {
  const { heads, thumb } = lane;
  const before_px = heads.scroll_px;
  const scroll = (scroll_px) => {
    heads.scroll_px = scroll_px;
  };
  return {
    move: (point) => scroll(before_px + (point.y - from.y) * thumb.perPixel),
    end: () => {},
    cancel: () => scroll(before_px),
  };
}

/** A drag moves all that is in view, in time and over the tracks. */
export function panning(lane, from, clicked) {
  const { axis, heads } = lane;
  const before = { start_s: axis.start_s, end_s: axis.end_s, scroll_px: heads.scroll_px };
  let isMoved = false;
  const show = (x_px, y_px) => {
    const by_s = x_px * axis.perPixel_s;
    axis.show(before.start_s - by_s, before.end_s - by_s);
    heads.scroll_px = before.scroll_px - y_px;
  };
  return {
    move: (point) => {
      isMoved ||= isDrag(from, point);
      if (!isMoved) return;
      lane.canvas.style.cursor = "grabbing";
      show(point.x - from.x, point.y - from.y);
    },
    end: () => isMoved || clicked(),
    cancel: () => show(0, 0),
  };
}
