/** The heads of the tracks at the left of a piano roll: names, M, S, L, volume. They scroll with its rows. */

import { element } from "./lane.js";
import { decibelWords, pitchName, trackWords } from "./roll_words.js";
import { counted } from "./takes.js";

export const LOWEST_DB = -60;
export const HIGHEST_DB = 6;
const STEP_DB = 0.5;
const SWITCHES = [
  ["M", "Mute", "muted"],
  ["S", "Solo", "soloed"],
  ["L", "Lock", "locked"],
];

export class TrackHeads {
  /**
   * @param {object} does what is asked for
   * @param {(track: string) => void} does.choose
   * @param {(track: string) => void} does.expand
   * @param {(track: string, field: string) => void} does.toggle field: "muted", "soloed", "locked"
   * @param {(track: string, volume_db: number, isLast: boolean) => void} does.turn
   * @param {() => void} does.scrolled
   */
  constructor(does) {
    this.does = does;
    this.heads = new Map();
    this.root = element("div", "em-track-heads");
    this.list = element("div", "em-track-list");
    this.root.append(this.list);
    this.root.addEventListener("scroll", () => does.scrolled());
    this.root.addEventListener("keydown", (event) => this.walk(event));
  }

  get scroll_px() {
    return this.root.scrollTop;
  }

  set scroll_px(scroll_px) {
    this.root.scrollTop = scroll_px;
  }

  /**
   * Show tracks.
   * @param {object[]} tracks
   * @param {object[]} rows where each lies
   * @param {object} facts
   * @param {?string} facts.chosen name of the selected track
   * @param {boolean} facts.canEdit
   * @param {(track: number) => ?[number, number]} facts.pitchesOf
   */
  show(tracks, rows, { chosen, canEdit, pitchesOf }) {
    this.keep(tracks);
    const reached = tracks.some(({ name }) => name === chosen) ? chosen : tracks[0]?.name;
    tracks.forEach((track, at) => {
      const head = this.heads.get(track.name);
      place(head, rows[at]);
      showTrack(head, track, { canEdit, pitches: pitchesOf(at) });
      head.root.classList.toggle("em-chosen", track.name === chosen);
      // Tab leads to the selected track only: forty tracks would be two hundred stops
      head.controls.forEach((control) => (control.tabIndex = track.name === reached ? 0 : -1));
    });
    const last = rows.at(-1);
    this.list.style.height = `${last ? last.top_px + last.height_px : 0}px`;
  }

  /** A head for each track; those that stay are the same elements, so that focus stays too. */
  keep(tracks) {
    const names = new Set(tracks.map(({ name }) => name));
    for (const [name, head] of this.heads) {
      if (names.has(name)) continue;
      head.root.remove();
      this.heads.delete(name);
    }
    tracks.forEach(({ name }, at) => {
      if (!this.heads.has(name)) this.heads.set(name, this.build(name));
      const { root } = this.heads.get(name);
      root.style.setProperty("--em-track", `var(--em-track${at % 8})`);
      if (this.list.children[at] !== root) this.list.insertBefore(root, this.list.children[at] ?? null);
    });
  }

  build(name) {
    const root = element("div", "em-track");
    root.setAttribute("role", "group");
    const open = switchButton("", `Spread out ${name}`, () => this.does.expand(name), "em-track-open");
    const text = element("div", "em-track-name", name);
    const volume = this.volume(name);
    const facts = element("div", "em-track-facts");
    const switches = element("div", "em-track-switches");
    const buttons = SWITCHES.map(([sign, label, field]) =>
      switchButton(sign, `${label} ${name}`, () => this.does.toggle(name, field), `em-switch em-${field}`),
    );
    switches.append(...buttons);
    root.append(open, text, volume, switches, facts);
    root.addEventListener("pointerdown", () => this.does.choose(name));
    root.addEventListener("focusin", ({ target }) => {
      if (target.matches(":focus-visible")) this.does.choose(name);
    });
    return { root, open, text, volume, facts, buttons, controls: [open, volume, ...buttons] };
  }

  volume(name) {
    const slider = element("input", "em-track-volume");
    Object.assign(slider, { type: "range", min: LOWEST_DB, max: HIGHEST_DB, step: STEP_DB, value: 0 });
    slider.setAttribute("aria-label", `Volume of ${name}`);
    slider.addEventListener("input", () => this.does.turn(name, Number(slider.value), false));
    slider.addEventListener("change", () => this.does.turn(name, Number(slider.value), true));
    slider.addEventListener("dblclick", () => this.does.turn(name, 0, true));
    return slider;
  }

  /** Up and down lead to the same button of the next track. */
  walk(event) {
    const step = { ArrowUp: -1, ArrowDown: 1 }[event.key];
    if (!step || event.target.matches("input")) return;
    const all = [...this.heads.values()];
    const heads = [...this.list.children].map((root) => all.find((head) => head.root === root));
    const at = heads.findIndex((head) => head.controls.includes(event.target));
    const next = heads[at + step];
    event.preventDefault();
    event.stopPropagation();
    if (at < 0 || !next) return;
    next.controls[heads[at].controls.indexOf(event.target)].focus();
  }
}

function place({ root, open }, row) {
  root.style.top = `${row.top_px}px`;
  root.style.height = `${row.height_px}px`;
  root.classList.toggle("em-open", row.isOpen);
  open.textContent = row.isOpen ? "▾" : "▸";
  open.setAttribute("aria-expanded", String(row.isOpen));
}

function showTrack({ root, text, volume, facts, buttons }, track, { canEdit, pitches }) {
  const words = trackWords(track, pitches);
  root.setAttribute("aria-label", words);
  text.title = words;
  // while it is dragged the slider itself knows best
  if (!volume.matches(":active")) volume.value = track.volume_db ?? 0;
  const loudness = decibelWords(track.volume_db ?? 0);
  volume.setAttribute("aria-valuetext", loudness);
  volume.title = `Volume: ${loudness}; double-click for 0 dB`;
  facts.textContent = factLines(track, pitches, loudness).join("\n");
  buttons.forEach((button, at) => {
    const [, , field] = SWITCHES[at];
    button.setAttribute("aria-pressed", String(Boolean(track[field])));
    button.disabled = !canEdit;
  });
}

/** What there is room for beside the pitches of a track. */
function factLines(track, pitches, loudness) {
  const range = pitches && !track.is_drum ? `, ${pitches.map(pitchName).join("–")}` : "";
  const instrument = track.instrument === track.name ? "" : track.instrument;
  return [instrument, counted(track.notes, "note") + range, `Volume ${loudness}`].filter(Boolean);
}

function switchButton(sign, label, pressed, className) {
  const button = element("button", className, sign);
  button.type = "button";
  button.title = label;
  button.setAttribute("aria-label", label);
  button.addEventListener("click", pressed);
  return button;
}
