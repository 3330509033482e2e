import assert from "node:assert/strict";
import test from "node:test";

import {
  apart,
  apply,
  barBeat,
  boundaryAt,
  drawn,
  exactTime,
  frameWithin,
  hitCount,
  hitWords,
  nearestFrame,
  nearestNumber,
  numberAt,
  seconds,
  snappedFrame,
  stepped,
  steppedStrength,
  whyUnmet,
  withBeats,
} from "../../../emsync_nb/widgets/static/boundary_edits.js";
import { TimeAxis } from "../../../emsync_nb/widgets/static/time_axis.js";
import { frameTime, lastFrame } from "../../../emsync_nb/widgets/static/timecode.js";

const FILM = { fps: [25, 1], duration_s: 100 };
const NTSC = { fps: [24000, 1001], duration_s: 60 };

function bounds(...times_s) {
  return times_s.map((time_s, at) => {
    const strength = 0.9 - at / 10;
    return { number: at + 1, time_s, kind: "cut", strength, locked: false, beat: null, bar: null };
  });
}

function axis(start_s = 0, end_s = 100, width_px = 1000) {
  const made = new TimeAxis(100);
  made.setWidth(width_px);
  made.show(start_s, end_s);
  return made;
}

/** Numbers in [0, 1) that are the same in every run (mulberry32). */
function random(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

test("a boundary that passes another is numbered behind it", () => {
  const after = apply(bounds(10, 20, 30), { edit: "move", boundary: 1, time_s: 25 }, FILM);
  assert.deepEqual(after.map((each) => [each.number, each.time_s, each.strength]), [
    [1, 20, 0.8],
    [2, 25, 0.9],
    [3, 30, 0.7],
  ]);
});

test("an edit changes nothing in place", () => {
  const before = bounds(10, 20, 30);
  const copy = structuredClone(before);
  apply(before, { edit: "move", boundary: 3, time_s: 5 }, FILM);
  apply(before, { edit: "lock", boundary: 2, on: true }, FILM);
  apply(before, { edit: "weight", boundary: 2, strength: 0.1 }, FILM);
  assert.deepEqual(before, copy);
});

test("two boundaries never lie at one time, however it is written", () => {
  for (const time_s of [20, "500/25", "20"]) {
    assert.throws(() => apply(bounds(10, 20), { edit: "move", boundary: 1, time_s }, FILM), /boundary 2 lies there/);
    assert.throws(() => apply(bounds(10, 20), { edit: "add", time_s }, FILM), /boundary 2 lies there/);
  }
});

test("what cannot be is refused in one line", () => {
  const refused = [
    [{ edit: "move", boundary: 3, time_s: 1 }, /no boundary 3; they are counted from 1 to 2/],
    [{ edit: "move", boundary: 1, time_s: 100.5 }, /outside the film, which lasts 100.000 s/],
    [{ edit: "move", boundary: 1, time_s: -1 }, /outside the film/],
    [{ edit: "move", boundary: 1, time_s: "1/0" }, /no time/],
    [{ edit: "move", boundary: 1, time_s: "soon" }, /no time/],
    [{ edit: "weight", boundary: 1, strength: 1.5 }, /between 0 and 1/],
    [{ edit: "weight", boundary: 1, strength: NaN }, /between 0 and 1/],
    [{ edit: "remove", boundary: 0 }, /no boundary 0/],
    [{ edit: "explode", boundary: 1 }, /know no explode/],
  ];
  for (const [request, text] of refused) {
    assert.throws(() => apply(bounds(10, 20), request, FILM), (error) => text.test(error.message) && !/\n/.test(error));
  }
});

test("strengths stay apart, as near as can be", () => {
  assert.equal(apart(0.5, bounds(1)), 0.5);
  assert.ok(Math.abs(apart(0.9, bounds(1)) - (0.9 - 1e-6)) < 1e-12);
  assert.ok(Math.abs(apart(0, [{ strength: 0 }, { strength: 1e-6 }]) - 2e-6) < 1e-12);
  const after = apply(bounds(10, 20), { edit: "weight", boundary: 2, strength: 0.9 }, FILM);
  assert.ok(after[1].strength < 0.9 && after[1].strength > 0.8999);
});

test("whatever is asked in a row, order, frames, strengths and locks hold", () => {
  for (let seed = 1; seed <= 40; seed += 1) {
    const next = random(seed);
    let now = apply(bounds(4, 8, 15, 16, 23, 42), { edit: "lock", boundary: 4, on: true }, FILM);
    for (let step = 0; step < 60; step += 1) {
      const boundary = 1 + Math.floor(next() * (now.length + 1));
      const time_s = exactTime(Math.floor(next() * 80), FILM.fps);
      const edit = ["move", "add", "remove", "weight"][Math.floor(next() * 4)];
      if (edit === "remove" && now[boundary - 1]?.locked) continue;
      const request = { edit, boundary, time_s, strength: Math.round(next() * 20) / 20 };
      try {
        now = apply(now, request, FILM);
      } catch (error) {
        assert.match(error.message, /lies there already|no boundary/);
      }
      check(now);
    }
  }
});

function check(now) {
  now.forEach((each, at) => {
    assert.equal(each.number, at + 1);
    assert.equal(each.time_s, frameTime(nearestFrame(each.time_s, FILM.fps), FILM.fps));
    assert.ok(each.strength >= 0 && each.strength <= 1);
    if (at) assert.ok(now[at - 1].time_s < each.time_s);
  });
  assert.equal(new Set(now.map((each) => each.strength)).size, now.length);
  assert.equal(now.filter((each) => each.locked).length, 1);
}

test("requests say exactly which frame is meant", () => {
  assert.equal(exactTime(301, NTSC.fps), "301301/24000");
  assert.equal(seconds("301301/24000"), 301301 / 24000);
  assert.equal(nearestFrame(seconds(exactTime(1437, NTSC.fps)), NTSC.fps), 1437);
  assert.equal(frameWithin(-3, NTSC), 0);
  assert.equal(frameWithin(1e6, NTSC), lastFrame(NTSC.duration_s, NTSC.fps));
});

test("the nearest boundary within six pixels is under the pointer", () => {
  const all = bounds(10, 20, 30);
  assert.equal(boundaryAt(all, axis(), 100), 1);
  assert.equal(boundaryAt(all, axis(), 206), 2);
  assert.equal(boundaryAt(all, axis(), 194), 2);
  assert.equal(boundaryAt(all, axis(), 207), 0);
  assert.equal(boundaryAt([], axis(), 207), 0);
  assert.equal(boundaryAt(all, axis(15, 25), 506), 2);
  assert.equal(boundaryAt(all, axis(15, 25), 510), 0);
});

test("of boundaries as near a locked, then a strong one is taken", () => {
  const all = bounds(10, 10.04, 10.08);
  assert.equal(boundaryAt(all, axis(), 100), 1);
  all[2].locked = true;
  assert.equal(boundaryAt(all, axis(), 100), 1, "the third lies a pixel off");
  all[1].locked = true;
  assert.equal(boundaryAt(all, axis(), 100), 2);
});

test("a step of frames jumps over what lies there, and ends with the film", () => {
  const all = bounds(10, 10.04, 10.08, 99.96);
  assert.equal(stepped(all, 1, -1, FILM), 249);
  assert.equal(stepped(all, 1, 1, FILM), 253);
  assert.equal(stepped(all, 3, -10, FILM), 242);
  assert.equal(stepped(all, 4, 1, FILM), null);
  assert.equal(stepped(bounds(0), 1, -1, FILM), null);
  assert.equal(stepped(bounds(0, 0.04), 2, -1, FILM), null);
});

test("a drag lands on frames, and on beats and marks near by", () => {
  const near = { axis: axis(), beats_s: Float32Array.of(11.5, 12.03), marks_s: [50, 13] };
  assert.equal(snappedFrame(11.9, FILM, near), 301);
  assert.equal(snappedFrame(12.7, FILM, near), 325);
  assert.equal(snappedFrame(11.9, FILM, { ...near, isFree: true }), 298);
  assert.equal(snappedFrame(20.011, FILM, near), 500);
  assert.equal(snappedFrame(200, FILM, near), 2499);
});

test("strength goes by steps of 0.05 from wherever it was", () => {
  assert.equal(steppedStrength(0.8, 1), 0.85);
  assert.equal(steppedStrength(0.8234, 1), 0.85);
  assert.equal(steppedStrength(0.999999, 1), 1);
  assert.equal(steppedStrength(0.02, -1), 0);
});

test("crowded boundaries are drawn as one, the one that counts most", () => {
  const all = bounds(10, 10.04, 10.08, 50);
  assert.deepEqual(drawn(all, axis()), [1, 4]);
  assert.deepEqual(drawn(all, axis(), 2), [2, 4]);
  all[2].locked = true;
  assert.deepEqual(drawn(all, axis()), [3, 4]);
  assert.deepEqual(drawn(all, axis(9, 11)), [1, 2, 3]);
  assert.deepEqual(drawn(all, axis(60, 70)), []);
  const many = Array.from({ length: 2000 }, (_, at) => ({ ...bounds(at / 20)[0], strength: at / 2000 }));
  assert.ok(drawn(many, axis()).length <= 501);
});

test("the nearest boundary and the one at a time are found by number", () => {
  assert.equal(nearestNumber(bounds(10, 20), 16), 2);
  assert.equal(nearestNumber([], 16), 0);
  assert.equal(numberAt(bounds(10, 20), 20), 2);
  assert.equal(numberAt(bounds(10, 20), 20.04), 0);
});

test("what is not met is told why", () => {
  const code = (time_s) => `${time_s}`;
  const all = bounds(10, 13, 40, 44.5, 60);
  const hits = new Set([10, 40, 44.5]);
  const planned = all.map((each) => (hits.has(each.time_s) ? { ...each, beat: 1, bar: 1 } : each));
  assert.equal(whyUnmet(all, 2, [], code), null, "nothing is planned");
  assert.equal(whyUnmet(planned, 1, [], code), null);
  assert.equal(whyUnmet(planned, 2, [], code), "a stronger one lies within 4 s, at 10");
  assert.equal(whyUnmet(planned, 5, [{ in_s: 0, out_s: 50 }], code), "no music is asked for here");
  planned[0].locked = true;
  planned[0].strength = 0.01;
  assert.equal(whyUnmet(planned, 2, [], code), "a locked one lies within 4 s, at 10");
  planned[1].locked = true;
  assert.equal(whyUnmet(planned, 2, [], code), "the tempo is not fitted to it yet");
});

test("what gives way to one that gives way itself is told which is met", () => {
  const code = (time_s) => `${time_s}`;
  const rising = bounds(10, 13, 16).map((each, at) => ({ ...each, strength: (at + 1) / 10 }));
  const planned = rising.map((each) => (each.number === 3 ? { ...each, beat: 1, bar: 1 } : each));
  const told = "a stronger one lies within 4 s, at 13, which itself gives way to 16";
  assert.equal(whyUnmet(planned, 1, [], code), told);
  assert.equal(whyUnmet(planned, 2, [], code), "a stronger one lies within 4 s, at 16");
  const near = [{ ...planned[0], time_s: 12.5 }, ...planned.slice(1)];
  assert.equal(whyUnmet(near, 1, [], code), "a stronger one lies within 4 s, at 16", "not at 13, which is nearer");
});

test("what is planned is told apart from what is heard", () => {
  const clicks = { time_s: [0, 0.5, 1], bar: [1, 0, 0] };
  const hit = { ...bounds(0.5)[0], beat: 1, bar: 1 };
  assert.deepEqual(hitWords({ ...hit, heard: true, off_s: 0 }, clicks), ["met on 1.2"]);
  assert.deepEqual(hitWords(hit, clicks), ["planned on 1.2"], "without a take");
  const missed = { ...hit, heard: false };
  const words = (off_s) => hitWords({ ...missed, off_s }, clicks);
  assert.deepEqual(words(0.48), ["planned on 1.2", "the accepted take misses it by 0.5 s"]);
  assert.deepEqual(words(0.06), ["planned on 1.2", "the accepted take misses it by 0.06 s"]);
  assert.deepEqual(words(null), ["planned on 1.2", "the accepted take misses it"]);
  const all = [{ ...hit, heard: true }, missed, bounds(9)[0]];
  assert.equal(hitCount(all), "2 of 3 are hits, 1 of them missed by the accepted take");
  assert.equal(hitCount([all[0], all[2]]), "1 of 2 are hits");
});

test("while one is dragged nobody knows whether it is heard, the others stay as they are", () => {
  const heard = bounds(10, 20).map((each) => ({ ...each, beat: each.number, bar: 1, heard: true, off_s: 0 }));
  const held = apply(heard, { edit: "move", boundary: 2, time_s: 22 }, FILM);
  const tried = bounds(10, 22).map((each) => ({ ...each, beat: each.number, bar: 1, heard: null, off_s: null }));
  assert.deepEqual(withBeats(held, tried).map((each) => each.heard), [true, null]);
});

test("bar and beat are counted from the bar line before", () => {
  const clicks = { time_s: [0, 0.5, 1, 1.5, 2, 2.5], bar: [1, 0, 0, 2, 0, 0] };
  assert.equal(barBeat({ time_s: 2.5, beat: 5, bar: 2 }, clicks), "2.3");
  assert.equal(barBeat({ time_s: 1.5, beat: 3, bar: 2 }, clicks), "2.1");
  assert.equal(barBeat({ time_s: 1.5, beat: null, bar: null }, clicks), "");
  assert.equal(barBeat({ time_s: 1.5, beat: 3, bar: 2 }, null), "bar 2");
});

test("a held boundary keeps what was found for it while it moves on", () => {
  const held = apply(bounds(10, 20, 30), { edit: "move", boundary: 2, time_s: 22 }, FILM);
  const tried = bounds(10, 21, 30).map((each) => ({ ...each, beat: each.number, bar: 1 }));
  assert.deepEqual(withBeats(held, tried).map((each) => [each.time_s, each.beat]), [
    [10, 1],
    [22, 2],
    [30, 3],
  ]);
  assert.equal(withBeats(held, null), held);
});
