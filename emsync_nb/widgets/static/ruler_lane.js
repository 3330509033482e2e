/** The ruler: timecode, sections, tempo, bars. A press seeks, with Shift it selects; a drag below loops. */

import { frameWithin } from "./boundary_edits.js";
import { filmOf, selectionDrag, stretchDrag, timecodeOf } from "./film_facts.js";
import { Lane } from "./lane.js";
import { barMarks, placeInMusic, tempoRange, tempoSteps, timeMarks } from "./ruler_marks.js";
import { frameTime } from "./timecode.js";

/** Where the bands end, in pixels from the top: timecode, sections, tempo, bars. */
const TIME_PX = 22;
const SECTIONS_PX = 40;
const TEMPO_PX = 62;
const HEIGHT_PX = 78;
/** Below this a drag sets the loop. */
const LOWER_PX = SECTIONS_PX;
/** While scrubbing, the player is asked to seek no more often than this, in milliseconds. */
const SEEK_MS = 60;
/** A label of tempo has so much room, in pixels. */
const TEMPO_LABEL_PX = 52;
const FONT = "11px system-ui, sans-serif";

export class RulerLane extends Lane {
  /**
   * @param {Workspace} workspace with film, and clicks and sections where there is a plan
   * @param {{isBare?: boolean}} [options] isBare: timecode only, where there is no music and no loop
   */
  constructor(workspace, { isBare = false } = {}) {
    const listen = ["clicks", "sections", "film"];
    const label = isBare ? "Time" : "Time, bars and tempo";
    super(workspace, { name: "ruler", label, height_px: isBare ? TIME_PX + 6 : HEIGHT_PX, listen });
    this.sought_ms = -Infinity;
    this.timer = 0;
  }

  // — what there is —

  /** The click, that of what is being tried while something is. */
  get clicks() {
    const clicks = this.workspace.get("preview")?.clicks ?? this.workspace.get("clicks");
    return clicks?.length ? clicks : null;
  }

  get sections() {
    return this.workspace.get("preview")?.sections ?? this.workspace.get("sections") ?? [];
  }

  describe() {
    const { clicks, sections, workspace } = this;
    const code = (time_s) => timecodeOf(workspace, time_s);
    const parts = [`Film of ${filmOf(workspace).duration_s.toFixed(1)} seconds from ${code(0)}.`];
    if (clicks) parts.push(spoken(clicks));
    const told = sections.map(({ name, key, start_s }) => `${name} in ${key} at ${code(start_s)}`);
    if (told.length) parts.push(`Sections: ${told.join("; ")}.`);
    return parts.join(" ");
  }

  // — drawing —

  paint(context, width_px) {
    const { theme } = this.workspace;
    context.font = FONT;
    context.textBaseline = "alphabetic";
    context.lineWidth = 1;
    this.paintTime(context, theme, width_px);
    this.paintSections(context, theme, width_px);
    if (!this.clicks) return;
    this.paintBars(context, theme);
    this.paintTempo(context, theme, width_px);
  }

  paintTime(context, theme, width_px) {
    context.fillStyle = theme.colour("panel");
    context.fillRect(0, 0, width_px, TIME_PX);
    context.textAlign = "left";
    for (const { time_s, isMajor, label } of timeMarks(this.axis, filmOf(this.workspace))) {
      const x = Math.round(this.axis.x(time_s));
      context.fillStyle = theme.colour("faint");
      context.fillRect(x, isMajor ? 4 : TIME_PX - 5, 1, isMajor ? TIME_PX - 4 : 5);
      context.fillStyle = theme.colour("ink");
      if (isMajor) context.fillText(label, x + 4, 14);
    }
  }

  paintSections(context, theme, width_px) {
    context.textAlign = "left";
    this.sections.forEach((section, at) => {
      const left = Math.max(this.axis.x(section.start_s), 0);
      const right = Math.min(this.axis.x(section.end_s), width_px);
      if (right - left < 2) return;
      if (at % 2 === 0) {
        context.fillStyle = theme.colour("selection");
        context.fillRect(left, TIME_PX, right - left, SECTIONS_PX - TIME_PX);
      }
      context.fillStyle = theme.colour("faint");
      context.fillRect(Math.round(left), TIME_PX, 1, SECTIONS_PX - TIME_PX);
      context.fillStyle = theme.colour("ink");
      const text = fitting(context, [`${section.name} · ${section.key}`, section.name], right - left - 9);
      context.fillText(text, left + 5, SECTIONS_PX - 5);
    });
  }

  paintBars(context, theme) {
    context.textAlign = "left";
    for (const { time_s, bar, isNumbered } of barMarks(this.clicks, this.axis)) {
      const x = Math.round(this.axis.x(time_s));
      context.fillStyle = theme.colour(isNumbered ? "faint" : "hairline");
      const top = bar ? TEMPO_PX + (isNumbered ? 1 : 8) : HEIGHT_PX - 4;
      context.fillRect(x, top, 1, HEIGHT_PX - top);
      context.fillStyle = theme.colour("ink");
      if (isNumbered) context.fillText(String(bar), x + 3, HEIGHT_PX - 4);
    }
  }

  paintTempo(context, theme, width_px) {
    const [low, high] = tempoRange(this.clicks);
    const [top, bottom] = [SECTIONS_PX + 5, TEMPO_PX - 4];
    const share = (bpm) => (high - low < 1 ? 0.5 : (bpm - low) / (high - low));
    const y = (bpm) => Math.round(bottom - share(bpm) * (bottom - top)) + 0.5;
    const steps = tempoSteps(this.clicks, this.axis);
    context.strokeStyle = theme.colour("accent");
    context.lineWidth = 1.5;
    context.beginPath();
    steps.forEach(({ time_s, bpm }, at) => {
      const x = Math.max(this.axis.x(time_s), -2);
      if (at) context.lineTo(x, y(steps[at - 1].bpm));
      context.lineTo(x, y(bpm));
    });
    if (steps.length) context.lineTo(width_px + 2, y(steps.at(-1).bpm));
    context.stroke();
    this.paintTempi(context, theme, steps, y);
  }

  /** Numbers of beats a minute, where steps leave room for them; on paper, to be read over the line. */
  paintTempi(context, theme, steps, y) {
    context.textAlign = "left";
    steps.forEach(({ time_s, bpm }, at) => {
      const from = Math.max(this.axis.x(time_s), 0);
      const to = at + 1 < steps.length ? this.axis.x(steps[at + 1].time_s) : this.axis.width_px;
      if (to - from < TEMPO_LABEL_PX) return;
      const text = `${Math.round(bpm * 10) / 10} bpm`;
      context.fillStyle = theme.colour("paper");
      context.fillRect(from + 5, y(bpm) - 6, context.measureText(text).width + 6, 12);
      context.fillStyle = theme.colour("accent");
      context.fillText(text, from + 8, y(bpm) + 4);
    });
  }

  // — pointer —

  pressed(point) {
    const { workspace } = this;
    if (point.shift) return selectionDrag(workspace, point);
    if (point.y < LOWER_PX) return this.scrubbing(point);
    const setStretch = (start_s, end_s) => workspace.setLoop(start_s, end_s);
    const clicked = (at) => this.seekTo(at.time_s);
    return stretchDrag(workspace, point, { setStretch, clicked, before: workspace.view.loop });
  }

  scrubbing(from) {
    const before_s = this.workspace.view.position_s;
    this.seekTo(from.time_s);
    return {
      move: (point) => {
        this.seekSoon(point.time_s);
        this.hint(this.placeOf(point.time_s), point);
      },
      end: (point) => {
        this.hint("");
        this.seekTo(point.time_s);
      },
      cancel: () => {
        this.hint("");
        this.seekTo(before_s);
      },
    };
  }

  /** Go to the frame at a time, now. */
  seekTo(time_s) {
    clearTimeout(this.timer);
    this.timer = 0;
    this.sought_ms = performance.now();
    const film = filmOf(this.workspace);
    this.workspace.seek(frameTime(frameWithin(time_s, film), film.fps));
  }

  /** Go there as soon as the player may be asked again; of several in a row the latest counts. */
  seekSoon(time_s) {
    const wait_ms = this.sought_ms + SEEK_MS - performance.now();
    clearTimeout(this.timer);
    this.timer = 0;
    if (wait_ms <= 0) this.seekTo(time_s);
    else this.timer = setTimeout(() => this.seekTo(time_s), wait_ms);
  }

  hovered(point) {
    this.hint(this.placeOf(point.time_s), point);
    if (point.shift) return "text";
    return point.y < LOWER_PX ? "pointer" : "col-resize";
  }

  placeOf(time_s) {
    const film = filmOf(this.workspace);
    const on_s = frameTime(frameWithin(time_s, film), film.fps);
    const place = placeInMusic(this.clicks, on_s);
    return timecodeOf(this.workspace, on_s) + (place && `\nbar ${place}`);
  }

  dispose() {
    clearTimeout(this.timer);
    super.dispose();
  }
}

/** The first of some texts that has room, or none. */
function fitting(context, texts, room_px) {
  return texts.find((text) => context.measureText(text).width <= room_px) ?? "";
}

function spoken(clicks) {
  const [low, high] = tempoRange(clicks).map((bpm) => Math.round(bpm));
  const bars = clicks.bar.reduce((most, bar) => Math.max(most, bar), 0);
  return `${bars} bars, ${low === high ? low : `${low} to ${high}`} beats a minute.`;
}
