/** The plane of valence and arousal (Russell 1980): the film's path over it, and where the playhead is. */

import { LINES, emotionAt, resampled } from "./curve.js";
import { clockText, valueText } from "./curve_drawing.js";
import { pulledAround } from "./curve_points.js";
import { EmotionEditing, STEP } from "./emotion_editing.js";
import { element } from "./lane.js";

const SIZE_PX = 196;
const MARGIN_PX = 18;
/** Points of the path. */
const PATH_POINTS = 400;
/** Near enough to the dot, in pixels. */
const DOT_PX = 18;
/** What is set at the playhead goes over into what was there within so many seconds. */
export const AROUND_S = 2;
/** While the film plays the words follow only so often, in milliseconds. */
const WORDS_MS = 1000;
const CORNERS = [[1, 1, "excited"], [-1, 1, "tense"], [-1, -1, "sad"], [1, -1, "calm"]];

export class Circumplex {
  /**
   * @param {Workspace} workspace with data curve
   * @param {object} [options]
   * @param {number} [options.size_px] unless a style sheet sets --em-plane-wide
   */
  constructor(workspace, { size_px = SIZE_PX } = {}) {
    this.workspace = workspace;
    this.size_px = size_px;
    this.editing = new EmotionEditing(workspace);
    this.isHeld = false;
    this.drag = null;
    this.saidAt_ms = 0;
    this.build();
    this.hear();
    this.changed();
  }

  build() {
    this.root = element("div", "em-circumplex");
    this.root.style.setProperty("--em-plane", `${this.size_px}px`);
    this.canvas = element("canvas", "em-plane");
    this.canvas.tabIndex = 0;
    this.canvas.setAttribute("role", "application");
    this.dot = element("div", "em-plane-dot");
    this.dot.setAttribute("aria-hidden", "true");
    this.root.append(this.canvas, this.dot);
  }

  hear() {
    const { workspace, canvas } = this;
    const changed = () => this.changed();
    this.offs = ["data:curve", "data:curve_tried", "theme"].map((type) => workspace.on(type, changed));
    this.offs.push(workspace.on("view", () => this.place()));
    canvas.addEventListener("pointerdown", (event) => this.pressed(event));
    canvas.addEventListener("pointermove", (event) => this.moved(event));
    canvas.addEventListener("pointerup", () => this.released());
    canvas.addEventListener("pointercancel", () => this.giveUp());
    canvas.addEventListener("keydown", (event) => this.keyDown(event));
    canvas.addEventListener("blur", () => this.hold(false));
    this.resize = new ResizeObserver(() => this.measure());
    this.resize.observe(this.root);
  }

  /** A style sheet may have it larger. */
  measure() {
    const size_px = this.canvas.clientWidth;
    if (!size_px || size_px === this.size_px) return;
    this.size_px = size_px;
    this.changed();
  }

  changed() {
    this.frame ||= requestAnimationFrame(() => {
      this.frame = 0;
      this.paint();
      this.place();
    });
  }

  // — the picture —

  x(valence) {
    return this.size_px / 2 + valence * (this.size_px / 2 - MARGIN_PX);
  }

  y(arousal) {
    return this.size_px / 2 - arousal * (this.size_px / 2 - MARGIN_PX);
  }

  paint() {
    const ratio = window.devicePixelRatio || 1;
    const context = this.canvas.getContext("2d");
    this.canvas.width = Math.round(this.size_px * ratio);
    this.canvas.height = this.canvas.width;
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    this.paintPlane(context);
    if (this.editing.curve) this.paintPath(context, this.editing.curve);
  }

  paintPlane(context) {
    const { theme } = this.workspace;
    context.strokeStyle = theme.colour("hairline");
    context.beginPath();
    context.arc(this.x(0), this.y(0), this.x(1) - this.x(0), 0, 2 * Math.PI);
    context.moveTo(this.x(-1), this.y(0));
    context.lineTo(this.x(1), this.y(0));
    context.moveTo(this.x(0), this.y(-1));
    context.lineTo(this.x(0), this.y(1));
    context.stroke();
    context.font = "11px system-ui, sans-serif";
    context.fillStyle = theme.colour("faint");
    for (const [right, up, word] of CORNERS) {
      context.textAlign = right > 0 ? "right" : "left";
      context.fillText(word, right > 0 ? this.size_px - 5 : 5, up > 0 ? 13 : this.size_px - 6);
    }
    this.paintNames(context, theme);
  }

  paintNames(context, theme) {
    context.textAlign = "center";
    context.fillStyle = theme.colour("valence");
    context.fillText("valence →", this.size_px / 2, this.size_px - 6);
    context.save();
    context.translate(12, this.size_px / 2);
    context.rotate(-Math.PI / 2);
    context.fillStyle = theme.colour("arousal");
    context.fillText("arousal →", 0, 0);
    context.restore();
  }

  /** From faint, where the film begins, to strong. */
  paintPath(context, curve) {
    const [first_s, last_s] = [curve.times_s[0], curve.times_s.at(-1)];
    const clock = Float64Array.from({ length: PATH_POINTS }, (_, index) => {
      return first_s + (index / (PATH_POINTS - 1)) * (last_s - first_s);
    });
    const [valence, arousal] = LINES.map((line) => resampled(clock, curve.times_s, curve[line]));
    context.strokeStyle = this.workspace.theme.colour("ink");
    context.lineWidth = 1.6;
    context.lineCap = "butt";
    for (let index = 1; index < PATH_POINTS; index += 1) {
      context.globalAlpha = 0.1 + (0.75 * index) / PATH_POINTS;
      context.beginPath();
      context.moveTo(this.x(valence[index - 1]), this.y(arousal[index - 1]));
      context.lineTo(this.x(valence[index]), this.y(arousal[index]));
      context.stroke();
    }
    context.globalAlpha = 1;
  }

  /** The dot alone moves while the film plays. */
  place() {
    const { curve } = this.editing;
    this.dot.hidden = !curve;
    if (!curve) {
      this.canvas.setAttribute("aria-label", "Emotion plane: there is no emotion curve yet");
      return;
    }
    const { position_s, playing } = this.workspace.view;
    const emotion = emotionAt(curve, position_s);
    this.dot.style.transform = `translate(${this.x(emotion.valence)}px, ${this.y(emotion.arousal)}px)`;
    const now_ms = performance.now();
    if (playing && now_ms - this.saidAt_ms < WORDS_MS) return;
    this.saidAt_ms = now_ms;
    this.canvas.setAttribute("aria-label", `Emotion plane: ${inWords(emotion)} at ${clockText(position_s)}`);
  }

  // — hands —

  get canChange() {
    const { canEdit, view } = this.workspace;
    return canEdit && !view.playing && Boolean(this.editing.curve);
  }

  at(event) {
    const box = this.canvas.getBoundingClientRect();
    const middle_px = this.size_px / 2;
    const half_px = middle_px - MARGIN_PX;
    const [right_px, down_px] = [event.clientX - box.left - middle_px, event.clientY - box.top - middle_px];
    return { valence: right_px / half_px, arousal: -down_px / half_px };
  }

  isOnDot(event) {
    if (!this.editing.curve) return false;
    const [at, dot] = [this.at(event), emotionAt(this.editing.curve, this.workspace.view.position_s)];
    const across_px = this.x(at.valence) - this.x(dot.valence);
    return Math.hypot(across_px, this.y(at.arousal) - this.y(dot.arousal)) <= DOT_PX;
  }

  pressed(event) {
    if (event.button !== 0 || !this.isOnDot(event)) return;
    if (!this.canChange) {
      if (this.workspace.view.playing) this.workspace.say("stop the film to change the emotion here");
      return;
    }
    this.canvas.setPointerCapture(event.pointerId);
    this.begin(true);
    const [at, dot] = [this.at(event), this.drag.emotion];
    this.drag.off = { valence: dot.valence - at.valence, arousal: dot.arousal - at.arousal };
  }

  /** Take the emotion at the playhead in hand. */
  begin(isDrag) {
    this.editing.settle();
    const { position_s } = this.workspace.view;
    const { curve } = this.editing;
    this.drag = { time_s: position_s, curve, emotion: emotionAt(curve, position_s) };
    this.editing.burst = { isDrag };
  }

  moved(event) {
    if (!this.drag?.off) {
      this.canvas.style.cursor = this.canChange && this.isOnDot(event) ? "grab" : "default";
      return;
    }
    const at = this.at(event);
    this.put({ valence: at.valence + this.drag.off.valence, arousal: at.arousal + this.drag.off.arousal });
  }

  put(emotion) {
    const { time_s, curve } = this.drag;
    this.drag.emotion = emotion;
    const { duration_s } = this.workspace.axis;
    this.editing.try(pulledAround(curve, time_s, emotion, AROUND_S, duration_s), curve);
  }

  released() {
    if (!this.drag?.off) return;
    this.drag = null;
    this.editing.commit();
  }

  giveUp() {
    this.drag = null;
    return this.editing.giveUp();
  }

  /** With Enter the dot is held, and arrows move it; with Escape it is let go. */
  hold(isHeld) {
    if (!isHeld) this.editing.settle();
    if (!this.drag?.off) this.drag = null;
    this.isHeld = isHeld;
    this.dot.classList.toggle("em-held", isHeld);
  }

  keyDown(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) {
      this.editing.settle();
      return;
    }
    if (!this.keyed(event.key)) return;
    event.preventDefault();
    event.stopPropagation();
  }

  keyed(key) {
    if (key === "Escape") {
      const hadSomething = this.giveUp() || this.isHeld;
      this.hold(false);
      return hadSomething;
    }
    if (key === "Enter" && this.canChange) {
      this.hold(!this.isHeld);
      this.workspace.say(this.isHeld ? "held: arrows move it, Escape lets it go" : "let go");
      return true;
    }
    const way = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] }[key];
    if (!way || !this.isHeld || !this.canChange) return false;
    this.step(...way);
    return true;
  }

  step(right, up) {
    const isSame = this.drag && this.editing.burst && this.drag.time_s === this.workspace.view.position_s;
    if (!isSame) this.begin(false);
    const { valence, arousal } = this.drag.emotion;
    const within = (value) => Math.min(1, Math.max(-1, value));
    this.put({ valence: within(valence + right * STEP), arousal: within(arousal + up * STEP) });
    this.editing.wait();
    this.workspace.say(inWords(this.drag.emotion));
  }

  dispose() {
    cancelAnimationFrame(this.frame);
    this.resize.disconnect();
    this.offs.forEach((off) => off());
    this.editing.dispose();
  }
}

function inWords({ valence, arousal }) {
  return `valence ${valueText(valence)}, arousal ${valueText(arousal)}`;
}
