/** The boundaries of a film: where scenes change, how marked it is, and which the music meets. */

import {
  apply,
  boundaryAt,
  exactTime,
  frameWithin,
  hitCount,
  hitWords,
  isMet,
  nearestNumber,
  numberAt,
  seconds,
  snappedFrame,
  stepped,
  steppedStrength,
  whyUnmet,
  withBeats,
} from "./boundary_edits.js";
import { headY, paintBoundaries, strengthAt } from "./boundary_shapes.js";
import { BoundaryTools } from "./boundary_tools.js";
import { DRAG_PX, filmOf, stretchDrag, timecodeOf } from "./film_facts.js";
import { Lane } from "./lane.js";

/** A head is taken within so many pixels of its height. */
const HEAD_PX = 9;
/** Frames that an arrow moves with shift. */
const FAR_FRAMES = 10;
/** How many boundaries the text alternative tells one by one. */
const TOLD = 5;

export class BoundaryLane extends Lane {
  /** @param {Workspace} workspace with boundaries, and clicks, cues, film where there are any */
  constructor(workspace) {
    const listen = ["boundaries", "clicks", "cues", "film"];
    super(workspace, { name: "boundary", label: "Boundaries", height_px: 104, listen, role: "application" });
    this.chosen_s = null;
    this.held = null;
    this.trial = null;
    this.pending = 0;
    this.tools = new BoundaryTools(this);
    this.offs.push(workspace.on("data:boundaries", () => this.renewed()));
    this.canvas.addEventListener("keyup", (event) => event.key.startsWith("Arrow") && this.letGo());
    this.canvas.addEventListener("blur", () => this.letGo());
  }

  // — what there is —

  /** As they are drawn: with what is being tried, or was asked for and is not yet answered. */
  get boundaries() {
    return this.held ?? this.workspace.get("boundaries") ?? [];
  }

  /** Number of the selected one, or 0. */
  get chosen() {
    return this.chosen_s === null ? 0 : numberAt(this.boundaries, this.chosen_s);
  }

  get film() {
    return filmOf(this.workspace);
  }

  /** New boundaries have come: what was held back for them is let go, unless more was asked for meanwhile. */
  renewed() {
    const current = this.workspace.get("boundaries") ?? [];
    if (this.trial) this.rebase(current);
    else if (!this.pending) this.held = null;
    this.tools.refresh();
  }

  /** Go on with a trial over boundaries that somebody else has changed meanwhile. */
  rebase(current) {
    const { trial } = this;
    const number = numberAt(current, trial.was_s);
    if (!number && this.pending) return;
    if (!number) {
      if (!this.cancelDrag()) this.dropTrial();
      this.workspace.say("this boundary was taken away or moved by somebody else");
      return;
    }
    Object.assign(trial, { base: current, number });
    if (trial.request) this.attempt(trial.request);
    else this.held = null;
  }

  describe() {
    const all = this.boundaries;
    if (!all.length) return "No boundaries.";
    const counts = ["cut", "fade", "dissolve"].map((kind) => {
      return counted(all.filter((each) => each.kind === kind).length, kind);
    });
    const told = all.slice(0, TOLD).map((_, at) => this.facts(at + 1));
    const more = all.length > TOLD ? [`and ${all.length - TOLD} more`] : [];
    return `${counts.join(", ")}; ${hitCount(all)}. ${[...told, ...more].join("; ")}.`;
  }

  /** What is to be said of a boundary, in one line. */
  facts(number, separator = ", ") {
    const all = this.shown;
    const boundary = all[number - 1];
    const code = (time_s) => timecodeOf(this.workspace, time_s);
    const strength = `strength ${boundary.strength.toFixed(2)}`;
    const parts = [`${boundary.kind} at ${code(boundary.time_s)}`, strength];
    if (boundary.locked) parts.push("locked");
    if (isMet(boundary)) parts.push(...hitWords(boundary, this.clicks));
    const why = whyUnmet(all, number, this.workspace.get("cues") ?? [], code);
    if (why) parts.push(`not met: ${why}`);
    return parts.join(separator);
  }

  /** With what was found for them: while one is held, by the preview. */
  get shown() {
    return withBeats(this.boundaries, this.trial && this.workspace.get("preview")?.boundaries);
  }

  get clicks() {
    const tried = this.trial && this.workspace.get("preview")?.clicks;
    return tried || this.workspace.get("clicks");
  }

  paint(context, width_px, height_px) {
    const { shown: boundaries, axis, chosen, clicks } = this;
    paintBoundaries(context, { boundaries, axis, theme: this.workspace.theme, height_px, chosen, clicks });
  }

  // — choosing —

  /** Select a boundary, 0 for none, and say what it is. */
  choose(number) {
    this.chosen_s = number ? this.boundaries[number - 1].time_s : null;
    if (number) this.workspace.say(`boundary ${number} of ${this.boundaries.length}: ${this.facts(number)}`);
    this.tools.refresh();
    this.wake();
  }

  chooseNearest() {
    const number = nearestNumber(this.boundaries, this.workspace.view.position_s);
    if (number) this.choose(number);
    else this.workspace.say("there are no boundaries; press A to add one at the playhead");
  }

  /** Select a neighbour; false at an end. */
  walk(step) {
    const number = this.chosen + step;
    if (!this.chosen || number < 1 || number > this.boundaries.length) return false;
    this.choose(number);
    this.axis.reveal(this.chosen_s);
    return true;
  }

  // — changing: tried first, then asked for —

  /** Begin to try a change, or go on with one of the same kind. */
  begin(edit = null) {
    if (this.trial?.request && this.trial.request.edit !== edit) this.keep();
    const number = this.chosen;
    if (!number || !this.mayEdit()) return false;
    this.trial ??= { base: this.boundaries, number, was_s: this.chosen_s, request: null };
    return true;
  }

  mayEdit() {
    if (!this.workspace.canEdit) this.workspace.say("this desk can only be looked at");
    return this.workspace.canEdit;
  }

  /** Draw a change at once, and ask what it would come to; one that cannot be is told and not drawn. */
  attempt(change) {
    const request = { do: "edit", ...change, boundary: this.trial.number };
    try {
      this.held = apply(this.trial.base, request, this.film);
    } catch (error) {
      return error.message;
    }
    this.trial.request = request;
    if (request.edit === "move") this.chosen_s = seconds(request.time_s);
    this.workspace.preview(request);
    this.tools.refresh();
    this.wake();
    return "";
  }

  /** A key is up: what it did is asked for once, however long it was down. */
  letGo() {
    if (!this.drag) this.keep();
  }

  /** Ask for what was tried. */
  keep() {
    const { trial } = this;
    this.trial = null;
    if (trial?.request) this.commit(trial.request, trial.was_s);
  }

  dropTrial() {
    if (this.trial) this.chosen_s = this.trial.was_s;
    this.held = this.pending && this.trial ? this.trial.base : null;
    this.trial = null;
    this.workspace.endPreview();
    this.tools.refresh();
    this.wake();
  }

  /** Ask for a change; it is drawn as if it were done until the answer comes. */
  async commit(request, was_s) {
    this.pending += 1;
    const isDone = await this.ask(request);
    this.pending -= 1;
    // what answers the request has come before its answer; older boundaries may have, while others were pending
    if (!isDone || (!this.pending && !this.trial)) this.held = null;
    if (!isDone) {
      this.chosen_s = was_s;
    } else if (this.chosen) this.workspace.say(this.facts(this.chosen));
    this.tools.refresh();
    this.changed();
  }

  /** A change in one go. */
  change(change, chosenAfter_s) {
    if (!this.mayEdit()) return;
    this.keep();
    const was_s = this.chosen_s;
    const request = { do: "edit", ...change };
    try {
      this.held = apply(this.boundaries, request, this.film);
    } catch (error) {
      this.workspace.say(error.message);
      return;
    }
    this.chosen_s = chosenAfter_s;
    this.commit(request, was_s);
    this.wake();
  }

  addAt(frame) {
    const time_s = exactTime(frame, this.film.fps);
    this.change({ edit: "add", time_s, strength: 1 }, seconds(time_s));
  }

  addAtPlayhead() {
    this.addAt(frameWithin(this.workspace.view.position_s, this.film));
  }

  /** Without the selected one; its neighbour is selected then, so that a hand on the keys keeps its place. */
  removeChosen() {
    const number = this.chosen;
    if (!number) return;
    const next = this.boundaries[number] ?? this.boundaries[number - 2];
    this.change({ edit: "remove", boundary: number }, next?.time_s ?? null);
  }

  toggleLock() {
    const number = this.chosen;
    if (!number) return;
    this.change({ edit: "lock", boundary: number, on: !this.boundaries[number - 1].locked }, this.chosen_s);
  }

  weigh(strength) {
    if (this.begin("weight")) this.tell(this.attempt({ edit: "weight", strength }));
  }

  nudge(frames) {
    if (!this.begin("move")) return;
    const frame = stepped(this.boundaries, this.chosen, frames, this.film);
    if (frame !== null) this.tell(this.attempt({ edit: "move", time_s: exactTime(frame, this.film.fps) }));
    else this.workspace.say("the film ends here");
  }

  tell(problem) {
    if (problem) this.workspace.say(problem);
  }

  // — pointer —

  pressed(point) {
    this.keep();
    const number = boundaryAt(this.boundaries, this.axis, point.x);
    this.choose(number);
    if (!number) return this.selecting(point);
    return this.workspace.canEdit ? this.dragging(point) : null;
  }

  selecting(point) {
    const { workspace } = this;
    const setStretch = (start_s, end_s) => workspace.select(start_s, end_s);
    const clicked = () => workspace.select(null);
    return stretchDrag(workspace, point, { setStretch, clicked, before: workspace.view.selection });
  }

  dragging(from) {
    this.begin();
    const boundary = this.boundaries[this.chosen - 1];
    const off_s = boundary.time_s - from.time_s;
    const isHead = Math.abs(headY(boundary.strength, this.height_px) - from.y) <= HEAD_PX;
    let way = null;
    return {
      move: (point) => {
        const [across_px, down_px] = [Math.abs(point.x - from.x), Math.abs(point.y - from.y)];
        if (!way && Math.max(across_px, down_px) < DRAG_PX) return;
        way ??= isHead && down_px > across_px ? "weight" : "move";
        const problem = this.attempt(way === "weight" ? this.weighing(point) : this.moving(point, off_s));
        this.hint(problem || this.facts(this.chosen, "\n"), point);
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

  weighing(point) {
    return { edit: "weight", strength: steppedStrength(strengthAt(point.y, this.height_px), 0) };
  }

  moving(point, off_s) {
    const { position_s, selection } = this.workspace.view;
    const beats_s = this.workspace.get("clicks")?.time_s ?? [];
    const marks_s = [position_s, ...(selection ?? [])];
    const near = { axis: this.axis, beats_s, marks_s, isFree: point.alt };
    const frame = snappedFrame(point.time_s + off_s, this.film, near);
    return { edit: "move", time_s: exactTime(frame, this.film.fps) };
  }

  doublePressed(point) {
    if (boundaryAt(this.boundaries, this.axis, point.x)) return;
    const beats_s = this.workspace.get("clicks")?.time_s ?? [];
    this.addAt(snappedFrame(point.time_s, this.film, { axis: this.axis, beats_s, isFree: point.alt }));
  }

  /** While one is dragged above the lane: its neighbours and their beats are what a hand looks for. */
  hint(text, point = null) {
    super.hint(text, point);
    if (!text || !point || !this.drag) return;
    const { tip } = this;
    const left_px = Math.min(Math.max(point.x - tip.offsetWidth / 2, 0), this.axis.width_px - tip.offsetWidth);
    tip.style.transform = `translate(${this.canvas.offsetLeft + left_px}px, ${-tip.offsetHeight - 2}px)`;
  }

  hovered(point) {
    const number = boundaryAt(this.boundaries, this.axis, point.x);
    this.hint(number ? this.facts(number, "\n") : "", point);
    if (!number) return "default";
    if (!this.workspace.canEdit) return "pointer";
    const away_px = Math.abs(headY(this.boundaries[number - 1].strength, this.height_px) - point.y);
    return away_px <= HEAD_PX ? "move" : "ew-resize";
  }

  // — keys —

  key(event) {
    if (event.altKey) return false;
    if (event.ctrlKey || event.metaKey) {
      const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
      return step !== undefined && this.walk(step);
    }
    if (event.key === "Tab") return this.walk(event.shiftKey ? -1 : 1);
    // with caps lock on, L alone plays the film
    if (event.key === "L" && !event.shiftKey) return false;
    const deed = (this.chosen ? CHOSEN_KEYS[event.key] : null) ?? KEYS[event.key];
    if (deed) deed(this, event);
    return Boolean(deed);
  }
}

const KEYS = {
  Enter: (lane) => lane.chooseNearest(),
  a: (lane) => lane.addAtPlayhead(),
  A: (lane) => lane.addAtPlayhead(),
};

/** Keys of the selected boundary. */
const CHOSEN_KEYS = {
  ArrowLeft: (lane, event) => lane.nudge(event.shiftKey ? -FAR_FRAMES : -1),
  ArrowRight: (lane, event) => lane.nudge(event.shiftKey ? FAR_FRAMES : 1),
  ArrowUp: (lane) => lane.weigh(steppedStrength(lane.boundaries[lane.chosen - 1].strength, 1)),
  ArrowDown: (lane) => lane.weigh(steppedStrength(lane.boundaries[lane.chosen - 1].strength, -1)),
  Delete: (lane) => lane.removeChosen(),
  Backspace: (lane) => lane.removeChosen(),
  L: (lane) => lane.toggleLock(),
  Escape: (lane) => (lane.trial ? lane.dropTrial() : lane.choose(0)),
};

function counted(count, what) {
  return `${count} ${what}${count === 1 ? "" : "s"}`;
}
