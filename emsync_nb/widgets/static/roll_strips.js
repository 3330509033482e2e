/** Painted strips of a piano roll, kept while it scrolls: only what comes into view is painted. */

import { paintPart } from "./roll_painting.js";

/** Width of a strip, in pixels of the device. */
const WIDE = 256;
/** Zooms that differ by less are one: an axis that scrolls is rounded. */
const SAME_ZOOM = 1e-9;
/** Of what is drawn, what strips hang on besides. */
const KEPT = ["index", "rows", "ratio", "height_px", "scroll_px"];

export class RollStrips {
  constructor() {
    this.strips = new Map();
    this.spare = [];
    this.image = null;
    this.perPixel_s = 0;
    this.scene = null;
  }

  /** Everything looks different now. */
  forget() {
    this.spare.push(...this.strips.values());
    this.strips.clear();
  }

  /**
   * Put the notes in view into a canvas.
   * @param {CanvasRenderingContext2D} context its transform is kept
   * @param {object} scene
   * @param {TimeAxis} scene.axis
   * @param {NotesIndex} scene.index
   * @param {object[]} scene.rows as paintPart takes them
   * @param {number} scene.ratio pixels of the device a pixel of the page
   * @param {number} scene.top_px where the rows begin in the canvas
   * @param {number} scene.height_px of what is seen of the rows
   * @param {number} scene.scroll_px
   */
  draw(context, scene) {
    this.prepare(scene);
    const { ratio, top_px, axis } = scene;
    const first_px = Math.round(axis.start_s / this.perPixel_s);
    const behind_px = first_px + Math.ceil(axis.width_px * ratio);
    context.save();
    context.setTransform(1, 0, 0, 1, 0, 0);
    for (let number = Math.floor(first_px / WIDE); number * WIDE < behind_px; number += 1) {
      const strip = this.strip(number, first_px, behind_px);
      context.drawImage(strip, number * WIDE - first_px, Math.round(top_px * ratio));
    }
    context.restore();
  }

  /** Strips of another zoom, another place of the rows, or other notes are of no use. */
  prepare(scene) {
    const old = this.scene;
    const perPixel_s = scene.axis.perPixel_s / scene.ratio;
    const isSameZoom = Math.abs(perPixel_s / this.perPixel_s - 1) < SAME_ZOOM;
    const isSame = old && KEPT.every((name) => old[name] === scene[name]);
    this.scene = scene;
    if (isSame && isSameZoom) return;
    this.forget();
    this.perPixel_s = perPixel_s;
    const height = Math.max(1, Math.round(scene.height_px * scene.ratio));
    if (this.image?.height === height) return;
    this.image = new ImageData(WIDE, height);
    this.pixels = new Uint32Array(this.image.data.buffer);
    this.spare = [];
  }

  /** The picture of a strip; one that is out of view lends its canvas. */
  strip(number, first_px, behind_px) {
    const known = this.strips.get(number);
    if (known) return known;
    const canvas = this.spare.pop() ?? this.takeBack(first_px, behind_px) ?? this.make();
    const { index, rows, ratio, scroll_px } = this.scene;
    const { width, height } = this.image;
    const part = { width, height, ratio, scroll_px, first_px: number * WIDE, perPixel_s: this.perPixel_s };
    paintPart(this.pixels, part, index, rows);
    canvas.getContext("2d").putImageData(this.image, 0, 0);
    this.strips.set(number, canvas);
    return canvas;
  }

  make() {
    return new OffscreenCanvas(this.image.width, this.image.height);
  }

  takeBack(first_px, behind_px) {
    for (const [number, canvas] of this.strips) {
      if ((number + 1) * WIDE > first_px && number * WIDE < behind_px) continue;
      this.strips.delete(number);
      return canvas;
    }
    return null;
  }
}
