/** Where the playhead is and what is selected, between a widget of its own and its traits. */

/** How often the kernel is told at most, in milliseconds. */
export const TELL_MS = 200;

/**
 * Listen to a model.
 * @param {object} model on, off
 * @param {Object<string, Function>} heard by what they hear, such as "change:duration_s"
 * @returns {() => void} ends it
 */
export function listen(model, heard) {
  Object.entries(heard).forEach(([type, listener]) => model.on(type, listener));
  return () => Object.entries(heard).forEach(([type, listener]) => model.off(type, listener));
}

/** Whether two values would be written alike. */
export function areAlike(one, other) {
  return JSON.stringify(one) === JSON.stringify(other);
}

/** The workspace follows the traits at once; the kernel hears soon, and of what it came to. */
export class PlaceSync {
  /**
   * @param {object} model get, set, save_changes, on, off; with position_s in seconds, and selection as
   *   [start, end] in seconds or []
   * @param {Workspace} workspace
   * @param {object} [options]
   * @param {boolean} [options.hasView] whether the stretch in view is a trait too, {start_s, end_s}
   */
  constructor(model, workspace, { hasView = false } = {}) {
    Object.assign(this, { model, workspace, hasView });
    this.timer = 0;
    const takes = {
      position_s: () => this.takePosition(),
      selection: () => this.takeSelection(),
      ...(hasView && { view: () => this.takeView() }),
    };
    Object.values(takes).forEach((take) => take());
    const heard = Object.entries(takes).map(([name, take]) => [`change:${name}`, take]);
    const soon = () => (this.timer ||= setTimeout(() => this.tell(), TELL_MS));
    this.offs = [listen(model, Object.fromEntries(heard)), workspace.on("view", soon)];
    if (hasView) {
      workspace.axis.addEventListener("change", soon);
      this.offs.push(() => workspace.axis.removeEventListener("change", soon));
    }
  }

  takePosition() {
    this.workspace.look({ position_s: this.model.get("position_s") });
  }

  takeSelection() {
    const told = this.model.get("selection");
    const selection = told?.length === 2 ? told : null;
    if (!areAlike(selection, this.workspace.view.selection)) this.workspace.look({ selection });
  }

  takeView() {
    const { start_s, end_s } = this.model.get("view") ?? {};
    if (start_s !== undefined) this.workspace.axis.show(start_s, end_s);
  }

  /** What the kernel does not know yet, in one message. */
  tell() {
    this.timer = 0;
    const { axis, view } = this.workspace;
    const values = { position_s: view.position_s, selection: view.selection ?? [] };
    if (this.hasView) values.view = { start_s: axis.start_s, end_s: axis.end_s };
    const isNew = ([name, value]) => !areAlike(value, this.model.get(name));
    const told = Object.entries(values).filter(isNew);
    if (!told.length) return;
    told.forEach(([name, value]) => this.model.set(name, value));
    this.model.save_changes();
  }

  /** What was not told yet is told now. */
  dispose() {
    this.offs.forEach((off) => off());
    if (!this.timer) return;
    clearTimeout(this.timer);
    this.tell();
  }
}
