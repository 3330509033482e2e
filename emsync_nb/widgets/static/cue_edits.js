/** Cues, the stretches of music, and how they are changed. Pure: nothing is changed in place. */

import { exactTime, frameWithin, nearestFrame } from "./boundary_edits.js";
import { snapped } from "./time_axis.js";
import { frameTime } from "./timecode.js";

/** A cue is no shorter, in seconds. */
export const SHORTEST_CUE_S = 1;
/** How near a pointer must be to an edge, in pixels. */
export const EDGE_PX = 6;
/** How music comes in and goes out, with what is shown for it. */
export const ENTRIES = { attack: "attack", fade_in: "fade in" };
export const ENDINGS = { ring: "ring", fade_out: "fade out" };
/** Times nearer than this are one, in seconds. */
const SAME_S = 1e-6;

/**
 * @typedef {{in_s: number, out_s: number, entry: string, ending: string}} Cue
 * @typedef {{fps: [number, number], duration_s: number}} Film
 */

/** The cues that are meant: none stand for the whole film. */
export function meant(cues, film) {
  if (cues?.length) return cues;
  return [{ in_s: 0, out_s: film.duration_s, entry: "attack", ending: "fade_out" }];
}

/** The request that asks for cues, all of them. */
export function cuesRequest(cues, film) {
  const isWhole = cues.length === 1 && isSame(cues[0], meant([], film)[0]);
  const asked = cues.map(({ in_s, out_s, entry, ending }) => {
    return { in_s: exactEdge(in_s, film), out_s: exactEdge(out_s, film), entry, ending };
  });
  return { do: "edit", edit: "cues", cues: isWhole ? [] : asked };
}

function isSame(cue, other) {
  const isThere = Math.abs(cue.in_s - other.in_s) < SAME_S && Math.abs(cue.out_s - other.out_s) < SAME_S;
  return isThere && cue.entry === other.entry && cue.ending === other.ending;
}

/** Whether two lists of cues are one. */
export function areSame(cues, others) {
  return cues.length === others.length && cues.every((cue, at) => isSame(cue, others[at]));
}

/** An edge as requests take it: exact where it lies on a frame, else never behind where it is. */
export function exactEdge(time_s, film) {
  const frame = nearestFrame(time_s, film.fps);
  if (Math.abs(frameTime(frame, film.fps) - time_s) < SAME_S) return exactTime(frame, film.fps);
  return (Math.floor(time_s * 1e6) / 1e6).toFixed(6);
}

/**
 * Where an edge comes to lie for a pointer: on an end of the film or a mark near it, else on a frame.
 * @param {{axis: object, marks_s?: number[], isFree?: boolean}} near isFree: frames only
 */
export function snappedEdge(time_s, film, { axis, marks_s = [], isFree = false }) {
  if (time_s >= film.duration_s) return film.duration_s;
  if (!isFree) {
    const marks = [0, film.duration_s, ...marks_s].sort((first, second) => first - second);
    const mark_s = snapped(time_s, marks, axis);
    if (mark_s !== time_s) return mark_s;
  }
  return frameTime(frameWithin(time_s, film), film.fps);
}

/** The edge under a pixel, {cue, edge: "in" | "out"}, or null; where cues touch, the pointer's side tells. */
export function edgeAt(cues, axis, x_px, within_px = EDGE_PX) {
  let best = null;
  cues.forEach((cue, at) => {
    for (const edge of ["in", "out"]) {
      const off_px = x_px - axis.x(edge === "in" ? cue.in_s : cue.out_s);
      const isInside = edge === "in" ? off_px >= 0 : off_px < 0;
      const away_px = Math.abs(off_px) - (isInside ? 0.5 : 0);
      if (Math.abs(off_px) > within_px || (best && away_px >= best.away_px)) continue;
      best = { away_px, cue: at, edge };
    }
  });
  return best && { cue: best.cue, edge: best.edge };
}

/** Index of the cue that sounds at a time, or −1. */
export function cueAt(cues, time_s) {
  return cues.findIndex((cue) => cue.in_s <= time_s && time_s < cue.out_s);
}

/** Index of the cue nearest to a time, or −1. */
export function nearestCue(cues, time_s) {
  const away_s = cues.map((cue) => Math.max(cue.in_s - time_s, time_s - cue.out_s, 0));
  return away_s.indexOf(Math.min(...away_s));
}

/** The stretches without music, [start, end] in seconds. */
export function silences(cues, film) {
  const edges_s = [0, ...cues.flatMap((cue) => [cue.in_s, cue.out_s]), film.duration_s];
  const pairs = edges_s.flatMap((edge_s, at) => (at % 2 ? [] : [[edge_s, edges_s[at + 1]]]));
  return pairs.filter(([start_s, end_s]) => end_s - start_s > SAME_S);
}

/** Whether there is no music in a stretch, [start, end] in seconds. */
export function isSilent(cues, film, [start_s, end_s]) {
  return silences(cues, film).some(([from_s, to_s]) => from_s <= start_s + SAME_S && end_s <= to_s + SAME_S);
}

/** The room that a cue has: from the end of the one before to the beginning of the one behind. */
function room(cues, index, film) {
  return [cues[index - 1]?.out_s ?? 0, cues[index + 1]?.in_s ?? film.duration_s];
}

function replaced(cues, index, changes) {
  return cues.map((cue, at) => (at === index ? { ...cue, ...changes } : cue));
}

/** One edge elsewhere: it stops at the next cue, and where its own would become too short. */
export function withEdge(cues, index, edge, time_s, film) {
  const [from_s, to_s] = room(cues, index, film);
  const { in_s, out_s } = cues[index];
  const shortest_s = Math.min(SHORTEST_CUE_S, out_s - in_s);
  if (edge === "in") {
    return replaced(cues, index, { in_s: Math.min(Math.max(time_s, from_s), out_s - shortest_s) });
  }
  return replaced(cues, index, { out_s: Math.max(Math.min(time_s, to_s), in_s + shortest_s) });
}

/** A whole cue elsewhere, as long as it is; it stops at its neighbours. */
export function moved(cues, index, in_s, film) {
  const [from_s, to_s] = room(cues, index, film);
  const length_s = cues[index].out_s - cues[index].in_s;
  const start_s = Math.max(Math.min(in_s, to_s - length_s), from_s);
  return replaced(cues, index, { in_s: start_s, out_s: start_s + length_s });
}

/** A cue more, drawn from one time to another within the silence that holds the first; {cues, index}. */
export function added(cues, from_s, to_s, film) {
  const silence = silences(cues, film).find(([start_s, end_s]) => start_s <= from_s && from_s <= end_s);
  if (!silence) throw new Error("there is music here already; draw a cue where there is none");
  const [start_s, end_s] = [from_s, to_s].sort((first, second) => first - second);
  const fresh = { in_s: Math.max(start_s, silence[0]), out_s: Math.min(end_s, silence[1]) };
  if (fresh.out_s - fresh.in_s < SHORTEST_CUE_S - SAME_S) {
    throw new Error(`a cue lasts at least ${SHORTEST_CUE_S} s; draw a longer one`);
  }
  const made = { ...fresh, entry: "attack", ending: "fade_out" };
  const all = [...cues, made].sort((first, second) => first.in_s - second.in_s);
  return { cues: all, index: all.indexOf(made) };
}

/** One cue fewer; the only one stays, for no cues are music throughout. */
export function removed(cues, index) {
  if (cues.length < 2) throw new Error("this is the only music of the film; make it shorter instead");
  return cues.filter((_, at) => at !== index);
}

/** A cue as two that touch at a time; both begin and end as it did. */
export function split(cues, time_s) {
  const index = cueAt(cues, time_s);
  if (index < 0) throw new Error("there is no music here that could be split; go to a cue first");
  const cue = cues[index];
  if (Math.min(time_s - cue.in_s, cue.out_s - time_s) < SHORTEST_CUE_S - SAME_S) {
    throw new Error(`both parts of a cue last at least ${SHORTEST_CUE_S} s; split it further inside`);
  }
  const parts = [{ ...cue, out_s: time_s }, { ...cue, in_s: time_s }];
  return [...cues.slice(0, index), ...parts, ...cues.slice(index + 1)];
}

/** Another way to come in, or to go out. */
export function shaped(cues, index, changes) {
  return replaced(cues, index, changes);
}
