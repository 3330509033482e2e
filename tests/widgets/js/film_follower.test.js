import assert from "node:assert/strict";
import { test } from "node:test";

import { FilmFollower } from "../../../emsync_nb/widgets/static/film_follower.js";
import { PlayClock } from "../../../emsync_nb/widgets/static/play_clock.js";
import { FakeVideo, near, page, pass } from "./fake_page.js";

function follower(fps = [25, 1]) {
  const video = new FakeVideo();
  const clock = new PlayClock(() => page.now_ms / 1000, 60);
  const options = { sourceAt: (at_ms) => at_ms / 1000, now_ms: () => page.now_ms, fps };
  return { video, clock, film: new FilmFollower(video, clock, options) };
}

test("standing, the film shows the middle of the frame, also of the last", () => {
  const { video, clock, film } = follower();
  clock.seek(10);
  film.restart();
  assert.equal(video.currentTime, 10.02);
  clock.seek(60);
  film.restart();
  assert.equal(video.currentTime, 59.98);
});

test("while a seek goes on the next one waits, and only the last of several is done", () => {
  const { video, clock, film } = follower();
  film.restart();
  video.seeks.length = 0;
  video.seeking = true;
  [1, 2, 3].forEach((position_s) => {
    clock.seek(position_s);
    film.restart();
  });
  assert.deepEqual(video.seeks, []);
  video.seeking = false;
  video.dispatchEvent(new Event("seeked"));
  assert.deepEqual(video.seeks, [3.02]);
});

function drifting(drift_s, speed = 1) {
  const made = follower();
  made.clock.setSpeed(speed);
  made.clock.play();
  made.film.restart();
  made.video.currentTime = drift_s;
  made.video.seeks.length = 0;
  steps(made, 30);
  return made;
}

/** Follow for so many frames; the rates that the film had. */
function steps(made, count) {
  return Array.from({ length: count }, () => {
    pass(0.03, made);
    made.film.follow();
    return made.video.playbackRate;
  });
}

test("small drifts are mended by the rate: soon after a start, later by 2 % at most", () => {
  const early = drifting(0.06);
  assert.deepEqual(early.video.seeks, []);
  assert.ok(early.video.playbackRate < 1 && early.video.playbackRate >= 0.9199999);
  assert.ok(Math.abs(early.film.drift_ms) < 25, `${early.film.drift_ms} ms`);
  const late = drifting(0);
  steps(late, 30);
  late.video.currentTime -= 0.08;
  late.video.seeks.length = 0;
  const rates = steps(late, 60);
  assert.ok(Math.max(...rates) > 1.01 && Math.max(...rates) <= 1.0200001);
  steps(late, 200);
  assert.ok(Math.abs(late.film.drift_ms) < 20, `${late.film.drift_ms} ms`);
  assert.deepEqual(late.video.seeks, []);
  assert.equal(late.film.drifts_ms.length, 320);
});

test("large drifts are mended by a seek to where the clock will be then", () => {
  const { video, clock, film } = drifting(-3);
  assert.equal(video.seeks.length, 1);
  assert.ok(Math.abs(video.currentTime - clock.position()) < 0.2);
  assert.ok(film.drifts_ms.length > 0);
});

test("at another speed the film has that speed", () => {
  near(drifting(0, 2).video.playbackRate, 2, 0.05);
  near(drifting(0, 0.5).video.playbackRate, 0.5, 0.01);
});

test("backwards, pictures are sought about twelve times a second", () => {
  const { video, clock, film } = follower();
  clock.seek(30);
  clock.setSpeed(-2);
  clock.play();
  film.restart();
  video.seeks.length = 0;
  for (let step = 0; step < 100; step += 1) {
    pass(0.01);
    film.follow();
  }
  assert.ok(video.paused);
  assert.ok(video.seeks.length >= 10 && video.seeks.length <= 13, `${video.seeks.length} seeks`);
  near(video.currentTime, 28, 0.25);
});

test("at a loop's end the film is at its start in time, and what drifts there counts as near", () => {
  const { video, clock, film } = follower();
  clock.setLoop([10, 12]);
  clock.seek(10);
  clock.play();
  film.restart();
  video.currentTime = 10;
  video.seeks.length = 0;
  for (let step = 0; step < 199; step += 1) {
    pass(0.01, { video });
    film.follow();
  }
  assert.equal(video.seeks.length, 1);
  near(video.seeks[0], 10, 0.02);
  near(film.apart(10.01, 11.99), 0.02);
});

test("frames on the screen tell the drift, and how long a start takes", () => {
  const video = new FakeVideo();
  video.requestVideoFrameCallback = (fn) => (video.shown = fn);
  const clock = new PlayClock(() => page.now_ms / 1000, 60);
  const options = { sourceAt: (at_ms) => at_ms / 1000, now_ms: () => page.now_ms };
  const film = new FilmFollower(video, clock, options);
  const before_s = film.takes_s.start;
  clock.play();
  film.restart();
  for (let frame = 1; frame <= 700; frame += 1) {
    page.now_ms += 40;
    video.shown(page.now_ms, { mediaTime: 0.04 * frame - 0.1, expectedDisplayTime: page.now_ms });
  }
  near(film.drift_ms, -100, 1e-3);
  assert.equal(film.drifts_ms.length, 600);
  near(film.takes_s.start, before_s + 0.6 * 0.1, 1e-3);
});
