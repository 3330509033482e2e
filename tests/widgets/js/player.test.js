import assert from "node:assert/strict";
import { test } from "node:test";

import { HELD_BACK, NO_DEVICE, Player } from "../../../emsync_nb/widgets/static/player.js";
import { FakeVideo, FakeWorkspace, near, pass } from "./fake_page.js";
import { FakeContext, chunk } from "./fake_sound.js";

function desk({ context = new FakeContext(), isSilent = false } = {}) {
  const workspace = new FakeWorkspace();
  const video = new FakeVideo();
  const fetchChunk = isSilent ? null : async () => chunk("one");
  const player = new Player(workspace, { video, fetchChunk, makeContext: () => context });
  return { workspace, video, player, context };
}

test("play waits for sound, then film and music go together", () => {
  const { player, workspace, context, video } = desk();
  player.play();
  assert.ok(workspace.view.playing);
  assert.ok(video.paused);
  pass(0.1, { context, video });
  assert.ok(!video.paused);
  pass(2, { context, video });
  assert.ok(workspace.view.position_s > 1.8 && workspace.view.position_s < 2.1);
  near(video.currentTime, workspace.view.position_s, 0.1);
  player.pause();
  assert.ok(video.paused && !workspace.view.playing);
  player.dispose();
});

test("without a sound device the film plays all the same, and the desk is told", () => {
  const context = new FakeContext();
  context.state = "suspended";
  const { player, workspace, video } = desk({ context });
  player.play();
  pass(1.2, { context, video });
  assert.equal(player.soundProblem, NO_DEVICE);
  assert.deepEqual(workspace.said, [NO_DEVICE]);
  near(workspace.view.position_s, 0.7, 0.05);
  const before_s = workspace.view.position_s;
  context.state = "running";
  pass(0.5, { context, video });
  assert.equal(player.soundProblem, "");
  near(workspace.view.position_s, before_s + 0.5, 0.05);
  player.dispose();
});

test("sound that waits for a click is something else than no device", () => {
  navigator.userActivation = { hasBeenActive: false };
  const context = new FakeContext();
  context.state = "suspended";
  const { player, workspace } = desk({ context });
  player.play();
  pass(1.2, { context });
  assert.equal(player.soundProblem, HELD_BACK);
  context.resume = () => {
    context.state = "running";
  };
  workspace.root.dispatchEvent(new Event("pointerdown"));
  pass(0.5, { context });
  assert.equal(player.soundProblem, "");
  player.dispose();
});

test("a browser without sound contexts plays the film", () => {
  const workspace = new FakeWorkspace();
  const makeContext = () => {
    throw new Error("no hardware");
  };
  const player = new Player(workspace, { fetchChunk: async () => chunk("one"), makeContext });
  player.play();
  assert.match(player.soundProblem, /^no audio device: .*no hardware/);
  pass(1);
  near(workspace.view.position_s, 1, 0.05);
  player.dispose();
});

test("a step shows exactly the next frame, at odd rates too, and never leaves the film", () => {
  const { player, workspace, video } = desk({ isSilent: true });
  workspace.data.film = { duration_s: 2, fps: [30000, 1001] };
  workspace.dispatchEvent(new Event("data:film"));
  for (let number = 1; number < 60; number += 1) {
    player.step(1);
    assert.equal(workspace.view.position_s, Math.min((number * 1001) / 30000, (59 * 1001) / 30000));
    near(video.currentTime, (Math.min(number, 59) + 0.5) * (1001 / 30000), 1e-9);
  }
  player.step(1);
  player.step(-1);
  near(workspace.view.position_s, (58 * 1001) / 30000);
  player.step(-500);
  assert.equal(workspace.view.position_s, 0);
  player.dispose();
});

test("it follows what others ask of the view", () => {
  const { player, workspace } = desk({ isSilent: true });
  workspace.look({ speed: 2, loop: [1, 3] });
  assert.equal(player.clock.speed, 2);
  assert.deepEqual(player.clock.loop, [1, 3]);
  workspace.look({ playing: true });
  assert.ok(player.playing);
  workspace.seek(2);
  pass(0.2);
  near(workspace.view.position_s, 2.3, 0.15);
  workspace.look({ playing: false, loop: null });
  assert.ok(!player.playing && player.clock.loop === null);
  player.dispose();
});

test("it begins as the view says that was there before", () => {
  const workspace = new FakeWorkspace();
  Object.assign(workspace.view, { position_s: 7, speed: 0.5, loop: [5, 9] });
  const player = new Player(workspace);
  assert.deepEqual([player.position_s, player.clock.speed, player.clock.loop], [7, 0.5, [5, 9]]);
  assert.deepEqual(workspace.view.loop, [5, 9]);
  player.dispose();
});

test("what it cannot do is refused, and the view stays true", () => {
  const { player, workspace } = desk({ isSilent: true });
  const refused = [];
  player.addEventListener("refused", ({ detail }) => refused.push(detail));
  workspace.look({ speed: 99 });
  workspace.look({ loop: [1, 1.001] });
  assert.equal(refused.length, 2);
  assert.deepEqual(workspace.said, refused);
  assert.deepEqual([workspace.view.speed, workspace.view.loop], [1, null]);
  player.dispose();
});

test("the film stops at its end", () => {
  const { player, workspace, video } = desk({ isSilent: true });
  workspace.seek(59.5);
  player.play();
  pass(1, { video });
  assert.ok(!player.playing);
  assert.equal(workspace.view.position_s, 60);
  near(video.currentTime, 59.98, 1e-6);
  player.dispose();
});

test("J, K and L go back, stop and go on", () => {
  const { player, workspace } = desk({ isSilent: true });
  workspace.seek(30);
  ["l", "l"].forEach((key) => player.shuttle(key));
  assert.deepEqual([workspace.view.playing, workspace.view.speed], [true, 2]);
  pass(1);
  player.shuttle("j");
  pass(1);
  near(workspace.view.position_s, 31, 0.25);
  player.shuttle("k");
  assert.deepEqual([workspace.view.playing, workspace.view.speed], [false, 1]);
  player.dispose();
});

test("the film's own sound and the music have volumes of their own", () => {
  const { player, workspace, video } = desk();
  workspace.look({ film_volume: 0.25 });
  workspace.look({ music_volume: 0.5 });
  assert.equal(video.volume, 0.25);
  assert.equal(player.stems.volume, 0.5);
  player.dispose();
});

test("film sound that the browser holds back comes with the first click", async () => {
  const { player, workspace, video } = desk({ isSilent: true });
  video.play = () => {
    const refused = Object.assign(new Error("no gesture"), { name: "NotAllowedError" });
    if (!video.muted) return Promise.reject(refused);
    video.paused = false;
    return Promise.resolve();
  };
  player.play();
  for (let round = 0; round < 5; round += 1) await Promise.resolve();
  assert.ok(!video.paused && video.muted);
  workspace.root.dispatchEvent(new Event("keydown"));
  assert.ok(!video.muted);
  player.dispose();
});
