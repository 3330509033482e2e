/** Boundaries alone, with an undo of their own: the widget BoundaryEditor. */

import { apply } from "./boundary_edits.js";
import { BoundaryLane } from "./boundary_lane.js";
import { timecodeOf } from "./film_facts.js";
import { History } from "./history.js";
import { PlaceSync, areAlike, listen } from "./place_sync.js";
import { RulerLane } from "./ruler_lane.js";
import { Stack } from "./stack.js";
import { whenShown } from "./still_picture.js";
import { UndoBar } from "./undo_bar.js";
import { widgetRoot } from "./widget_root.js";
import { Workspace } from "./workspace.js";

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
    this.root = widgetRoot("em-boundary-editor", "Boundaries of a film");
    const act = async (request) => this.act(request);
    this.workspace = new Workspace(this.root, { act, duration_s: model.get("duration_s") });
    const size = (state) => 4 * state.length;
    this.history = new History(model.get("boundaries"), { same: areAlike, size });
    this.build();
    this.hear();
    this.takeFilm();
    this.show();
    this.sync = new PlaceSync(model, this.workspace);
  }

  build() {
    const ruler = new RulerLane(this.workspace, { isBare: true });
    this.stack = new Stack(this.workspace, [ruler, new BoundaryLane(this.workspace)]);
    this.bar = new UndoBar(this.workspace, this.history, () => this.tellBoundaries());
    this.root.append(this.bar.root, this.stack.root);
  }

  hear() {
    const unheard = listen(this.model, {
      "change:boundaries": () => this.takeBoundaries(),
      "change:duration_s": () => this.takeFilm(),
      "change:fps": () => this.takeFilm(),
    });
    this.offs = [unheard, this.workspace.on("view", () => this.tellPlace())];
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
    this.bar.show();
  }

  // — film, playhead and keys —

  takeFilm() {
    this.workspace.set("film", this.film);
    this.workspace.axis.setDuration(this.film.duration_s);
    this.tellPlace();
  }

  tellPlace() {
    this.bar.place.textContent = timecodeOf(this.workspace, this.workspace.view.position_s);
  }

  keyDown(event) {
    if (!this.bar.press(event)) return;
    event.preventDefault();
    event.stopPropagation();
  }

  dispose() {
    this.sync.dispose();
    this.offs.forEach((off) => off());
    this.stack.dispose();
    this.workspace.dispose();
  }
}
