/** The piano roll: a row for each track, its notes as bars; heads with mute, solo, lock and volume. */

import { filmOf } from "./film_facts.js";
import { Lane, element, toolButton } from "./lane.js";
import { NotesIndex } from "./notes_index.js";
import { RollChoice } from "./roll_choice.js";
import { STRIP_PX, paintBarNumbers, paintFurniture, paintOver, paintedRows } from "./roll_furniture.js";
import { addingOrBars, banding, panning, scrollingTracks, selectingBars } from "./roll_gestures.js";
import { RollLocks } from "./roll_locks.js";
import { CLOSED_PX, pitchesNear, rowAt, rowsOf, scrollTo_px, thumb, totalHeight_px } from "./roll_rows.js";
import { lockedCounts } from "./roll_selection.js";
import { RollStrips } from "./roll_strips.js";
import { movedAt, paintVeils, silences, veilWords } from "./roll_veils.js";
import { noteWords, rollWords, trackWords } from "./roll_words.js";
import { barsWithin } from "./takes.js";
import { TrackHeads } from "./track_heads.js";
import { TrackSwitches } from "./track_switches.js";

/** As high as the rows are shown at most; what is more is scrolled. */
const MOST_PX = 13 * CLOSED_PX;
/** A pointer may miss a note by so much, in pixels. */
const SLACK_PX = 3;
/** The scroll bar's width, in pixels. */
const BAR_PX = 12;

export class RollLane extends Lane {
  /**
   * @param {Workspace} workspace with tracks, notes and clicks, takes and cues where there are any;
   *   it gets "track", the name of the selected one, fires "track" when that changes, and "regenerate"
   *   with {bars, tracks}
   * @param {object} [options]
   * @param {(track: string, volume_db: number) => void} [options.setVolume] tells the kernel
   * @param {boolean} [options.canRegenerate] whether somebody hears "regenerate"
   */
  constructor(workspace, { setVolume = () => {}, canRegenerate = true } = {}) {
    const listen = ["tracks", "notes", "clicks", "film", "takes", "cues"];
    const height_px = STRIP_PX + CLOSED_PX;
    super(workspace, { name: "roll", label: "Piano roll", height_px, listen, role: "application" });
    this.strips = new RollStrips();
    this.switches = new TrackSwitches(workspace, setVolume);
    this.open = new Set();
    this.choice = new RollChoice(this);
    this.locks = new RollLocks(this);
    this.buildHead(canRegenerate);
    this.offs.push(
      workspace.on("data:notes", () => this.takeNotes()),
      workspace.on("data:tracks", () => this.arrange()),
      workspace.on("data:read_only", () => this.showHeads()),
      workspace.on("theme", () => (this.isDressed = false)),
      workspace.on("view", (names) => names.includes("selection") && this.takeStretch()),
    );
    this.moved = () => this.drag || this.hint("");
    this.axis.addEventListener("change", this.moved);
    this.root.addEventListener("wheel", (event) => this.wheel(event), { passive: false });
    this.takeNotes();
    this.showTools();
  }

  buildHead(canRegenerate) {
    this.heads = new TrackHeads({
      choose: (track) => this.choose(track),
      expand: (track) => this.expand(track),
      toggle: (track, field) => this.toggle(track, field),
      turn: (track, volume_db, isLast) => this.switches.turn(track, volume_db, isLast),
      scrolled: () => this.wake(),
    });
    this.anew = toolButton("↻", "Compose the selected bars of this track anew (R)", () => this.regenerate());
    this.anew.hidden = !canRegenerate;
    this.spread = toolButton("⇕", "Spread out all tracks", () => this.expandAll());
    this.title.classList.add("em-roll-title");
    const tools = element("div", "em-roll-tools");
    tools.append(this.locks.button, this.anew, this.spread);
    // the same key as in the lane, for who has just pressed the button
    tools.addEventListener("keydown", (event) => event.key.toLowerCase() === "l" && this.keyDown(event));
    this.title.append(tools);
    this.head.append(this.heads.root);
  }

  // — what there is —

  get tracks() {
    return this.workspace.get("tracks") ?? [];
  }

  /** Tracks with how many of their notes are locked. */
  get toldTracks() {
    return this.tracks.map((track, at) => ({ ...track, locked_notes: this.lockedNotes[at] ?? 0 }));
  }

  get clicks() {
    const clicks = this.workspace.get("clicks");
    return clicks?.length ? clicks : null;
  }

  /** Bars of what is shown that lie elsewhere in the plan by now. */
  get movedBars() {
    return this.workspace.get("takes")?.find(({ accepted }) => accepted)?.moved ?? [];
  }

  /** Stretches where nothing is played. */
  get silent() {
    return silences(this.workspace.get("cues"), this.duration_s);
  }

  get duration_s() {
    return filmOf(this.workspace).duration_s;
  }

  /** Number of the selected track, −1 for none. */
  get chosen() {
    const name = this.workspace.get("track");
    return name ? this.tracks.findIndex((track) => track.name === name) : -1;
  }

  get rowsHeight_px() {
    return this.height_px - STRIP_PX;
  }

  takeNotes() {
    const before = this.index?.notes;
    this.index = new NotesIndex(this.workspace.get("notes"));
    this.lockedNotes = lockedCounts(this.index.notes);
    this.choice.renew(before, this.index.notes);
    this.arrange();
  }

  /** Bars are selected now, and no notes; or none are. */
  takeStretch() {
    if (this.workspace.view.selection) this.choice.take([]);
    this.choice.changed();
  }

  /** Tracks, notes, or what is spread out have changed. */
  arrange() {
    const { tracks } = this;
    this.rows = rowsOf(tracks, (track) => this.index.pitches(track), this.open);
    this.setHeight(STRIP_PX + Math.min(Math.max(totalHeight_px(this.rows), CLOSED_PX), MOST_PX));
    this.heads.root.style.height = `${this.rowsHeight_px}px`;
    const isAllOpen = tracks.length > 0 && tracks.every(({ name }) => this.open.has(name));
    this.spread.setAttribute("aria-pressed", String(isAllOpen));
    this.spread.disabled = !tracks.length;
    this.isDressed = false;
    if (this.chosen < 0) this.choose(null);
    this.showHeads();
    this.showTools();
  }

  /** Rows in their colours; they stay, and with them what is painted, as long as they look the same. */
  dress() {
    const { theme } = this.workspace;
    const looks = JSON.stringify([
      theme.colour("paper"),
      theme.colour("lock"),
      this.tracks.map(({ name, muted, soloed, locked }, at) => [
        name, muted, soloed, locked, this.open.has(name), theme.track(at),
      ]),
    ]);
    // a root that is not in the page yet has no colours
    this.isDressed = this.root.isConnected;
    if (looks === this.looks && this.painted.index === this.index) return;
    this.looks = looks;
    const rows = paintedRows(this.rows, this.tracks, theme, this.lockedNotes);
    this.painted = { rows, index: this.index };
  }

  showHeads() {
    const chosen = this.workspace.get("track") ?? null;
    const pitchesOf = (track) => this.index.pitches(track);
    this.heads.show(this.toldTracks, this.rows, { chosen, canEdit: this.workspace.canEdit, pitchesOf });
  }

  showTools() {
    this.anew.disabled = !this.workspace.canEdit || (!this.bars && this.chosen < 0);
    this.locks.show();
  }

  describe() {
    const pitchesOf = (track) => this.index.pitches(track);
    const told = rollWords(this.toldTracks, pitchesOf, this.tracks[this.chosen]?.name, this.choice.told());
    return this.tracks.length ? `${told} ${veilWords(this.movedBars, this.silent)}`.trim() : told;
  }

  // — drawing —

  paint(context, width_px, height_px) {
    if (!this.isDressed) this.dress();
    const { rows, index } = this.painted;
    const ratio = window.devicePixelRatio || 1;
    const scroll_px = Math.round(this.heads.scroll_px * ratio) / ratio;
    const { axis, rowsHeight_px } = this;
    const notes = { axis, index, rows, ratio, scroll_px, top_px: STRIP_PX, height_px: rowsHeight_px };
    const { clicks, chosen, choice, bars, movedBars: moved, silent } = this;
    const { theme } = this.workspace;
    const scene = { ...notes, theme, clicks, chosen, width_px, choice, bars, moved, silent };
    paintFurniture(context, scene);
    context.save();
    context.beginPath();
    context.rect(0, STRIP_PX, width_px, this.rowsHeight_px);
    context.clip();
    this.strips.draw(context, notes);
    paintVeils(context, scene);
    paintOver(context, scene);
    context.restore();
    paintBarNumbers(context, scene);
  }

  // — choosing —

  /** Select a track by name, null for none. */
  choose(name) {
    if ((this.workspace.get("track") ?? null) === name) return;
    this.workspace.set("track", name);
    this.workspace.fire("track", name);
    this.choice.keepTo(this.chosen);
    this.showHeads();
    this.showTools();
    this.changed();
  }

  /** Select the track above or below. */
  walkTracks(step) {
    const { tracks, chosen } = this;
    if (!tracks.length) return;
    const next = chosen < 0 ? 0 : Math.min(Math.max(chosen + step, 0), tracks.length - 1);
    this.choose(tracks[next].name);
    this.reach(next);
    this.workspace.say(trackWords(tracks[next], this.index.pitches(next)));
  }

  reach(track) {
    const { heads } = this;
    heads.scroll_px = scrollTo_px(this.rows[track], heads.scroll_px, this.rowsHeight_px);
    this.wake();
  }

  expand(name) {
    if (!this.open.delete(name)) this.open.add(name);
    this.arrange();
    this.changed();
    const at = this.tracks.findIndex((track) => track.name === name);
    if (at >= 0) this.reach(at);
  }

  expandAll() {
    const names = this.tracks.map(({ name }) => name);
    const isAllOpen = names.every((name) => this.open.has(name));
    this.open = new Set(isAllOpen ? [] : names);
    this.arrange();
    if (this.chosen >= 0) this.reach(this.chosen);
  }

  // — changing —

  toggle(name, field) {
    if (field === "locked") return this.locks.toggleTrack(name);
    return this.switches.toggle(name, field);
  }

  /** First and last bar of what is selected, or null. */
  get bars() {
    return barsWithin(this.workspace.view.selection, this.clicks);
  }

  /** Ask for other notes in the selected bars of the selected track. */
  regenerate() {
    const name = this.tracks[this.chosen]?.name;
    const { bars } = this;
    if (!bars && !name) this.workspace.say("Select a track, and bars with shift and a drag, first");
    else this.workspace.fire("regenerate", { bars, tracks: name ? [name] : [] });
  }

  // — pointer —

  pressed(point) {
    if (point.y < STRIP_PX) return selectingBars(this, point);
    if (this.isOnScrollBar(point)) return scrollingTracks(this, point);
    const row = this.rowUnder(point);
    const at = row ? this.noteUnder(point, row) : -1;
    if (row && (point.shift || point.ctrl)) this.choose(this.tracks[row.track].name);
    if (row && point.ctrl) return banding(this, point, row, at);
    if (point.shift) return at < 0 ? selectingBars(this, point) : addingOrBars(this, point, at);
    return panning(this, point, () => this.clicked(point, row));
  }

  get thumb() {
    return thumb(totalHeight_px(this.rows), this.rowsHeight_px, this.heads.scroll_px);
  }

  isOnScrollBar(point) {
    return this.thumb && point.x > this.axis.width_px - BAR_PX;
  }

  clicked(point, row) {
    const [start_s, end_s] = this.workspace.view.selection ?? [0, 0];
    const isOutside = point.time_s < start_s || point.time_s >= end_s;
    if (isOutside) this.workspace.select(null);
    if (row) this.choose(this.tracks[row.track].name);
    // within bars that are selected a click chooses a track for them
    this.choice.only(row && isOutside ? this.noteUnder(point, row) : -1);
  }

  /** The playhead goes to a note's beginning, or where it was pressed. */
  doublePressed(point) {
    const row = this.rowUnder(point);
    const at = row ? this.noteUnder(point, row) : -1;
    this.workspace.seek(at < 0 ? point.time_s : this.index.notes.start_s[at]);
  }

  rowUnder({ y }) {
    return y < STRIP_PX ? null : rowAt(this.rows, this.rowsY(y));
  }

  /** A place in the canvas, from the first row's top. */
  rowsY(y) {
    return y - STRIP_PX + this.heads.scroll_px;
  }

  noteUnder({ time_s, y }, row) {
    const [low, high] = pitchesNear(row, this.rowsY(y), row.isOpen ? 1 : SLACK_PX);
    return this.index.at(row.track, time_s, low, high, SLACK_PX * this.axis.perPixel_s);
  }

  hovered(point) {
    const row = this.rowUnder(point);
    this.hint(row ? this.wordsUnder(point, row) : "", point);
    if (point.y < STRIP_PX) return "col-resize";
    if (this.isOnScrollBar(point)) return "default";
    if (point.ctrl) return "crosshair";
    return point.shift ? "col-resize" : "default";
  }

  wordsUnder(point, row) {
    const track = this.tracks[row.track];
    const at = this.noteUnder(point, row);
    if (at < 0) return "";
    const [name, velocity, ...place] = noteWords(this.index.notes, at, this.clicks, track.is_drum);
    const moved = movedAt(this.movedBars, this.index.notes.start_s[at]) ? "\nin bars that moved in the plan" : "";
    return `${track.name}: ${name}, ${velocity}\n${place.join(", ")}${moved}`;
  }

  /** Up and down scroll the tracks, as long as there are more; then the page. */
  wheel(event) {
    const isOfAxis = event.ctrlKey || event.metaKey || event.shiftKey;
    if (isOfAxis || Math.abs(event.deltaY) <= Math.abs(event.deltaX)) return;
    const before_px = this.heads.scroll_px;
    this.heads.scroll_px += event.deltaMode === 0 ? event.deltaY : (event.deltaY * CLOSED_PX) / 3;
    if (this.heads.scroll_px === before_px) return;
    event.preventDefault();
    event.stopPropagation();
  }

  // — keys —

  key(event) {
    if (event.altKey || event.ctrlKey || event.metaKey) return false;
    const name = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    const deed = KEYS[name];
    return deed ? deed(this, event) !== false : false;
  }

  /** The selected track by name; the first one is selected where none is. */
  reached() {
    if (this.chosen < 0) this.walkTracks(0);
    return this.tracks[this.chosen]?.name;
  }

  dispose() {
    this.switches.dispose();
    this.axis.removeEventListener("change", this.moved);
    super.dispose();
  }
}

/** What keys do; false: nothing, others may have them. */
const KEYS = {
  ArrowUp: (lane) => lane.walkTracks(-1),
  ArrowDown: (lane) => lane.walkTracks(1),
  ArrowLeft: (lane, event) => (lane.choice.size ? lane.choice.walk(-1, event.shiftKey) : false),
  ArrowRight: (lane, event) => (lane.choice.size ? lane.choice.walk(1, event.shiftKey) : false),
  Enter: (lane) => lane.reached() && lane.expand(lane.reached()),
  n: (lane) => lane.reached() && lane.choice.atPlayhead(),
  m: (lane) => lane.reached() && lane.toggle(lane.reached(), "muted"),
  s: (lane) => lane.reached() && lane.toggle(lane.reached(), "soloed"),
  l: (lane, event) => (event.shiftKey ? lane.locks.toggle() : false),
  r: (lane) => lane.regenerate(),
  Escape: (lane) => (lane.choice.size ? lane.choice.only(-1) : false),
};
