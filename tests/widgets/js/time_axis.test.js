import assert from "node:assert/strict";
import test from "node:test";

import { TimeAxis, nearest, snapped, ticks } from "../../../emsync_nb/widgets/static/time_axis.js";

function axis(duration_s = 100, width_px = 1000) {
  const made = new TimeAxis(duration_s);
  made.setWidth(width_px);
  return made;
}

test("pixels lead to times and back", () => {
  const shown = axis();
  shown.show(20, 70);
  assert.equal(shown.x(20), 0);
  assert.equal(shown.x(70), 1000);
  assert.equal(shown.time(500), 45);
});

test("zooming leaves the time under the pointer where it is", () => {
  const shown = axis();
  shown.show(20, 70);
  const before_s = shown.time(300);
  shown.zoom(2.5, 300);
  assert.ok(Math.abs(shown.time(300) - before_s) < 1e-9);
  assert.equal(shown.end_s - shown.start_s, 20);
});

test("the view stays within the film", () => {
  const shown = axis();
  shown.scroll(-50);
  assert.deepEqual([shown.start_s, shown.end_s], [0, 100]);
  shown.show(90, 130);
  assert.deepEqual([shown.start_s, shown.end_s], [60, 100]);
  shown.zoom(1e9, 0);
  assert.ok(shown.end_s - shown.start_s > 0.04);
  shown.show(NaN, 3);
  assert.ok(Number.isFinite(shown.start_s));
});

test("a longer film shows all of it where all was shown", () => {
  const shown = axis(10);
  shown.setDuration(50);
  assert.deepEqual([shown.start_s, shown.end_s], [0, 50]);
  shown.show(5, 10);
  shown.setDuration(60);
  assert.deepEqual([shown.start_s, shown.end_s], [5, 10]);
});

test("only real changes are told", () => {
  const shown = axis();
  let told = 0;
  shown.addEventListener("change", () => (told += 1));
  shown.show(0, 100);
  shown.setWidth(1000);
  shown.reveal(50);
  assert.equal(told, 0);
  shown.show(0, 10);
  shown.reveal(50);
  assert.equal(told, 2);
  assert.ok(shown.start_s < 50 && shown.end_s > 50);
});

test("the nearest of sorted times", () => {
  assert.equal(nearest([], 3), -1);
  const times = [1, 2, 4];
  for (const [value, index] of [[0, 0], [1.4, 0], [1.6, 1], [3, 1], [3.1, 2], [9, 2]]) {
    assert.equal(nearest(times, value), index);
  }
});

test("snapping within some pixels only", () => {
  const shown = axis();
  assert.equal(snapped(10.7, [10, 30], shown, 8), 10);
  assert.equal(snapped(10.9, [10, 30], shown, 8), 10.9);
  assert.equal(snapped(5, [], shown), 5);
});

test("ticks are round, within view, and major ones far enough apart", () => {
  for (const span_s of [0.3, 4, 17, 60, 333, 7200, 90000]) {
    const shown = axis(span_s, 1200);
    const found = ticks(shown);
    const major = found.filter((tick) => tick.isMajor);
    assert.ok(major.length >= 1 && major.length <= 14, `${span_s}: ${major.length}`);
    for (let index = 1; index < major.length; index += 1) {
      assert.ok((major[index].time_s - major[index - 1].time_s) / shown.perPixel_s >= 89.99);
    }
    assert.ok(found.every((tick) => tick.time_s >= 0 && tick.time_s <= span_s + 1e-6));
  }
});
