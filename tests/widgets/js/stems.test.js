import assert from "node:assert/strict";
import { test } from "node:test";

import { trackGains } from "../../../emsync_nb/widgets/static/music_graph.js";
import { PlayClock } from "../../../emsync_nb/widgets/static/play_clock.js";
import { ChunkCache, decoded } from "../../../emsync_nb/widgets/static/stem_chunks.js";
import { pieces } from "../../../emsync_nb/widgets/static/stem_pieces.js";
import { Stems } from "../../../emsync_nb/widgets/static/stems.js";
import { FakeContext, chunk, settled } from "./fake_sound.js";

const CHUNK = 4 * 44100;
const SIZES = { rate: 44100, musicRate: 44100, chunkSamples: CHUNK };

/** Stems of a film of 40 s at a clock in the context's time; what is asked for is written down. */
function desk({ tracks = ["Strings"], answer = () => chunk("one", tracks), limit_bytes } = {}) {
  const context = new FakeContext();
  const clock = new PlayClock(() => context.currentTime, 40);
  const asked = [];
  const now = { ms: 0 };
  const fetchChunk = async (number) => {
    asked.push(number);
    return answer(number);
  };
  const stems = new Stems(context, clock, { fetchChunk, limit_bytes, now_ms: () => now.ms });
  return { context, clock, stems, asked, now };
}

async function playing(position_s, options) {
  const made = desk(options);
  made.clock.seek(position_s);
  made.clock.play(2);
  made.stems.restart();
  await settled();
  return made;
}

/** Turn the clock in steps, as a page does. */
async function run(made, until_s, step_s = 0.2) {
  while (made.context.currentTime < until_s) {
    made.context.currentTime += step_s;
    made.stems.tick();
    await settled();
  }
}

// — pieces —

test("pieces meet at chunks' borders", () => {
  const stretch = { at_s: 1, until_at_s: 11, start_s: 3, speed: 1 };
  const found = pieces(stretch, SIZES).map((one) => [one.chunk, one.offset, one.frame, one.untilFrame]);
  assert.deepEqual(found, [
    [0, 3 * 44100, 44100, 2 * 44100],
    [1, 0, 2 * 44100, 6 * 44100],
    [2, 0, 6 * 44100, 10 * 44100],
    [3, 0, 10 * 44100, 11 * 44100],
  ]);
});

test("at every speed on offer, borders are reached in whole frames and samples", () => {
  for (const speed of [0.25, 0.5, 0.75, 1, 1.25, 1.5, 2, 4]) {
    const stretch = { at_s: 0.1234567, until_at_s: 60, start_s: 1.2345678, speed };
    const found = pieces(stretch, SIZES);
    found.slice(1).forEach((one, index) => assert.equal(one.frame, found[index].untilFrame));
    const [first] = found;
    const sample = first.offset + (first.untilFrame - first.frame) * speed;
    assert.equal(sample, CHUNK, `at speed ${speed}`);
    assert.ok(Math.abs(first.offset - 1.2345678 * 44100) < 6);
  }
});

test("pieces that are over are left out, and the others stay as they were", () => {
  const stretch = { at_s: 1, until_at_s: 30, start_s: 0, speed: 0.5 };
  const all = pieces(stretch, SIZES);
  const late = pieces(stretch, SIZES, all[2].frame + 1000);
  assert.deepEqual(late, all.slice(2));
});

test("pieces far ahead are left out, and the last before that stays whole", () => {
  const stretch = { at_s: 0, until_at_s: 7200, start_s: 0, speed: 1 };
  const found = pieces(stretch, SIZES, 0, 5 * 44100);
  assert.deepEqual(found.map((one) => one.untilFrame), [CHUNK, 2 * CHUNK]);
});

test("a context of another rate is served too", () => {
  const stretch = { at_s: 0, until_at_s: 12, start_s: 0, speed: 1 };
  const found = pieces(stretch, { ...SIZES, rate: 48000 });
  assert.deepEqual(found.map((one) => one.frame), [0, 4 * 48000, 8 * 48000]);
});

// — scheduling —

test("chunks start where they belong, one after another", async () => {
  const made = await playing(3);
  await run(made, 12);
  assert.deepEqual(made.context.frames.slice(0, 3), [
    [2 * 44100, 3 * 44100, 3 * 44100],
    [3 * 44100, 7 * 44100, 0],
    [7 * 44100, 11 * 44100, 0],
  ]);
});

test("the chunk that sounds and two more are asked for, two at a time", async () => {
  const made = desk();
  made.clock.seek(9);
  made.clock.play(2);
  made.stems.restart();
  assert.deepEqual(made.asked, [2, 3]);
  await settled();
  assert.deepEqual(made.asked, [2, 3, 4]);
  await run(made, 4.7);
  assert.deepEqual(made.asked, [2, 3, 4]);
  await run(made, 5.4);
  assert.deepEqual(made.asked, [2, 3, 4, 5]);
});

test("while the film stands, the chunk under the playhead is there already", async () => {
  const made = desk();
  made.clock.seek(13);
  made.stems.tick();
  await settled();
  assert.deepEqual(made.asked, [3, 4]);
  assert.deepEqual(made.context.started, []);
});

test("a loop wraps at the sample, again and again", async () => {
  const made = desk();
  made.clock.setLoop([5, 6.5]);
  made.clock.seek(5);
  made.clock.play(2);
  made.stems.restart();
  await run(made, 8);
  const length = 1.5 * 44100;
  const first = 2 * 44100;
  made.context.frames.slice(0, 4).forEach((found, pass) => {
    assert.deepEqual(found, [first + pass * length, first + (pass + 1) * length, 44100]);
  });
  assert.deepEqual([...new Set(made.asked)], [1]);
});

test("a loop across a border and with odd times leaves no gap", async () => {
  const made = desk();
  made.clock.setLoop([3.33333, 4.77777]);
  made.clock.seek(3.33333);
  made.clock.play(2.00001);
  made.stems.restart();
  await run(made, 12);
  const frames = made.context.frames.sort((one, other) => one[0] - other[0]);
  assert.ok(frames.length > 10);
  frames.slice(1).forEach(([begins], index) => assert.equal(begins, frames[index][1]));
});

test("speed is the sources' rate; too fast or backwards is silence", async () => {
  const made = await playing(0);
  made.clock.setSpeed(0.5);
  made.stems.restart();
  assert.equal(made.context.started.at(-1).playbackRate.value, 0.5);
  for (const speed of [8, -1]) {
    const before = made.context.started.length;
    made.clock.setSpeed(speed);
    made.stems.restart();
    await run(made, made.context.currentTime + 1);
    assert.equal(made.context.started.length, before);
    assert.ok(!made.stems.waiting);
  }
});

test("a seek ends what sounds, and starts what is there", async () => {
  const made = await playing(0);
  await run(made, 3);
  const [old] = made.context.started;
  made.clock.seek(20, 3.5);
  made.stems.restart();
  await settled();
  assert.ok(old.until_s < 3.3, `still sounds until ${old.until_s}`);
  const [begins, , sample] = made.context.frames.at(-1);
  assert.deepEqual([begins, sample], [Math.round(3.5 * 44100), 0]);
});

test("ending a piece never makes it longer", async () => {
  const made = await playing(3.9);
  made.context.currentTime = 2.09;
  made.stems.stop();
  assert.equal(made.context.started[0].until_s, 2.1);
});

test("a late chunk comes in where it should be by then, and the desk knows that it waits", async () => {
  let deliver = null;
  const late = new Promise((resolve) => (deliver = resolve));
  const made = await playing(4, { answer: (number) => (number === 1 ? late : chunk("one")) });
  await run(made, 2.6);
  assert.ok(made.stems.waiting);
  assert.deepEqual(made.context.started, []);
  deliver(chunk("one"));
  await settled();
  assert.ok(!made.stems.waiting);
  const [source] = made.context.started;
  const missed_s = source.when_s - 2;
  assert.ok(missed_s > 0.6 && missed_s < 0.7);
  assert.ok(Math.abs(source.offset_s - missed_s) < 1e-9);
  assert.equal(source.until_s, 6);
});

test("a refused chunk is told, leaves silence, and is asked for again later", async () => {
  let isBroken = true;
  const answer = () => {
    if (isBroken) throw new Error("no take is accepted; accept one");
    return chunk("one");
  };
  const made = await playing(0, { answer });
  assert.equal(made.stems.problem, "no take is accepted; accept one");
  const before = made.asked.length;
  await run(made, 3);
  assert.equal(made.asked.length, before + 1); // the third chunk, for the first time
  isBroken = false;
  made.now.ms = 5001;
  await run(made, 3.4);
  assert.equal(made.stems.problem, "");
  assert.ok(made.context.started.length > 0);
});

test("a new take drops the old one's music", async () => {
  let take = "one";
  const made = await playing(0, { answer: () => chunk(take) });
  await run(made, 3);
  const [old] = made.context.started;
  take = "two";
  made.stems.renew();
  await settled();
  assert.equal(made.stems.cache.take, "two");
  assert.ok(old.until_s < 3.4);
  assert.ok(made.context.started.at(-1).when_s > 3);
});

test("once another take is accepted, the old one is heard no more, however long that takes", async () => {
  let answer = () => chunk("one");
  const made = await playing(0, { answer: () => answer() });
  await run(made, 3);
  const old = [...made.context.started];
  let arrive;
  answer = () => new Promise((resolve) => (arrive = () => resolve(chunk("two"))));
  made.stems.renew("two");
  await run(made, 4.5);
  assert.ok(old.every((source) => source.until_s < 3.5), "it ends at once");
  assert.equal(made.context.started.length, old.length, "and does not begin again");
  assert.equal(made.stems.waiting, true);
  arrive();
  await settled();
  assert.ok(made.context.started.length > old.length);
});

test("where no take is accepted any more, there is silence", async () => {
  const made = await playing(0);
  await run(made, 3);
  const old = [...made.context.started];
  made.stems.fetchChunk = () => Promise.reject(new Error("no take is accepted"));
  made.stems.renew(null);
  await run(made, 4);
  assert.ok(old.every((source) => source.until_s < 3.5));
  assert.equal(made.context.started.length, old.length);
});

test("of the same take all is asked for again, and heard until then", async () => {
  const made = await playing(0);
  await run(made, 3);
  const [old] = made.context.started;
  assert.deepEqual(made.asked, [0, 1, 2]);
  const wait = made.stems.fetchChunk;
  made.stems.fetchChunk = () => new Promise(() => {});
  made.stems.renew("one");
  await run(made, 4);
  assert.ok(old.until_s > 5, "what is scheduled goes on");
  made.stems.fetchChunk = wait;
  made.stems.renew("one");
  await settled();
  assert.deepEqual([...new Set(made.asked.slice(3))].sort(), [0, 1, 2]);
  await run(made, 4.6);
  assert.deepEqual(made.asked.slice(6), [], "once");
  assert.ok(old.until_s < 4.3, "the new one has taken its place");
});

test("what was asked for before a new take is not kept", async () => {
  const answers = [];
  const made = desk({ answer: () => new Promise((resolve) => answers.push(resolve)) });
  made.stems.tick();
  made.stems.renew();
  answers[0](chunk("old"));
  await settled();
  assert.ok(!made.stems.cache.has(0));
  answers[2](chunk("new"));
  await settled();
  assert.equal(made.stems.cache.take, "new");
});

// — volumes —

test("mute, solo and volume are gains", () => {
  const track = (name, changes = {}) => ({ name, muted: false, soloed: false, volume_db: 0, ...changes });
  const gains = (tracks) => Object.fromEntries(trackGains(tracks));
  assert.deepEqual(gains([track("a"), track("b", { muted: true })]), { a: 1, b: 0 });
  assert.deepEqual(gains([track("a"), track("b", { soloed: true })]), { a: 0, b: 1 });
  assert.deepEqual(gains([track("a", { muted: true, soloed: true })]), { a: 0 });
  assert.ok(Math.abs(gains([track("a", { volume_db: -6 })]).a - 0.501) < 0.001);
});

test("a mute ramps down within 10 ms, at once, in what is already scheduled", async () => {
  const made = await playing(0, { tracks: ["Strings", "Flute"] });
  made.context.currentTime = 3;
  made.stems.setTracks([{ name: "Flute", muted: true, soloed: false, volume_db: 0 }]);
  const { gain } = made.stems.graph.input("Flute");
  assert.deepEqual(gain.events.slice(-3), [["cancel", 3], ["set", 1, 3], ["ramp", 0, 3.01]]);
  assert.equal(made.stems.graph.input("Strings").gain.value, 1);
  const flute = made.context.started.filter((source) => source.outputs[0].outputs[0].gain === gain);
  assert.ok(flute.length > 0);
});

// — chunks —

test("16-bit stereo becomes two channels", async () => {
  const bytes = new Uint8Array(17);
  const { blocks } = chunk("one");
  bytes.set(new Uint8Array(blocks[0].buffer), 1);
  const odd = { ...chunk("one"), blocks: [new DataView(bytes.buffer, 1, 16)] };
  for (const answer of [chunk("one"), odd]) {
    const { buffers, bytes: size } = await decoded(answer);
    const [left, right] = buffers.get("Strings").channels.map((channel) => [...channel.slice(0, 4)]);
    assert.deepEqual(left, [1 / 32768, 2 / 32768, 3 / 32768, 0.5]);
    assert.deepEqual(right, [-1 / 32768, -2 / 32768, -3 / 32768, -1]);
    assert.equal(size, 40);
  }
  await assert.rejects(decoded({ ...chunk("one"), rate: 48000 }), /has 48000 samples a second/);
});

test("chunks that were used longest ago make room, but three stay", () => {
  const cache = new ChunkCache(400);
  const add = (number, bytes = 100) => cache.set(number, { take: "one", bytes });
  [0, 1, 2, 3].forEach((number) => add(number));
  assert.ok(cache.touch(0));
  add(4);
  assert.deepEqual([...cache.chunks.keys()], [2, 3, 0, 4]);
  assert.equal(cache.bytes, 400);
  [5, 6, 7].forEach((number) => add(number, 1000));
  assert.deepEqual([...cache.chunks.keys()], [5, 6, 7]);
  add(7, 1500);
  assert.equal(cache.bytes, 3500);
});
