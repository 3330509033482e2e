/** An AudioContext turned by hand, which writes down what is started where. */

class FakeParam {
  constructor(value) {
    this.value = value;
    this.events = [];
  }

  setValueAtTime(value, at_s) {
    this.events.push(["set", value, at_s]);
  }

  linearRampToValueAtTime(value, at_s) {
    this.events.push(["ramp", value, at_s]);
    this.value = value;
  }

  cancelScheduledValues(at_s) {
    this.events.push(["cancel", at_s]);
  }
}

class FakeNode {
  constructor(context) {
    this.context = context;
    this.outputs = [];
    for (const name of ["gain", "threshold", "knee", "ratio", "attack", "release", "playbackRate"]) {
      this[name] = new FakeParam(1);
    }
  }

  connect(node) {
    this.outputs.push(node);
  }

  disconnect() {
    this.outputs = [];
  }

  start(when_s, offset_s) {
    Object.assign(this, { when_s, offset_s });
    this.context.started.push(this);
  }

  stop(until_s = this.context.currentTime) {
    this.until_s = until_s;
  }
}

export class FakeContext {
  constructor(rate = 44100) {
    this.sampleRate = rate;
    this.currentTime = 1;
    this.state = "running";
    this.destination = new FakeNode(this);
    this.started = [];
  }

  createGain() {
    return new FakeNode(this);
  }

  createBufferSource() {
    return new FakeNode(this);
  }

  createDynamicsCompressor() {
    return new FakeNode(this);
  }

  resume() {
    return Promise.resolve();
  }

  close() {
    this.state = "closed";
  }

  /** What sounds, by frame: [first, end, chunk's sample]. */
  get frames() {
    const frame = (time_s) => Math.round(time_s * this.sampleRate);
    const sample = ({ offset_s }) => Math.round(offset_s * 44100);
    return this.started.map((source) => [frame(source.when_s), frame(source.until_s), sample(source)]);
  }
}

globalThis.AudioBuffer = class {
  constructor({ numberOfChannels, length, sampleRate }) {
    Object.assign(this, { numberOfChannels, length, sampleRate });
    this.channels = Array.from({ length: numberOfChannels }, () => new Float32Array(length));
  }

  getChannelData(side) {
    return this.channels[side];
  }
};

/** A chunk of music as the kernel sends it; small, whatever its number. */
export function chunk(take, tracks = ["Strings"], frames = 4) {
  const block = () => new DataView(new Int16Array([1, -1, 2, -2, 3, -3, 16384, -32768]).buffer);
  return { take, rate: 44100, frames, tracks, blocks: tracks.map(block) };
}

/** Let all that is ready happen. */
export async function settled() {
  for (let round = 0; round < 10; round += 1) await new Promise((resolve) => setImmediate(resolve));
}
