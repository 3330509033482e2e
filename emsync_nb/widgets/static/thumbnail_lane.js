/** Pictures of the film along the axis: those nearest in time, side by side. */

import { selectionDrag, timecodeOf } from "./film_facts.js";
import { Lane } from "./lane.js";
import { nearest } from "./time_axis.js";

const HEIGHT_PX = 54;

export class ThumbnailLane extends Lane {
  /** @param {Workspace} workspace with film, thumbnails and thumbnails_jpeg */
  constructor(workspace) {
    const listen = ["thumbnails", "film"];
    super(workspace, { name: "thumbnails", label: "Film", height_px: HEIGHT_PX, listen });
    this.sprite = null;
    this.decodings = 0;
    const names = ["thumbnails", "thumbnails_jpeg"];
    this.offs.push(...names.map((name) => workspace.on(`data:${name}`, () => this.decode())));
    this.decode();
  }

  get pictures() {
    const pictures = this.workspace.get("thumbnails");
    return pictures?.times_s?.length ? pictures : null;
  }

  describe() {
    const { pictures, workspace } = this;
    if (!pictures) return "No pictures of the film yet.";
    const { times_s } = pictures;
    const [first, last] = [times_s[0], times_s.at(-1)].map((time_s) => timecodeOf(workspace, time_s));
    return `${times_s.length} pictures of the film, from ${first} to ${last}. A click goes there.`;
  }

  paint(context, width_px, height_px) {
    const { theme } = this.workspace;
    const [from, to] = [this.axis.x(0), this.axis.x(this.axis.duration_s)];
    context.save();
    context.beginPath();
    context.rect(from, 0, to - from, height_px);
    context.clip();
    if (this.sprite && this.pictures) this.paintPictures(context, width_px, height_px);
    context.restore();
    context.fillStyle = theme.colour("ink");
    for (const edge of [from, to - 2]) context.fillRect(Math.round(edge), 0, 2, height_px);
  }

  paintPictures(context, width_px, height_px) {
    const { width, height, columns, times_s } = this.pictures;
    const wide = Math.max(8, (height_px * width) / height);
    for (const { left_px, picture } of places(this.axis, times_s, wide, width_px)) {
      const [x, y] = [(picture % columns) * width, Math.floor(picture / columns) * height];
      context.drawImage(this.sprite, x, y, width, height, left_px, 0, wide, height_px);
    }
  }

  pressed(point) {
    if (point.shift) return selectionDrag(this.workspace, point);
    this.workspace.seek(point.time_s);
    return {
      move: ({ time_s }) => this.workspace.seek(time_s),
      end() {},
      cancel() {},
    };
  }

  hovered(point) {
    const isFilm = point.time_s >= 0 && point.time_s <= this.axis.duration_s;
    this.hint(isFilm ? timecodeOf(this.workspace, point.time_s) : "", point);
    if (!isFilm) return "default";
    return point.shift ? "text" : "pointer";
  }

  /** The sprite, once the browser has decoded it; of several in a row the last. */
  async decode() {
    this.decodings += 1;
    const mine = this.decodings;
    const jpeg = this.workspace.get("thumbnails_jpeg");
    const sprite = jpeg?.byteLength ? await bitmap(jpeg) : null;
    if (mine !== this.decodings) {
      sprite?.close();
      return;
    }
    this.sprite?.close();
    this.sprite = sprite;
    this.changed();
  }

  dispose() {
    super.dispose();
    this.decodings += 1;
    this.sprite?.close();
    this.sprite = null;
  }
}

/**
 * Which picture goes where: places of equal width from the film's beginning on, so that they scroll with it.
 * @returns {{left_px: number, picture: number}[]}
 */
export function places(axis, times_s, wide_px, width_px) {
  const start_px = axis.x(0);
  const found = [];
  for (let place = Math.max(0, Math.floor(-start_px / wide_px)); ; place += 1) {
    const left_px = start_px + place * wide_px;
    if (left_px >= width_px || axis.time(left_px) >= axis.duration_s) return found;
    found.push({ left_px, picture: nearest(times_s, axis.time(left_px + wide_px / 2)) });
  }
}

/** What cannot be decoded leaves the lane blank. */
function bitmap(jpeg) {
  return createImageBitmap(new Blob([jpeg], { type: "image/jpeg" })).catch(() => null);
}
