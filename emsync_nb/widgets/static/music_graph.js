/** What stems pass through on their way out: a volume for each track, one for all, a limiter. */

/** How long a change of volume takes, in seconds: no click, and at once. */
export const RAMP_S = 0.01;

/** By how much a DynamicsCompressorNode delays (Web Audio API 1.1, section 1.19: look-ahead), in seconds. */
export const LIMITER_DELAY_S = 0.006;

/** How long a compressor of Chromium, in seconds, lets less through when its context begins. */
export const LIMITER_WARM_S = 0.3;

const THRESHOLD_DB = -3;
const RATIO = 20;

export class MusicGraph {
  /** @param {BaseAudioContext} context */
  constructor(context) {
    this.context = context;
    this.tracks = new Map();
    this.gains = new Map();
    this.master = context.createGain();
    this.limiter = limiter(context);
    // a compressor makes up for what it takes at full scale (ibid.: full range gain ^ −0.6): undo that
    this.after = context.createGain();
    this.after.gain.value = decibels(0.6 * (THRESHOLD_DB - THRESHOLD_DB / RATIO));
    this.master.connect(this.limiter);
    this.limiter.connect(this.after);
    this.after.connect(context.destination);
  }

  /** The node that a track's sound goes into. */
  input(name) {
    if (!this.gains.has(name)) {
      const node = this.context.createGain();
      node.gain.value = this.tracks.get(name) ?? 1;
      node.connect(this.master);
      this.gains.set(name, node);
    }
    return this.gains.get(name);
  }

  /** @param {{name: string, muted: boolean, soloed: boolean, volume_db: number}[]} tracks */
  setTracks(tracks) {
    this.tracks = trackGains(tracks);
    for (const [name, node] of this.gains) ramp(node.gain, this.tracks.get(name) ?? 1, this.context);
  }

  /** Of all music: 0 … 1. */
  setVolume(gain) {
    ramp(this.master.gain, gain, this.context);
  }

  dispose() {
    [...this.gains.values(), this.master, this.limiter, this.after].forEach((node) => node.disconnect());
  }
}

/** How loud each track is: nothing where it is muted, or where others are soloed. */
export function trackGains(tracks) {
  const anySolo = tracks.some((track) => track.soloed);
  return new Map(
    tracks.map((track) => {
      const isSilent = track.muted || (anySolo && !track.soloed);
      return [track.name, isSilent ? 0 : decibels(track.volume_db ?? 0)];
    }),
  );
}

function ramp(param, value, context) {
  const now_s = context.currentTime;
  param.cancelScheduledValues(now_s);
  param.setValueAtTime(param.value, now_s);
  param.linearRampToValueAtTime(value, now_s + RAMP_S);
}

function limiter(context) {
  const node = context.createDynamicsCompressor();
  const values = { threshold: THRESHOLD_DB, knee: 0, ratio: RATIO, attack: 0.002, release: 0.2 };
  for (const [name, value] of Object.entries(values)) node[name].value = value;
  return node;
}

function decibels(gain_db) {
  return 10 ** (gain_db / 20);
}
