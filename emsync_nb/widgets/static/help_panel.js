/** The table of keys, as a dialog. */

import { KEYS, LANE_KEYS } from "./keys.js";
import { element } from "./lane.js";

let made = 0;

export class HelpPanel {
  constructor() {
    made += 1;
    this.root = element("dialog", "em-help");
    this.root.setAttribute("aria-labelledby", `em-help-${made}`);
    const head = element("div", "em-help-head");
    const title = element("h2", "em-help-title", "Keys of the scoring desk");
    title.id = `em-help-${made}`;
    const close = element("button", "em-button", "Close");
    close.type = "button";
    close.addEventListener("click", () => this.close());
    head.append(title, close);
    const note = "They count while the desk has focus; in text fields, letters are letters.";
    this.root.append(head, element("p", "em-help-note", note), this.table());
    this.root.addEventListener("keydown", (event) => this.key(event));
    // a press beside the dialog lands on its backdrop, which is the dialog itself
    this.root.addEventListener("click", (event) => event.target === this.root && this.close());
  }

  table() {
    const groups = [...new Set(KEYS.map((binding) => binding.group))];
    const columns = element("div", "em-help-groups");
    for (const group of groups) {
      const rows = KEYS.filter((binding) => binding.group === group);
      columns.append(part(group, rows.map(({ shown, help }) => [shown, help])));
    }
    columns.append(part("Lanes", LANE_KEYS));
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
    head.append(element("kbd", "em-key", shown));
    row.append(head, element("td", "", help));
    body.append(row);
  }
  table.append(body);
  return table;
}
