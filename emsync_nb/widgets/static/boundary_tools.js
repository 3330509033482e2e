/** The tools in the head of the boundary lane: add, delete, lock, and how strong the selected one is. */

import { STRENGTH_STEP } from "./boundary_edits.js";
import { element, toolButton } from "./lane.js";

const SVG = "http://www.w3.org/2000/svg";

export class BoundaryTools {
  /** @param {BoundaryLane} lane whose head they stand in */
  constructor(lane) {
    this.lane = lane;
    this.add = toolButton("+", "Add a boundary at the playhead (A)", () => lane.addAtPlayhead());
    this.remove = toolButton("−", "Delete the selected boundary (Delete)", () => lane.removeChosen());
    this.lock = toolButton("", "Lock the selected boundary (shift-L)", () => lane.toggleLock());
    this.lock.append(padlock());
    const row = element("div", "em-tools");
    row.append(this.add, this.remove, this.lock);
    lane.head.append(row, this.weight());
    this.refresh();
  }

  weight() {
    const row = element("label", "em-weight", "strength ");
    this.slider = element("input");
    Object.assign(this.slider, { type: "range", min: 0, max: 1, step: STRENGTH_STEP });
    this.slider.setAttribute("aria-label", "Strength of the selected boundary");
    this.slider.addEventListener("input", () => this.lane.weigh(Number(this.slider.value)));
    this.slider.addEventListener("change", () => this.lane.keep());
    this.value = element("span", "em-number");
    row.append(this.slider, this.value);
    return row;
  }

  /** Show what the selected boundary is. */
  refresh() {
    const { lane } = this;
    const { canEdit } = lane.workspace;
    const chosen = lane.boundaries[lane.chosen - 1];
    this.add.disabled = !canEdit;
    for (const tool of [this.remove, this.lock, this.slider]) tool.disabled = !canEdit || !chosen;
    this.lock.setAttribute("aria-pressed", String(Boolean(chosen?.locked)));
    this.slider.value = chosen?.strength ?? 0;
    this.value.textContent = chosen ? chosen.strength.toFixed(2) : "–";
  }
}

/** A small padlock; browsers' fonts have none that takes our colours. */
function padlock() {
  const picture = document.createElementNS(SVG, "svg");
  picture.setAttribute("viewBox", "0 0 12 14");
  picture.setAttribute("aria-hidden", "true");
  const body = document.createElementNS(SVG, "path");
  body.setAttribute("d", "M1 6h10v7H1z M3.2 6V4a2.8 2.8 0 0 1 5.6 0v2h-1.5V4a1.3 1.3 0 0 0-2.6 0v2z");
  body.setAttribute("fill", "currentColor");
  picture.append(body);
  return picture;
}
