/** Boundaries alone, with an undo of their own: the widget BoundaryEditor. */

import { apply } from "./boundary_edits.js";
import { BoundaryLane } from "./boundary_lane.js";
import { timecodeOf } from "./film_facts.js";
import { History } from "./history.js";
import { element, toolButton } from "./lane.js";
import { RulerLane } from "./ruler_lane.js";
import { Stack } from "./stack.js";
import { whenShown } from "./still_picture.js";
import { Workspace } from "./workspace.js";

/** How often the playhead and the selection are told to the kernel at most, in milliseconds. */
const TELL_MS = 200;

/** anywidget's entry. */
export function render({ model, el }) {
  const editor = new BoundaryEditor(model);
  el.append(editor.root);
  const undo = whenShown(el, editor.workspace);
  return () => {
    undo();
    editor.dispose();
  };
}

class BoundaryEditor {
  constructor(model) {
    this.model = model;
    this.timer = 0;
    this.root = element("div", "em-root em-boundary-editor");
    this.root.dataset.lmSuppressShortcuts = "true";
    this.root.setAttribute("role", "group");
    this.root.setAttribute("aria-label", "Boundaries of a film");
    const act = async (request) => this.act(request);
    this.workspace = new Workspace(this.root, { act, duration_s: model.get("duration_s") });
    const size = (state) => 4 * state.length;
    this.history = new History(model.get("boundaries"), { same: areAlike, size });
    this.build();
    this.hear();
    this.takeFilm();
    this.show();
    this.takeView();
  }

  build() {
    const ruler = new RulerLane(this.workspace, { isBare: true });
    this.stack = new Stack(this.workspace, [ruler, new BoundaryLane(this.workspace)]);
    this.undoButton = toolButton("Undo", "Undo the last change (ctrl-Z)", () => this.step("undo"));
    this.redoButton = toolButton("Redo", "Redo what was undone (ctrl-shift-Z)", () => this.step("redo"));
    this.place = element("span", "em-place");
    const bar = element("div", "em-bar");
    bar.append(this.undoButton, this.redoButton, this.place);
    this.root.append(bar, this.stack.root);
  }

  hear() {
    this.heard = {
      "change:boundaries": () => this.takeBoundaries(),
      "change:duration_s": () => this.takeFilm(),
      "change:fps": () => this.takeFilm(),
      "change:position_s": () => this.takeView(),
      "change:selection": () => this.takeView(),
    };
    Object.entries(this.heard).forEach(([type, heard]) => this.model.on(type, heard));
    this.off = this.workspace.on("view", () => this.viewed());
    this.root.addEventListener("keydown", (event) => this.keyDown(event));
  }

  get film() {
    return { fps: this.model.get("fps"), duration_s: this.model.get("duration_s") };
  }

  // — boundaries —

  act(request) {
    const after = apply(this.workspace.get("boundaries"), request, this.film);
    const plain = after.map(({ time_s, kind, strength, locked }) => ({ time_s, kind, strength, locked }));
    this.history.push(plain);
    this.tellBoundaries();
  }

  step(way) {
    const state = this.history[way]();
    if (state) this.tellBoundaries();
    else this.workspace.say(`there is nothing to ${way}`);
  }

  tellBoundaries() {
    this.show();
    this.model.set("boundaries", this.history.now);
    this.model.save_changes();
  }

  takeBoundaries() {
    this.history.follow(this.model.get("boundaries"));
    this.show();
  }

  show() {
    const shown = this.history.now.map((each, at) => ({ ...each, number: at + 1, beat: null, bar: null }));
    this.workspace.set("boundaries", shown);
    this.undoButton.disabled = !this.history.canUndo;
    this.redoButton.disabled = !this.history.canRedo;
  }

  // — film, playhead and selection —

  takeFilm() {
    this.workspace.set("film", this.film);
    this.workspace.axis.setDuration(this.film.duration_s);
    this.tellPlace();
  }

  takeView() {
    const { view } = this.workspace;
    const position_s = this.model.get("position_s");
    const told = asStretch(this.model.get("selection"));
    const selection = areAlike(told, view.selection) ? view.selection : told;
    this.workspace.look({ position_s, selection });
    this.tellPlace();
  }

  tellPlace() {
    this.place.textContent = timecodeOf(this.workspace, this.workspace.view.position_s);
  }

  /** The kernel hears of the playhead soon, and of where it came to rest. */
  viewed() {
    this.tellPlace();
    this.timer ||= setTimeout(() => this.tellView(), TELL_MS);
  }

  tellView() {
    this.timer = 0;
    const { position_s, selection } = this.workspace.view;
    const isOld = position_s === this.model.get("position_s");
    if (isOld && areAlike(selection, asStretch(this.model.get("selection")))) return;
    this.model.set("position_s", position_s);
    this.model.set("selection", selection ?? []);
    this.model.save_changes();
  }

  keyDown(event) {
    const isUndo = (event.ctrlKey || event.metaKey) && !event.altKey && event.key.toLowerCase() === "z";
    if (!isUndo || event.defaultPrevented) return;
    event.preventDefault();
    event.stopPropagation();
    this.step(event.shiftKey ? "redo" : "undo");
  }

  dispose() {
    clearTimeout(this.timer);
    Object.entries(this.heard).forEach(([type, heard]) => this.model.off(type, heard));
    this.off();
    this.stack.dispose();
    this.workspace.dispose();
  }
}

function asStretch(trait) {
  return trait?.length === 2 ? trait : null;
}

/** Whether two values would be written alike. */
function areAlike(one, other) {
  return JSON.stringify(one) === JSON.stringify(other);
}
