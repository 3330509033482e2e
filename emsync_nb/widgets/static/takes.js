/** What can be said and asked of takes. Pure. */

/** As many at once as a session makes. */
export const MOST_TAKES = 8;
const KINDS = { generated: "composed", regenerated: "partly anew", imported: "imported" };

/** A take in a few words, such as "composed, seed 7, 1,204 notes". */
export function takeLine({ kind, seed, notes }) {
  const parts = [KINDS[kind] ?? kind];
  if (seed !== null && seed !== undefined) parts.push(`seed ${seed}`);
  if (notes !== null && notes !== undefined) parts.push(counted(notes, "note"));
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
