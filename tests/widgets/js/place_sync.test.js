import assert from "node:assert/strict";
import test, { mock } from "node:test";

import { PlaceSync, TELL_MS, listen } from "../../../emsync_nb/widgets/static/place_sync.js";
import { TimeAxis } from "../../../emsync_nb/widgets/static/time_axis.js";
import { FakeModel, FakeWorkspace } from "./fake_model.js";

/** A widget's place and its traits, on timers that are turned by hand. */
function synced(t, traits = {}, options = {}) {
  mock.timers.enable({ apis: ["setTimeout"] });
  t.after(() => mock.timers.reset());
  const model = new FakeModel(traits);
  const workspace = new FakeWorkspace(new TimeAxis(60));
  const sync = new PlaceSync(model, workspace, options);
  return { model, workspace, sync, pass: (ms) => mock.timers.tick(ms) };
}

test("it begins where the traits say, and tells nothing", (t) => {
  const { model, workspace, pass } = synced(t, { position_s: 7, selection: [1, 2] });
  assert.deepEqual([workspace.view.position_s, workspace.view.selection], [7, [1, 2]]);
  pass(1000);
  assert.equal(model.saves, 0);
});

test("what Python sets is followed, and not told back", (t) => {
  const { model, workspace, pass } = synced(t);
  model.set("position_s", 12.5);
  model.set("selection", [3, 4]);
  assert.deepEqual([workspace.view.position_s, workspace.view.selection], [12.5, [3, 4]]);
  model.set("selection", []);
  assert.equal(workspace.view.selection, null);
  pass(1000);
  assert.equal(model.saves, 0);
});

test("of a playhead that moves the kernel hears seldom, and where it came to rest", (t) => {
  const { model, workspace, pass } = synced(t);
  for (let step = 1; step <= 100; step += 1) {
    workspace.look({ position_s: step / 10 });
    pass(10);
  }
  pass(TELL_MS);
  assert.equal(model.get("position_s"), 10);
  assert.ok(model.saves >= 4 && model.saves <= 6, `${model.saves} in a second`);
});

test("a playhead and a selection that move together are one message, and no other in between", (t) => {
  const { model, workspace, pass } = synced(t, { selection: [1, 2] });
  const seen = [];
  workspace.on("view", () => seen.push(workspace.view.selection));
  workspace.look({ position_s: 5, selection: [5, 6] });
  pass(2 * TELL_MS);
  assert.deepEqual([model.get("position_s"), model.get("selection"), model.saves], [5, [5, 6], 1]);
  assert.deepEqual(seen, [[5, 6]]);
  workspace.look({ selection: null });
  pass(TELL_MS);
  assert.deepEqual(model.get("selection"), []);
});

test("a selection that is not told yet stays when Python moves the playhead", (t) => {
  const { model, workspace, pass } = synced(t);
  workspace.look({ selection: [5, 6] });
  model.set("position_s", 9);
  pass(TELL_MS);
  assert.deepEqual([workspace.view.position_s, model.get("selection")], [9, [5, 6]]);
});

test("what is in view is a trait only where it is asked for", (t) => {
  const { model, workspace, pass } = synced(t, { view: { start_s: 10, end_s: 20 } }, { hasView: true });
  assert.deepEqual([workspace.axis.start_s, workspace.axis.end_s], [10, 20]);
  model.set("view", { start_s: 5, end_s: 25 });
  assert.deepEqual([workspace.axis.start_s, workspace.axis.end_s], [5, 25]);
  pass(1000);
  assert.equal(model.saves, 0);
  workspace.axis.show(30, 40);
  pass(TELL_MS);
  assert.deepEqual(model.get("view"), { start_s: 30, end_s: 40 });
  const other = new FakeModel();
  const sync = new PlaceSync(other, workspace);
  workspace.axis.show(0, 50);
  pass(TELL_MS);
  sync.dispose();
  assert.deepEqual([other.get("view"), other.saves], [{}, 0]);
});

test("what was not told when a widget goes is told then, and nothing listens any more", (t) => {
  const { model, workspace, sync, pass } = synced(t, {}, { hasView: true });
  workspace.look({ position_s: 3 });
  sync.dispose();
  assert.deepEqual([model.get("position_s"), model.saves, model.listeners], [3, 1, 0]);
  workspace.look({ position_s: 4 });
  workspace.axis.show(1, 2);
  pass(1000);
  assert.equal(model.saves, 1);
});

test("listening ends for all at once", () => {
  const model = new FakeModel();
  const heard = [];
  const off = listen(model, {
    "change:fps": () => heard.push("fps"),
    "msg:custom": (said) => heard.push(said),
  });
  model.set("fps", [25, 1]);
  model.answer("hello");
  off();
  model.set("fps", [24, 1]);
  assert.deepEqual([heard, model.listeners], [["fps", "hello"], 0]);
});
