import assert from "node:assert/strict";
import test from "node:test";

import { toBytes } from "../../../emsync_nb/widgets/static/columns.js";
import { refreshExperts } from "../../../emsync_nb/widgets/static/emotion_tools.js";
import {
  ExpertLane, expertColumns, namedWithAxes, opacityOf, sayingOf, twoLines,
} from "../../../emsync_nb/widgets/static/expert_lane.js";
import { near } from "./fake_page.js";

const scene = {
  expert: { label: "Scene", available: true },
  said: {
    ...{ length: 2, times_s: [0, 4], valence: [0, 0.42], arousal: [0, -0.1] },
    ...{ valence_trust: [0, 0.3], arousal_trust: [0, 0.55] },
  },
};
const motion = {
  expert: { label: "Motion", available: true },
  said: {
    ...{ length: 3, times_s: [0, 2, 4], valence: [0, 0, 0], arousal: [0.5, 1, 0.75] },
    ...{ valence_trust: [0, 0, 0], arousal_trust: [0, 0.6, 0] },
  },
};
const faces = { expert: { label: "Faces", available: false, reason: "no faces were found" }, said: null };

test("experts' columns come block by block; bytes of others are none", () => {
  const experts = [
    { name: "scene", available: true, rows: 2 },
    { name: "faces", available: false, rows: 0 },
    { name: "sound", available: true, rows: 1 },
  ];
  const blocks = [
    toBytes([[0, 1], [0.5, 0.25], [0, 0], [1, 0.5], [0, 0.25]]),
    toBytes([[3], [-0.5], [0.125], [0.25], [0.75]]),
  ];
  const bytes = new Uint8Array(60);
  bytes.set(new Uint8Array(blocks[0].buffer), 0);
  bytes.set(new Uint8Array(blocks[1].buffer), 40);
  const [first, sound] = expertColumns(experts, new DataView(bytes.buffer));
  assert.deepEqual([...first.valence], [0.5, 0.25]);
  assert.deepEqual([...first.arousal_trust], [0, 0.25]);
  const { times_s, arousal, valence_trust, arousal_trust } = sound;
  assert.deepEqual([times_s[0], arousal[0], valence_trust[0], arousal_trust[0]], [3, 0.125, 0.25, 0.75]);
  assert.deepEqual(expertColumns(experts, new DataView(bytes.buffer, 20)), []);
  assert.deepEqual(expertColumns([], null), []);
});

test("an expert in words, each number with its own trust; the fainter the less it trusts itself", () => {
  assert.equal(sayingOf(scene, 3), "0:03.0   Scene: V +0.42 (trust 0.30), A −0.10 (trust 0.55)");
  assert.equal(sayingOf(motion, 2), "0:02.0   Motion: A +1.00 (trust 0.60)");
  assert.equal(sayingOf(motion, 4), "0:04.0   Motion: nothing to go by here");
  assert.equal(sayingOf(faces, 3), "Faces: no faces were found");
  assert.equal(opacityOf(0), 0);
  near(opacityOf(0.2), 0.42);
  assert.equal(opacityOf(0.9), 1);
});

test("who speaks of one axis is told so, and so is who does not speak", () => {
  assert.deepEqual([scene, motion].map(namedWithAxes), ["Scene", "Motion (arousal only)"]);
  const silent = { ...motion, said: { ...motion.said, arousal_trust: [0, 0] } };
  assert.equal(namedWithAxes(silent), "Motion (trusts itself nowhere)");
  const lane = Object.assign(Object.create(ExpertLane.prototype), { rows: [scene, motion, faces] });
  assert.equal(
    lane.describe(),
    "2 spoke: Scene, Motion (arousal only). Nothing from Faces: no faces were found.",
  );
});

/** What is drawn of an expert: by colour, the corners of its lines. */
function drawn(row) {
  const found = {};
  const context = {
    beginPath() {}, moveTo() {}, lineTo() {}, setLineDash() {},
    stroke(path) {
      if (path?.corners.length) (found[this.strokeStyle] ??= []).push(...path.corners);
    },
  };
  globalThis.Path2D = class {
    corners = [];

    moveTo(...corner) {
      this.corners.push(corner);
    }

    lineTo(...corner) {
      this.corners.push(corner);
    }
  };
  const lane = Object.assign(Object.create(ExpertLane.prototype), {
    workspace: { theme: { colour: (name) => name } },
    axis: { start_s: 0, end_s: 4, width_px: 100, perPixel_s: 0.04, x: (time_s) => 25 * time_s },
  });
  lane.paintRow(context, { top_px: 0, height_px: 30, ...row }, 100);
  return found;
}

test("no line is drawn where an expert does not trust itself", () => {
  assert.deepEqual(Object.keys(drawn(scene)), ["valence", "arousal"]);
  // level, for what was said without trust is no place to come from
  assert.deepEqual(drawn(motion), { arousal: [[0, 3], [50, 3]] });
});

test("a long reason takes two lines, and ends in dots only where these are too short", () => {
  const within = (letters) => (text) => text.length <= letters;
  assert.deepEqual(twoLines("no sound", within(8)), ["no sound"]);
  assert.deepEqual(twoLines("the film has no sound", within(12)), ["the film has", "no sound"]);
  assert.deepEqual(twoLines("the film has no sound at all", within(12)), ["the film has", "no sound at…"]);
  assert.deepEqual(twoLines("incomprehensible", within(4)), ["incomprehensible"]);
});

test("the button says that the experts' words were forgotten, and is not there without an analysis", () => {
  const button = { attributes: {}, setAttribute(name, value) { this.attributes[name] = value; } };
  const state = () => [button.hidden, button.disabled, button.attributes["aria-pressed"]];
  refreshExperts(button, [{}], true);
  assert.deepEqual(state(), [false, false, "true"]);
  refreshExperts(button, [], true);
  assert.deepEqual(state(), [false, true, "false"]);
  assert.match(button.title, /analyse again/);
  assert.equal(button.attributes["aria-label"], button.title);
  for (const nothing of [null, undefined]) {
    refreshExperts(button, nothing, false);
    assert.equal(button.hidden, true);
  }
});
