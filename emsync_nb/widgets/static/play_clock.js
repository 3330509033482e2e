/**
 * Where a film stands, out of a clock that only ever goes forward. Pure arithmetic: no timer, no sound.
 *
 * Source times (at_s) are those of the clock, such as seconds of an AudioContext; positions are seconds of
 * film. Every position is counted from one anchor, so nothing adds up.
 */

/** The fastest that the film goes, either way. */
export const FASTEST = 8;

/** The shortest loop, in seconds. */
export const SHORTEST_LOOP_S = 0.04;

export class PlayClock {
  /**
   * @param {() => number} now the source, in seconds; it never goes back
   * @param {number} duration_s length of the film
   */
  constructor(now, duration_s = 0) {
    this.now = now;
    this.duration_s = duration_s;
    this.playing = false;
    this.speed = 1;
    this.cruise = 1;
    this.loop = null;
    this.anchor = { at_s: 0, position_s: 0 };
  }

  /** Seconds of film at a source time; before the film starts to move it stands where it starts. */
  position(at_s = this.now()) {
    const moved_s = this.playing ? Math.max(0, at_s - this.anchor.at_s) * this.speed : 0;
    return this.clamped(this.wrapped(this.anchor.position_s + moved_s));
  }

  /** Whether the film has run to its end, or back to its beginning. */
  isOver(at_s = this.now()) {
    const end_at_s = this.playing ? this.endAt() : Infinity;
    return at_s >= end_at_s;
  }

  /** Start to move when the source says `at_s`; from the end, the film begins anew. */
  play(at_s = this.now()) {
    if (this.playing) return;
    this.anchor = { at_s, position_s: this.startOf(this.anchor.position_s) };
    this.playing = true;
  }

  /** Stand still; a shuttle ends, and the speed is again the one that was chosen. */
  pause(at_s = this.now()) {
    this.anchor = { at_s, position_s: this.position(at_s) };
    this.playing = false;
    this.speed = this.cruise;
  }

  /** Be somewhere else; while playing, go on from there when the source says `at_s`. */
  seek(position_s, at_s = this.now()) {
    this.anchor = { at_s, position_s: this.clamped(position_s) };
  }

  /**
   * Choose the speed, −8 … 8 but not 0.
   * @throws {Error} a speed that the film cannot have
   */
  setSpeed(speed, at_s = this.now()) {
    if (!Number.isFinite(speed) || speed === 0 || Math.abs(speed) > FASTEST) {
      throw new Error(`the film goes at speeds from −${FASTEST} to ${FASTEST}, but not at ${speed}`);
    }
    this.turn(speed, at_s);
    this.cruise = speed;
  }

  /** Shuttle as J, K and L do: back, stop, on; pressed again, twice as fast. */
  shuttle(key, at_s = this.now()) {
    if (key === "k") return this.pause(at_s);
    const way = key === "l" ? 1 : -1;
    const isFaster = this.playing && this.speed * way > 0;
    this.turn(isFaster ? way * Math.min(FASTEST, 2 * Math.abs(this.speed)) : way, at_s);
    return this.play(at_s);
  }

  /**
   * Repeat [start_s, end_s], or nothing (null).
   * @throws {Error} a stretch that is too short
   */
  setLoop(loop, at_s = this.now()) {
    if (loop && !(loop[1] - loop[0] >= SHORTEST_LOOP_S)) {
      throw new Error(`a loop lasts ${SHORTEST_LOOP_S} s at least; set its end after its start`);
    }
    this.anchor = { at_s: Math.max(at_s, this.anchor.at_s), position_s: this.position(at_s) };
    this.loop = loop && [Math.max(0, loop[0]), Math.min(loop[1], this.duration_s)];
  }

  /** The source has jumped by so much; the film has not. */
  shift(by_s) {
    this.anchor = { ...this.anchor, at_s: this.anchor.at_s + by_s };
  }

  /**
   * What is played between two source times: whole stretches of film without a jump, in order.
   * @returns {{at_s: number, until_at_s: number, start_s: number, speed: number}[]}
   */
  stretches(from_at_s, until_at_s) {
    if (!this.playing) return [];
    const found = [];
    const end_at_s = this.endAt();
    let pass = this.passAt(Math.max(from_at_s, this.anchor.at_s));
    for (let one = this.pass(pass); one.at_s < Math.min(until_at_s, end_at_s); one = this.pass(pass)) {
      found.push({ ...one, until_at_s: Math.min(one.until_at_s, end_at_s) });
      pass += 1;
    }
    return found.filter((one) => one.until_at_s > from_at_s);
  }

  // — inside —

  turn(speed, at_s) {
    const from_s = this.playing ? Math.max(at_s, this.anchor.at_s) : at_s;
    this.anchor = { at_s: from_s, position_s: this.position(at_s) };
    this.speed = speed;
  }

  clamped(position_s) {
    return Math.min(Math.max(position_s, 0), this.duration_s);
  }

  /** Who starts at the end starts at the beginning; who starts behind a loop, at the loop's. */
  startOf(position_s) {
    const [start_s, end_s] = this.loop ?? [0, this.duration_s];
    if (this.speed > 0) return position_s >= Math.min(end_s, this.duration_s) ? start_s : position_s;
    return position_s <= start_s ? end_s : position_s;
  }

  /** Whether the loop lies ahead: who goes beyond it while playing leaves it behind. */
  get loops() {
    if (!this.loop) return false;
    return this.speed > 0 ? this.anchor.position_s < this.loop[1] : this.anchor.position_s > this.loop[0];
  }

  wrapped(position_s) {
    if (!this.playing || !this.loops) return position_s;
    const [start_s, end_s] = this.loop;
    const length_s = end_s - start_s;
    if (this.speed > 0) return position_s < end_s ? position_s : start_s + ((position_s - end_s) % length_s);
    return position_s > start_s ? position_s : end_s - ((start_s - position_s) % length_s);
  }

  /** Source time at which the film ends; never, in a loop. */
  endAt() {
    if (this.loops) return Infinity;
    const left_s = this.speed > 0 ? this.duration_s - this.anchor.position_s : this.anchor.position_s;
    return this.anchor.at_s + left_s / Math.abs(this.speed);
  }

  /** How many wraps lie before a source time. */
  passAt(at_s) {
    const first = this.pass(0);
    if (at_s < first.until_at_s) return 0;
    return 1 + Math.floor((at_s - first.until_at_s) / this.passLength());
  }

  passLength() {
    return (this.loop[1] - this.loop[0]) / Math.abs(this.speed);
  }

  /** From the anchor to the first wrap (0), then from wrap to wrap. */
  pass(number) {
    const { at_s, position_s } = this.anchor;
    const speed = this.speed;
    const endless = { at_s, until_at_s: Infinity, start_s: position_s, speed };
    if (!this.loops) return number ? { at_s: Infinity } : endless;
    const [into_s, outOf_s] = speed > 0 ? this.loop : [this.loop[1], this.loop[0]];
    const wrap_at_s = at_s + (outOf_s - position_s) / speed;
    const until_at_s = wrap_at_s + number * this.passLength();
    if (!number) return { at_s, until_at_s, start_s: position_s, speed };
    return { at_s: until_at_s - this.passLength(), until_at_s, start_s: into_s, speed };
  }
}
