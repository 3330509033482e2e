/** The table of keys and of what a mouse does, as a dialog. */

import { KEYS, LANE_KEYS, MOUSE } from "./keys.js";
import { element } from "./lane.js";

const GESTURES = new Set(["click", "double-click", "drag", "wheel"]);

let made = 0;

export class HelpPanel {
  constructor() {
    made += 1;
    this.root = element("dialog", "em-help");
    this.root.setAttribute("aria-labelledby", `em-help-${made}`);
    const head = element("div", "em-help-head");
    const title = element("h2", "em-help-title", "Keys and mouse of the scoring desk");
    title.id = `em-help-${made}`;
    const close = element("button", "em-button", "Close");
    close.type = "button";
    close.addEventListener("click", () => this.close());
    head.append(title, close);
    const note = "Keys count while the desk has focus; in text fields, letters are letters.";
    this.root.append(head, element("p", "em-help-note", note), this.table());
    this.root.addEventListener("keydown", (event) => this.key(event));
    // a press beside the dialog lands on its backdrop, which is the dialog itself
    this.root.addEventListener("click", (event) => event.target === this.root && this.close());
  }

  table() {
    const all = [...KEYS.map(({ group, shown, help }) => [group, shown, help]), ...LANE_KEYS];
    const columns = element("div", "em-help-groups");
    for (const group of new Set(all.map(([name]) => name))) {
      columns.append(part(group, all.filter(([name]) => name === group).map(([, ...row]) => row)));
    }
    columns.append(part("By mouse", MOUSE));
    return columns;
  }

  get isOpen() {
    return this.root.open;
  }

  /** The browser keeps focus within until it is closed, and gives it back then. */
  open() {
    if (!this.isOpen) this.root.showModal();
  }

  close() {
    if (this.isOpen) this.root.close();
  }

  key(event) {
    event.stopPropagation();
    if (event.key !== "?" && event.key !== "Escape") return;
    event.preventDefault();
    this.close();
  }
}

function part(name, rows) {
  const table = element("table", "em-help-table");
  table.append(element("caption", "", name));
  const body = element("tbody");
  for (const [shown, help] of rows) {
    const row = element("tr");
    const head = element("th");
    head.scope = "row";
    head.append(...chips(shown));
    row.append(head, element("td", "", help));
    body.append(row);
  }
  table.append(body);
  return table;
}

/** Keys as they look, one by one; what a hand does with a mouse stays a word. */
function chips(shown) {
  const words = shown.split(/,? /);
  return words.flatMap((word) => {
    const isGesture = GESTURES.has(word.toLowerCase());
    return [isGesture ? element("span", "em-gesture", word) : element("kbd", "em-key", word), " "];
  });
}
