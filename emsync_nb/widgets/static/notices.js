/** Lines above the desk: what went wrong and what can be done, what is so for now, what has been done. */

import { element, toolButton } from "./lane.js";

/** So many notices that can be dismissed are kept. */
const KEPT = 3;

/**
 * @typedef {{level: "error"|"info", text: string, remedies?: {label: string, request: object}[]}} Notice
 */

export class Notices {
  /** @param {(request: object) => void} remedy begins what a remedy asks for */
  constructor(remedy) {
    this.remedy = remedy;
    this.root = element("div", "em-notices");
    this.standing = new Map();
    this.passing = [];
  }

  /**
   * What is so until it is no more; null takes it away.
   * @param {string} key
   * @param {?Notice} notice
   */
  stand(key, notice) {
    const before = this.standing.get(key);
    if (before?.text === notice?.text) return;
    before?.row.remove();
    this.standing.delete(key);
    if (!notice?.text) return;
    this.drop(this.passing.find((other) => other.text === notice.text));
    const row = this.row(notice);
    this.standing.set(key, { text: notice.text, row });
    this.root.prepend(row);
  }

  /** What has happened, until it is dismissed; the same twice is there once, and not beside what stands. */
  add(notice) {
    if ([...this.standing.values()].some((other) => other.text === notice.text)) return;
    this.drop(this.passing.find((other) => other.text === notice.text));
    const row = this.row(notice);
    const entry = { text: notice.text, row };
    row.append(toolButton("×", "Dismiss", () => this.dismiss(entry)));
    this.passing.push(entry);
    if (this.passing.length > KEPT) this.drop(this.passing[0]);
    this.root.append(row);
  }

  /** Focus goes on to the next thing that can have it. */
  dismiss(entry) {
    const next = entry.row.nextElementSibling ?? entry.row.previousElementSibling;
    this.drop(entry);
    (next?.querySelector("button") ?? this.root.closest("[tabindex]"))?.focus({ preventScroll: true });
  }

  drop(entry) {
    if (!entry) return;
    entry.row.remove();
    this.passing = this.passing.filter((other) => other !== entry);
  }

  row({ level, text, remedies = [] }) {
    const isError = level === "error";
    const row = element("div", `em-notice em-notice-${isError ? "error" : "info"}`);
    row.setAttribute("role", isError ? "alert" : "status");
    const sign = element("span", "em-notice-sign", isError ? "!" : "i");
    sign.setAttribute("aria-hidden", "true");
    row.append(sign, element("span", "em-notice-text", text));
    for (const { label, request } of remedies) {
      const button = element("button", "em-button", label);
      button.type = "button";
      button.addEventListener("click", () => this.remedy(request));
      row.append(button);
    }
    return row;
  }
}
