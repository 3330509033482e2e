/** Buttons with words on them, fields with labels, and forms that Enter sends. */

import { element } from "./lane.js";

/** A button with a word on it. */
export function wordButton(text, pressed = () => {}, className = "") {
  const button = element("button", `em-button ${className}`.trim(), text);
  button.type = "button";
  button.addEventListener("click", (event) => isEnabled(button) && pressed(event));
  return button;
}

/** Whether a button can be pressed; why not is its tooltip. It keeps focus: keys would go nowhere without it. */
export function enable(button, isPossible, why) {
  button.setAttribute("aria-disabled", String(!isPossible));
  button.title = isPossible ? "" : why;
}

export function isEnabled(button) {
  return button.getAttribute("aria-disabled") !== "true";
}

/** A form; its last button, or Enter in one of its fields, does what it is for. */
export function form(fields, send, sent) {
  const made = element("form", "em-form");
  send.type = "submit";
  made.append(...fields, send);
  made.addEventListener("submit", (event) => {
    event.preventDefault();
    if (isEnabled(send)) sent();
  });
  // JupyterLab keeps browsers from sending forms by Enter
  made.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.isComposing || event.target.tagName !== "INPUT") return;
    event.preventDefault();
    made.requestSubmit();
  });
  return made;
}

/**
 * A label with a field in it.
 * @param {string} text
 * @param {object} facts properties of the field, such as type
 * @returns {{root: HTMLLabelElement, input: HTMLInputElement}}
 */
export function field(text, facts) {
  const root = element("label", "em-field", text);
  const input = Object.assign(element("input", "em-input"), facts);
  root.append(input);
  return { root, input };
}
