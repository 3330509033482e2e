import assert from "node:assert/strict";
import test from "node:test";

import { apply, emotionAt, meanOf, trimmed } from "../../../emsync_nb/widgets/static/curve.js";
import {
  clockText, columnsOf, heightOf, valueOf, valueText,
} from "../../../emsync_nb/widgets/static/curve_drawing.js";
import {
  STROKE_S, Stroke, distanceTo, handles, pointUnder, pulled, pulledAround, restored, standingFor,
  withoutPoint,
} from "../../../emsync_nb/widgets/static/curve_points.js";

function near(found, expected, within = 1e-9) {
  assert.equal(found.length, expected.length, `${[...found]}`);
  const isNear = (value, index) => Math.abs(found[index] - value) <= within;
  assert.ok(expected.every(isNear), `${[...found]} ≠ ${expected}`);
}

function line(times_s, valence, arousal = times_s.map(() => 0)) {
  return { times_s, valence, arousal };
}

const FLAT = line([0, 20], [0, 0]);

/** Two hours at 4 Hz that never rest. */
function longCurve() {
  const times_s = Float32Array.from({ length: 28800 }, (_, index) => index / 4);
  const quick = (at_s) => 0.2 * Math.sin(at_s * 1.7) + 0.1 * Math.sin(at_s * 5.1);
  const wave = (at_s, slow_s) => 0.6 * Math.sin(at_s / slow_s) + quick(at_s);
  return { times_s, valence: times_s.map((s) => wave(s, 60)), arousal: times_s.map((s) => wave(s, 37)) };
}

test("values lie on straight lines, and ends extend outwards", () => {
  const curve = line([2, 4, 8], [0, 1, -1], [0.5, 0.5, 0]);
  assert.deepEqual(emotionAt(curve, 3), { valence: 0.5, arousal: 0.5 });
  assert.deepEqual(emotionAt(curve, 0), { valence: 0, arousal: 0.5 });
  assert.deepEqual(emotionAt(curve, 99), { valence: -1, arousal: 0 });
  assert.equal(meanOf(curve, "valence", 2, 8), (1 + 0) / 6);
});

test("drawing goes through its points, and takes half a second at either end", () => {
  const after = apply(FLAT, { edit: "draw", times_s: [5, 10], valence: [0.5, 1], arousal: null });
  near(after.times_s, [0, 4.5, 5, 10, 10.5, 20]);
  near(after.valence, [0, 0, 0.5, 1, 0, 0]);
  near(after.arousal, [0, 0, 0, 0, 0, 0]);
});

test("drawing from the beginning needs no time before it", () => {
  const after = apply(FLAT, { edit: "draw", times_s: [0.25, 2], valence: [0.5, 0.5] });
  near(after.times_s, [0, 0.25, 2, 2.5, 20]);
});

test("points of a drawing must rise", () => {
  assert.throws(() => apply(FLAT, { edit: "draw", times_s: [3, 3], valence: [0, 1] }), /rise/);
  assert.throws(() => apply(FLAT, { edit: "draw", times_s: [], valence: [] }), /at least one/);
  assert.throws(() => apply(FLAT, { edit: "bend" }), /bend/);
});

test("a shifted stretch has ramps outside, and stays within bounds", () => {
  const request = { edit: "shift", start_s: 5, end_s: 10, valence: 0.5, arousal: -0.25 };
  const after = apply(line([0, 20], [0.8, 0.8]), request);
  near(after.times_s, [0, 4.5, 5, 10, 10.5, 20]);
  near(after.valence, [0.8, 0.8, 1, 1, 0.8, 0.8]);
  near(after.arousal, [0, 0, -0.25, -0.25, 0, 0]);
});

test("a flattened stretch has one value; null leaves the other line", () => {
  const request = { edit: "flatten", start_s: 5, end_s: 15, valence: 0.25, arousal: null };
  const after = apply(line([0, 10, 20], [0, 1, 0]), request);
  const inside = [5, 7, 10, 12, 15].map((time_s) => emotionAt(after, time_s).valence);
  near(inside, [0.25, 0.25, 0.25, 0.25, 0.25]);
  near([emotionAt(after, 4.5).valence, emotionAt(after, 15.5).valence], [0.45, 0.45]);
});

test("smoothing takes the mean of a window: a peak of 1 becomes 3/4 over one second", () => {
  const peak = line([0, 9, 10, 11, 20], [0, 0, 1, 0, 0], [0, 0, 1, 0, 0]);
  const request = { edit: "smooth", start_s: 8, end_s: 12, seconds: 1, valence: true, arousal: false };
  const after = apply(peak, request);
  near([emotionAt(after, 10).valence, emotionAt(after, 10).arousal], [0.75, 1]);
  near([emotionAt(after, 5).valence, emotionAt(after, 15).valence], [0, 0]);
});

test("a straight line stays as it is when it is smoothed", () => {
  const after = apply(line([0, 20], [-1, 1]), { edit: "smooth", start_s: 5, end_s: 15, seconds: 4 });
  [5, 8.3, 10, 15].forEach((time_s) => near([emotionAt(after, time_s).valence], [time_s / 10 - 1]));
});

test("a curve that goes on behind the film is cut at its end", () => {
  const cut = trimmed(line([0, 10, 20], [0, 1, 0]), 15);
  near(cut.times_s, [0, 10, 15]);
  near(cut.valence, [0, 1, 0.5]);
});

test("few points stand for a dense line: its ends, its turns, its bends", () => {
  const times_s = Array.from({ length: 201 }, (_, index) => index / 10);
  const roof = times_s.map((s) => (s < 5 ? s / 5 : s < 10 ? 1 - (s - 5) / 5 : 0));
  near(standingFor(times_s, roof).map((index) => times_s[index]), [0, 5, 10, 20]);
  assert.deepEqual(standingFor([], []), []);
  assert.deepEqual(standingFor([3], [1]), [0]);
});

test("points keep their distance, and the highest and lowest are among them", () => {
  const curve = longCurve();
  for (const apart_s of [1, 16, 128]) {
    const found = handles(curve, "valence", apart_s);
    for (let index = 1; index < found.length - 1; index += 1) {
      assert.ok(found[index].time_s - found[index - 1].time_s >= apart_s);
    }
    assert.ok(found.length <= 7200 / apart_s + 2);
  }
  const values = handles(curve, "valence", 16).map((point) => point.value);
  assert.ok(Math.max(...values) >= Math.max(...curve.valence) - 0.1);
  assert.ok(Math.min(...values) <= Math.min(...curve.valence) + 0.1);
});

test("a point that is held is there, whatever it stands for", () => {
  const points = handles(FLAT, "valence", 1, 7);
  near(points.map((point) => point.time_s), [0, 7, 20]);
  near(handles(FLAT, "valence", 1, 20).map((point) => point.time_s), [0, 20]);
});

test("a pulled point takes the line along, as far as the points beside it", () => {
  const curve = line([0, 5, 10, 15, 20], [0, 0.4, 0, 0.1, 0]);
  const points = [0, 10, 20].map((time_s) => ({ time_s, value: 0 }));
  const { request } = pulled(curve, "valence", points, 1, { time_s: 10, value: -0.5 }, 20);
  near(request.times_s, [0, 5, 10, 15, 20]);
  near(request.valence, [0, 0.4 - 0.25, -0.5, 0.1 - 0.25, 0]);
  assert.equal(request.arousal, null);
});

test("a point pulled sideways stays between its neighbours", () => {
  const points = [0, 10, 20].map((time_s) => ({ time_s, value: 0 }));
  const { request, time_s } = pulled(FLAT, "valence", points, 1, { time_s: 400, value: 7 }, 20);
  assert.ok(time_s < 20 && time_s > 19.9);
  near(request.times_s, [0, time_s, 20]);
  near(request.valence, [0, 1, 0]);
});

test("the first point moves all before it, a lone one the whole film", () => {
  const pair = line([4, 8], [0, 0]);
  const { request } = pulled(pair, "valence", handles(pair, "valence", 1), 0, { time_s: 5, value: 1 }, 12);
  near(request.times_s, [0, 4, 8]);
  near(request.valence, [1, 1, 0]);
  const lone = line([4], [0]);
  const all = pulled(lone, "valence", handles(lone, "valence", 1), 0, { time_s: 5, value: -1 }, 12).request;
  near(all.times_s, [0, 4, 12]);
  near(all.valence, [-1, -1, -1]);
});

test("a point taken away leaves a straight line; the ends stay", () => {
  const points = [0, 10, 20].map((time_s) => ({ time_s, value: time_s / 20 }));
  const request = withoutPoint("arousal", points, 1);
  assert.deepEqual([request.times_s, request.arousal, request.valence], [[0, 20], [0, 1], null]);
  assert.equal(withoutPoint("arousal", points, 0), null);
  assert.equal(withoutPoint("arousal", points, 2), null);
});

test("setting both values at a time reaches two seconds around it", () => {
  const after = apply(FLAT, pulledAround(FLAT, 10, { valence: 0.5, arousal: -3 }, 2, 20));
  assert.deepEqual(emotionAt(after, 10), { valence: 0.5, arousal: -1 });
  near([8, 9, 12].map((time_s) => emotionAt(after, time_s).valence), [0, 0.25, 0]);
});

test("restoring takes the points of the analysis, of the lines that are meant", () => {
  const analysed = line([0, 5, 20], [0, 1, 0.25], [1, 1, 1]);
  const request = restored(analysed, ["valence"], 2, 10);
  near(request.times_s, [2, 5, 10]);
  near(request.valence, [0.4, 1, 0.75]);
  assert.equal(request.arousal, null);
});

test("a stroke that goes back draws anew what it passes", () => {
  const stroke = new Stroke();
  [[1, 0], [2, 0.2], [3, 0.4], [4, 0.6], [2.5, -5]].forEach(([time_s, value]) => stroke.add(time_s, value));
  const request = stroke.request("valence");
  near(request.times_s, [1, 2, 2.5, 4]);
  near(request.valence, [0, 0.2, -1, 0.6]);
});

test("points of a stroke are an eighth of a second apart, and it ends where it ended", () => {
  const stroke = new Stroke();
  for (let index = 0; index <= 103; index += 1) stroke.add(index / 100, index / 200);
  const { times_s, arousal } = stroke.request("arousal");
  times_s.slice(1).forEach((time_s, index) => assert.ok(time_s - times_s[index] >= STROKE_S - 1e-9));
  near([times_s.at(-1), arousal.at(-1)], [1.03, 0.515]);
  const dot = new Stroke();
  dot.add(3, 0.5);
  assert.deepEqual(dot.request("valence").times_s, [3]);
});

test("the nearest point within 16 pixels is under the pointer", () => {
  const points = [{ x: 0, y: 0 }, { x: 20, y: 0 }];
  assert.equal(pointUnder(points, 12, 0), 1);
  assert.equal(pointUnder(points, -16, 0), 0);
  assert.equal(pointUnder(points, -17, 0), -1);
});

test("a steep line is met where it passes, not only above and below", () => {
  const part = { x: (s) => 10 * s, y: (value) => 50 - 50 * value, start_s: 0, end_s: 20 };
  const steep = [[0, 9, 10, 20], [-1, -1, 1, 1]];
  assert.ok(distanceTo(...steep, part, { x: 97, y: 50 }) < 4);
  assert.equal(distanceTo(...steep, part, { x: 80, y: 50 }), Infinity);
  assert.equal(distanceTo(...steep, part, { x: 150, y: 3 }), 3);
});

test("heights and values lead back to one another", () => {
  assert.ok(heightOf(1, 150) < heightOf(0, 150));
  near([valueOf(heightOf(0.3, 150), 150), heightOf(0, 150)], [0.3, 75]);
});

test("each column of pixels shows the least and the most of its line", () => {
  const shown = columnsOf([0, 1, 2, 3, 4], [0, 1, -1, 0.5, 0], { start_s: 0, perPixel_s: 2, width_px: 2 });
  near(shown.low, [-1, -1]);
  near(shown.high, [1, 0.5]);
  const outside = columnsOf([10], [0.25], { start_s: 0, perPixel_s: 10, width_px: 3 });
  near([...outside.low, ...outside.high], [0.25, 0.25, 0.25, 0.25, 0.25, 0.25]);
});

test("columns of a long line miss no extreme", () => {
  const { times_s, valence } = longCurve();
  const { low, high } = columnsOf(times_s, valence, { start_s: 0, perPixel_s: 7.2, width_px: 1000 });
  assert.equal(Math.max(...high), Math.max(...valence));
  assert.equal(Math.min(...low), Math.min(...valence));
});

test("times and values in words", () => {
  assert.deepEqual([0, 65.24, 59.96].map(clockText), ["0:00.0", "1:05.2", "1:00.0"]);
  assert.deepEqual([0.417, -0.1, -0.001].map(valueText), ["+0.42", "−0.10", "0.00"]);
});
