/** What each expert said: two thin lines a row, the fainter the less trusted, none where not at all. */

import { lastUntil, valueAt } from "./curve.js";
import { clockText, valueText } from "./curve_drawing.js";
import { columns } from "./columns.js";
import { Lane, element } from "./lane.js";
import { nearest } from "./time_axis.js";

const ROW_PX = 30;
/** Of one who says nothing; the reason has room for two lines. */
const ABSENT_PX = 30;
const LINE_PX = 13;
const REASON_PX = 24;
const MARGIN_PX = 3;
/** Opacity is drawn in so many steps. */
const LEVELS = 6;
const AXES = ["valence", "arousal"];
const COLUMNS = ["times_s", ...AXES, "valence_trust", "arousal_trust"];

/**
 * The columns of the experts that are available, in their order, out of one block of bytes for each; none
 * while the bytes are those of other experts.
 * @param {{available: boolean, rows: number}[]} experts
 * @param {DataView|null} view
 */
export function expertColumns(experts, view) {
  const present = experts.filter((expert) => expert.available);
  const sizes = present.map(({ rows }) => 4 * COLUMNS.length * rows);
  if (sizes.reduce((sum, size) => sum + size, 0) !== (view?.byteLength ?? 0)) return [];
  let from = view?.byteOffset ?? 0;
  return sizes.map((size) => {
    const block = size ? new DataView(view.buffer, from, size) : null;
    from += size;
    return columns(block, COLUMNS);
  });
}

/** How visible a line is where an expert trusts itself so much, as in the figures. */
export function opacityOf(trust) {
  return trust > 0 ? Math.min(1, 0.12 + 1.5 * trust) : 0;
}

export class ExpertLane extends Lane {
  /** @param {Workspace} workspace with data experts, expert_columns (the bytes), experts_shown */
  constructor(workspace) {
    super(workspace, {
      name: "experts",
      label: "Experts",
      height_px: ROW_PX,
      listen: ["experts", "expert_columns", "experts_shown"],
    });
    this.names = element("div", "em-expert-names");
    this.head.replaceChildren(this.names);
    this.changed();
  }

  changed() {
    this.rows = this.rowsNow();
    this.root.hidden = !this.workspace.get("experts_shown") || !this.rows.length;
    this.names?.replaceChildren(...this.rows.map(nameOf));
    const last = this.rows.at(-1);
    this.setHeight(last ? last.top_px + last.height_px : ROW_PX);
    super.changed();
  }

  /** Those that are available above, then those that are not. */
  rowsNow() {
    const experts = this.workspace.get("experts") ?? [];
    const said = expertColumns(experts, this.workspace.get("expert_columns"));
    const present = experts.filter((expert) => expert.available);
    const absent = experts.filter((expert) => !expert.available);
    let top_px = 0;
    return [...present, ...absent].map((expert, index) => {
      const height_px = expert.available ? ROW_PX : ABSENT_PX;
      top_px += height_px;
      return { expert, said: said[index] ?? null, height_px, top_px: top_px - height_px };
    });
  }

  paint(context, width_px) {
    const { theme } = this.workspace;
    context.font = "11px system-ui, sans-serif";
    for (const row of this.rows) {
      if (row.said?.length) {
        this.paintRow(context, row, width_px);
      } else {
        context.fillStyle = theme.colour("faint");
        this.paintReason(context, row, width_px);
      }
    }
  }

  paintReason(context, { expert, top_px, height_px }, width_px) {
    const room_px = width_px - 2 * REASON_PX;
    const fits = (text) => context.measureText(text).width <= room_px;
    const lines = twoLines(expert.reason || "nothing was said", fits);
    const first_px = top_px + height_px / 2 + 4 - ((lines.length - 1) * LINE_PX) / 2;
    lines.forEach((text, index) => context.fillText(text, REASON_PX, first_px + index * LINE_PX));
  }

  paintRow(context, row, width_px) {
    const { theme } = this.workspace;
    const middle_px = Math.round(row.top_px + row.height_px / 2) + 0.5;
    context.strokeStyle = theme.colour("hairline");
    context.lineWidth = 1;
    context.beginPath();
    context.moveTo(0, middle_px);
    context.lineTo(width_px, middle_px);
    context.stroke();
    const clock = this.clock(row.said.times_s);
    context.lineWidth = 1.3;
    for (const line of AXES.filter((axis) => speaksOf(row.said, axis))) {
      context.strokeStyle = theme.colour(line);
      context.setLineDash(line === "arousal" ? [4, 2] : []);
      this.strokeTrusted(context, row, clock, line);
    }
    context.setLineDash([]);
    context.globalAlpha = 1;
  }

  /** The times to draw: those of the expert, or one to a pixel where there are more. */
  clock(times_s) {
    const { start_s, end_s, width_px, perPixel_s } = this.axis;
    const [first, last] = [Math.max(0, lastUntil(times_s, start_s)), lastUntil(times_s, end_s) + 2];
    if (last - first < width_px) return times_s.slice(first, last);
    return Float64Array.from({ length: Math.ceil(width_px) + 1 }, (_, x_px) => start_s + x_px * perPixel_s);
  }

  /** One path for each step of opacity, through all neighbours that have it. */
  strokeTrusted(context, { said, top_px, height_px }, clock, line) {
    const half_px = height_px / 2 - MARGIN_PX;
    const paths = Array.from({ length: LEVELS + 1 }, () => new Path2D());
    let before = -1;
    let from = null;
    for (const time_s of clock) {
      const level = Math.ceil(LEVELS * opacityOf(valueAt(said.times_s, said[`${line}_trust`], time_s)));
      const y_px = top_px + height_px / 2 - half_px * valueAt(said.times_s, said[line], time_s);
      const to = [this.axis.x(time_s), y_px];
      if (!before) from[1] = y_px; // what it said before it trusted itself is no place to come from
      if (from && level !== before) paths[level].moveTo(...from);
      if (from) paths[level].lineTo(...to);
      [before, from] = [level, to];
    }
    paths.slice(1).forEach((path, index) => {
      context.globalAlpha = (index + 1) / LEVELS;
      context.stroke(path);
    });
  }

  hovered(point) {
    const row = this.rows.find(({ top_px, height_px }) => point.y >= top_px && point.y < top_px + height_px);
    this.hint(row ? sayingOf(row, point.time_s) : "", point);
    return "default";
  }

  /** Go to where one looks. */
  pressed(point) {
    this.workspace.seek(point.time_s);
    return { move: (to) => this.workspace.seek(to.time_s), end: () => {}, cancel: () => {} };
  }

  describe() {
    if (!this.rows.length) return "No expert was asked.";
    const present = this.rows.filter(({ expert }) => expert.available).map(namedWithAxes);
    const absent = this.rows.filter(({ expert }) => !expert.available);
    const reasons = absent.map(({ expert }) => ` Nothing from ${expert.label}: ${expert.reason}.`);
    const said = present.length ? `${present.length} spoke: ${present.join(", ")}.` : "None spoke.";
    return said + reasons.join("");
  }
}

function nameOf(row) {
  const { expert, height_px } = row;
  const name = element("div", expert.available ? "em-expert" : "em-expert em-absent", expert.label);
  name.style.height = `${height_px}px`;
  name.title = expert.available ? namedWithAxes(row) : `${expert.label}: ${expert.reason}`;
  return name;
}

/** Whether an expert trusts itself on an axis at any time. */
export function speaksOf(said, axis) {
  return said[`${axis}_trust`].some((trust) => trust > 0);
}

/** Its name, and of what it speaks where that is not both, such as "Motion (arousal only)". */
export function namedWithAxes({ expert, said }) {
  if (!said?.length) return expert.label;
  const axes = AXES.filter((axis) => speaksOf(said, axis));
  if (axes.length === AXES.length) return expert.label;
  return axes.length ? `${expert.label} (${axes[0]} only)` : `${expert.label} (trusts itself nowhere)`;
}

/**
 * A text in two lines at most, broken between words; where it is longer, it ends in "…".
 * @param {string} text
 * @param {(line: string) => boolean} fits whether a line is short enough
 */
export function twoLines(text, fits) {
  if (fits(text)) return [text];
  const words = text.split(" ");
  const first = longest(words, (part) => fits(part.join(" ")));
  const rest = words.slice(first).join(" ");
  if (!rest) return words;
  if (fits(rest)) return [words.slice(0, first).join(" "), rest];
  const letters = [...rest];
  const kept = longest(letters, (part) => fits(`${part.join("")}…`));
  return [words.slice(0, first).join(" "), `${letters.slice(0, kept).join("")}…`];
}

/** How many of these fit, one at least. */
function longest(parts, fit) {
  let count = 1;
  while (count < parts.length && fit(parts.slice(0, count + 1))) count += 1;
  return count;
}

/** What an expert said at a time, such as "Scene: V +0.42 (trust 0.30)", without what it does not trust. */
export function sayingOf({ expert, said }, time_s) {
  if (!expert.available) return `${expert.label}: ${expert.reason}`;
  if (!said?.length) return `${expert.label}: nothing was said`;
  const index = nearest(said.times_s, time_s);
  const parts = AXES.filter((axis) => said[`${axis}_trust`][index] > 0).map((axis) => {
    const trust = said[`${axis}_trust`][index].toFixed(2);
    return `${axis[0].toUpperCase()} ${valueText(said[axis][index])} (trust ${trust})`;
  });
  return `${clockText(time_s)}   ${expert.label}: ${parts.join(", ") || "nothing to go by here"}`;
}
