/** Which samples of which chunk sound, from which frame of an AudioContext to which: whole numbers. */

/** Denominators and numerators of speeds that joins are made exact for, such as 3/4 or 1.25 = 5/4. */
const SIMPLE = 64;

/**
 * A stretch of film cut at the chunks' borders. A piece ends at the very frame at which the next one begins,
 * and a stretch at the frame at which the next stretch begins: no gap, no overlap, nothing that adds up.
 *
 * @param {{at_s: number, until_at_s: number, start_s: number, speed: number}} stretch of PlayClock, speed > 0
 * @param {object} sizes
 * @param {number} sizes.rate of the context, in frames a second
 * @param {number} sizes.musicRate of the stems, in samples a second
 * @param {number} sizes.chunkSamples samples in a chunk
 * @param {number} fromFrame pieces that end before are left out
 * @param {number} untilFrame likewise those that begin later
 * @returns {{chunk: number, offset: number, frame: number, untilFrame: number, samplesPerFrame: number}[]}
 */
export function pieces(stretch, { rate, musicRate, chunkSamples }, fromFrame = 0, untilFrame = Infinity) {
  const samplesPerFrame = (stretch.speed * musicRate) / rate;
  const first = Math.round(stretch.at_s * rate);
  const last = Math.round(stretch.until_at_s * rate);
  const start = aligned(Math.round(stretch.start_s * musicRate), samplesPerFrame, chunkSamples);
  const framesTo = (sample) => Math.max(0, Math.round((sample - start) / samplesPerFrame));
  const frameOf = (chunk) => first + framesTo(chunk * chunkSamples);
  const reached = start + Math.max(0, fromFrame - first) * samplesPerFrame;
  const found = [];
  const beginsBefore = Math.min(last, untilFrame);
  for (let chunk = Math.floor(reached / chunkSamples); frameOf(chunk) < beginsBefore; chunk += 1) {
    const offset = Math.max(0, start - chunk * chunkSamples);
    const ends = Math.min(last, frameOf(chunk + 1));
    const piece = { chunk, offset, frame: frameOf(chunk), untilFrame: ends, samplesPerFrame };
    if (ends > Math.max(fromFrame, piece.frame)) found.push(piece);
  }
  return found;
}

/** The sample, moved by less than a numerator, from which the chunk's border is reached in whole frames. */
function aligned(sample, samplesPerFrame, chunkSamples) {
  const border = (Math.floor(sample / chunkSamples) + 1) * chunkSamples;
  const step = numerator(samplesPerFrame);
  return Math.max(0, border - Math.round((border - sample) / step) * step);
}

function numerator(ratio) {
  for (let denominator = 1; denominator <= SIMPLE; denominator += 1) {
    const found = Math.round(ratio * denominator);
    if (Math.abs(ratio * denominator - found) < 1e-9 && found <= SIMPLE) return Math.max(1, found);
  }
  return 1;
}
