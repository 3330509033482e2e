/** The bar at the top: which film, the way back, what of the lanes is seen, and the keys. */

import { element, toolButton } from "./lane.js";

export class Toolbar {
  /**
   * @param {Workspace} workspace with film, history and read_only
   * @param {(command: string, amount?: number) => void} run commands as keys have them
   */
  constructor(workspace, run) {
    this.workspace = workspace;
    this.root = element("div", "em-toolbar");
    this.root.setAttribute("role", "toolbar");
    this.root.setAttribute("aria-label", "Desk");
    this.name = element("h2", "em-film-name");
    this.undo = wide("Undo", "↶", () => run("undo"));
    this.redo = wide("Redo", "↷", () => run("redo"));
    const tools = [
      this.undo.root,
      this.redo.root,
      toolButton("−", "Zoom out", () => run("zoom", 1 / 1.5)),
      toolButton("+", "Zoom in at the playhead", () => run("zoom", 1.5)),
      toolButton("⤢", "Show the whole film", () => run("fit")),
      toolButton("?", "Keys", () => run("help")),
    ];
    this.root.append(this.name, ...tools);
    const heard = ["film", "history", "read_only"];
    this.offs = heard.map((name) => workspace.on(`data:${name}`, () => this.show()));
    this.show();
  }

  show() {
    const { workspace } = this;
    this.name.textContent = workspace.get("film")?.name ?? "";
    this.name.title = this.name.textContent;
    const { undo = null, redo = null } = workspace.get("history") ?? {};
    this.showStep(this.undo, "Undo", undo);
    this.showStep(this.redo, "Redo", redo);
  }

  showStep({ root, what }, word, step) {
    // it keeps focus when there is nothing left to take back
    root.setAttribute("aria-disabled", String(!step || !this.workspace.canEdit));
    what.textContent = step ? `${word}: ${step}` : word;
    root.setAttribute("aria-label", what.textContent);
    root.title = step ? what.textContent : `Nothing to ${word.toLowerCase()}`;
  }

  dispose() {
    this.offs.forEach((off) => off());
  }
}

/** A button whose label may be long. */
function wide(word, sign, pressed) {
  const root = toolButton("", word, pressed);
  root.classList.add("em-step");
  const what = element("span", "em-step-what", word);
  const mark = element("span", "em-step-sign", sign);
  mark.setAttribute("aria-hidden", "true");
  root.append(mark, what);
  return { root, what };
}
