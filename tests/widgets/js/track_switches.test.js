import assert from "node:assert/strict";
import test from "node:test";

import { TrackSwitches } from "../../../emsync_nb/widgets/static/track_switches.js";

/** A workspace without a page; `answer` is what a kernel does with requests. */
class FakeWorkspace extends EventTarget {
  constructor(tracks, answer) {
    super();
    this.data = new Map([["tracks", tracks]]);
    this.asked = [];
    this.answer = answer;
  }

  get(name) {
    return this.data.get(name);
  }

  set(name, value) {
    this.data.set(name, value);
    this.dispatchEvent(new Event(`data:${name}`));
  }

  on(type, listener) {
    this.addEventListener(type, listener);
    return () => this.removeEventListener(type, listener);
  }

  act(request) {
    this.asked.push(request);
    return this.answer(request);
  }
}

function tracks(changes = {}) {
  return ["A", "B"].map((name) => ({ name, muted: false, soloed: false, volume_db: 0, ...changes[name] }));
}

/** Ends the switches after the test, so that no timer keeps it from ending. */
function made(t, answer = async () => {}) {
  const workspace = new FakeWorkspace(tracks(), answer);
  const told = [];
  const switches = new TrackSwitches(workspace, (...volume) => told.push(volume));
  t.after(() => switches.dispose());
  return { workspace, switches, told, shown: () => workspace.get("tracks") };
}

test("a track is muted at once, before the kernel has answered", async (t) => {
  let finish;
  const { workspace, switches, shown } = made(t, () => new Promise((resolve) => (finish = resolve)));
  const done = switches.toggle("A", "muted");
  assert.deepEqual(shown(), tracks({ A: { muted: true } }));
  assert.deepEqual(workspace.asked, [{ do: "mute", track: "A", on: true }]);
  finish();
  assert.equal(await done, true);
  assert.deepEqual(shown(), tracks({ A: { muted: true } }));
});

test("what is refused is taken back", async (t) => {
  const { switches, shown } = made(t, async () => {
    throw new Error("this desk can only be looked at");
  });
  assert.equal(await switches.toggle("B", "soloed"), false);
  assert.deepEqual(shown(), tracks());
});

test("older news from the kernel do not undo what was switched since", async (t) => {
  const { workspace, switches, shown } = made(t, () => new Promise(() => {}));
  switches.toggle("A", "muted");
  workspace.set("tracks", tracks({ B: { soloed: true } }));
  assert.deepEqual(shown(), tracks({ A: { muted: true }, B: { soloed: true } }));
  workspace.set("tracks", tracks({ A: { muted: true } }));
  workspace.set("tracks", tracks());
  assert.deepEqual(shown(), tracks(), "once it was done, the kernel counts");
});

test("switching back and forth asks for both", (t) => {
  const { workspace, switches, shown } = made(t, () => new Promise(() => {}));
  switches.toggle("A", "muted");
  switches.toggle("A", "muted");
  assert.deepEqual(workspace.asked.map(({ on }) => on), [true, false]);
  assert.deepEqual(shown(), tracks());
});

test("a volume is heard at once, and told at once only where it is the first or the last", (t) => {
  const { switches, told, shown } = made(t);
  switches.turn("A", -1, false);
  switches.turn("A", -2, false);
  switches.turn("A", -3, false);
  assert.equal(shown()[0].volume_db, -3);
  assert.deepEqual(told, [["A", -1]]);
  switches.turn("A", -4, true);
  assert.deepEqual(told, [["A", -1], ["A", -4]]);
});

test("the volume that was reached is told a little later, though nobody let go", async (t) => {
  const { switches, told } = made(t);
  switches.turn("A", -1, false);
  switches.turn("A", -2, false);
  await new Promise((resolve) => setTimeout(resolve, 300));
  assert.deepEqual(told, [["A", -1], ["A", -2]]);
});

test("an echo of a volume on its way does not move the slider back", (t) => {
  const { workspace, switches, shown } = made(t);
  switches.turn("A", -1, false);
  switches.turn("A", -8, false);
  workspace.set("tracks", tracks({ A: { volume_db: -1 } }));
  assert.equal(shown()[0].volume_db, -8);
});
