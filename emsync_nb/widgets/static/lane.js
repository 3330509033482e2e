/** One row of a desk: a head at the left, a canvas along the axis, and a text that says the same. */

let made = 0;

export class Lane {
  /**
   * @param {Workspace} workspace
   * @param {object} options
   * @param {string} options.name for the style sheet, such as "emotion"
   * @param {string} options.label what it is called
   * @param {number} options.height_px
   * @param {string[]} [options.listen] names of data that it paints
   * @param {string} [options.role] "application" where things in it are moved, else "img"
   */
  constructor(workspace, { name, label, height_px, listen = [], role = "img" }) {
    this.workspace = workspace;
    this.axis = workspace.axis;
    this.name = name;
    this.label = label;
    this.drag = null;
    this.frame = 0;
    this.build(role);
    this.setHeight(height_px);
    this.offs = [...listen, "preview"].map((data) => workspace.on(`data:${data}`, () => this.changed()));
    this.offs.push(workspace.on("theme", () => this.wake()));
    this.axisChanged = () => this.wake();
    this.axis.addEventListener("change", this.axisChanged);
    this.hear();
  }

  // — what a lane is: to be overridden —

  /** Draw everything; the canvas is empty. */
  paint(context, width_px, height_px) {}

  /** What is to be seen, in a sentence or two. */
  describe() {
    return "";
  }

  /** A press begins: what hears of its moves and its end, {move(point, event), end(point, event), cancel()}; or null. */
  pressed(point, event) {
    return null;
  }

  /** The pointer passes: the cursor it gets. */
  hovered(point, event) {
    return "default";
  }

  doublePressed(point, event) {}

  /** A key, while the canvas has focus: whether it was for this lane. */
  key(event) {
    return false;
  }

  // — what all have —

  build(role) {
    made += 1;
    const id = `em-lane-${made}`;
    this.root = element("div", `em-lane em-lane-${this.name}`);
    this.root.setAttribute("role", "group");
    this.root.setAttribute("aria-label", this.label);
    this.head = element("div", "em-head");
    this.title = element("div", "em-title", this.label);
    this.head.append(this.title);
    this.canvas = element("canvas", "em-canvas");
    this.canvas.tabIndex = 0;
    this.canvas.setAttribute("role", role);
    this.canvas.setAttribute("aria-label", this.label);
    this.text = element("p", "em-unseen");
    this.text.id = id;
    this.canvas.setAttribute("aria-describedby", id);
    this.tip = element("div", "em-hint");
    this.tip.hidden = true;
    this.root.append(this.head, this.canvas, this.text, this.tip);
  }

  setHeight(height_px) {
    this.height_px = height_px;
    this.canvas.style.height = `${height_px}px`;
    this.wake();
  }

  /** Data have changed. */
  changed() {
    this.textIsOld = true;
    this.wake();
  }

  /** Be painted in the next frame. */
  wake() {
    this.frame ||= requestAnimationFrame(() => {
      this.frame = 0;
      this.repaint();
    });
  }

  repaint() {
    const width_px = this.axis.width_px;
    const ratio = window.devicePixelRatio || 1;
    const [wide, high] = [Math.round(width_px * ratio), Math.round(this.height_px * ratio)];
    // setting a size empties a canvas, and takes long
    if (this.canvas.width !== wide || this.canvas.height !== high) {
      this.canvas.width = wide;
      this.canvas.height = high;
    }
    const context = this.canvas.getContext("2d");
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.clearRect(0, 0, width_px, this.height_px);
    this.paint(context, width_px, this.height_px);
    if (this.textIsOld ?? true) this.tellAgain();
  }

  tellAgain() {
    this.textIsOld = false;
    this.text.textContent = this.describe();
  }

  /** Show a few words at a point; none hide them. */
  hint(text, point = null) {
    this.tip.hidden = !text;
    this.tip.textContent = text || "";
    if (!text || !point) return;
    const left_px = Math.min(point.x + 12, Math.max(0, this.axis.width_px - this.tip.offsetWidth - 4));
    const top_px = Math.max(0, Math.min(point.y + 14, this.height_px - this.tip.offsetHeight));
    this.tip.style.transform = `translate(${this.canvas.offsetLeft + left_px}px, ${top_px}px)`;
  }

  hear() {
    const canvas = this.canvas;
    canvas.addEventListener("pointerdown", (event) => this.down(event));
    canvas.addEventListener("pointermove", (event) => this.move(event));
    canvas.addEventListener("pointerup", (event) => this.up(event));
    canvas.addEventListener("pointercancel", () => this.cancelDrag());
    canvas.addEventListener("pointerleave", () => this.drag || this.hint(""));
    canvas.addEventListener("dblclick", (event) => this.doublePressed(this.point(event), event));
    canvas.addEventListener("keydown", (event) => this.keyDown(event));
  }

  point(event) {
    const box = this.canvas.getBoundingClientRect();
    const x = event.clientX - box.left;
    const keys = { shift: event.shiftKey, ctrl: event.ctrlKey || event.metaKey, alt: event.altKey };
    return { x, y: event.clientY - box.top, time_s: this.axis.time(x), ...keys };
  }

  down(event) {
    if (event.button !== 0) return;
    this.canvas.focus({ preventScroll: true });
    this.drag = this.pressed(this.point(event), event);
    if (this.drag) this.canvas.setPointerCapture(event.pointerId);
  }

  move(event) {
    const point = this.point(event);
    if (this.drag) this.drag.move(point, event);
    else this.canvas.style.cursor = this.hovered(point, event);
  }

  up(event) {
    const drag = this.drag;
    this.drag = null;
    if (drag) drag.end(this.point(event), event);
  }

  /** Let go of what is dragged, and leave it as it was. */
  cancelDrag() {
    const drag = this.drag;
    this.drag = null;
    if (!drag) return false;
    drag.cancel();
    this.workspace.endPreview();
    this.wake();
    return true;
  }

  keyDown(event) {
    const isMine = event.key === "Escape" ? this.cancelDrag() || this.key(event) : this.key(event);
    if (!isMine) return;
    event.preventDefault();
    event.stopPropagation();
  }

  /** Ask for a change; what is refused was said already. */
  ask(request) {
    return this.workspace.act(request).then(
      () => true,
      () => {
        this.wake();
        return false;
      },
    );
  }

  dispose() {
    cancelAnimationFrame(this.frame);
    this.offs.forEach((off) => off());
    this.axis.removeEventListener("change", this.axisChanged);
  }
}

/** An element with a class and a text. */
export function element(tag, className = "", text = "") {
  const made_element = document.createElement(tag);
  if (className) made_element.className = className;
  if (text) made_element.textContent = text;
  return made_element;
}

/** A small button of a toolbar, with a name for those who do not see its sign. */
export function toolButton(sign, label, pressed) {
  const button = element("button", "em-tool", sign);
  button.type = "button";
  button.title = label;
  button.setAttribute("aria-label", label);
  button.addEventListener("click", pressed);
  return button;
}
