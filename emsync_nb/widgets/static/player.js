/** Film and music on one clock: that of the sound hardware, as it is heard. The film follows. */

import { AudioTime } from "./audio_time.js";
import { FilmFollower } from "./film_follower.js";
import { LIMITER_DELAY_S, LIMITER_WARM_S } from "./music_graph.js";
import { PlayClock } from "./play_clock.js";
import { RATE } from "./stem_chunks.js";
import { Stems } from "./stems.js";
import { frameAt, frameTime, lastFrame } from "./timecode.js";

/** How long sound may take to begin before the film goes on without, in seconds. */
const SOUND_WAITED_S = 0.5;

/** How soon sound can begin, in seconds. */
const SOONEST_S = 0.03;

/** How often music is asked for and scheduled, in milliseconds. */
const TICK_MS = 200;

export const NO_DEVICE = "no audio device: the film plays without music";
export const HELD_BACK =
  "the browser holds sound back until you click or press a key here: the film plays without music";

export class Player extends EventTarget {
  /**
   * Follows workspace.view (playing, speed, loop, film_volume and music_volume, 0 … 1) and "seek", and moves
   * view.position_s in every frame.
   * Fires "sound" (soundProblem), "waiting" and "problem" (of a chunk of music) when these change.
   * @param {Workspace} workspace
   * @param {object} [options]
   * @param {HTMLVideoElement|null} [options.video]
   * @param {((k: number) => Promise<object>)|null} [options.fetchChunk] as Stems ask; null: no music
   * @param {() => AudioContext} [options.makeContext]
   */
  constructor(workspace, { video = null, fetchChunk = null, makeContext = soundContext } = {}) {
    super();
    this.workspace = workspace;
    this.video = video;
    this.makeContext = fetchChunk ? makeContext : null;
    this.context = null;
    this.time = new AudioTime(null, { delay_s: LIMITER_DELAY_S });
    this.clock = new PlayClock(() => this.time.now(), workspace.axis.duration_s);
    this.stems = fetchChunk && new Stems(null, this.clock, { fetchChunk });
    this.film = video && new FilmFollower(video, this.clock, { sourceAt: (at_ms) => this.time.at(at_ms) });
    this.fps = [25, 1];
    this.soundProblem = "";
    this.isFilmDue = false;
    this.hear();
    this.learnFilm();
    this.learnTracks();
    this.clock.seek(workspace.view.position_s);
    this.viewed(["film_volume", "music_volume"]);
    this.timer = setInterval(() => this.tick(), TICK_MS);
  }

  // — what is asked of it —

  get playing() {
    return this.clock.playing;
  }

  get position_s() {
    return this.clock.position();
  }

  /** How far the last frame of film was from where it should be, in milliseconds: late is negative. */
  get drift_ms() {
    return this.film?.drift_ms ?? null;
  }

  /** The last 600 drifts, in milliseconds. */
  get drifts_ms() {
    return this.film?.drifts_ms ?? [];
  }

  /** Whether film or music that should be there is still on its way. */
  get waiting() {
    const { video } = this;
    const isFilmLate = this.playing && Boolean(video) && !video.error && video.readyState < 3 && !video.ended;
    return isFilmLate || Boolean(this.stems?.waiting);
  }

  play() {
    if (this.playing) return;
    this.wakeSound();
    this.clock.play(this.startAt());
    this.begin();
  }

  pause() {
    if (!this.playing) return;
    this.clock.pause();
    this.halt();
  }

  toggle() {
    return this.playing ? this.pause() : this.play();
  }

  /** Show the next frame, or the one so many frames away; stops. */
  step(frames) {
    this.pause();
    const last = lastFrame(this.clock.duration_s, this.fps);
    const number = Math.min(Math.max(frameAt(this.position_s, this.fps) + frames, 0), last);
    this.workspace.seek(frameTime(number, this.fps));
  }

  /** @param {"j"|"k"|"l"} key back, stop, on; again: faster */
  shuttle(key) {
    if (key === "k") return this.pause();
    this.wakeSound();
    this.clock.shuttle(key, this.playing ? this.clock.now() : this.startAt());
    return this.begin();
  }

  setSpeed(speed) {
    this.attempt(() => this.clock.setSpeed(speed));
    this.begin();
  }

  setLoop(loop) {
    this.attempt(() => this.clock.setLoop(loop));
    this.begin();
  }


  /** What is heard between two times, rendered: see Stems. */
  rendered(start_s, end_s) {
    return this.stems.rendered(start_s, end_s);
  }

  dispose() {
    cancelAnimationFrame(this.frame);
    clearInterval(this.timer);
    this.offs.forEach((off) => off());
    this.film?.dispose();
    this.stems?.dispose();
    this.context?.close();
  }

  // — inside: the workspace —

  hear() {
    const { workspace } = this;
    this.gesture = () => this.touched();
    const gestures = ["pointerdown", "keydown"];
    gestures.forEach((type) => workspace.root.addEventListener(type, this.gesture, true));
    this.offs = [
      () => gestures.forEach((type) => workspace.root.removeEventListener(type, this.gesture, true)),
      workspace.on("seek", (position_s) => this.sought(position_s)),
      workspace.on("view", (names) => this.viewed(names)),
      workspace.on("data:film", () => this.learnFilm()),
      workspace.on("data:tracks", () => this.learnTracks()),
      workspace.on("data:accepted", () => this.stems?.renew(workspace.get("accepted"))),
      workspace.on("data:cues", () => this.stems?.renew()), // a take fades where its cues end
    ];
    for (const type of ["waiting", "problem"]) {
      this.stems?.addEventListener(type, () => this.dispatchEvent(new Event(type)));
    }
  }

  learnFilm() {
    const film = this.workspace.get("film");
    this.clock.duration_s = film?.duration_s ?? this.workspace.axis.duration_s;
    this.fps = film?.fps ?? this.fps;
    if (this.film) this.film.fps = this.fps;
  }

  learnTracks() {
    this.stems?.setTracks(this.workspace.get("tracks") ?? []);
  }

  /** Somebody else has changed how the film is to be played. */
  viewed(names) {
    const { playing, speed, loop, film_volume, music_volume } = this.workspace.view;
    if (names.includes("film_volume") && this.video) this.video.volume = film_volume;
    if (names.includes("music_volume")) this.stems?.setVolume(music_volume);
    const isOtherSpeed = speed !== this.clock.speed;
    const isOtherLoop = !sameStretch(loop, this.clock.loop);
    if (isOtherSpeed) this.attempt(() => this.clock.setSpeed(speed));
    if (isOtherLoop) this.attempt(() => this.clock.setLoop(loop));
    if (playing !== this.playing) this.toggle();
    else if (isOtherSpeed || isOtherLoop) this.begin();
  }

  sought(position_s) {
    this.clock.seek(position_s, this.playing ? this.startAt() : this.clock.now());
    this.begin();
  }

  /** Do it, or say why not and leave everything as it was. */
  attempt(change) {
    try {
      change();
    } catch (error) {
      this.workspace.say(error.message);
      this.dispatchEvent(new CustomEvent("refused", { detail: error.message }));
    }
  }

  show() {
    const { playing, speed, loop } = this.clock;
    const same = sameStretch(loop, this.workspace.view.loop);
    this.workspace.look({ playing, speed, position_s: this.position_s, ...(same ? {} : { loop }) });
  }

  // — inside: going and standing —

  /** When sound and picture can both be there. */
  startAt() {
    const now_s = this.clock.now();
    if (this.stems && !this.time.runs && !this.soundProblem) return now_s + SOUND_WAITED_S;
    const film_s = now_s + (this.film?.takes_s.start ?? 0);
    return this.time.runs ? Math.max(film_s, this.context.currentTime + SOONEST_S, LIMITER_WARM_S) : film_s;
  }

  /** The clock is set anew: let sound and picture follow, and go on as long as it goes. */
  begin() {
    if (!this.playing) return this.halt();
    this.started_ms ??= performance.now();
    this.stems?.restart();
    this.isFilmDue = Boolean(this.film);
    this.startFilm();
    this.frame ||= requestAnimationFrame(() => this.drawn());
    this.show();
  }

  halt() {
    cancelAnimationFrame(this.frame);
    this.frame = 0;
    this.started_ms = undefined;
    this.isFilmDue = false;
    this.stems?.stop();
    this.film?.restart();
    this.show();
  }

  /** The film starts as long before the clock as it takes to get going. */
  startFilm() {
    if (!this.isFilmDue || this.clock.anchor.at_s - this.clock.now() > this.film.takes_s.start + 0.01) return;
    this.isFilmDue = false;
    this.film.restart()?.catch((error) => this.filmRefused(error));
  }

  filmRefused(error) {
    // a pause that comes before the film has begun is no fault
    if (error.name === "AbortError") return;
    if (error.name !== "NotAllowedError" || this.video.muted) {
      this.workspace.say(`the film does not play (${error.message})`);
      return;
    }
    this.isFilmHeldBack = true;
    this.video.muted = true;
    this.film.restart()?.catch((again) => this.filmRefused(again));
  }

  drawn() {
    this.frame = requestAnimationFrame(() => this.drawn());
    this.advance();
  }

  tick() {
    // nothing is drawn in a page that is not looked at
    if (this.playing && document.hidden) this.advance();
    else if (!this.playing) this.measure();
    // music is not asked for where somebody is only passing by
    const isPassing = !this.playing && this.position_s !== this.rested_s;
    this.rested_s = this.position_s;
    if (!isPassing) this.stems?.tick();
    this.checkSound();
  }

  advance() {
    this.measure();
    if (this.clock.isOver()) return this.pause();
    this.startFilm();
    if (!this.isFilmDue) this.film?.follow();
    return this.workspace.look({ position_s: this.position_s });
  }

  // — inside: sound —

  wakeSound() {
    if (!this.makeContext) return;
    if (!this.context) this.openSound();
    if (this.context?.state === "suspended") this.context.resume();
  }

  openSound() {
    try {
      this.context = this.makeContext();
    } catch (error) {
      this.makeContext = null;
      this.setSoundProblem(`${NO_DEVICE} (${error.message})`);
      return;
    }
    this.time.context = this.context;
    this.stems.attach(this.context);
  }

  /** Somebody touched the desk: the browser lets sound out now. */
  touched() {
    if (this.context?.state === "suspended") this.context.resume();
    if (!this.isFilmHeldBack) return;
    this.isFilmHeldBack = false;
    this.video.muted = false;
  }

  measure() {
    const ran = this.time.runs;
    const jump_s = this.time.measure();
    this.clock.shift(jump_s);
    if (!this.playing || (this.time.runs === ran && !jump_s)) return;
    if (!this.time.runs) this.stems?.stop();
    else if (this.clock.now() < this.clock.anchor.at_s) this.sought(this.position_s);
    else this.stems?.restart();
  }

  checkSound() {
    if (!this.context || !this.playing) return;
    const waited_s = (performance.now() - this.started_ms) / 1000;
    if (this.time.runs) this.setSoundProblem("");
    else if (waited_s > SOUND_WAITED_S) this.setSoundProblem(this.silence());
  }

  silence() {
    const isUntouched = navigator.userActivation?.hasBeenActive === false;
    return isUntouched && this.context.state === "suspended" ? HELD_BACK : NO_DEVICE;
  }

  setSoundProblem(text) {
    if (this.soundProblem === text) return;
    this.soundProblem = text;
    if (text) this.workspace.say(text);
    this.dispatchEvent(new Event("sound"));
  }
}

/** A context that takes the music's samples as they are: the hardware's rate is the browser's business. */
function soundContext() {
  return new AudioContext({ sampleRate: RATE, latencyHint: "balanced" });
}

function sameStretch(one, other) {
  return one === other || Boolean(one && other && one[0] === other[0] && one[1] === other[1]);
}
