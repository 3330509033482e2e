/** What each expert said: one row of two thin lines each, the fainter the less it trusted itself. */

import { lastUntil, valueAt } from "./curve.js";
import { clockText, valueText } from "./curve_drawing.js";
import { columns } from "./columns.js";
import { Lane, element } from "./lane.js";
import { nearest } from "./time_axis.js";

const ROW_PX = 30;
const ABSENT_PX = 20;
const MARGIN_PX = 3;
/** Opacity is drawn in so many steps. */
const LEVELS = 6;
const COLUMNS = ["times_s", "valence", "arousal", "trust"];

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
        context.fillText(row.expert.reason || "nothing was said", 24, row.top_px + row.height_px / 2 + 4);
      }
    }
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
    for (const line of ["valence", "arousal"]) {
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
      const level = Math.ceil(LEVELS * opacityOf(valueAt(said.times_s, said.trust, time_s)));
      const y_px = top_px + height_px / 2 - half_px * valueAt(said.times_s, said[line], time_s);
      const to = [this.axis.x(time_s), y_px];
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
    const present = this.rows.filter(({ expert }) => expert.available).map(({ expert }) => expert.label);
    const absent = this.rows.filter(({ expert }) => !expert.available);
    const reasons = absent.map(({ expert }) => ` Nothing from ${expert.label}: ${expert.reason}.`);
    const said = present.length ? `${present.length} spoke: ${present.join(", ")}.` : "None spoke.";
    return said + reasons.join("");
  }
}

function nameOf({ expert, height_px }) {
  const name = element("div", expert.available ? "em-expert" : "em-expert em-absent", expert.label);
  name.style.height = `${height_px}px`;
  name.title = expert.available ? expert.label : `${expert.label}: ${expert.reason}`;
  return name;
}

/** What an expert said at a time, such as "scene: V +0.42 A −0.10, trust 0.3". */
export function sayingOf({ expert, said }, time_s) {
  if (!expert.available) return `${expert.label}: ${expert.reason}`;
  if (!said?.length) return `${expert.label}: nothing was said`;
  const index = nearest(said.times_s, time_s);
  const [valence, arousal] = [said.valence[index], said.arousal[index]].map(valueText);
  const trust = said.trust[index].toFixed(1);
  return `${clockText(time_s)}   ${expert.label}: V ${valence} A ${arousal}, trust ${trust}`;
}
