/** Undo, redo, and where the playhead is: the bar of a widget that has a history of its own. */

import { commandOf } from "./keys.js";
import { element, toolButton } from "./lane.js";

export class UndoBar {
  /**
   * @param {Workspace} workspace where it is announced that there is nothing left
   * @param {History} history
   * @param {() => void} stepped shows and tells the state that the history has come to
   */
  constructor(workspace, history, stepped) {
    Object.assign(this, { workspace, history, stepped });
    this.root = element("div", "em-bar");
    this.undo = toolButton("Undo", "Undo the last change (ctrl-Z)", () => this.step("undo"));
    this.redo = toolButton("Redo", "Redo what was undone (ctrl-shift-Z)", () => this.step("redo"));
    this.place = element("span", "em-place");
    this.root.append(this.undo, this.redo, this.place);
  }

  step(way) {
    if (this.history[way]()) this.stepped();
    else this.workspace.say(`there is nothing to ${way}`);
  }

  show() {
    this.undo.disabled = !this.history.canUndo;
    this.redo.disabled = !this.history.canRedo;
  }

  /** Do what a key says; whether it was undo or redo. */
  press(event) {
    const command = commandOf(event)?.command;
    if (command !== "undo" && command !== "redo") return false;
    this.step(command);
    return true;
  }
}
