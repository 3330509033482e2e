/**
 * Undo and redo for a widget that has no session behind it. Where Python keeps a history too, it does so by
 * one rule: a state that equals the one before it, or the one undone last, is an undo or a redo, whoever made
 * it.
 */

/** States that can be gone back to at most, and the numbers that all of them hold at most. */
const LIMIT = 200;
const MOST_NUMBERS = 5e6;

export class History {
  /**
   * @param {object} first the state at the beginning
   * @param {object} [options]
   * @param {(one: object, other: object) => boolean} [options.same] whether two states are equal
   * @param {(state: object) => number} [options.size] how many numbers a state holds
   */
  constructor(first, { same = Object.is, size = () => 1 } = {}) {
    Object.assign(this, { now: first, same, size, past: [], future: [], drag: null });
  }

  get canUndo() {
    return this.past.length > 0;
  }

  get canRedo() {
    return this.future.length > 0;
  }

  /** The next state. Those of one drag, told apart by whatever names it, are one step. */
  push(state, drag = null) {
    if (this.same(state, this.now)) return;
    const isOneStep = drag !== null && drag === this.drag;
    if (!isOneStep) this.past.push(this.now);
    this.now = state;
    this.future = [];
    this.drag = drag;
    this.shorten();
  }

  /** A state that came from elsewhere: an undo, a redo, or a new one. */
  follow(state) {
    if (this.same(state, this.now)) return;
    if (this.canUndo && this.same(state, this.past.at(-1))) this.undo();
    else if (this.canRedo && this.same(state, this.future.at(-1))) this.redo();
    else this.push(state);
  }

  /** One step back: the state then, or null where there is none. */
  undo() {
    return this.step(this.past, this.future);
  }

  /** One step forward again, or null. */
  redo() {
    return this.step(this.future, this.past);
  }

  step(from, to) {
    if (!from.length) return null;
    to.push(this.now);
    this.now = from.pop();
    this.drag = null;
    return this.now;
  }

  shorten() {
    let numbers = this.past.reduce((sum, state) => sum + this.size(state), 0);
    while (this.past.length > LIMIT || (numbers > MOST_NUMBERS && this.past.length > 1)) {
      numbers -= this.size(this.past.shift());
    }
  }
}
