/** Directions in words: what is understood is shown first, and kept only when somebody says so. */

import { enable, field, form, wordButton } from "./forms.js";
import { element } from "./lane.js";

export class DirectionsPanel {
  /**
   * @param {Workspace} workspace
   * @param {(request: object) => Promise<object>} ask answers {changes, not_understood, applied}
   */
  constructor(workspace, ask) {
    Object.assign(this, { workspace, ask });
    this.text = "";
    this.build();
    this.offs = ["curve", "read_only"].map((name) => workspace.on(`data:${name}`, () => this.show()));
    this.show();
  }

  build() {
    this.root = element("section", "em-panel em-directions");
    this.root.setAttribute("aria-label", "Directions in words");
    const placeholder = "start uneasy, turn hopeful at 0:12";
    const words = field("What should change?", { type: "text", maxLength: 2000, placeholder });
    words.root.classList.add("em-field-wide");
    this.input = words.input;
    this.see = wordButton("Show what changes");
    const asking = form([words.root], this.see, () => this.propose());
    this.found = element("div", "em-proposal");
    this.found.setAttribute("role", "status");
    this.apply = wordButton("Apply", () => this.applied(), "em-primary");
    this.drop = wordButton("Discard", () => this.discard());
    this.choice = element("div", "em-form");
    this.choice.append(this.apply, this.drop);
    const title = element("h3", "em-panel-title", "Directions in words");
    this.root.append(title, asking, this.found, this.choice);
    this.choice.hidden = true;
  }

  show() {
    this.root.hidden = !this.workspace.canEdit || !this.workspace.get("curve")?.length;
  }

  async propose() {
    const text = this.input.value.trim();
    if (!text) return;
    enable(this.see, false, "It is being looked at");
    this.tell(["Looking for what it means …"]);
    try {
      this.showFound(text, await this.ask({ do: "direct", text }));
    } catch (error) {
      this.tell([error.message]);
    } finally {
      enable(this.see, true);
    }
  }

  showFound(text, { changes, not_understood: missed }) {
    this.text = text;
    const misses = missed.map((words) => `Not understood: ${words}`);
    this.tell([...changes, ...misses, ...(changes.length || misses.length ? [] : ["Nothing would change."])]);
    this.choice.hidden = !changes.length;
    if (changes.length) this.apply.focus({ preventScroll: true });
  }

  tell(lines) {
    const list = element("ul", "em-proposal-list");
    list.append(...lines.map((line) => element("li", "", line)));
    this.found.replaceChildren(list);
    this.choice.hidden = true;
  }

  async applied() {
    const { text } = this;
    try {
      await this.workspace.act({ do: "direct", text, apply: true });
      this.input.value = "";
      this.discard();
    } catch (error) {
      this.tell([error.message]);
    }
  }

  discard() {
    this.found.replaceChildren();
    this.choice.hidden = true;
    this.input.focus({ preventScroll: true });
  }

  dispose() {
    this.offs.forEach((off) => off());
  }
}
