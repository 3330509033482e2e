import assert from "node:assert/strict";
import { test } from "node:test";

import { AudioTime } from "../../../emsync_nb/widgets/static/audio_time.js";
import { near, page, pass } from "./fake_page.js";
import { FakeContext } from "./fake_sound.js";

test("time follows the sound that is heard: the context's, less what the way out takes", () => {
  const context = new FakeContext();
  context.outputLatency = 0.03;
  const time = new AudioTime(context, { performanceNow: () => page.now_ms, delay_s: 0.006 });
  time.measure();
  pass(0.1, { context });
  time.measure();
  assert.ok(time.runs);
  near(time.now(), context.currentTime - 0.036);
  page.now_ms += 5;
  near(time.now(), context.currentTime - 0.036 + 0.005);
  near(time.at(page.now_ms + 20), time.now() + 0.02);
});

test("the hardware's own report is believed unless it is nonsense", () => {
  const context = new FakeContext();
  const time = new AudioTime(context, { performanceNow: () => page.now_ms });
  const reported = () => ({ contextTime: context.currentTime - 0.1, performanceTime: page.now_ms - 20 });
  context.getOutputTimestamp = reported;
  time.measure();
  pass(0.01, { context });
  time.measure();
  near(time.now(), context.currentTime - 0.08);
  context.getOutputTimestamp = () => ({ contextTime: 900, performanceTime: page.now_ms });
  pass(0.01, { context });
  assert.equal(time.measure(), 0);
  near(time.now(), context.currentTime - 0.08, 0.01);
});

test("a context that stops is told, and its return is a jump", () => {
  const context = new FakeContext();
  const time = new AudioTime(context, { performanceNow: () => page.now_ms });
  const measured = (seconds) => {
    const jumps = [];
    for (let step = 0; step < seconds * 10; step += 1) {
      pass(0.1, { context });
      jumps.push(time.measure());
    }
    return jumps.filter(Boolean);
  };
  assert.equal(measured(1).length, 1);
  context.state = "suspended";
  assert.deepEqual(measured(2), []);
  assert.ok(!time.runs);
  const before_s = time.now();
  pass(1);
  near(time.now(), before_s + 1);
  context.state = "running";
  const jumps = measured(1);
  assert.equal(jumps.length, 1);
  near(jumps[0], -3, 0.2);
});

test("a context that says it runs, and does not, is silent", () => {
  const context = new FakeContext();
  const time = new AudioTime(context, { performanceNow: () => page.now_ms });
  for (let step = 0; step < 20; step += 1) {
    page.now_ms += 50;
    time.measure();
  }
  assert.ok(!time.runs);
});
