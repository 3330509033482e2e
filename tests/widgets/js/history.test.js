import assert from "node:assert/strict";
import test from "node:test";

import { History } from "../../../emsync_nb/widgets/static/history.js";

test("back and forth", () => {
  const history = new History("a");
  assert.deepEqual([history.canUndo, history.canRedo], [false, false]);
  assert.deepEqual([history.undo(), history.redo()], [null, null]);
  history.push("b");
  history.push("c");
  assert.equal(history.undo(), "b");
  assert.equal(history.undo(), "a");
  assert.equal(history.undo(), null);
  assert.equal(history.redo(), "b");
  assert.equal(history.now, "b");
});

test("a new state ends what could be redone; the same state is none", () => {
  const history = new History("a");
  history.push("b");
  history.undo();
  history.push("a");
  assert.equal(history.canRedo, true);
  history.push("c");
  assert.equal(history.canRedo, false);
  assert.equal(history.undo(), "a");
});

test("the states of one drag are one step", () => {
  const history = new History(0);
  [1, 2, 3].forEach((state) => history.push(state, "drag 1"));
  history.push(4, "drag 2");
  assert.equal(history.undo(), 3);
  assert.equal(history.undo(), 0);
  assert.equal(history.canUndo, false);
});

test("what comes from elsewhere is an undo, a redo or new", () => {
  const history = new History("a");
  history.push("b");
  history.follow("a");
  assert.deepEqual([history.canUndo, history.canRedo], [false, true]);
  history.follow("b");
  assert.deepEqual([history.canUndo, history.canRedo], [true, false]);
  history.follow("c");
  assert.equal(history.undo(), "b");
});

test("two hundred steps back, and fewer where states are large", () => {
  const many = new History(0);
  for (let state = 1; state <= 300; state += 1) many.push(state);
  let steps = 0;
  while (many.undo() !== null) steps += 1;
  assert.deepEqual([steps, many.now], [200, 100]);
  const large = new History(0, { size: () => 1e6 });
  for (let state = 1; state <= 30; state += 1) large.push(state);
  assert.equal(large.past.length, 5);
});
