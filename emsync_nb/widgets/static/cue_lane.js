/** The cues of a film: where there is music, how it comes in and goes out, and the silence between. */

import { frameWithin, nearestFrame } from "./boundary_edits.js";
import {
  ENDINGS,
  ENTRIES,
  added,
  areSame,
  cueAt,
  cuesRequest,
  edgeAt,
  exactEdge,
  isSilent,
  meant,
  moved,
  nearestCue,
  removed,
  shaped,
  silences,
  snappedEdge,
  split,
  withEdge,
} from "./cue_edits.js";
import { paintCues } from "./cue_shapes.js";
import { CueTools } from "./cue_tools.js";
import { DRAG_PX, filmOf, selectionDrag, timecodeOf } from "./film_facts.js";
import { Lane } from "./lane.js";
import { frameTime } from "./timecode.js";

/** Frames that an arrow moves with shift. */
const FAR_FRAMES = 10;
const NO_CUE = "select a cue first: click it, or press Enter; Silence is for a selected stretch";
const NO_STRETCH = "select a stretch first: drag with Shift, in the ruler or over the cues";

export class CueLane extends Lane {
  /** @param {Workspace} workspace with cues, and boundaries and film where there are any */
  constructor(workspace) {
    const listen = ["cues", "boundaries", "film"];
    super(workspace, { name: "cue", label: "Cues", height_px: 64, listen, role: "application" });
    this.chosen = null;
    this.held = null;
    this.base = null;
    this.ghost = null;
    this.pending = 0;
    /** cues as they came last */
    this.known = this.cues;
    this.tools = new CueTools(this);
    this.offs.push(workspace.on("data:cues", () => this.renewed()));
    this.offs.push(workspace.on("view", (changed) => changed.includes("selection") && this.tools.refresh()));
    this.canvas.addEventListener("keyup", (event) => event.key.startsWith("Arrow") && this.letGo());
    this.canvas.addEventListener("blur", () => {
      this.hint("");
      this.letGo();
    });
  }

  // — what there is —

  get film() {
    return filmOf(this.workspace);
  }

  /** As they are drawn: with what is being tried, or was asked for and is not yet answered. */
  get cues() {
    return this.held ?? meant(this.workspace.get("cues"), this.film);
  }

  /** The selected one, or undefined. */
  get cue() {
    return this.chosen ? this.cues[this.chosen.cue] : undefined;
  }

  /** New cues have come, asked for here or by somebody else; the selected one is found by its edges. */
  renewed() {
    const current = meant(this.workspace.get("cues"), this.film);
    // what is tried goes on over what was asked for before it
    if (this.base ? this.pending || areSame(current, this.base) : this.pending > 1) return;
    const old = this.chosen && (this.held ?? this.known)[this.chosen.cue];
    if (this.base && !this.cancelDrag()) this.dropTrial();
    this.held = null;
    this.known = current;
    const at = old ? this.cues.findIndex((cue) => cue.in_s === old.in_s || cue.out_s === old.out_s) : -1;
    const { chosen } = this;
    if (chosen) this.chosen = at < 0 ? null : { ...chosen, cue: at };
    if (old && (at !== chosen.cue || !areSame([old], [this.cue]))) this.tellChosen();
    this.tools.refresh();
  }

  /** Somebody else has changed the selected cue: what was said of it is so no more. */
  tellChosen() {
    this.workspace.say(this.chosen ? this.facts(this.chosen.cue) : "the selected cue is gone");
  }

  describe() {
    const { cues, film } = this;
    const told = cues.map((_, at) => this.facts(at));
    const silent = silences(cues, film).map(([from_s, to_s]) => `${this.code(from_s)} to ${this.code(to_s)}`);
    const rest = silent.length ? `Silence from ${silent.join(", and from ")}.` : "No silence.";
    return `${this.count}: ${told.join("; ")}. ${rest}`;
  }

  /** How many cues there are, in words. */
  get count() {
    const { length } = this.cues;
    return length === 1 ? "1 cue" : `${length} cues`;
  }

  code(time_s) {
    return timecodeOf(this.workspace, time_s);
  }

  /** What is to be said of a cue, in one line. */
  facts(index, separator = ", ") {
    const cue = this.cues[index];
    const span = `cue ${index + 1} from ${this.code(cue.in_s)} to ${this.code(cue.out_s)}`;
    return [span, ENTRIES[cue.entry], ENDINGS[cue.ending]].join(separator);
  }

  paint(context, width_px, height_px) {
    const { axis, cues, film, chosen, ghost } = this;
    const { theme } = this.workspace;
    paintCues(context, { axis, theme, cues, silent: silences(cues, film), chosen, ghost, height_px });
  }

  // — choosing —

  /** Select a cue and one of its edges, null for none, and say it. */
  choose(chosen) {
    this.chosen = chosen;
    if (chosen) this.workspace.say(`${chosen.edge} of ${this.facts(chosen.cue)}`);
    this.tools.refresh();
    this.wake();
  }

  chooseNearest(edge = "in") {
    this.choose({ cue: nearestCue(this.cues, this.workspace.view.position_s), edge });
  }

  /** Select the next edge; false behind the last one. */
  walk(step) {
    if (!this.chosen) return false;
    const place = 2 * this.chosen.cue + (this.chosen.edge === "out" ? 1 : 0) + step;
    if (place < 0 || place >= 2 * this.cues.length) return false;
    this.choose({ cue: place >> 1, edge: place % 2 ? "out" : "in" });
    this.axis.reveal(this.edge_s);
    return true;
  }

  /** Where the selected edge lies. */
  get edge_s() {
    return this.chosen.edge === "in" ? this.cue.in_s : this.cue.out_s;
  }

  // — changing: tried first, then asked for —

  mayEdit() {
    if (!this.workspace.canEdit) this.workspace.say("this desk can only be looked at");
    return this.workspace.canEdit;
  }

  /** Draw other cues at once, and ask what they would come to. */
  attempt(cues) {
    this.base ??= this.cues;
    this.held = cues;
    this.workspace.preview(cuesRequest(cues, this.film));
    this.tools.refresh();
    this.wake();
  }

  /** A key is up: what it did is asked for once, however long it was down. */
  letGo() {
    if (!this.drag) this.keep();
  }

  /** Ask for what was tried. */
  keep() {
    const { base } = this;
    this.base = null;
    if (!base) return;
    if (areSame(base, this.held)) this.held = null;
    else this.commit(cuesRequest(this.held, this.film));
  }

  dropTrial() {
    this.held = this.base = this.ghost = null;
    this.workspace.endPreview();
    this.tools.refresh();
    this.wake();
  }

  async commit(request) {
    const held = this.held;
    this.pending += 1;
    const isDone = await this.ask(request);
    this.pending -= 1;
    if (!isDone && this.held === held) this.held = null;
    if (this.chosen && !this.cue) this.chosen = null;
    if (isDone) this.workspace.say(this.chosen ? this.facts(this.chosen.cue) : this.count);
    this.tools.refresh();
    this.changed();
  }

  /** A change in one go: `make` gives the cues, or throws what is to be said. */
  change(make) {
    if (!this.mayEdit()) return;
    this.keep();
    try {
      const cues = make(this.cues);
      if (areSame(cues, this.cues)) return;
      this.held = cues;
    } catch (error) {
      this.workspace.say(error.message);
      return;
    }
    this.commit(cuesRequest(this.held, this.film));
    this.wake();
  }

  nudge(frames) {
    if (!this.mayEdit()) return;
    const { chosen, cues, film } = this;
    const time_s = frameTime(nearestFrame(this.edge_s, film.fps) + frames, film.fps);
    this.attempt(withEdge(cues, chosen.cue, chosen.edge, time_s, film));
  }

  /** An edge of the selected cue, or of the nearest, to the playhead. */
  edgeToPlayhead(edge) {
    if (!this.chosen) this.chooseNearest(edge);
    this.choose({ ...this.chosen, edge });
    this.change((cues) => withEdge(cues, this.chosen.cue, edge, this.playhead_s, this.film));
  }

  /** The frame under the playhead, in seconds. */
  get playhead_s() {
    return frameTime(frameWithin(this.workspace.view.position_s, this.film), this.film.fps);
  }

  splitAtPlayhead() {
    const at_s = this.playhead_s;
    this.change((cues) => {
      const parts = split(cues, at_s);
      this.chosen = { cue: cueAt(parts, at_s), edge: "in" };
      return parts;
    });
  }

  /** Without the selected cue. A stretch that was selected elsewhere is not meant by Delete. */
  removeChosen() {
    if (!this.chosen) return this.refuse(NO_CUE);
    const { cue } = this.chosen;
    return this.change((cues) => {
      const left = removed(cues, cue);
      this.chosen = null;
      return left;
    });
  }

  silence() {
    const { selection } = this.workspace.view;
    if (!selection) return this.refuse(NO_STRETCH);
    if (!this.mayEdit()) return null;
    if (isSilent(this.cues, this.film, selection)) return this.refuse("this stretch is silent already");
    const [start_s, end_s] = selection.map((time_s) => exactEdge(time_s, this.film));
    this.chosen = null;
    return this.commit({ do: "edit", edit: "silence", start_s, end_s });
  }

  /** Say why nothing is done, for all to see until something else is. */
  refuse(text) {
    this.workspace.say(text);
    this.hint(text, { x: 4, y: 4 });
    return null;
  }

  shape(changes) {
    if (this.chosen) this.change((cues) => shaped(cues, this.chosen.cue, changes));
  }

  // — pointer —

  pressed(point) {
    this.keep();
    if (point.shift) return selectionDrag(this.workspace, point);
    const edge = edgeAt(this.cues, this.axis, point.x);
    const cue = cueAt(this.cues, point.time_s);
    this.choose(edge ?? (cue < 0 ? null : { cue, edge: "in" }));
    if (!this.workspace.canEdit) return null;
    if (edge) return this.stretching(point, edge);
    return cue < 0 ? this.drawing(point) : this.shifting(point, cue);
  }

  stretching(point, { cue, edge }) {
    return this.dragging(point, (time_s) => withEdge(this.base, cue, edge, time_s, this.film));
  }

  shifting(point, cue) {
    const off_s = this.cues[cue].in_s - point.time_s;
    return this.dragging(point, (time_s) => moved(this.base, cue, time_s, this.film), off_s);
  }

  /** `make` gives the cues for a time that was snapped. */
  dragging(from, make, off_s = 0) {
    let isDrag = false;
    return {
      move: (point) => {
        isDrag ||= Math.abs(point.x - from.x) >= DRAG_PX;
        if (!isDrag) return;
        this.base ??= this.cues;
        this.attempt(make(this.snapped(point, off_s)));
        this.hint(this.facts(this.chosen.cue, "\n"), point);
      },
      end: () => {
        this.hint("");
        this.keep();
      },
      cancel: () => {
        this.hint("");
        this.dropTrial();
      },
    };
  }

  drawing(from) {
    const start_s = this.snapped(from);
    return {
      move: (point) => {
        if (Math.abs(point.x - from.x) < DRAG_PX) return;
        this.ghost = [start_s, this.snapped(point)].sort((first, second) => first - second);
        this.hint(this.ghost.map((time_s) => this.code(time_s)).join(" to "), point);
        this.wake();
      },
      end: () => {
        const { ghost } = this;
        this.ghost = null;
        this.hint("");
        this.wake();
        if (ghost) this.draw(start_s, ghost[0] === start_s ? ghost[1] : ghost[0]);
      },
      cancel: () => {
        this.hint("");
        this.dropTrial();
      },
    };
  }

  draw(from_s, to_s) {
    this.change((cues) => {
      const found = added(cues, from_s, to_s, this.film);
      this.chosen = { cue: found.index, edge: "out" };
      return found.cues;
    });
  }

  snapped(point, off_s = 0) {
    const boundaries = this.workspace.get("boundaries") ?? [];
    const { position_s, selection } = this.workspace.view;
    const marks_s = [...boundaries.map((each) => each.time_s), position_s, ...(selection ?? [])];
    return snappedEdge(point.time_s + off_s, this.film, { axis: this.axis, marks_s, isFree: point.alt });
  }

  hovered(point) {
    const edge = edgeAt(this.cues, this.axis, point.x);
    const cue = edge ? edge.cue : cueAt(this.cues, point.time_s);
    this.hint(cue < 0 ? "" : this.facts(cue, "\n"), point);
    if (!this.workspace.canEdit || point.shift) return "default";
    if (edge) return "ew-resize";
    return cue < 0 ? "crosshair" : "grab";
  }

  // — keys —

  key(event) {
    if (event.altKey || event.ctrlKey || event.metaKey) return false;
    this.hint("");
    if (event.key === "Tab") return this.walk(event.shiftKey ? -1 : 1);
    const deed = (this.chosen ? CHOSEN_KEYS[event.key] : null) ?? KEYS[event.key];
    if (deed) deed(this, event);
    return Boolean(deed);
  }
}

const KEYS = {
  Enter: (lane) => lane.chooseNearest(),
  i: (lane) => lane.edgeToPlayhead("in"),
  o: (lane) => lane.edgeToPlayhead("out"),
  x: (lane) => lane.splitAtPlayhead(),
  Delete: (lane) => lane.removeChosen(),
  Backspace: (lane) => lane.removeChosen(),
};

/** Keys of the selected edge. */
const CHOSEN_KEYS = {
  ArrowLeft: (lane, event) => lane.nudge(event.shiftKey ? -FAR_FRAMES : -1),
  ArrowRight: (lane, event) => lane.nudge(event.shiftKey ? FAR_FRAMES : 1),
  Escape: (lane) => (lane.base ? lane.dropTrial() : lane.choose(null)),
};
