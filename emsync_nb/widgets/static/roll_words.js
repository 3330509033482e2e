/** What is said of notes, bars and tracks. Pure. */

import { lowest } from "./ruler_marks.js";
import { barsInWords, counted } from "./takes.js";

const NAMES = ["C", "C♯", "D", "E♭", "E", "F", "F♯", "G", "A♭", "A", "B♭", "B"];

/** "C4" for 60, as MIDI counts octaves. */
export function pitchName(pitch) {
  return `${NAMES[pitch % 12]}${Math.floor(pitch / 12) - 1}`;
}

/** Beats from the film's beginning at a time; NaN without a click. */
export function beatAt(clicks, time_s) {
  if (!clicks?.length) return NaN;
  const at = Math.max(0, Math.min(lowest(clicks.time_s, time_s + 1e-3) - 1, clicks.length - 1));
  const next_s = at + 1 < clicks.length ? clicks.time_s[at + 1] : clicks.time_s[at] + 60 / clicks.bpm[at];
  return at + (time_s - clicks.time_s[at]) / (next_s - clicks.time_s[at]);
}

/** The bar at a time, {bar, start_s, end_s}; before all of them the first, behind them the last; or null. */
export function barAt(clicks, time_s, duration_s) {
  if (!clicks?.length) return null;
  let at = Math.max(0, lowest(clicks.time_s, time_s + 1e-6) - 1);
  while (at > 0 && !clicks.bar[at]) at -= 1;
  let behind = at + 1;
  while (behind < clicks.length && !clicks.bar[behind]) behind += 1;
  const last = clicks.length - 1;
  const over_s = Math.min(duration_s, clicks.time_s[last] + 60 / clicks.bpm[last]);
  const end_s = behind < clicks.length ? clicks.time_s[behind] : over_s;
  return { bar: clicks.bar[at] || 1, start_s: clicks.time_s[at], end_s };
}

/** The stretch of whole bars between two times, in seconds; the times themselves without a click. */
export function barStretch(clicks, one_s, other_s, duration_s) {
  const [from_s, to_s] = [Math.min(one_s, other_s), Math.max(one_s, other_s)];
  const [first, last] = [from_s, to_s].map((time_s) => barAt(clicks, time_s, duration_s));
  return first ? [first.start_s, last.end_s] : [from_s, to_s];
}

/** Of one note: "D5, velocity 80, bar 12 beat 3.5, 0.75 beats, 0.41 s". */
export function noteWords(notes, at, clicks, isDrum = false) {
  const [start_s, end_s] = [notes.start_s[at], notes.end_s[at]];
  const name = isDrum ? `drum ${notes.pitch[at]}` : pitchName(notes.pitch[at]);
  const words = [name, `velocity ${notes.velocity[at]}`];
  if (clicks?.length) {
    const [start, end] = [beatAt(clicks, start_s), beatAt(clicks, end_s)];
    const bar = barAt(clicks, start_s + 1e-3, Infinity);
    const beat = start - beatAt(clicks, bar.start_s) + 1;
    words.push(`bar ${bar.bar} beat ${short(beat)}`, lengthWords(end - start));
  }
  words.push(`${(end_s - start_s).toFixed(2)} s`);
  if (notes.locked[at]) words.push("locked");
  return words;
}

/** Of some notes of a track: "D4 of Viola, bar 2 beat 2" or "3 notes of Viola, bars 2 to 4". */
export function notesWords(notes, list, { name, is_drum: isDrum }, clicks) {
  if (list.length === 1) {
    const [pitch, , place] = noteWords(notes, list[0], clicks, isDrum);
    return `${pitch} of ${name}${clicks?.length ? `, ${place}` : ""}`;
  }
  const ends = [list[0], list.at(-1)].map((at) => barAt(clicks, notes.start_s[at] + 1e-3, Infinity)?.bar);
  return `${counted(list.length, "note")} of ${name}${ends[0] ? `, ${barsInWords(ends)}` : ""}`;
}

/** Of some notes: "locked", "all locked", "1 of them locked", or "" where none is. */
export function lockedWords({ locked }, list) {
  const count = list.filter((at) => locked[at]).length;
  if (count < list.length) return count ? `${count.toLocaleString("en")} of them locked` : "";
  return count > 1 ? "all locked" : "locked";
}

function lengthWords(beats) {
  const told = short(beats);
  return `${told} ${told === "1" ? "beat" : "beats"}`;
}

/** Two places behind the point at most. */
function short(number) {
  return String(Math.round(number * 100) / 100);
}

/**
 * Of one track: "Violin I, String Ensemble 1, 1,204 notes from G3 to A6, muted"; `locked_notes` counts those
 * of its notes that are locked where it is not as a whole.
 */
export function trackWords(track, pitches) {
  const words = [track.name];
  if (track.instrument && track.instrument !== track.name) words.push(track.instrument);
  const range = pitches && !track.is_drum ? rangeWords(pitches) : "";
  words.push(counted(track.notes, "note") + range);
  for (const state of ["muted", "soloed", "locked"]) if (track[state]) words.push(state);
  if (track.locked_notes && !track.locked) words.push(`${track.locked_notes.toLocaleString("en")} locked`);
  return words.join(", ");
}

function rangeWords([low, high]) {
  return low === high ? `, all ${pitchName(low)}` : ` from ${pitchName(low)} to ${pitchName(high)}`;
}

/** All that a roll shows, for those who cannot see it; `chosenNotes`: which are selected, in words. */
export function rollWords(tracks, pitchesOf, chosen, chosenNotes = "") {
  if (!tracks.length) return "No music yet.";
  const total = tracks.reduce((sum, track) => sum + track.notes, 0);
  const told = tracks.map((track, at) => trackWords(track, pitchesOf(at)));
  const notes = chosenNotes ? ` Selected: ${chosenNotes}.` : "";
  const selected = (chosen ? ` ${chosen} is selected.` : "") + notes;
  return `${counted(tracks.length, "track")}, ${counted(total, "note")}.${selected} ${told.join("; ")}.`;
}

/** "−6 dB"; a true minus, and no sign before 0. */
export function decibelWords(volume_db) {
  const sign = volume_db < 0 ? "−" : volume_db > 0 ? "+" : "";
  return `${sign}${Math.abs(Math.round(volume_db * 10) / 10)} dB`;
}
