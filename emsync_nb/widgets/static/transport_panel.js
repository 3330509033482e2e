/** Buttons and fields that play the film: play, frames, loop, speed, timecode, volumes. */

import { filmOf, timecodeOf } from "./film_facts.js";
import { element, toolButton } from "./lane.js";
import { parseTime } from "./timecode.js";

/** Speeds to choose from; J, K and L reach others. */
const SPEEDS = [0.25, 0.5, 0.75, 1, 1.25, 1.5, 2, 4];

/** How long something must be missing before that is shown, in milliseconds. */
const WAITED_MS = 300;

export class TransportPanel {
  /**
   * @param {Workspace} workspace with film
   * @param {Player} player
   */
  constructor(workspace, player) {
    this.workspace = workspace;
    this.player = player;
    this.lastLoop = null;
    this.refusal = "";
    this.build();
    this.hear();
    this.show();
    this.showVolumes();
  }

  build() {
    const { player } = this;
    this.root = element("div", "em-transport");
    this.root.setAttribute("role", "group");
    this.root.setAttribute("aria-label", "Transport");
    this.back = toolButton("◂|", "One frame back", () => player.step(-1));
    this.play = toolButton("▶", "Play", () => player.toggle());
    this.play.classList.add("em-play");
    this.on = toolButton("|▸", "One frame on", () => player.step(1));
    this.timecode = this.timeField();
    this.speed = this.speedChoice();
    // those who do not see it hear of it by workspace.say
    this.status = element("span", "em-transport-status");
    const film = player.video ? [this.volume("Film", "film_volume")] : [];
    const music = player.stems ? [this.volume("Music", "music_volume")] : [];
    const sounds = group("em-volumes", [...film, ...music]);
    const steps = group("em-steps", [this.back, this.play, this.on]);
    this.root.append(steps, this.timecode, this.loopGroup(), this.speed, sounds, this.status);
  }

  loopGroup() {
    this.loop = toolButton("⟲ Loop", "Loop", () => this.toggleLoop());
    this.loopIn = toolButton("[", "The loop begins at the playhead", () => this.moveLoop(0));
    this.loopOut = toolButton("]", "The loop ends at the playhead", () => this.moveLoop(1));
    this.loopText = element("span", "em-loop-text");
    return group("em-loop-tools", [this.loop, this.loopIn, this.loopOut, this.loopText]);
  }

  timeField() {
    const field = element("input", "em-timecode");
    field.type = "text";
    field.spellcheck = false;
    field.autocomplete = "off";
    field.setAttribute("aria-label", "Timecode; type a time and press Enter to go there");
    field.title = "A timecode (01:00:10:05), 1:02 or seconds (12.5)";
    field.addEventListener("focus", () => field.select());
    field.addEventListener("blur", () => this.endTyping());
    field.addEventListener("keydown", (event) => this.typed(event));
    return field;
  }

  speedChoice() {
    const label = element("label", "em-speed");
    this.speedSelect = element("select");
    this.speedSelect.addEventListener("change", () => this.player.setSpeed(Number(this.speedSelect.value)));
    SPEEDS.forEach((speed) => this.speedSelect.append(speedOption(speed)));
    label.append(element("span", "", "Speed"), this.speedSelect);
    return label;
  }

  volume(name, look) {
    const label = element("label", "em-volume");
    const slider = element("input");
    Object.assign(slider, { type: "range", min: 0, max: 1, step: 0.01 });
    slider.setAttribute("aria-label", `Volume of the ${name === "Film" ? "film's own sound" : "music"}`);
    slider.addEventListener("input", () => this.workspace.look({ [look]: Number(slider.value) }));
    label.append(element("span", "", name), slider);
    this[`volumeOf${name}`] = slider;
    return label;
  }

  hear() {
    const { workspace, player } = this;
    this.offs = [
      workspace.on("view", (changed) => this.viewed(changed)),
      workspace.on("data:film", () => this.show()),
    ];
    const listen = (type, heard) => {
      player.addEventListener(type, heard);
      this.offs.push(() => player.removeEventListener(type, heard));
    };
    ["sound", "problem"].forEach((type) => listen(type, () => this.showStatus()));
    listen("waiting", () => this.wait());
    listen("refused", ({ detail }) => this.refuse(detail));
  }

  // — what is done —

  typed(event) {
    if (event.key === "Escape") this.play.focus();
    else if (event.key === "Enter") this.goTo(this.timecode.value);
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  goTo(text) {
    const { fps, start_timecode, duration_s } = filmOf(this.workspace);
    try {
      this.workspace.seek(parseTime(text, fps, start_timecode, duration_s));
    } catch (error) {
      this.timecode.setAttribute("aria-invalid", "true");
      this.refuse(error.message);
      return;
    }
    this.play.focus();
  }

  endTyping() {
    this.timecode.removeAttribute("aria-invalid");
    this.refuse("");
    this.timecode.value = timecodeOf(this.workspace, this.workspace.view.position_s);
  }

  toggleLoop() {
    const { workspace } = this;
    const { loop, selection } = workspace.view;
    if (loop) workspace.setLoop(null);
    else workspace.setLoop(...(selection ?? this.lastLoop ?? [0, workspace.axis.duration_s]));
  }

  /** Move the loop's start (0) or end (1) to the playhead; an end that is in its way goes to the film's. */
  moveLoop(side) {
    const { position_s, loop } = this.workspace.view;
    const edges = [0, this.workspace.axis.duration_s];
    const other_s = loop?.[1 - side] ?? edges[1 - side];
    const isInWay = side === 0 ? other_s <= position_s : other_s >= position_s;
    const opposite_s = isInWay ? edges[1 - side] : other_s;
    this.workspace.setLoop(...(side === 0 ? [position_s, opposite_s] : [opposite_s, position_s]));
  }

  refuse(text) {
    this.refusal = text;
    if (text) this.workspace.say(text);
    this.showStatus();
  }

  // — what is shown —

  viewed(changed) {
    if (changed.includes("position_s")) this.showTime();
    if (changed.some((name) => name !== "position_s")) this.show();
    if (changed.some((name) => name.endsWith("_volume"))) this.showVolumes();
  }

  show() {
    const { playing, loop, speed } = this.workspace.view;
    if (loop) this.lastLoop = loop;
    press(this.play, playing);
    this.play.textContent = playing ? "■" : "▶";
    this.play.title = playing ? "Stop" : "Play";
    press(this.loop, Boolean(loop));
    const code = (time_s) => timecodeOf(this.workspace, time_s);
    this.loopText.textContent = loop ? `${code(loop[0])} – ${code(loop[1])}` : "";
    this.showSpeed(speed);
    this.showTime();
  }

  showSpeed(speed) {
    const others = [...this.speedSelect.options].filter((option) => !SPEEDS.includes(Number(option.value)));
    others.forEach((option) => option.remove());
    if (!SPEEDS.includes(speed)) this.speedSelect.prepend(speedOption(speed));
    this.speedSelect.value = String(speed);
  }

  showTime() {
    // somebody is typing
    if (this.timecode.ownerDocument.activeElement === this.timecode) return;
    const text = timecodeOf(this.workspace, this.workspace.view.position_s);
    if (this.timecode.value !== text) this.timecode.value = text;
  }

  showVolumes() {
    const { film_volume, music_volume } = this.workspace.view;
    if (this.volumeOfFilm) this.volumeOfFilm.value = String(film_volume);
    if (this.volumeOfMusic) this.volumeOfMusic.value = String(music_volume);
  }

  /** What is missing only for a moment is not worth a word. */
  wait() {
    clearTimeout(this.waiting);
    this.waiting = setTimeout(() => this.showStatus(), this.player.waiting ? WAITED_MS : 0);
  }

  showStatus() {
    const { player } = this;
    const waiting = player.stems?.waiting ? "the music is on its way …" : "";
    const text = this.refusal || player.soundProblem || player.stems?.problem || waiting;
    if (this.status.textContent !== text) this.status.textContent = text;
  }

  dispose() {
    clearTimeout(this.waiting);
    this.offs.forEach((off) => off());
  }
}

function press(button, isPressed) {
  button.setAttribute("aria-pressed", String(isPressed));
}

function group(name, parts) {
  const root = element("div", name);
  root.append(...parts);
  return root;
}

function speedOption(speed) {
  const option = element("option", "", `${speed < 0 ? "−" : ""}${Math.abs(speed)} ×`);
  option.value = String(speed);
  return option;
}
