/** Boundaries of a film and what can be asked of them. Pure: no DOM, nothing is changed in place. */

import { nearest, snapped } from "./time_axis.js";
import { lastFrame } from "./timecode.js";

/** How near a pointer must be to a boundary, in pixels. */
export const GRAB_PX = 6;
/** Boundaries nearer to each other than this are drawn as one, in pixels. */
export const CLOSE_PX = 2;
/** A boundary gives way to a stronger one this near, in seconds. */
export const HIT_DISTANCE_S = 4;
/** Locked ones nearer than this are not both met, in seconds. */
export const LOCKED_DISTANCE_S = 0.5;
/** Steps of strength by key. */
export const STRENGTH_STEP = 0.05;
/** Two times nearer than this are one, in seconds. */
const SAME_S = 1e-6;
/** An added strength is moved by this until it is no other's. */
const NUDGE = 1e-6;

/** Where a boundary that was changed by hand lies in the music: nobody knows yet. */
const UNPLANNED = { beat: null, bar: null, heard: null, off_s: null };

/**
 * beat, bar: where it is planned as a hit · heard: whether the accepted take meets it; null: unknown ·
 * off_s: how far from it the take's nearest chord begins, in seconds
 * @typedef {{number: number, time_s: number, kind: string, strength: number, locked: boolean,
 *   beat: ?number, bar: ?number, heard: ?boolean, off_s: ?number}} Boundary
 * @typedef {{fps: [number, number], duration_s: number}} Film
 */

/** The frame that begins nearest to a time. */
export function nearestFrame(time_s, fps) {
  return Math.round((time_s * fps[0]) / fps[1]);
}

/** When a frame begins, exactly, as requests take it: "1001/30". */
export function exactTime(frame, fps) {
  return `${frame * fps[1]}/${fps[0]}`;
}

/** Seconds out of a number or of a fraction as `exactTime` writes it. */
export function seconds(value) {
  const [above, below = 1] = String(value).split("/").map(Number);
  const found_s = value === null || value === "" ? NaN : above / below;
  if (!Number.isFinite(found_s)) throw new Error(`${value} is no time; give seconds`);
  return found_s;
}

/** The frame of a film that begins nearest to a time. */
export function frameWithin(time_s, film) {
  return Math.min(Math.max(nearestFrame(time_s, film.fps), 0), lastFrame(film.duration_s, film.fps));
}

/**
 * The boundaries after a request, in order of time and numbered again.
 * @param {Boundary[]} boundaries in order of time
 * @param {{edit: string, boundary?: number, time_s?: number|string, strength?: number, on?: boolean}} request
 * @param {Film} film
 */
export function apply(boundaries, request, film) {
  const edit = EDITS[request.edit];
  if (!edit) throw new Error(`boundaries know no ${request.edit}; use ${Object.keys(EDITS).join(", ")}`);
  return edit(boundaries, request, film);
}

const EDITS = {
  move(boundaries, request, film) {
    const moved = one(boundaries, request.boundary);
    const time_s = within(request.time_s, film);
    return placed({ ...moved, time_s, ...UNPLANNED }, others(boundaries, request.boundary));
  },
  add(boundaries, request, film) {
    const strength = apart(unit(request.strength ?? 1), boundaries);
    const fresh = { kind: request.kind ?? "cut", strength, locked: false, ...UNPLANNED };
    return placed({ ...fresh, time_s: within(request.time_s, film) }, boundaries);
  },
  remove(boundaries, request) {
    one(boundaries, request.boundary);
    return numbered(others(boundaries, request.boundary));
  },
  weight(boundaries, request) {
    one(boundaries, request.boundary);
    const strength = apart(unit(request.strength), others(boundaries, request.boundary));
    return boundaries.map((each, at) => (at === request.boundary - 1 ? { ...each, strength } : each));
  },
  lock(boundaries, request) {
    one(boundaries, request.boundary);
    const locked = request.on ?? true;
    return boundaries.map((each, at) => (at === request.boundary - 1 ? { ...each, locked } : each));
  },
};

function one(boundaries, number) {
  const [found, count] = [boundaries[number - 1], boundaries.length];
  if (!found) throw new Error(`there is no boundary ${number}; they are counted from 1 to ${count}`);
  return found;
}

function others(boundaries, number) {
  return boundaries.filter((_, at) => at !== number - 1);
}

function within(time, film) {
  const time_s = seconds(time);
  if (time_s >= 0 && time_s <= film.duration_s + SAME_S) return time_s;
  const [at, length] = [time_s.toFixed(3), film.duration_s.toFixed(3)];
  throw new Error(`${at} s lies outside the film, which lasts ${length} s; choose a time within it`);
}

function unit(strength) {
  if (Number.isFinite(strength) && strength >= 0 && strength <= 1) return strength;
  throw new Error(`a strength lies between 0 and 1, not at ${strength}`);
}

/** A boundary put among others, unless one is there already. */
function placed(boundary, rest) {
  const at = rest.findIndex((other) => Math.abs(other.time_s - boundary.time_s) < SAME_S);
  if (at >= 0) throw new Error(`boundary ${rest[at].number} lies there already; choose another frame`);
  return numbered([...rest, boundary].sort((first, second) => first.time_s - second.time_s));
}

function numbered(boundaries) {
  return boundaries.map((each, at) => (each.number === at + 1 ? each : { ...each, number: at + 1 }));
}

/** Whether a boundary is planned as a hit: a beat lies on it. */
export function isMet(boundary) {
  return (boundary.beat ?? null) !== null;
}

/** Whether the accepted take meets a boundary, as far as one knows. */
export function isHeard(boundary) {
  return isMet(boundary) && boundary.heard === true;
}

/** What is planned and heard of a hit: "met on 9.1", or "planned on 9.1" and how far the take misses it. */
export function hitWords(boundary, clicks) {
  const place = barBeat(boundary, clicks);
  if (isHeard(boundary)) return [`met on ${place}`];
  if (boundary.heard !== false) return [`planned on ${place}`];
  const off_s = boundary.off_s ?? null;
  const by = off_s === null ? "" : ` by ${off_s.toFixed(off_s < 0.1 ? 2 : 1)} s`;
  return [`planned on ${place}`, `the accepted take misses it${by}`];
}

/** Of all boundaries: "3 of 9 are hits, 1 of them missed by the accepted take". */
export function hitCount(boundaries) {
  const hits = boundaries.filter(isMet);
  const missed = hits.filter((each) => each.heard === false).length;
  const told = missed ? `, ${missed} of them missed by the accepted take` : "";
  return `${hits.length} of ${boundaries.length} are hits${told}`;
}

/** A strength that is no other boundary's, as near as can be. */
export function apart(strength, rest) {
  const taken = new Set(rest.map((other) => other.strength));
  const step = strength > 0.5 ? -NUDGE : NUDGE;
  let free = strength;
  while (taken.has(free)) free += step;
  return free;
}

/** Number of the boundary under a pixel, or 0: the nearest; of two as near a locked, then a stronger one. */
export function boundaryAt(boundaries, axis, x_px, within_px = GRAB_PX) {
  const reach_s = (within_px + 1) * axis.perPixel_s;
  const time_s = axis.time(x_px);
  let best = null;
  for (let at = firstFrom(boundaries, time_s - reach_s); at < boundaries.length; at += 1) {
    const away_px = Math.round(Math.abs(axis.x(boundaries[at].time_s) - x_px));
    if (boundaries[at].time_s > time_s + reach_s) break;
    if (away_px > within_px) continue;
    const rank = [-away_px, Number(boundaries[at].locked), boundaries[at].strength];
    if (!best || isHigher(rank, best.rank)) best = { rank, number: at + 1 };
  }
  return best ? best.number : 0;
}

/** Index of the first boundary at or behind a time. */
export function firstFrom(boundaries, time_s) {
  let low = 0;
  let high = boundaries.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (boundaries[middle].time_s < time_s) low = middle + 1;
    else high = middle;
  }
  return low;
}

function isHigher(rank, other) {
  const at = rank.findIndex((value, index) => value !== other[index]);
  return at >= 0 && rank[at] > other[at];
}

/** Number of the boundary nearest to a time, or 0 where there is none. */
export function nearestNumber(boundaries, time_s) {
  return nearest(boundaries.map((each) => each.time_s), time_s) + 1;
}

/** Number of the boundary at a time, or 0. */
export function numberAt(boundaries, time_s) {
  const number = nearestNumber(boundaries, time_s);
  return number && Math.abs(boundaries[number - 1].time_s - time_s) < SAME_S ? number : 0;
}

/**
 * The frame where a boundary comes to lie some frames on: the next free one from there; null beyond the film.
 * @param {number} frames how far, negative to the left
 */
export function stepped(boundaries, number, frames, film) {
  const taken = new Set(others(boundaries, number).map((other) => nearestFrame(other.time_s, film.fps)));
  const last = lastFrame(film.duration_s, film.fps);
  const direction = Math.sign(frames);
  const from = frameWithin(one(boundaries, number).time_s, film);
  let frame = Math.min(Math.max(from + frames, 0), last);
  while (taken.has(frame)) frame += direction;
  return frame === from || frame < 0 || frame > last ? null : frame;
}

/**
 * The frame that a pointer means: of a mark (playhead, edge of the selection) or beat near it, else its own.
 * @param {{axis: object, beats_s?: ArrayLike<number>, marks_s?: number[], isFree?: boolean}} near
 *   isFree: frames only
 */
export function snappedFrame(time_s, film, { axis, beats_s = [], marks_s = [], isFree = false }) {
  if (isFree) return frameWithin(time_s, film);
  const marks = [...marks_s].sort((first, second) => first - second);
  const mark_s = snapped(time_s, marks, axis);
  return frameWithin(mark_s === time_s ? snapped(time_s, beats_s, axis) : mark_s, film);
}

/** A strength some steps of 0.05 on, on a whole step. */
export function steppedStrength(strength, steps) {
  const whole = Math.round(strength / STRENGTH_STEP) + steps;
  return Math.min(Math.max(Math.round(whole * STRENGTH_STEP * 100) / 100, 0), 1);
}

/**
 * Numbers of those that are drawn: of several within 2 px the chosen, a locked, a met or the strongest one.
 * @param {number} [chosen] the number of one that is always drawn
 */
export function drawn(boundaries, axis, chosen = 0, margin_px = 14) {
  const end_s = axis.time(axis.width_px + margin_px);
  const kept = [];
  let from_px = -Infinity;
  let best = 0;
  for (let at = firstFrom(boundaries, axis.time(-margin_px)); at < boundaries.length; at += 1) {
    const each = boundaries[at];
    if (each.time_s > end_s) break;
    const x_px = axis.x(each.time_s);
    // one number: each of these counts more than all behind it, for strengths reach no further than 1
    const rank = 8 * (at + 1 === chosen) + 4 * each.locked + 2 * isMet(each) + each.strength;
    if (x_px - from_px >= CLOSE_PX) {
      from_px = x_px;
      best = rank;
      kept.push(at + 1);
    } else if (rank > best) {
      best = rank;
      kept[kept.length - 1] = at + 1;
    }
  }
  return kept;
}

/**
 * Why the music does not meet a boundary; null where it does, or where nothing has been planned.
 * @param {{in_s: number, out_s: number}[]} cues none: music throughout
 * @param {(time_s: number) => string} code says a time
 */
export function whyUnmet(boundaries, number, cues, code) {
  const boundary = one(boundaries, number);
  if (isMet(boundary) || !boundaries.some(isMet)) return null;
  const { time_s, locked } = boundary;
  const hasMusic = !cues.length || cues.some((cue) => cue.in_s <= time_s && time_s < cue.out_s);
  if (!hasMusic) return "no music is asked for here";
  const winner = winnerOver(boundaries, boundary);
  if (!winner) return "the tempo is not fitted to it yet";
  const what = winner.locked && !locked ? "locked" : "stronger";
  const told = `a ${what} one lies within ${reachOf(boundary)} s, at ${code(winner.time_s)}`;
  const met = metBehind(boundaries, winner);
  return met === winner ? told : `${told}, which itself gives way to ${code(met.time_s)}`;
}

function reachOf({ locked }) {
  return locked ? LOCKED_DISTANCE_S : HIT_DISTANCE_S;
}

/** The one that a boundary gives way to: the nearest that is met, else the nearest; null where there is none. */
function winnerOver(boundaries, boundary) {
  const { time_s } = boundary;
  const near = boundaries.filter((other) => Math.abs(other.time_s - time_s) <= reachOf(boundary));
  const winners = near.filter((other) => outdoes(other, boundary));
  const met = winners.filter(isMet);
  const among = met.length ? met : winners;
  return among[nearest(among.map((other) => other.time_s), time_s)] ?? null;
}

/** Which is met in the end, where one gives way to another and that to a third; the last of them if none is. */
function metBehind(boundaries, boundary) {
  const next = isMet(boundary) ? null : winnerOver(boundaries, boundary);
  return next ? metBehind(boundaries, next) : boundary;
}

function outdoes(boundary, other) {
  return isHigher([Number(boundary.locked), boundary.strength], [Number(other.locked), other.strength]);
}

/**
 * Bar and beat within it as musicians write them, "3.1"; "" where a boundary is not met.
 * @param {{time_s: ArrayLike<number>, bar: ArrayLike<number>}} clicks
 */
export function barBeat(boundary, clicks) {
  if (!isMet(boundary)) return "";
  const at = nearest(clicks?.time_s ?? [], boundary.time_s);
  if (at < 0) return boundary.bar ? `bar ${boundary.bar}` : `beat ${boundary.beat}`;
  let first = at;
  while (first > 0 && !clicks.bar[first]) first -= 1;
  return `${clicks.bar[first] || boundary.bar || 1}.${at - first + 1}`;
}

/**
 * What is drawn while one boundary is held by the hand: of those that were tried, which are met. The held one
 * may have moved on since; it keeps what was found for it last.
 * @param {Boundary[]} held
 * @param {?Boundary[]} tried the answer to a preview
 */
export function withBeats(held, tried) {
  if (!tried?.length) return held;
  const byTime = new Map(tried.map((each) => [place(each), each]));
  const found = held.map((each) => byTime.get(place(each)));
  const used = new Set(found);
  const left = tried.filter((each) => !used.has(each));
  return held.map((each, at) => {
    const met = found[at] ?? (left.length === 1 ? left[0] : null);
    return met ? { ...each, beat: met.beat, bar: met.bar } : each;
  });
}

/** A time as a key, the same for all ways of counting it. */
function place(boundary) {
  return Math.round(boundary.time_s * 1e4);
}
