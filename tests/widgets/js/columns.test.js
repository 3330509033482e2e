import assert from "node:assert/strict";
import test from "node:test";

import { columns, toBytes } from "../../../emsync_nb/widgets/static/columns.js";

test("columns come back, from a view that begins anywhere", () => {
  const bytes = toBytes([[1, 2, 3], [0.5, -0.5, 0]]);
  const moved = new Uint8Array(bytes.byteLength + 3);
  moved.set(new Uint8Array(bytes.buffer), 3);
  const found = columns(new DataView(moved.buffer, 3), ["time_s", "valence"]);
  assert.equal(found.length, 3);
  assert.deepEqual([...found.time_s], [1, 2, 3]);
  assert.deepEqual([...found.valence], [0.5, -0.5, 0]);
});

test("nothing is no rows", () => {
  assert.equal(columns(null, ["time_s"]).length, 0);
  assert.equal(columns(new DataView(new ArrayBuffer(0)), ["a", "b"]).a.length, 0);
});

test("bytes that are no columns are refused", () => {
  assert.throws(() => columns(new DataView(new ArrayBuffer(12)), ["a", "b"]), RangeError);
});
