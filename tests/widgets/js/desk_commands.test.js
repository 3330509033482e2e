import assert from "node:assert/strict";
import test from "node:test";

import { DeskCommands } from "../../../emsync_nb/widgets/static/desk_commands.js";

/** Commands of a desk whose kernel answers when it is told to; its traits come with the answers. */
function commanded(data = {}) {
  const asked = [];
  const said = [];
  const act = (request) => new Promise((resolve, reject) => asked.push({ request, resolve, reject }));
  const workspace = { get: (name) => data[name], say: (text) => said.push(text), act };
  const commands = new DeskCommands(workspace, { player: {}, help: {} });
  return { commands, asked, said, data, requests: () => asked.map(({ request }) => request) };
}

const settled = () => new Promise((resolve) => setImmediate(resolve));
const cello = (state = {}) => [{ name: "Cello", muted: false, soloed: false, locked: false, ...state }];

test("undo and redo are asked for as they are pressed, whatever is answered by then", async () => {
  const history = { undo: "moved boundary 1", redo: null };
  const { commands, asked, said, requests } = commanded({ history });
  commands.undo();
  commands.redo();
  commands.undo();
  commands.undo();
  assert.deepEqual(requests().map((request) => request.do), ["undo", "redo", "undo", "undo"]);
  asked[0].resolve({ undone: "moved boundary 1" });
  asked[1].resolve({ redone: "moved boundary 1" });
  asked[2].resolve({ undone: "moved boundary 1" });
  asked[3].reject(new Error("there is nothing to undo"));
  await settled();
  assert.deepEqual(said, [
    "Undone: moved boundary 1", "Done again: moved boundary 1", "Undone: moved boundary 1",
  ]);
});

test("a key pressed twice turns a track off again, though neither is answered", async () => {
  const { commands, asked, requests, data } = commanded({ track: "Cello", tracks: cello() });
  for (const command of ["mute", "mute", "solo", "lock", "lock"]) commands[command]();
  assert.deepEqual(requests(), [
    { do: "mute", track: "Cello", on: true },
    { do: "mute", track: "Cello", on: false },
    { do: "solo", track: "Cello", on: true },
    { do: "lock", track: "Cello" },
    { do: "unlock", track: "Cello" },
  ]);
  data.tracks = cello({ soloed: true });
  asked.forEach(({ resolve }) => resolve());
  await settled();
  commands.solo();
  commands.mute();
  assert.deepEqual(requests().slice(5).map(({ on }) => on), [false, true]);
});

test("what is refused is forgotten: the next press asks for the same", async () => {
  const { commands, asked, requests } = commanded({ track: "Cello", tracks: cello() });
  commands.mute();
  asked[0].reject(new Error("no"));
  await settled();
  commands.mute();
  assert.deepEqual(requests().map(({ on }) => on), [true, true]);
});

test("without a track that is selected, nothing is asked", () => {
  const { commands, asked, said } = commanded({ tracks: cello() });
  commands.mute();
  assert.deepEqual([asked.length, said], [0, ["Select a track first, in the piano roll"]]);
});
