import assert from "node:assert/strict";
import test from "node:test";

import { Notices } from "../../../emsync_nb/widgets/static/notices.js";

/** Elements as far as notices need them. */
function page(t) {
  const real = globalThis.document;
  t.after(() => (globalThis.document = real));
  globalThis.document = {
    createElement: () => {
      const made = { children: [], parent: null, setAttribute() {}, addEventListener() {} };
      const put = (way) => (...parts) => parts.forEach((part) => {
        part.parent = made;
        made.children[way](part);
      });
      made.append = put("push");
      made.prepend = put("unshift");
      made.remove = () => made.parent.children.splice(made.parent.children.indexOf(made), 1);
      return made;
    },
  };
}

const rows = (notices) => notices.root.children.map(({ children }) => children[1].textContent);

test("what stands is not told a second time, whichever comes first", (t) => {
  page(t);
  const notices = new Notices(() => {});
  const broken = { level: "error", text: "film.mp4 cannot be read" };
  notices.stand("film", broken);
  notices.add({ ...broken });
  notices.add({ level: "info", text: "another line" });
  assert.deepEqual(rows(notices), [broken.text, "another line"]);
  notices.stand("film", null);
  notices.add({ ...broken });
  assert.deepEqual(rows(notices), ["another line", broken.text]);
  notices.stand("film", { ...broken });
  assert.deepEqual(rows(notices), [broken.text, "another line"]);
});

test("the same twice is there once, and only the latest are kept", (t) => {
  page(t);
  const notices = new Notices(() => {});
  for (const text of ["one", "two", "one", "three", "four"]) notices.add({ level: "info", text });
  assert.deepEqual(rows(notices), ["one", "three", "four"]);
});
