import assert from "node:assert/strict";
import { test } from "node:test";

import {
  asTimecode,
  frameAt,
  frameMiddle,
  frameNumber,
  frameTime,
  lastFrame,
  parseTime,
  timecodeOfFrame,
} from "../../../emsync_nb/widgets/static/timecode.js";

const NTSC = [30000, 1001];
const NTSC_60 = [60000, 1001];
const FILM = [24000, 1001];
const PAL = [25, 1];

// as in tests/domain/test_timecode.py (SMPTE ST 12-1)
const KNOWN = [
  ["00:00:59;29", NTSC, 1799],
  ["00:01:00;02", NTSC, 1800],
  ["00:01:59;29", NTSC, 3597],
  ["00:02:00;02", NTSC, 3598],
  ["00:09:59;29", NTSC, 17981],
  ["00:10:00;00", NTSC, 17982],
  ["01:00:00;00", NTSC, 107892],
  ["23:59:59;29", NTSC, 2589407],
  ["00:01:00;04", NTSC_60, 3600],
  ["00:10:00;00", NTSC_60, 35964],
  ["01:00:00;00", NTSC_60, 215784],
  ["01:00:00:00", NTSC, 108000],
  ["01:00:00:00", PAL, 90000],
  ["00:00:01:24", PAL, 49],
  ["01:00:00:00", [24, 1], 86400],
  ["00:00:02:23", FILM, 71],
  ["10:00:00:00", [50, 1], 1800000],
];

test("known timecodes and their frames, both ways", () => {
  for (const [timecode, fps, number] of KNOWN) {
    const start = timecode.includes(";") ? "00:00:00;00" : "00:00:00:00";
    assert.equal(frameNumber(timecode, fps), number, timecode);
    assert.equal(timecodeOfFrame(number, fps, start), timecode);
    assert.equal(asTimecode(frameTime(number, fps), fps, start), timecode);
  }
});

test("a frame's beginning belongs to it at every rate, all day long", () => {
  for (const fps of [NTSC, NTSC_60, FILM, PAL, [24, 1], [12, 1], [1, 5], [120000, 1001]]) {
    for (let number = 0; number < 10_000_000; number += 99_991) {
      assert.equal(frameAt(frameTime(number, fps), fps), number);
      assert.equal(frameAt(frameMiddle(number, fps), fps), number);
    }
  }
});

test("a time within a frame is that frame", () => {
  assert.equal(asTimecode(2 / 25 - 1e-9, PAL), "00:00:00:01");
  assert.equal(asTimecode(2 / 25, PAL), "00:00:00:02");
  assert.equal(asTimecode(-3, PAL, "01:00:00:00"), "01:00:00:00");
  assert.equal(asTimecode(10, [1, 5]), "00:00:02:00");
});

test("a film begins where it is said to, and may run past midnight", () => {
  assert.equal(asTimecode(10, PAL, "09:59:50:00"), "10:00:00:00");
  assert.equal(asTimecode(1, PAL, "23:59:59:12"), "00:00:00:12");
  assert.equal(asTimecode(frameTime(1800, NTSC), NTSC, "01:00:00;00"), "01:01:00;02");
});

test("the middle of a frame lies half a frame behind its beginning", () => {
  assert.equal(frameMiddle(0, PAL), 0.02);
  assert.equal(frameMiddle(2, PAL), 0.1);
  assert.equal(frameMiddle(1, NTSC), (3 * 1001) / 60000);
});

test("the last frame begins before the film ends", () => {
  assert.equal(lastFrame(6, PAL), 149);
  assert.equal(lastFrame(6.001, PAL), 150);
  assert.equal(lastFrame(0, PAL), 0);
});

test("what somebody types becomes seconds of film", () => {
  const start = "01:00:00:00";
  assert.equal(parseTime("01:00:10:05", PAL, start), 10.2);
  assert.equal(parseTime("1:0:10:5", PAL, start), 10.2);
  assert.equal(parseTime(" 1:02 ", PAL, start), 62);
  assert.equal(parseTime("1:02:03.5", PAL, start), 3723.5);
  assert.equal(parseTime("12.5", PAL, start), 12.5);
  assert.equal(parseTime("12,5", PAL, start), 12.5);
  assert.equal(parseTime("90", PAL, start), 90);
  assert.equal(parseTime("00:00:00:12", PAL, "23:59:59:12"), 1);
  assert.equal(parseTime("01:01:00:02", NTSC, "01:00:00;00"), frameTime(1800, NTSC));
});

test("what makes no sense is refused in one line", () => {
  const refused = (text, fps, start, duration_s) => {
    try {
      return parseTime(text, fps, start, duration_s);
    } catch (error) {
      assert.ok(!error.message.includes("\n"));
      return error.message;
    }
  };
  assert.match(refused("half past two", PAL), /is no time; write/);
  assert.match(refused("", PAL), /is no time/);
  assert.match(refused("1:75", PAL), /is no time/);
  assert.match(refused("-3", PAL), /is no time/);
  assert.match(refused("00:00:00:25", PAL), /is no timecode at 25 frames/);
  assert.match(refused("00:59:00:00", PAL, "01:00:00:00"), /before the film, which begins at 01:00:00:00/);
  assert.match(refused("61", PAL, "01:00:00:00", 60), /after the film, which ends at 01:01:00:00/);
  assert.match(refused("00:01:00:00", NTSC, "00:00:00;00"), /no timecode at 29.97/);
  assert.throws(() => frameNumber("00:00:00;00", PAL), /drops frames, which films of 25/);
  assert.throws(() => frameNumber("25:00:00:00", PAL), /is no timecode/);
});
