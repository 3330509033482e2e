/** The element that a widget is in: a place of its own for keys, but for a few that stay JupyterLab's. */

import { isOfNotebook } from "./keys.js";
import { element } from "./lane.js";

/** What browsers call it. */
const UNDOING = new Set(["historyUndo", "historyRedo"]);

/**
 * @param {string} name class of the style sheet
 * @param {string} [label] what it is called
 * @param {string} [role]
 * @returns {HTMLElement}
 */
export function widgetRoot(name, label = "", role = "group") {
  const root = element("div", `em-root ${name}`);
  root.dataset.lmSuppressShortcuts = "true";
  if (label) {
    root.setAttribute("role", role);
    root.setAttribute("aria-label", label);
  }
  // before lanes, fields and dialogs, which keep other keys to themselves
  root.addEventListener("keydown", (event) => isOfNotebook(event) && handOn(event, root), true);
  // JupyterLab listens at the field for undo and redo of what was typed, and keeps browsers from both
  const keep = (event) => UNDOING.has(event.inputType) && event.stopPropagation();
  root.addEventListener("beforeinput", keep, true);
  return root;
}

/** JupyterLab hears it as if it were pressed beside the widget; what it does not take is the browser's. */
function handOn(event, root) {
  const notebook = root.closest(".jp-NotebookPanel");
  const isTaken = notebook?.dispatchEvent(new KeyboardEvent(event.type, event)) === false;
  if (!isTaken) return;
  event.preventDefault();
  event.stopPropagation();
}
