/**
 * The music as stems, in chunks of a few seconds that are asked for one after another, and started exactly
 * where they belong in an AudioContext's time.
 */

import { PlayClock } from "./play_clock.js";
import { pieces } from "./stem_pieces.js";
import { LIMITER_DELAY_S, LIMITER_WARM_S, MusicGraph, trackGains } from "./music_graph.js";
import { CHUNK_S, CHUNKS_AHEAD, ChunkCache, RATE, decoded } from "./stem_chunks.js";

/** Faster than this, and backwards, the music is silent. */
const FASTEST_HEARD = 4;

/** How far ahead sound is scheduled, in seconds of the context. */
const SCHEDULED_S = 3;

/** How many chunks are asked for at a time. */
const ASKED_AT_ONCE = 2;

/** How soon a chunk can begin to sound, and how long one schedule fades into the next, in seconds. */
const SOONEST_S = 0.02;
const FADE_S = 0.005;

/** When a chunk that was refused is asked for again, in milliseconds. */
const AGAIN_MS = 5000;

export class Stems extends EventTarget {
  /**
   * Fires "waiting" and "problem" when these change.
   * @param {BaseAudioContext|null} context of RATE frames a second, best; null until there is one (attach)
   * @param {PlayClock} clock in the context's time
   * @param {object} options
   * @param {(k: number) => Promise<object>} options.fetchChunk to {take, rate, frames, tracks, blocks}: a
   *   DataView of interleaved 16-bit stereo for each track that sounds
   * @param {number} [options.limit_bytes] of samples that are kept
   */
  constructor(context, clock, { fetchChunk, limit_bytes = 256 * 2 ** 20, now_ms = () => performance.now() }) {
    super();
    this.clock = clock;
    this.fetchChunk = fetchChunk;
    this.now_ms = now_ms;
    this.cache = new ChunkCache(limit_bytes);
    this.asked = new Map();
    this.refusedAt_ms = new Map();
    this.context = null;
    this.graph = null;
    this.tracks = [];
    this.volume = 1;
    this.schedule = null;
    this.waiting = false;
    this.problem = "";
    this.renewals = 0;
    if (context) this.attach(context);
  }

  attach(context) {
    this.context = context;
    this.graph = new MusicGraph(context);
    this.graph.setTracks(this.tracks);
    this.graph.setVolume(this.volume);
  }

  setTracks(tracks) {
    this.tracks = tracks;
    this.graph?.setTracks(tracks);
  }

  /** Of all music: 0 … 1. */
  setVolume(volume) {
    this.volume = volume;
    this.graph?.setVolume(volume);
  }

  /** The clock has been set to something else: what was scheduled fades, and the rest follows from here. */
  restart() {
    this.stop();
    if (!this.clock.playing || !this.isHeard || this.context?.state !== "running") return;
    const from_s = Math.max(this.clock.anchor.at_s, this.context.currentTime + SOONEST_S);
    this.schedule = new Schedule(this.graph, frame(from_s, this.context), FADE_S);
    this.tick();
  }

  stop() {
    this.schedule?.end(this.context.currentTime + SOONEST_S, FADE_S);
    this.schedule = null;
    this.tell({ waiting: false });
  }

  /** To be called a few times a second: schedules what comes next and asks for chunks. */
  tick() {
    this.ask();
    if (!this.schedule) return;
    const now_s = this.context.currentTime;
    const soonest = frame(now_s + SOONEST_S, this.context);
    const comingPieces = this.pieces(now_s, now_s + SCHEDULED_S);
    for (const piece of comingPieces) {
      const chunk = this.cache.get(piece.chunk);
      if (chunk) this.schedule.add(piece, chunk, soonest);
    }
    const sounding = comingPieces.find((piece) => piece.untilFrame > soonest);
    this.tell({ waiting: Boolean(sounding && !this.cache.has(sounding.chunk)) });
  }

  /**
   * The music may be another. Of the same take, what is kept goes on until its place is taken; for another
   * take one waits in silence.
   * @param {?string} [take] which is accepted now; null: none
   */
  renew(take = this.cache.take) {
    this.renewals += 1;
    this.asked.clear();
    this.refusedAt_ms.clear();
    this.cache.age();
    const isOther = this.cache.take !== null && this.cache.take !== take;
    if (isOther) this.cache.clear();
    this.request(this.neededChunks()[0] ?? 0);
    if (isOther && this.schedule) this.restart();
  }

  /**
   * What is heard between two times, at speed 1, rendered: same chunks, schedule, mutes, volumes, limiter.
   * @returns {Promise<AudioBuffer>}
   */
  async rendered(start_s, end_s) {
    const frames = Math.round((end_s - start_s) * RATE);
    const before = Math.ceil(LIMITER_WARM_S * 2 * RATE);
    const delay = Math.floor(LIMITER_DELAY_S * RATE);
    const offline = new OfflineAudioContext(2, before + frames + delay, RATE);
    const graph = new MusicGraph(offline);
    graph.tracks = trackGains(this.tracks);
    graph.master.gain.value = this.volume;
    const clock = new PlayClock(() => 0, Math.max(this.clock.duration_s, end_s));
    clock.seek(start_s);
    clock.play(before / RATE);
    const schedule = new Schedule(graph, 0, 0);
    for (const piece of piecesOf(clock, 0, (before + frames) / RATE, RATE)) {
      schedule.add(piece, this.cache.get(piece.chunk) ?? (await this.fetched(piece.chunk)), 0);
    }
    return withoutStart(await offline.startRendering(), before + delay, offline);
  }

  dispose() {
    this.stop();
    this.graph?.dispose();
    this.cache.clear();
    this.asked.clear();
    this.renewals += 1;
  }

  // — inside —

  get isHeard() {
    return this.clock.speed > 0 && this.clock.speed <= FASTEST_HEARD;
  }

  pieces(from_s, until_s) {
    return piecesOf(this.clock, from_s, until_s, this.context.sampleRate);
  }

  /** Chunks in the order in which they will be needed. */
  neededChunks() {
    const { clock } = this;
    if (!clock.playing || !this.isHeard) {
      const here = Math.floor(clock.position() / CHUNK_S);
      return this.within([here, here + 1]);
    }
    const now_s = clock.now();
    const until_s = now_s + ((CHUNKS_AHEAD + 1) * CHUNK_S) / clock.speed;
    const coming = piecesOf(clock, now_s, until_s, this.context?.sampleRate ?? RATE);
    const chunks = new Set(coming.map((piece) => piece.chunk));
    return this.within([...chunks].slice(0, CHUNKS_AHEAD + 1));
  }

  within(chunks) {
    return chunks.filter((chunk) => chunk >= 0 && chunk * CHUNK_S < this.clock.duration_s);
  }

  ask() {
    for (const chunk of this.neededChunks()) {
      if (this.asked.size >= ASKED_AT_ONCE) return;
      const isBarred = this.now_ms() - (this.refusedAt_ms.get(chunk) ?? -Infinity) < AGAIN_MS;
      const isThere = this.cache.touch(chunk) && this.cache.isFresh(chunk);
      if (!isThere && !this.asked.has(chunk) && !isBarred) this.request(chunk);
    }
  }

  request(chunk) {
    this.fetched(chunk).then(
      () => this.tick(),
      () => {}, // told as this.problem
    );
  }

  /** A chunk as it now is, whoever else has asked for it. */
  fetched(number) {
    if (!this.asked.has(number)) {
      const renewals = this.renewals;
      const isCurrent = () => renewals === this.renewals;
      const done = () => isCurrent() && this.asked.delete(number);
      this.asked.set(number, this.fetchAndKeep(number, isCurrent).finally(done));
    }
    return this.asked.get(number);
  }

  async fetchAndKeep(number, isCurrent) {
    try {
      const answer = await this.fetchChunk(number);
      const chunk = await decoded(answer);
      if (isCurrent()) this.keep(number, chunk);
      return chunk;
    } catch (error) {
      if (isCurrent()) {
        this.refusedAt_ms.set(number, this.now_ms());
        this.tell({ problem: error.message });
      }
      throw error;
    }
  }

  keep(number, chunk) {
    const isOther = this.cache.take !== null && this.cache.take !== chunk.take;
    const isNews = isOther || (this.cache.has(number) && !this.cache.isFresh(number));
    if (isOther) this.cache.clear();
    this.cache.set(number, chunk);
    this.refusedAt_ms.delete(number);
    this.tell({ problem: "" });
    if (isNews && this.schedule) this.restart();
  }

  tell(changes) {
    for (const [name, value] of Object.entries(changes)) {
      if (this[name] === value) continue;
      this[name] = value;
      this.dispatchEvent(new Event(name));
    }
  }
}

/** The sources of one run of the clock, between two changes of it. */
class Schedule {
  constructor(graph, fromFrame, fade_s) {
    this.graph = graph;
    this.context = graph.context;
    this.fromFrame = fromFrame;
    this.fade_s = fade_s;
    this.faders = new Map();
    /** each with the time at which it ends, in seconds of the context */
    this.sources = new Map();
    this.added = new Set();
  }

  /** Let a piece sound from where it belongs; a late one comes in where it should have been by then. */
  add(piece, chunk, soonest) {
    const key = `${piece.chunk}@${piece.frame}`;
    const begins = Math.max(piece.frame, this.fromFrame, soonest);
    if (this.added.has(key) || begins >= piece.untilFrame) return;
    this.added.add(key);
    const rate = this.context.sampleRate;
    const offset = piece.offset + (begins - piece.frame) * piece.samplesPerFrame;
    for (const [name, buffer] of chunk.buffers) {
      const source = this.source(name, buffer, (piece.samplesPerFrame * rate) / RATE);
      source.start(begins / rate, offset / RATE);
      source.stop(piece.untilFrame / rate);
      this.sources.set(source, piece.untilFrame / rate);
    }
  }

  source(name, buffer, playbackRate) {
    const source = this.context.createBufferSource();
    source.buffer = buffer;
    source.playbackRate.value = playbackRate;
    source.connect(this.fader(name));
    source.onended = () => {
      source.disconnect();
      this.sources.delete(source);
    };
    return source;
  }

  fader(name) {
    if (!this.faders.has(name)) {
      const node = this.context.createGain();
      const from_s = this.fromFrame / this.context.sampleRate;
      if (this.fade_s) {
        node.gain.setValueAtTime(0, from_s);
        node.gain.linearRampToValueAtTime(1, from_s + this.fade_s);
      }
      node.connect(this.graph.input(name));
      this.faders.set(name, node);
    }
    return this.faders.get(name);
  }

  /** Fade out and be gone. */
  end(at_s, fade_s) {
    for (const node of this.faders.values()) {
      node.gain.cancelScheduledValues(at_s);
      node.gain.setValueAtTime(1, at_s);
      node.gain.linearRampToValueAtTime(0, at_s + fade_s);
    }
    for (const [source, until_s] of this.sources) source.stop(Math.min(until_s, at_s + fade_s));
  }
}

function piecesOf(clock, from_s, until_s, rate) {
  const sizes = { rate, musicRate: RATE, chunkSamples: CHUNK_S * RATE };
  const [from, until] = [Math.floor(from_s * rate), Math.ceil(until_s * rate)];
  return clock.stretches(from_s, until_s).flatMap((stretch) => pieces(stretch, sizes, from, until));
}

function frame(time_s, context) {
  return Math.ceil(time_s * context.sampleRate);
}

function withoutStart(buffer, frames, context) {
  const length = buffer.length - frames;
  const shorter = context.createBuffer(buffer.numberOfChannels, length, buffer.sampleRate);
  for (let side = 0; side < buffer.numberOfChannels; side += 1) {
    shorter.copyToChannel(buffer.getChannelData(side).subarray(frames), side);
  }
  return shorter;
}
