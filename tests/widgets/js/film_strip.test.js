import assert from "node:assert/strict";
import { test } from "node:test";

import { baseUrl } from "../../../emsync_nb/widgets/static/film_view.js";
import { places } from "../../../emsync_nb/widgets/static/thumbnail_lane.js";
import { TimeAxis } from "../../../emsync_nb/widgets/static/time_axis.js";

function axis(start_s, end_s) {
  const made = new TimeAxis(100);
  made.setWidth(1000);
  made.show(start_s, end_s);
  return made;
}

const TIMES = [5, 15, 25, 35, 45, 55, 65, 75, 85, 95];

test("pictures stand side by side, each the nearest in time to its middle", () => {
  const found = places(axis(0, 100), TIMES, 200, 1000);
  assert.deepEqual(found.map((one) => one.left_px), [0, 200, 400, 600, 800]);
  assert.deepEqual(found.map((one) => one.picture), [0, 2, 4, 6, 8]);
});

test("zoomed in, a picture is repeated, and scrolls with the film", () => {
  const near = (one, other) => assert.ok(Math.abs(one - other) < 1e-6);
  const found = places(axis(40, 50), TIMES, 300, 1000);
  near(found[0].left_px, -100);
  assert.deepEqual(found.map((one) => one.picture), [4, 4, 4, 4]);
  near(places(axis(41, 51), TIMES, 300, 1000)[0].left_px, -200);
});

test("there are no pictures behind the film's end", () => {
  const shown = axis(0, 100);
  shown.setWidth(500);
  assert.equal(places(shown, TIMES, 100, 1000).length, 5);
});

function page({ config = null, dataset = {} }) {
  return { getElementById: () => config && { textContent: JSON.stringify(config) }, body: { dataset } };
}

test("addresses begin where the server says", () => {
  assert.equal(baseUrl(page({ config: { baseUrl: "/user/ann/" } })), "/user/ann/");
  assert.equal(baseUrl(page({ dataset: { baseUrl: "/lab" } })), "/lab/");
  assert.equal(baseUrl(page({ config: {} })), "/");
});
