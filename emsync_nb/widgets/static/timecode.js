/**
 * Seconds, frames and timecode of a film, as emsync_nb.domain.timecode counts them (SMPTE ST 12-1).
 *
 * A rate is [numerator, denominator] in frames a second, such as [30000, 1001]. Frame k begins at
 * k · denominator / numerator seconds, rounded once; all counts are whole numbers.
 */

const TIMECODE = /^(\d{1,2}):(\d{1,2}):(\d{1,2})([:;])(\d{1,3})$/;
const CLOCK = /^(?:(?:(\d+):)?(\d+):)?(\d+(?:[.,]\d*)?)$/;

/** When frame `number` begins, in seconds from the film's beginning. */
export function frameTime(number, fps) {
  return (number * fps[1]) / fps[0];
}

/** The frame that shows at `time_s`; a frame's own beginning, however it was rounded, is that frame. */
export function frameAt(time_s, fps) {
  let number = Math.floor((time_s * fps[0]) / fps[1]);
  while (frameTime(number + 1, fps) <= time_s) number += 1;
  while (frameTime(number, fps) > time_s) number -= 1;
  return number;
}

/** The last frame that begins within a film of `duration_s`; 0 in an empty one. */
export function lastFrame(duration_s, fps) {
  const number = frameAt(Math.max(0, duration_s), fps);
  return Math.max(0, frameTime(number, fps) < duration_s ? number : number - 1);
}

/**
 * Where to seek so that frame `number` shows: its middle, in seconds. At its exact beginning browsers, which
 * count in microseconds, may show the frame before.
 */
export function frameMiddle(number, fps) {
  return ((2 * number + 1) * fps[1]) / (2 * fps[0]);
}

/** The timecode of what shows at `time_s`, in a film that begins at the timecode `start`. */
export function asTimecode(time_s, fps, start = "00:00:00:00") {
  return timecodeOfFrame(frameAt(Math.max(0, time_s), fps), fps, start);
}

/** The timecode of frame `number`, counted from the film's beginning. */
export function timecodeOfFrame(number, fps, start = "00:00:00:00") {
  const drops = start.includes(";");
  const rate = counted(fps);
  const absolute = frameNumber(start, fps) + number;
  const count = drops ? withGaps(absolute, rate) : absolute;
  const seconds = Math.floor(count / rate);
  const parts = [Math.floor(seconds / 3600) % 24, Math.floor(seconds / 60) % 60, seconds % 60];
  return `${parts.map(twoDigits).join(":")}${drops ? ";" : ":"}${twoDigits(count % rate)}`;
}

/**
 * How many frames after midnight a timecode is.
 * @throws {Error} no timecode, or one that this rate does not have
 */
export function frameNumber(timecode, fps) {
  const match = TIMECODE.exec(timecode);
  if (!match) {
    throw new Error(`“${timecode}” is no timecode; write hours:minutes:seconds:frames, such as 01:00:00:00`);
  }
  const [hours, minutes, seconds, frames] = [match[1], match[2], match[3], match[5]].map(Number);
  const drops = match[4] === ";";
  const rate = counted(fps);
  const leftOut = Math.floor(rate / 15); // 2 at 29.97, 4 at 59.94
  if (drops && !dropsFrames(fps)) {
    const films = `films of ${perSecond(fps)} frames a second`;
    throw new Error(`“${timecode}” drops frames, which ${films} do not; use “:”`);
  }
  const isGap = drops && minutes % 10 !== 0 && seconds === 0 && frames < leftOut;
  if (frames >= rate || hours > 23 || minutes > 59 || seconds > 59 || isGap) {
    throw new Error(`“${timecode}” is no timecode at ${perSecond(fps)} frames a second`);
  }
  const total = 60 * hours + minutes;
  const number = (60 * total + seconds) * rate + frames;
  return drops ? number - leftOut * (total - Math.floor(total / 10)) : number;
}

/** Whether films of this rate can have drop-frame timecode: 29.97, 59.94 and the like. */
export function dropsFrames(fps) {
  return fps[0] % fps[1] !== 0 && counted(fps) % 30 === 0;
}

/**
 * What somebody typed, in seconds from the film's beginning: a timecode with frames (“01:00:10:05”, counted
 * from where the film's own clock begins), or minutes and seconds of film (“1:02”, “1:02:03.5”, “12.5”).
 * @throws {Error} one line: what is wrong, what to write
 */
export function parseTime(text, fps, start = "00:00:00:00", duration_s = Infinity) {
  const typed = text.trim();
  const time_s = TIMECODE.test(typed) ? sinceStart(typed, fps, start) : clockTime(typed);
  if (time_s > duration_s) {
    throw new Error(`“${typed}” lies after the film, which ends at ${asTimecode(duration_s, fps, start)}`);
  }
  return time_s;
}

function sinceStart(typed, fps, start) {
  // the film's own way of counting holds, whichever sign was typed
  const timecode = start.includes(";") ? typed.replace(/:(\d+)$/, ";$1") : typed.replace(";", ":");
  const first = frameNumber(start, fps);
  const number = frameNumber(timecode, fps) - first;
  const day = 24 * 3600 * counted(fps) - (start.includes(";") ? 24 * 54 * Math.floor(counted(fps) / 15) : 0);
  // a film may run past midnight: what lies more than half a day before it lies after it
  if (number < -day / 2) return frameTime(number + day, fps);
  if (number < 0) throw new Error(`“${typed}” lies before the film, which begins at ${start}`);
  return frameTime(number, fps);
}

function clockTime(typed) {
  const match = CLOCK.exec(typed);
  const numbers = (match ?? []).slice(1).map((part) => Number((part ?? "0").replace(",", ".")));
  const [hours, minutes, seconds] = numbers;
  if (!match || (match[1] !== undefined && minutes > 59) || (match[2] !== undefined && seconds >= 60)) {
    throw new Error(`“${typed}” is no time; write a timecode (01:00:10:05), 1:02 or seconds (12.5)`);
  }
  return 3600 * hours + 60 * minutes + seconds;
}

/** Frames that a second of timecode counts: the rate rounded, halves to the even number; one at least. */
function counted(fps) {
  const whole = Math.floor(fps[0] / fps[1]);
  const twiceRest = 2 * (fps[0] - whole * fps[1]);
  const isUp = twiceRest > fps[1] || (twiceRest === fps[1] && whole % 2 === 1);
  return Math.max(1, whole + (isUp ? 1 : 0));
}

/** The number that a drop-frame count gives the frame `number`. */
function withGaps(number, rate) {
  const leftOut = Math.floor(rate / 15);
  const tenMinutes = 600 * rate - 9 * leftOut;
  const minute = 60 * rate - leftOut;
  const rest = number % tenMinutes;
  const later = rest >= 60 * rate ? 1 + Math.floor((rest - 60 * rate) / minute) : 0;
  return number + leftOut * (9 * Math.floor(number / tenMinutes) + later);
}

function perSecond(fps) {
  return Number((fps[0] / fps[1]).toFixed(3));
}

function twoDigits(number) {
  return String(number).padStart(2, "0");
}
