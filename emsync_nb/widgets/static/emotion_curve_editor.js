/** An emotion curve alone, with an undo of its own: the widget EmotionCurveEditor. */

import { Circumplex } from "./circumplex.js";
import { apply, trimmed } from "./curve.js";
import { clockText } from "./curve_drawing.js";
import { EmotionLane } from "./emotion_lane.js";
import { History } from "./history.js";
import { element, toolButton } from "./lane.js";
import { Stack } from "./stack.js";
import { whenShown } from "./still_picture.js";
import { Workspace } from "./workspace.js";

/** How often the playhead and the selection are told to the kernel at most, in milliseconds. */
const TELL_MS = 200;
const HEIGHT_PX = 190;
/** Values are told to so many decimals. */
const DECIMALS = 1e4;
const TRAITS = ["times_s", "valence", "arousal"];
/** What keys do to the playhead, in seconds, and to the view. */
const STEP_S = 0.1;
const LONG_STEP_S = 1;
const ZOOM = 1.5;

/** anywidget's entry. */
export function render({ model, el }) {
  const editor = new CurveEditor(model);
  el.append(editor.root);
  editor.begin();
  const undo = whenShown(el, editor.workspace);
  return () => {
    undo();
    editor.dispose();
  };
}

class CurveEditor {
  constructor(model) {
    this.model = model;
    this.timer = 0;
    this.isDue = false;
    this.root = element("div", "em-root em-curve-editor");
    this.root.dataset.lmSuppressShortcuts = "true";
    this.root.setAttribute("role", "group");
    this.root.setAttribute("aria-label", "Emotion curve");
    const act = async (request) => this.act(request);
    this.workspace = new Workspace(this.root, { act, duration_s: model.get("duration_s") });
    const size = (state) => 3 * state.times_s.length;
    this.history = new History(this.told(), { same: areAlike, size });
    this.build();
    this.hear();
  }

  build() {
    const lane = new EmotionLane(this.workspace, { height_px: HEIGHT_PX, showsTime: true });
    this.stack = new Stack(this.workspace, [lane]);
    this.plane = new Circumplex(this.workspace);
    this.undoButton = toolButton("Undo", "Undo the last change (ctrl-Z)", () => this.step("undo"));
    this.redoButton = toolButton("Redo", "Redo what was undone (ctrl-shift-Z)", () => this.step("redo"));
    this.place = element("span", "em-place");
    const bar = element("div", "em-bar");
    bar.append(this.undoButton, this.redoButton, this.place);
    const panels = element("div", "em-curve-panels");
    panels.append(this.stack.root, this.plane.root);
    this.root.append(bar, panels);
  }

  hear() {
    this.heard = {
      "change:duration_s": () => this.takeFilm(),
      "change:analysed": () => this.takeAnalysed(),
      "change:position_s": () => this.takeView(),
      "change:selection": () => this.takeView(),
    };
    TRAITS.forEach((name) => (this.heard[`change:${name}`] = () => this.takeCurve()));
    Object.entries(this.heard).forEach(([type, heard]) => this.model.on(type, heard));
    this.off = this.workspace.on("view", () => this.viewed());
    this.root.addEventListener("keydown", (event) => this.keyDown(event));
  }

  /** Show what the traits hold. */
  begin() {
    this.takeFilm();
    this.takeAnalysed();
    this.takeView();
    this.show();
  }

  // — the curve —

  /** The curve as the traits hold it. */
  told() {
    return Object.fromEntries(TRAITS.map((name) => [name, this.model.get(name)]));
  }

  act(request) {
    const { axis } = this.workspace;
    const curve = trimmed(apply(this.workspace.get("curve"), request), axis.duration_s);
    const rounded = (values) => Array.from(values, (value) => Math.round(value * DECIMALS) / DECIMALS);
    const { times_s, valence, arousal } = curve;
    this.history.push({ times_s: [...times_s], valence: rounded(valence), arousal: rounded(arousal) });
    this.tell();
  }

  step(way) {
    const state = this.history[way]();
    if (state) this.tell();
    else this.workspace.say(`there is nothing to ${way}`);
  }

  /** One message for all three. */
  tell() {
    const { now } = this.history;
    this.show();
    TRAITS.forEach((name) => this.model.set(name, now[name]));
    this.model.save_changes();
  }

  /** Once all three are set: one after the other they are not one curve. */
  takeCurve() {
    if (this.isDue) return;
    this.isDue = true;
    queueMicrotask(() => {
      this.isDue = false;
      const told = this.told();
      if (areAlike(told, this.history.now)) return;
      this.history.follow(told);
      this.show();
    });
  }

  show() {
    const { now } = this.history;
    this.workspace.set("curve", now);
    this.undoButton.disabled = !this.history.canUndo;
    this.redoButton.disabled = !this.history.canRedo;
  }

  takeAnalysed() {
    const analysed = this.model.get("analysed");
    this.workspace.set("analysed", analysed?.times_s ? analysed : null);
  }

  // — film, playhead and selection —

  takeFilm() {
    this.workspace.axis.setDuration(this.model.get("duration_s"));
    this.workspace.set("curve", this.history.now);
  }

  takeView() {
    const { view } = this.workspace;
    const position_s = this.model.get("position_s");
    const told = asStretch(this.model.get("selection"));
    const selection = areSame(told, view.selection) ? view.selection : told;
    this.workspace.look({ position_s, selection });
    this.tellPlace();
  }

  tellPlace() {
    this.place.textContent = clockText(this.workspace.view.position_s);
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
    if (isOld && areSame(selection, asStretch(this.model.get("selection")))) return;
    this.model.set("position_s", position_s);
    this.model.set("selection", selection ?? []);
    this.model.save_changes();
  }

  // — keys that no lane took —

  keyDown(event) {
    if (event.defaultPrevented || event.altKey) return;
    const isDone = event.ctrlKey || event.metaKey ? this.changeKey(event) : this.viewKey(event);
    if (!isDone) return;
    event.preventDefault();
    event.stopPropagation();
  }

  changeKey(event) {
    const key = event.key.toLowerCase();
    if (key !== "z" && key !== "y") return false;
    this.step(key === "y" || event.shiftKey ? "redo" : "undo");
    return true;
  }

  viewKey(event) {
    const { workspace } = this;
    const { axis, view } = workspace;
    const step_s = event.shiftKey ? LONG_STEP_S : STEP_S;
    const zoom = (factor) => axis.zoom(factor, axis.x(view.position_s));
    const keys = {
      ArrowLeft: () => workspace.seek(view.position_s - step_s),
      ArrowRight: () => workspace.seek(view.position_s + step_s),
      Home: () => workspace.seek(0),
      End: () => workspace.seek(axis.duration_s),
      "+": () => zoom(ZOOM),
      "=": () => zoom(ZOOM),
      "-": () => zoom(1 / ZOOM),
      0: () => axis.show(0, axis.duration_s),
    };
    if (!Object.hasOwn(keys, event.key)) return false;
    keys[event.key]();
    return true;
  }

  dispose() {
    this.plane.dispose();
    this.stack.dispose();
    if (this.timer) {
      clearTimeout(this.timer);
      this.tellView();
    }
    Object.entries(this.heard).forEach(([type, heard]) => this.model.off(type, heard));
    this.off();
    this.workspace.dispose();
  }
}

function asStretch(trait) {
  return trait?.length === 2 ? trait : null;
}

/** Whether two arrays hold the same numbers; null is like null only. */
function areSame(one, other) {
  if (one === other) return true;
  if (!one || !other || one.length !== other.length) return false;
  return one.every((value, index) => value === other[index]);
}

/** Whether two curves are one. */
function areAlike(one, other) {
  return TRAITS.every((name) => areSame(one[name], other[name]));
}
