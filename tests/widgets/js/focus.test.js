import assert from "node:assert/strict";
import test from "node:test";

import { keepFocus, leave } from "../../../emsync_nb/widgets/static/focus.js";

/** A page in which one thing has focus, and a root of things in it. */
function fakePage() {
  const body = {};
  const page = { body, activeElement: body };
  const root = Object.assign(new EventTarget(), { ownerDocument: page, tabIndex: 0, inside: new Set() });
  const thing = (facts = {}) => {
    const made = { tabIndex: 0, disabled: false, isHidden: false, lane: null, ...facts };
    made.focus = () => {
      if (made.disabled || made.isHidden || !made.isThere()) return;
      page.activeElement = made;
      root.dispatchEvent(Object.assign(new Event("focusin"), { from: made }));
    };
    made.isThere = () => made === root || root.inside.has(made);
    made.matches = () => page.activeElement === made;
    made.closest = (selector) => (selector === "[hidden]" ? made.isHidden || null : made.lane);
    root.inside.add(made);
    return made;
  };
  Object.assign(root, {
    contains: (one) => one === root || root.inside.has(one),
    matches: () => page.activeElement === root,
    closest: () => null,
    querySelectorAll: () => [],
    focus: () => (page.activeElement = root),
  });
  const listen = root.addEventListener.bind(root);
  root.addEventListener = (type, heard) => listen(type, (event) => heard({ target: event.from }));
  return { page, root, thing };
}

let changed = () => {};
globalThis.MutationObserver = class {
  constructor(heard) {
    changed = heard;
  }

  observe() {}

  disconnect() {
    changed = () => {};
  }
};

test("before a row goes its neighbour gets focus, if it had it", () => {
  const { page, thing } = fakePage();
  const [row, dead, near] = [thing(), thing({ disabled: true }), thing()];
  leave(row, near);
  assert.equal(page.activeElement, page.body, "it did not have it");
  row.focus();
  leave(row, null, dead, near);
  assert.equal(page.activeElement, near);
});

for (const [how, go] of [
  ["removed", (one, { root, page }) => root.inside.delete(one) && (page.activeElement = page.body)],
  ["disabled", (one) => (one.disabled = true)],
  ["hidden", (one) => (one.isHidden = true)],
]) {
  test(`what is ${how} hands focus to its lane, or to the widget`, () => {
    const set = fakePage();
    const { page, root, thing } = set;
    keepFocus(root);
    const canvas = thing();
    const [tool, other] = [thing({ lane: { querySelector: () => canvas } }), thing()];
    for (const [one, next] of [[tool, canvas], [other, root]]) {
      one.focus();
      changed();
      assert.equal(page.activeElement, one, "nothing has happened to it");
      go(one, set);
      changed();
      assert.equal(page.activeElement, next);
    }
  });
}

test("who has gone elsewhere is left there", async () => {
  const { page, root, thing } = fakePage();
  keepFocus(root);
  const button = thing();
  button.focus();
  page.activeElement = page.body;
  root.dispatchEvent(new Event("focusout"));
  await Promise.resolve();
  button.disabled = true;
  changed();
  assert.equal(page.activeElement, page.body);
});
