import assert from "node:assert/strict";
import test from "node:test";

import { toBytes } from "../../../emsync_nb/widgets/static/columns.js";
import { DeskModel } from "../../../emsync_nb/widgets/static/desk_model.js";
import { SILENT_MS } from "../../../emsync_nb/widgets/static/kernel_pulse.js";
import { TimeAxis } from "../../../emsync_nb/widgets/static/time_axis.js";
import { FakeClock, FakeModel, FakeWorkspace } from "./fake_model.js";

/** A bridge with a kernel that says what it is told to. */
function bridge(traits = {}) {
  const model = new FakeModel({ film: { name: "film.mp4", duration_s: 60 }, read_only: "", ...traits });
  const clock = new FakeClock();
  const workspace = new FakeWorkspace(new TimeAxis(1));
  const desk = new DeskModel(model, clock);
  desk.attach(workspace);
  const notices = [];
  desk.addEventListener("notice", ({ notice }) => notices.push(notice.text));
  model.sent.length = 0;
  return { model, clock, workspace, desk, notices };
}

const outcome = (promise) => promise.then((value) => ({ value }), (error) => ({ error: error.message }));

test("traits are there decoded, and again when they change", () => {
  const { model, workspace, desk } = bridge({ curve: toBytes([[0, 1], [0.5, -0.5], [0, 1]]) });
  assert.deepEqual([...workspace.get("curve").valence], [0.5, -0.5]);
  assert.equal(workspace.get("notes").length, 0);
  assert.equal(workspace.axis.duration_s, 60);
  let heard = 0;
  workspace.on("data:notes", () => (heard += 1));
  model.set("notes", toBytes([[1], [2], [60], [90], [0], [1]]));
  assert.equal(heard, 1);
  assert.equal(workspace.get("notes").pitch[0], 60);
  desk.dispose();
});

test("what may only be looked at cannot be edited", () => {
  const { model, workspace, desk } = bridge({ read_only: "somebody else holds the session" });
  assert.equal(workspace.canEdit, false);
  model.set("read_only", "");
  assert.equal(workspace.canEdit, true);
  desk.dispose();
});

test("each change waits for its own answer, whatever the order", async () => {
  const { model, desk } = bridge();
  const first = outcome(desk.act({ do: "undo" }));
  const second = outcome(desk.act({ do: "direct", text: "sad" }));
  const [one, two] = model.sent;
  assert.deepEqual([one.type, one.request.do, two.request.do], ["edit", "undo", "direct"]);
  assert.notEqual(one.id, two.id);
  model.answer({ type: "done", id: two.id, answer: { changes: ["sadder"] } });
  model.answer({ type: "done", id: one.id });
  assert.deepEqual((await second).value, { changes: ["sadder"] });
  assert.equal((await first).value, undefined);
  desk.dispose();
});

test("a refusal fails with its reason, and is a notice", async () => {
  const { model, desk, notices } = bridge();
  const asked = outcome(desk.act({ do: "accept", take: "009" }));
  model.answer({ type: "refused", id: model.sent[0].id, text: "no take 009" });
  assert.equal((await asked).error, "no take 009");
  assert.deepEqual(notices, ["no take 009"]);
  desk.dispose();
});

test("that nothing is left to undo is no notice; why something cannot be undone is", async () => {
  const { model, desk, notices } = bridge({ history: { undo: "moved boundary 1", redo: null } });
  const [first, second] = [outcome(desk.act({ do: "undo" })), outcome(desk.act({ do: "redo" }))];
  model.answer({ type: "refused", id: model.sent[0].id, text: "the disk is full" });
  model.answer({ type: "refused", id: model.sent[1].id, text: "there is nothing to redo" });
  const errors = [(await first).error, (await second).error];
  assert.deepEqual(errors, ["the disk is full", "there is nothing to redo"]);
  assert.deepEqual(notices, ["the disk is full"]);
  desk.dispose();
});

test("two views of one model do not take each other's answers", async () => {
  const model = new FakeModel({ film: {} });
  const [one, two] = [new DeskModel(model, new FakeClock()), new DeskModel(model, new FakeClock())];
  const [asked, other] = [outcome(one.act({ do: "undo" })), outcome(two.act({ do: "redo" }))];
  model.answer({ type: "done", id: model.sent[1].id });
  assert.deepEqual(await other, { value: undefined });
  model.answer({ type: "refused", id: model.sent[0].id, text: "no" });
  assert.deepEqual(await asked, { error: "no" });
  one.dispose();
  two.dispose();
});

test("the latest preview counts, and none that was given up", () => {
  const { model, workspace, desk } = bridge();
  const clicks = toBytes([[0, 1], [60, 60], [1, 0]]);
  desk.preview({ do: "edit", edit: "move" });
  desk.preview({ do: "edit", edit: "move" });
  const [stale, latest] = model.sent;
  model.answer({ type: "preview", id: stale.id, boundaries: [1], cues: [], sections: [] }, [clicks]);
  assert.equal(workspace.get("preview"), undefined);
  model.answer({ type: "preview", id: latest.id, boundaries: [2], cues: [], sections: [] }, [clicks]);
  assert.deepEqual(workspace.get("preview").boundaries, [2]);
  assert.deepEqual([...workspace.get("preview").clicks.bar], [1, 0]);
  desk.preview({ do: "edit", edit: "move" });
  workspace.set("preview", null); // let go
  model.answer({ type: "preview", id: model.sent[2].id, boundaries: [3], cues: [], sections: [] }, [clicks]);
  assert.equal(workspace.get("preview"), null);
  desk.dispose();
});

test("a chunk of stems comes with its blocks", async () => {
  const { model, desk } = bridge();
  const asked = desk.fetchChunk(3);
  const { id, type, chunk } = model.sent[0];
  assert.deepEqual([type, chunk], ["stems", 3]);
  const block = new DataView(new ArrayBuffer(8));
  model.answer({ type: "stems", id, chunk: 3, take: "001", rate: 44100, frames: 2, tracks: ["Piano"] }, [block]);
  const found = await asked;
  assert.deepEqual([found.take, found.rate, found.frames, found.tracks], ["001", 44100, 2, ["Piano"]]);
  assert.equal(found.blocks[0], block);
  desk.dispose();
});

test("jobs, their end, and volumes are asked for in the words of the kernel", async () => {
  const { model, desk } = bridge();
  const begun = outcome(desk.start({ do: "generate", takes: 2, seed: 7 }));
  desk.cancel(4);
  desk.setVolume("Piano", -6);
  const { id } = model.sent[0];
  assert.deepEqual(model.sent, [
    { type: "job", request: { do: "generate", takes: 2, seed: 7 }, id },
    { type: "cancel", job: 4 },
    { type: "volume", track: "Piano", volume_db: -6 },
  ]);
  model.answer({ type: "done", id });
  assert.deepEqual(await begun, { value: undefined });
  desk.dispose();
});

test("a kernel that is silent while it is asked is told of, and forgiven when it answers", async () => {
  const { model, clock, desk } = bridge();
  const states = [];
  desk.addEventListener("pulse", () => states.push(desk.pulse.state));
  clock.pass(60_000);
  assert.deepEqual(states, [], "nothing was asked");
  const asked = outcome(desk.act({ do: "undo" }));
  clock.pass(SILENT_MS - 2000);
  assert.deepEqual(states, []);
  clock.pass(4000);
  assert.deepEqual(states, ["silent"]);
  model.answer({ type: "done", id: model.sent[0].id });
  assert.deepEqual(states, ["silent", "well"]);
  assert.deepEqual(await asked, { value: undefined });
  desk.dispose();
});

test("any sign of life counts: long work that tells how far it is holds up nobody", () => {
  const { model, clock, desk } = bridge();
  outcome(desk.act({ do: "undo" }));
  for (let step = 1; step < 20; step += 1) {
    clock.pass(5000);
    model.set("job", { id: 1, share: step / 20 });
  }
  assert.equal(desk.pulse.state, "well");
  desk.dispose();
});

test("what only takes long is no silence: the kernel says that it is there", () => {
  const { model, clock, desk } = bridge();
  outcome(desk.act({ do: "direct", text: "sad" }));
  for (let second = 0; second < 40; second += 1) {
    const before = model.sent.length;
    clock.pass(1000);
    model.sent.slice(before).forEach(({ id }) => model.answer({ type: "done", id }));
  }
  assert.equal(desk.pulse.state, "well");
  const pings = model.sent.filter(({ type }) => type === "ping").length;
  assert.ok(pings >= 5 && pings <= 12, `${pings} in forty seconds`);
  desk.dispose();
});

test("a kernel that is well and not asked is left alone", () => {
  const { model, clock, desk } = bridge();
  clock.pass(120_000);
  assert.deepEqual(model.sent, []);
  desk.dispose();
});

test("a comm that is closed fails what waits and what comes", async () => {
  const { model, desk } = bridge();
  const waiting = outcome(desk.act({ do: "undo" }));
  model.isClosed = true;
  const asked = outcome(desk.act({ do: "redo" }));
  assert.equal(desk.pulse.state, "lost");
  assert.match((await waiting).error, /kernel does not answer/);
  assert.match((await asked).error, /run the cell again/);
  assert.match((await outcome(desk.fetchChunk(0))).error, /kernel does not answer/);
  desk.dispose();
});

test("JupyterLab's word on its kernel is heard where there is one", async () => {
  const listeners = [];
  const statusChanged = {
    connect: (listener) => listeners.push(listener),
    disconnect: (listener) => listeners.splice(listeners.indexOf(listener), 1),
  };
  const model = new FakeModel({ film: {} });
  model.widget_manager = { kernel: { status: "idle", statusChanged } };
  const clock = new FakeClock();
  const desk = new DeskModel(model, clock);
  desk.attach(new FakeWorkspace(new TimeAxis(1)));
  listeners[0](null, "busy");
  outcome(desk.act({ do: "undo" }));
  clock.pass(SILENT_MS + 2000);
  assert.equal(desk.pulse.state, "busy");
  listeners[0](null, "idle");
  assert.equal(desk.pulse.state, "well");
  listeners[0](null, "restarting");
  listeners[0](null, "idle");
  assert.equal(desk.pulse.state, "lost", "another kernel knows nothing of this desk");
  desk.dispose();
  assert.equal(listeners.length, 0);
});

test("nothing listens any more when a view is gone", () => {
  const { model, clock, desk } = bridge();
  desk.dispose();
  assert.equal(model.listeners, 0);
  assert.equal(clock.timers.size, 0);
});

test("while playing, the position is written at most twice a second", () => {
  const { model, clock, workspace, desk } = bridge();
  workspace.look({ playing: true });
  const before = model.saves;
  for (let frame = 0; frame < 600; frame += 1) {
    clock.pass(1000 / 60);
    workspace.look({ position_s: frame / 60 });
  }
  const saves = model.saves - before;
  assert.ok(saves >= 15 && saves <= 21, `${saves} in ten seconds`);
  workspace.look({ playing: false });
  assert.equal(model.get("playing"), false);
  clock.pass(1000);
  assert.ok(Math.abs(model.get("position_s") - 599 / 60) < 1e-9, "the last position is written");
  desk.dispose();
});

test("what Python sets is followed, and not written back", () => {
  const { model, workspace, desk, clock } = bridge({ position_s: 7 });
  assert.equal(workspace.view.position_s, 7);
  const before = model.saves;
  model.set("position_s", 12.5);
  model.set("loop", [1, 2]);
  model.set("view", { start_s: 10, end_s: 20 });
  clock.pass(5000);
  assert.equal(workspace.view.position_s, 12.5);
  assert.deepEqual(workspace.view.loop, [1, 2]);
  assert.deepEqual([workspace.axis.start_s, workspace.axis.end_s], [10, 20]);
  assert.equal(model.saves, before);
  desk.dispose();
});

test("loop, selection and what is in view are written when they change", () => {
  const { model, workspace, desk, clock } = bridge();
  workspace.look({ loop: [3, 4], selection: [5, 6] });
  workspace.axis.show(20, 30);
  clock.pass(1000);
  assert.deepEqual(model.get("loop"), [3, 4]);
  assert.deepEqual(model.get("selection"), [5, 6]);
  assert.deepEqual(model.get("view"), { start_s: 20, end_s: 30 });
  workspace.look({ loop: null });
  clock.pass(1000);
  assert.deepEqual(model.get("loop"), []);
  desk.dispose();
});

test("of two views on one page one plays, and the other shows where", () => {
  const model = new FakeModel({ film: { duration_s: 60 } });
  const clock = new FakeClock();
  const views = [0, 1].map(() => {
    const workspace = new FakeWorkspace(new TimeAxis(60));
    const desk = new DeskModel(model, clock);
    desk.attach(workspace);
    return { workspace, desk };
  });
  const [one, two] = views.map(({ workspace }) => workspace);
  one.look({ playing: true });
  one.look({ position_s: 3 });
  clock.pass(600);
  assert.equal(model.get("playing"), true);
  assert.deepEqual([two.view.playing, two.view.position_s], [false, 3]);
  two.look({ playing: true });
  assert.deepEqual([one.view.playing, two.view.playing, model.get("playing")], [false, true, true]);
  two.look({ playing: false });
  assert.equal(model.get("playing"), false);
  model.set("playing", true); // Python says so
  assert.deepEqual([one.view.playing, two.view.playing], [true, false]);
  views.forEach(({ desk }) => desk.dispose());
  assert.equal(model.get("playing"), false);
});

test("a film that played when the page was closed does not go on by itself", () => {
  const { model, workspace, desk } = bridge({ playing: true, position_s: 5 });
  assert.equal(workspace.view.playing, false);
  assert.equal(model.get("playing"), false);
  desk.dispose();
});
