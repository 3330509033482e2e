import assert from "node:assert/strict";
import { test } from "node:test";

import { PlayClock } from "../../../emsync_nb/widgets/static/play_clock.js";

/** A clock for a film of 60 s, and its source, turned by hand. */
function clockAt(start_s = 100) {
  const source = { now_s: start_s };
  return { source, clock: new PlayClock(() => source.now_s, 60) };
}

const near = (one, other) => assert.ok(Math.abs(one - other) < 1e-9, `${one} is not ${other}`);

test("it stands until it plays, and plays from where it stands", () => {
  const { source, clock } = clockAt();
  source.now_s += 5;
  assert.equal(clock.position(), 0);
  clock.seek(10);
  clock.play();
  source.now_s += 2.5;
  near(clock.position(), 12.5);
  clock.pause();
  source.now_s += 9;
  near(clock.position(), 12.5);
});

test("a start in the future stands until then", () => {
  const { source, clock } = clockAt();
  clock.seek(3);
  clock.play(100.5);
  source.now_s = 100.4;
  assert.equal(clock.position(), 3);
  source.now_s = 101;
  near(clock.position(), 3.5);
});

test("speeds, also backwards, count from where they begin", () => {
  const { source, clock } = clockAt();
  clock.seek(10);
  clock.play();
  source.now_s += 1;
  clock.setSpeed(2);
  source.now_s += 1;
  near(clock.position(), 13);
  clock.setSpeed(-0.5);
  source.now_s += 4;
  near(clock.position(), 11);
  for (const speed of [0, 8.1, -9, NaN, Infinity]) {
    assert.throws(() => clock.setSpeed(speed), /speeds from −8 to 8/);
  }
  assert.equal(clock.speed, -0.5);
});

test("J, K and L shuttle, and leave the chosen speed alone", () => {
  const { clock } = clockAt();
  clock.seek(30);
  clock.setSpeed(0.5);
  const speeds = ["l", "l", "l", "l", "l", "j", "j"].map((key) => {
    clock.shuttle(key);
    return clock.speed;
  });
  assert.deepEqual(speeds, [1, 2, 4, 8, 8, -1, -2]);
  assert.ok(clock.playing);
  clock.shuttle("k");
  assert.deepEqual([clock.playing, clock.speed], [false, 0.5]);
});

test("the film ends at its end, and begins anew when played there", () => {
  const { source, clock } = clockAt();
  clock.seek(59);
  clock.play();
  source.now_s += 0.999;
  assert.ok(!clock.isOver());
  source.now_s += 0.002;
  assert.ok(clock.isOver());
  assert.equal(clock.position(), 60);
  clock.pause();
  clock.play();
  assert.equal(clock.position(), 0);
});

test("backwards the film ends at its beginning", () => {
  const { source, clock } = clockAt();
  clock.seek(1);
  clock.setSpeed(-2);
  clock.play();
  source.now_s += 0.5;
  assert.ok(clock.isOver());
  assert.equal(clock.position(), 0);
});

test("a loop wraps exactly, however long it runs", () => {
  const { source, clock } = clockAt(0);
  clock.setLoop([10, 12]);
  clock.seek(9);
  clock.play();
  source.now_s = 2.999;
  near(clock.position(), 11.999);
  source.now_s = 3;
  assert.equal(clock.position(), 10);
  source.now_s = 3 + 2 * 100_000 + 0.5;
  near(clock.position(), 10.5);
  assert.ok(!clock.isOver());
});

test("a loop wraps backwards too", () => {
  const { source, clock } = clockAt(0);
  clock.setLoop([10, 12]);
  clock.seek(11);
  clock.setSpeed(-1);
  clock.play();
  source.now_s = 1.5;
  near(clock.position(), 11.5);
});

test("who seeks behind the loop leaves it behind; who starts there starts at its beginning", () => {
  const { source, clock } = clockAt(0);
  clock.setLoop([10, 12]);
  clock.play();
  clock.seek(20);
  source.now_s = 5;
  near(clock.position(), 25);
  clock.pause();
  clock.play();
  assert.equal(clock.position(), 10);
});

test("loops that are too short are refused, and those that run over the end end there", () => {
  const { clock } = clockAt();
  assert.throws(() => clock.setLoop([5, 5.01]), /lasts 0.04 s at least/);
  assert.equal(clock.loop, null);
  clock.setLoop([50, 70]);
  assert.deepEqual(clock.loop, [50, 60]);
});

test("a jump of the source is none of the film", () => {
  const { source, clock } = clockAt();
  clock.play();
  source.now_s += 4;
  source.now_s -= 77;
  clock.shift(-77);
  near(clock.position(), 4);
});

test("stretches follow one another from the anchor, without a gap", () => {
  const { clock } = clockAt(0);
  clock.setLoop([10, 12]);
  clock.seek(11);
  clock.setSpeed(0.5);
  clock.play(1);
  assert.deepEqual(clock.stretches(0, 8), [
    { at_s: 1, until_at_s: 3, start_s: 11, speed: 0.5 },
    { at_s: 3, until_at_s: 7, start_s: 10, speed: 0.5 },
    { at_s: 7, until_at_s: 11, start_s: 10, speed: 0.5 },
  ]);
  const late = clock.stretches(400_000.5, 400_004);
  assert.deepEqual(late.map((one) => one.at_s), [399_999, 400_003]);
});

test("without a loop there is one stretch, to the film's end", () => {
  const { clock } = clockAt(0);
  clock.seek(58);
  clock.play(5);
  assert.deepEqual(clock.stretches(0, 100), [{ at_s: 5, until_at_s: 7, start_s: 58, speed: 1 }]);
  assert.deepEqual(clock.stretches(7, 100), []);
  clock.pause(6);
  assert.deepEqual(clock.stretches(0, 100), []);
});
