/** Lanes under one another on one axis, with the playhead, the loop and the selection above them. */

import { element } from "./lane.js";

/** How much of the view a notch of the wheel scrolls, and how much it zooms. */
const SCROLLED = 0.1;
const ZOOMED = 1.2;

export class Stack {
  /**
   * @param {Workspace} workspace
   * @param {Lane[]} lanes from above
   */
  constructor(workspace, lanes) {
    this.workspace = workspace;
    this.axis = workspace.axis;
    this.lanes = [];
    this.root = element("div", "em-stack");
    this.over = element("div", "em-over");
    this.selection = element("div", "em-selection");
    this.loop = element("div", "em-loop");
    this.playhead = element("div", "em-playhead");
    this.over.append(this.selection, this.loop, this.playhead);
    this.over.setAttribute("aria-hidden", "true");
    this.root.append(this.over);
    lanes.forEach((lane) => this.add(lane));
    this.hear();
    this.place();
  }

  /** One lane more, at the bottom or before another. */
  add(lane, before = null) {
    this.lanes.splice(before ? this.lanes.indexOf(before) : this.lanes.length, 0, lane);
    this.root.insertBefore(lane.root, before ? before.root : this.over);
    this.measure();
  }

  hear() {
    this.resize = new ResizeObserver(() => this.measure());
    this.resize.observe(this.root);
    this.placed = () => this.place();
    this.axis.addEventListener("change", this.placed);
    this.off = this.workspace.on("view", (changed) => this.viewed(changed));
    this.root.addEventListener("wheel", (event) => this.wheel(event), { passive: false });
  }

  /** The axis is as wide as the canvases are. */
  measure() {
    const canvas = this.lanes.find((lane) => !lane.root.hidden)?.canvas;
    if (!canvas || !canvas.clientWidth) return;
    this.over.style.left = `${canvas.offsetLeft}px`;
    this.over.style.width = `${canvas.clientWidth}px`;
    this.axis.setWidth(canvas.clientWidth);
  }

  viewed(changed) {
    const { position_s, playing } = this.workspace.view;
    if (playing && changed.includes("position_s")) this.axis.reveal(position_s);
    if (changed.includes("position_s")) this.placePlayhead();
    if (changed.includes("loop") || changed.includes("selection")) this.placeStretches();
  }

  place() {
    const { axis, root } = this;
    root.dataset.startS = axis.start_s;
    root.dataset.endS = axis.end_s;
    this.placePlayhead();
    this.placeStretches();
  }

  placePlayhead() {
    const x_px = this.axis.x(this.workspace.view.position_s);
    this.playhead.hidden = x_px < -1 || x_px > this.axis.width_px + 1;
    this.playhead.style.transform = `translateX(${x_px}px)`;
  }

  placeStretches() {
    this.cover(this.selection, this.workspace.view.selection);
    this.cover(this.loop, this.workspace.view.loop);
  }

  cover(overlay, stretch) {
    overlay.hidden = !stretch;
    if (!stretch) return;
    const from_px = Math.max(-2, this.axis.x(stretch[0]));
    const to_px = Math.min(this.axis.width_px + 2, this.axis.x(stretch[1]));
    overlay.hidden = to_px <= from_px;
    overlay.style.transform = `translateX(${from_px}px)`;
    overlay.style.width = `${to_px - from_px}px`;
  }

  /** Ctrl zooms at the pointer; sideways, or with shift, time scrolls; up and down stay the page's. */
  wheel(event) {
    if (event.ctrlKey || event.metaKey) {
      event.preventDefault();
      const at_px = event.clientX - this.over.getBoundingClientRect().left;
      this.axis.zoom(ZOOMED ** -notches(event.deltaY, event), Math.max(0, at_px));
      return;
    }
    const sideways = event.shiftKey ? event.deltaY || event.deltaX : event.deltaX;
    if (!sideways || (!event.shiftKey && Math.abs(event.deltaY) > Math.abs(event.deltaX))) return;
    event.preventDefault();
    this.axis.scroll(notches(sideways, event) * SCROLLED * (this.axis.end_s - this.axis.start_s));
  }

  dispose() {
    this.resize.disconnect();
    this.axis.removeEventListener("change", this.placed);
    this.off();
    this.lanes.forEach((lane) => lane.dispose());
  }
}

/** A notch is 100 pixels or three lines; touch pads give parts of one. */
function notches(delta, event) {
  return delta / (event.deltaMode === 0 ? 100 : 3);
}
