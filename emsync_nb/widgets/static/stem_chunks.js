/** Chunks of music: what the kernel sends, as buffers that can sound, kept as long as there is room. */

/** How long a chunk is, in seconds, and how many samples a second has. */
export const CHUNK_S = 4;
export const RATE = 44100;

/** How many chunks are asked for beyond the one that sounds. */
export const CHUNKS_AHEAD = 2;

/** Chunks of one take, those used last kept longest. */
export class ChunkCache {
  constructor(limit_bytes) {
    this.limit_bytes = limit_bytes;
    this.clear();
  }

  has(number) {
    return this.chunks.has(number);
  }

  get(number) {
    return this.chunks.get(number);
  }

  /** Whether it is there; it then counts as used just now. */
  touch(number) {
    const chunk = this.chunks.get(number);
    if (!chunk) return false;
    this.chunks.delete(number);
    this.chunks.set(number, chunk);
    return true;
  }

  /** What is kept may be another by now: it is asked for again, and sounds until then. */
  age() {
    this.old = new Set(this.chunks.keys());
  }

  isFresh(number) {
    return this.chunks.has(number) && !this.old.has(number);
  }

  set(number, chunk) {
    this.old.delete(number);
    this.bytes += chunk.bytes - (this.chunks.get(number)?.bytes ?? 0);
    this.chunks.delete(number);
    this.chunks.set(number, chunk);
    this.take = chunk.take;
    for (const [oldest, { bytes }] of this.chunks) {
      // what sounds now and next stays, however large
      if (this.bytes <= this.limit_bytes || this.chunks.size <= CHUNKS_AHEAD + 1) return;
      this.chunks.delete(oldest);
      this.bytes -= bytes;
    }
  }

  clear() {
    this.chunks = new Map();
    this.old = new Set();
    this.bytes = 0;
    this.take = null;
  }
}

/** A chunk as buffers: tracks one after another, with breath between, so that nothing else is late. */
export async function decoded({ take, rate, frames, tracks, blocks }) {
  if (rate !== RATE) {
    throw new Error(`the music has ${rate} samples a second, not ${RATE}; please report it`);
  }
  const buffers = new Map();
  for (const [index, name] of tracks.entries()) {
    buffers.set(name, bufferOf(blocks[index], frames));
    await breath();
  }
  return { take, buffers, bytes: tracks.length * (frames + 1) * 8 };
}

/** Let the browser draw; unlike timers, messages keep their pace in a page that is not looked at. */
function breath() {
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(null);
  });
}

/** Interleaved 16-bit stereo as a buffer, with one sample more: other speeds read behind the last. */
function bufferOf(block, frames) {
  const samples = int16(block);
  const buffer = new AudioBuffer({ numberOfChannels: 2, length: frames + 1, sampleRate: RATE });
  for (const side of [0, 1]) {
    const channel = buffer.getChannelData(side);
    for (let index = 0; index < frames; index += 1) channel[index] = samples[2 * index + side] / 32768;
    if (frames > 1) channel[frames] = 2 * channel[frames - 1] - channel[frames - 2];
  }
  return buffer;
}

function int16(block) {
  const isAligned = block.byteOffset % 2 === 0;
  const [bytes, offset] = isAligned
    ? [block.buffer, block.byteOffset]
    : [block.buffer.slice(block.byteOffset, block.byteOffset + block.byteLength), 0];
  return new Int16Array(bytes, offset, block.byteLength >> 1);
}
