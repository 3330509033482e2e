import assert from "node:assert/strict";
import test from "node:test";

import { widgetRoot } from "../../../emsync_nb/widgets/static/widget_root.js";

/** Elements as far as a root needs them, and key events that are copied from one another. */
function page(t, notebook) {
  const real = { document: globalThis.document, KeyboardEvent: globalThis.KeyboardEvent };
  t.after(() => Object.assign(globalThis, real));
  globalThis.KeyboardEvent = class extends Event {
    constructor(type, { key, ctrlKey, bubbles, cancelable }) {
      super(type, { bubbles, cancelable });
      Object.assign(this, { key, ctrlKey });
    }
  };
  const attributes = {};
  const setAttribute = (name, value) => (attributes[name] = value);
  const closest = (selector) => (selector === ".jp-NotebookPanel" ? notebook : null);
  const made = Object.assign(new EventTarget(), { dataset: {}, attributes, setAttribute, closest });
  globalThis.document = { createElement: () => made };
}

const press = (key) => new KeyboardEvent("keydown", { key, ctrlKey: true, bubbles: true, cancelable: true });

test("JupyterLab's keys do nothing in it, and it has a name", (t) => {
  page(t, null);
  const root = widgetRoot("em-desk", "Scoring desk", "region");
  assert.equal(root.dataset.lmSuppressShortcuts, "true");
  assert.deepEqual(root.attributes, { role: "region", "aria-label": "Scoring desk" });
});

test("saving is handed on to the notebook around it, and kept from the browser where that takes it", (t) => {
  const notebook = new EventTarget();
  page(t, notebook);
  const heard = [];
  const take = (event) => {
    heard.push([event.key, event.ctrlKey]);
    event.preventDefault();
  };
  notebook.addEventListener("keydown", take);
  const root = widgetRoot("em-desk");
  const [save, other] = [press("s"), press("a")];
  root.dispatchEvent(save);
  root.dispatchEvent(other);
  assert.deepEqual([heard, save.defaultPrevented, other.defaultPrevented], [[["s", true]], true, false]);
  notebook.removeEventListener("keydown", take);
  const ignored = press("s");
  root.dispatchEvent(ignored);
  assert.equal(ignored.defaultPrevented, false, "nobody saves it: the browser may");
});

test("undo and redo of what is typed reach the browser: nobody at the field hears of them", (t) => {
  page(t, null);
  const root = widgetRoot("em-desk");
  const heard = ["historyUndo", "historyRedo", "insertText"].map((inputType) => {
    const event = Object.assign(new Event("beforeinput", { cancelable: true }), { inputType });
    root.dispatchEvent(event);
    return [event.cancelBubble, event.defaultPrevented];
  });
  assert.deepEqual(heard, [[true, false], [true, false], [false, false]]);
});

test("where there is no notebook, all keys are left as they are", (t) => {
  page(t, null);
  const root = widgetRoot("em-desk");
  const save = press("s");
  root.dispatchEvent(save);
  assert.equal(save.defaultPrevented, false);
});
