/** A piano roll alone: the widget PianoRoll. What locks come to, the kernel says; all else is set here. */

import { columns } from "./columns.js";
import { PlaceSync, listen } from "./place_sync.js";
import { RollLane } from "./roll_lane.js";
import { RulerLane } from "./ruler_lane.js";
import { Stack } from "./stack.js";
import { whenShown } from "./still_picture.js";
import { widgetRoot } from "./widget_root.js";
import { Workspace } from "./workspace.js";

const NOTES = ["start_s", "end_s", "pitch", "velocity", "track", "locked"];
const CLICKS = ["time_s", "bpm", "bar"];
/** Requests that change a list of names. */
const LISTS = { mute: "muted", solo: "soloed" };
let asked = 0;

/** anywidget's entry. */
export function render({ model, el }) {
  const roll = new PianoRoll(model);
  el.append(roll.root);
  const undo = whenShown(el, roll.workspace);
  return () => {
    undo();
    roll.dispose();
  };
}

class PianoRoll {
  constructor(model) {
    this.model = model;
    this.open = new Map();
    this.root = widgetRoot("em-piano-roll", "Piano roll of a score");
    const act = (request) => this.act(request);
    this.workspace = new Workspace(this.root, { act, duration_s: model.get("duration_s") });
    this.takeMusic();
    const setVolume = (track, volume_db) => this.setVolume(track, volume_db);
    this.roll = new RollLane(this.workspace, { setVolume, canRegenerate: false });
    this.stack = new Stack(this.workspace, [new RulerLane(this.workspace, { isBare: true }), this.roll]);
    this.root.append(this.stack.root);
    this.sync = new PlaceSync(model, this.workspace, { hasView: true });
    this.hear();
  }

  hear() {
    const music = ["tracks", "notes", "clicks", "duration_s"];
    const switches = ["muted", "soloed", "volumes_db"];
    const heard = [
      ...music.map((name) => [name, () => this.takeMusic(name)]),
      ...switches.map((name) => [name, () => this.takeTracks()]),
    ];
    const changes = Object.fromEntries(heard.map(([name, take]) => [`change:${name}`, take]));
    this.off = listen(this.model, { ...changes, "msg:custom": (content) => this.answered(content) });
  }

  // — what the kernel has —

  takeMusic(name = null) {
    const { model, workspace } = this;
    const is = (one) => name === null || name === one;
    if (is("duration_s")) workspace.axis.setDuration(model.get("duration_s"));
    if (is("duration_s")) workspace.set("film", { duration_s: model.get("duration_s"), fps: [25, 1] });
    if (is("clicks")) workspace.set("clicks", columns(model.get("clicks"), CLICKS));
    if (is("notes")) workspace.set("notes", columns(model.get("notes"), NOTES));
    if (is("tracks")) this.takeTracks();
  }

  takeTracks() {
    const [muted, soloed] = ["muted", "soloed"].map((name) => new Set(this.model.get(name)));
    const volumes_db = this.model.get("volumes_db");
    const tracks = this.model.get("tracks").map((track) => ({
      ...track,
      muted: muted.has(track.name),
      soloed: soloed.has(track.name),
      volume_db: volumes_db[track.name] ?? 0,
    }));
    this.workspace.set("tracks", tracks);
  }

  // — what it is told —

  save(name, value) {
    this.model.set(name, value);
    this.model.save_changes();
  }

  setVolume(track, volume_db) {
    this.save("volumes_db", { ...this.model.get("volumes_db"), [track]: volume_db });
  }

  /** Mute and solo are set here; what is locked, the kernel finds out. */
  async act(request) {
    const list = LISTS[request.do];
    if (!list) {
      await this.ask(request);
      return;
    }
    const names = this.model.get(list).filter((name) => name !== request.track);
    this.save(list, request.on ? [...names, request.track] : names);
  }

  ask(request) {
    const id = `${Date.now().toString(36)}-${(asked += 1)}`;
    return new Promise((resolve, reject) => {
      this.open.set(id, { resolve, reject });
      this.model.send({ type: "edit", id, request });
    });
  }

  answered({ id, type, text }) {
    const waiting = this.open.get(id);
    if (!waiting) return;
    this.open.delete(id);
    if (type === "done") waiting.resolve();
    else waiting.reject(new Error(text));
  }

  dispose() {
    this.sync.dispose();
    this.off();
    this.stack.dispose();
    this.workspace.dispose();
  }
}
