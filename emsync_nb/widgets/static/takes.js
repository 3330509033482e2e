/** What can be said and asked of takes. Pure. */

/** As many at once as a session makes. */
export const MOST_TAKES = 8;
const KINDS = { generated: "composed", regenerated: "partly anew", imported: "imported" };

/**
 * Bars of the accepted take that lie elsewhere in the plan: first and last, and the stretch that they take.
 * @typedef {{bars: [number, number], start_s: number, end_s: number}} MovedBars
 * @typedef {{name: string, kind: string, seed: ?number, accepted: boolean, notes: ?number, is_older: boolean,
 *   moved: MovedBars[], anew: ?[number, number]}} Take
 */

/** A take in a few words, such as "composed, seed 7, 1,204 notes". */
export function takeLine({ kind, seed, notes, is_older: isOlder, accepted }) {
  const parts = [KINDS[kind] ?? kind];
  if (seed !== null && seed !== undefined) parts.push(`seed ${seed}`);
  if (notes !== null && notes !== undefined) parts.push(counted(notes, "note"));
  // of the accepted one more is said, below
  if (isOlder && !accepted) parts.push("for an earlier plan");
  return parts.join(", ");
}

/** "1 note", "1,204 notes". */
export function counted(count, thing) {
  return `${count.toLocaleString("en")} ${thing}${count === 1 ? "" : "s"}`;
}

/** A seed that no take has had, so that asking again gives another idea. */
export function freshSeed(takes) {
  const seeds = takes.map(({ seed }) => seed).filter(Number.isInteger);
  return seeds.length ? Math.max(...seeds) + 1 : 1;
}

/** What somebody typed as a whole number within [low, high]; NaN where it is none. */
export function whole(text, low, high) {
  const number = /^\s*\d{1,15}\s*$/.test(text) ? Number(text) : NaN;
  return number >= low && number <= high ? number : NaN;
}

/**
 * First and last bar that a stretch of time touches; null where there are none.
 * @param {?[number, number]} stretch seconds
 * @param {{length: number, time_s: ArrayLike<number>, bar: ArrayLike<number>}} clicks
 *   bar: its number at a bar line, else 0
 */
export function barsWithin(stretch, clicks) {
  if (!stretch || !clicks?.length) return null;
  let first = null;
  let last = null;
  for (let at = 0; at < clicks.length; at += 1) {
    if (!clicks.bar[at]) continue;
    // the last bar line at or before the start, and all before the end; a hair's breadth is none
    if (clicks.time_s[at] <= stretch[0] + 1e-3 || first === null) first = clicks.bar[at];
    if (clicks.time_s[at] < stretch[1] - 1e-3 || last === null) last = clicks.bar[at];
  }
  return first === null ? null : [first, Math.max(first, last)];
}

/** "bar 3", "bars 3 to 8". */
export function barsInWords([first, last]) {
  return first === last ? `bar ${first}` : `bars ${first} to ${last}`;
}

/** "bars 7–9, 12", "bar 3"; "" for none. */
export function movedWords(moved) {
  const runs = moved.map(({ bars: [first, last] }) => (first === last ? `${first}` : `${first}–${last}`));
  if (!runs.length) return "";
  const isOne = moved.length === 1 && moved[0].bars[0] === moved[0].bars[1];
  return `${isOne ? "bar" : "bars"} ${runs.join(", ")}`;
}

/** What is to be said where the accepted take is not of the plan, and what can be done; "" where it is. */
export function staleWords(takes) {
  const accepted = takes.find((take) => take.accepted);
  const moved = movedWords(accepted?.moved ?? []);
  if (!accepted?.is_older && !moved) return "";
  const why = accepted.is_older ? "was made before your last change" : "has a click of its own";
  const told = `Take ${accepted.name} ${why}; `;
  if (!moved) return `${told}its bars lie where they are planned.`;
  const other = takes.findLast((take) => !take.is_older && !take.accepted);
  return `${told}${moved} moved; ${other ? `accept take ${other.name}, or ` : ""}regenerate them.`;
}
