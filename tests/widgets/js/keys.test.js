import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";

import {
  KEYS, LANE_KEYS, MOUSE, chordOf, commandOf, isOfField, isOfNotebook,
} from "../../../emsync_nb/widgets/static/keys.js";

const press = (key, held = {}, target = { tagName: "DIV" }) => ({ key, target, ...held });
const asked = (...event) => commandOf(press(...event))?.command ?? null;

test("no key has two commands", () => {
  const chords = KEYS.flatMap((binding) => binding.keys);
  assert.equal(new Set(chords).size, chords.length);
});

test("nothing is asked for with alt and an arrow: browsers go back with it", () => {
  for (const key of ["ArrowLeft", "ArrowRight", "Home"]) {
    assert.equal(asked(key, { altKey: true }), null);
    assert.equal(asked(key, { altKey: true, shiftKey: true }), null);
  }
  assert.ok(!KEYS.some((binding) => binding.keys.some((chord) => chord.includes("Alt"))));
});

test("every line of the table says what it does", () => {
  for (const { shown, help, group } of KEYS) assert.ok(shown && help && group);
});

test("the keys of the trade", () => {
  const wanted = [
    [" ", {}, "play"], ["ArrowLeft", {}, "frames"], ["ArrowRight", { shiftKey: true }, "seconds"],
    ["Home", {}, "home"], ["End", {}, "end"], ["j", {}, "shuttle"], ["k", {}, "shuttle"], ["l", {}, "shuttle"],
    ["L", { shiftKey: true }, "lock"], ["m", {}, "mute"], ["s", {}, "solo"], ["z", { ctrlKey: true }, "undo"],
    ["z", { metaKey: true }, "undo"], ["Z", { ctrlKey: true, shiftKey: true }, "redo"], ["y", { ctrlKey: true }, "redo"],
    ["+", {}, "zoom"], ["-", {}, "zoom"], ["?", { shiftKey: true }, "help"], ["Escape", {}, "escape"],
  ];
  for (const [key, held, command] of wanted) assert.equal(asked(key, held), command, key);
});

test("with capital letters locked, L is still L", () => {
  assert.equal(asked("L", {}), "shuttle");
  assert.equal(asked("l", { shiftKey: true }), "lock");
});

test("brackets are heard on keyboards that need AltGr or option for them", () => {
  const graph = { ctrlKey: true, altKey: true, getModifierState: (name) => name === "AltGraph" };
  assert.equal(asked("[", graph), "loopStart");
  assert.equal(asked("]", { altKey: true }), "loopEnd");
  assert.equal(asked("\\", graph), "loopClear");
});

test("the browser's own keys stay the browser's", () => {
  for (const key of ["s", "l", "j", "m", "+", "-", "0"]) assert.equal(asked(key, { ctrlKey: true }), null, key);
});

test("JupyterLab's keys ask for nothing here, and are known wherever they are pressed", () => {
  const field = { tagName: "INPUT", type: "text" };
  for (const [key, held] of [["s", {}], ["C", { shiftKey: true }], ["b", {}]]) {
    for (const mod of [{ ctrlKey: true }, { metaKey: true }]) {
      assert.equal(asked(key, { ...held, ...mod }), null, key);
      assert.equal(isOfNotebook(press(key, { ...held, ...mod }, field)), true, key);
    }
    assert.equal(isOfNotebook(press(key, held)), false, key);
  }
  assert.equal(isOfNotebook(press("s", { ctrlKey: true, altKey: true })), false);
  assert.equal(isOfNotebook(press("s", { ctrlKey: true, isComposing: true })), false);
});

test("text fields and lists keep all keys", () => {
  for (const target of [{ tagName: "INPUT", type: "text" }, { tagName: "INPUT" }, { tagName: "textarea" },
    { tagName: "SELECT" }, { tagName: "DIV", isContentEditable: true }, { tagName: "INPUT", type: "number" }]) {
    for (const key of [" ", "m", "ArrowLeft", "?"]) assert.equal(asked(key, {}, target), null);
  }
});

test("buttons keep Space, sliders their arrows, and leave the rest", () => {
  assert.equal(asked(" ", {}, { tagName: "BUTTON" }), null);
  assert.equal(asked("ArrowLeft", {}, { tagName: "BUTTON" }), "frames");
  assert.equal(asked("ArrowLeft", {}, { tagName: "INPUT", type: "range" }), null);
  assert.equal(asked(" ", {}, { tagName: "INPUT", type: "range" }), "play");
  assert.equal(asked(" ", {}, { tagName: "INPUT", type: "checkbox" }), null);
});

test("what a lane has taken, or is being composed, asks for nothing", () => {
  assert.equal(asked("m", { defaultPrevented: true }), null);
  assert.equal(asked("m", { isComposing: true }), null);
});

test("a chord is written in one way", () => {
  assert.equal(chordOf(press("Z", { metaKey: true, shiftKey: true })), "Mod+Shift+Z");
  assert.equal(chordOf(press(" ")), "Space");
  assert.equal(isOfField({}, "Space"), false);
});

test("the user's guide has the same tables", () => {
  const guide = readFileSync(new URL("../../../docs/scoring-desk.md", import.meta.url), "utf8");
  const keys = KEYS.map(({ shown, help }) => [shown, help]);
  const rows = [...keys, ...LANE_KEYS.map(([lane, shown, help]) => [`${lane}: ${shown}`, help]), ...MOUSE];
  for (const [shown, help] of rows) assert.ok(guide.includes(`\n| ${shown} | ${help} |\n`), shown);
});
