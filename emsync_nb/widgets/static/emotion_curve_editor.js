/** An emotion curve alone, with an undo of its own: the widget EmotionCurveEditor. */

import { Circumplex } from "./circumplex.js";
import { apply, trimmed } from "./curve.js";
import { clockText } from "./curve_drawing.js";
import { EmotionLane } from "./emotion_lane.js";
import { History } from "./history.js";
import { element } from "./lane.js";
import { PlaceSync, listen } from "./place_sync.js";
import { Stack } from "./stack.js";
import { whenShown } from "./still_picture.js";
import { UndoBar } from "./undo_bar.js";
import { widgetRoot } from "./widget_root.js";
import { Workspace } from "./workspace.js";

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
    this.isDue = false;
    this.root = widgetRoot("em-curve-editor", "Emotion curve");
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
    this.bar = new UndoBar(this.workspace, this.history, () => this.tell());
    const panels = element("div", "em-curve-panels");
    panels.append(this.stack.root, this.plane.root);
    this.root.append(this.bar.root, panels);
  }

  hear() {
    const heard = {
      "change:duration_s": () => this.takeFilm(),
      "change:analysed": () => this.takeAnalysed(),
    };
    TRAITS.forEach((name) => (heard[`change:${name}`] = () => this.takeCurve()));
    this.offs = [listen(this.model, heard), this.workspace.on("view", () => this.tellPlace())];
    this.root.addEventListener("keydown", (event) => this.keyDown(event));
  }

  /** Show what the traits hold. */
  begin() {
    this.takeFilm();
    this.takeAnalysed();
    this.sync = new PlaceSync(this.model, this.workspace);
    this.tellPlace();
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
    this.workspace.set("curve", this.history.now);
    this.bar.show();
  }

  takeAnalysed() {
    const analysed = this.model.get("analysed");
    this.workspace.set("analysed", analysed?.times_s ? analysed : null);
  }

  // — film and playhead —

  takeFilm() {
    this.workspace.axis.setDuration(this.model.get("duration_s"));
    this.workspace.set("curve", this.history.now);
  }

  tellPlace() {
    this.bar.place.textContent = clockText(this.workspace.view.position_s);
  }

  // — keys that no lane took —

  keyDown(event) {
    if (event.defaultPrevented || event.altKey) return;
    const isDone = event.ctrlKey || event.metaKey ? this.bar.press(event) : this.viewKey(event);
    if (!isDone) return;
    event.preventDefault();
    event.stopPropagation();
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
    this.sync.dispose();
    this.offs.forEach((off) => off());
    this.workspace.dispose();
  }
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
