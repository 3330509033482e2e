/** The scoring desk: film, emotion, cuts and music of a session in one widget, in step. */

import { BoundaryLane } from "./boundary_lane.js";
import { Circumplex } from "./circumplex.js";
import { CueLane } from "./cue_lane.js";
import { DeskCommands } from "./desk_commands.js";
import { DeskModel } from "./desk_model.js";
import { DirectionsPanel } from "./directions_panel.js";
import { EmotionLane } from "./emotion_lane.js";
import { ExpertLane } from "./expert_lane.js";
import { FilmView } from "./film_view.js";
import { HelpPanel } from "./help_panel.js";
import { JobBar } from "./job_bar.js";
import { inWords } from "./kernel_pulse.js";
import { commandOf } from "./keys.js";
import { element } from "./lane.js";
import { Notices } from "./notices.js";
import { Player } from "./player.js";
import { RollLane } from "./roll_lane.js";
import { RulerLane } from "./ruler_lane.js";
import { Stack } from "./stack.js";
import { hideStill } from "./still_picture.js";
import { TakesPanel } from "./takes_panel.js";
import { ThumbnailLane } from "./thumbnail_lane.js";
import { Toolbar } from "./toolbar.js";
import { TransportPanel } from "./transport_panel.js";
import { widgetRoot } from "./widget_root.js";
import { Workspace } from "./workspace.js";

/** How wide and high the plane of valence and arousal is. */
const PLANE_PX = 228;

/** anywidget's entry: a view of the model in an element; what comes back ends it. */
export function render({ model, el }) {
  const desk = new Desk(model);
  el.append(desk.root);
  // the element is put into the page only now
  const frame = requestAnimationFrame(() => desk.shown(el));
  return () => {
    cancelAnimationFrame(frame);
    desk.dispose();
  };
}

class Desk {
  constructor(model) {
    this.root = widgetRoot("em-desk", "Scoring desk", "region");
    this.root.tabIndex = 0;
    this.model = new DeskModel(model);
    this.workspace = new Workspace(this.root, {
      act: (request) => this.model.act(request),
      preview: (request) => this.model.preview(request),
    });
    this.model.attach(this.workspace);
    this.buildTop();
    this.buildLanes();
    this.compose();
    this.hear();
    this.showFilm();
    this.showReadOnly();
    this.showLanes();
    // for who looks into a page from its console
    this.root.emDesk = { workspace: this.workspace, player: this.player };
  }

  buildTop() {
    const { workspace, model } = this;
    this.film = new FilmView(workspace, { start: (request) => this.start(request) });
    this.player = new Player(workspace, {
      video: this.film.video,
      fetchChunk: (chunk) => model.fetchChunk(chunk),
    });
    this.transport = new TransportPanel(workspace, this.player);
    this.help = new HelpPanel();
    this.commands = new DeskCommands(workspace, { player: this.player, help: this.help });
    this.toolbar = new Toolbar(workspace, (command, amount) => this.run(command, amount));
    this.circumplex = new Circumplex(workspace, { size_px: PLANE_PX });
    this.notices = new Notices((request) => this.start(request));
    this.jobs = new JobBar(workspace, (job) => model.cancel(job));
    this.takes = new TakesPanel(workspace, (request) => this.start(request));
    this.directions = new DirectionsPanel(workspace, (request) => model.act(request));
  }

  buildLanes() {
    const { workspace, model } = this;
    this.ruler = new RulerLane(workspace);
    this.thumbnails = new ThumbnailLane(workspace);
    this.emotion = new EmotionLane(workspace);
    this.experts = new ExpertLane(workspace);
    this.boundaries = new BoundaryLane(workspace);
    this.cues = new CueLane(workspace);
    const setVolume = (track, volume_db) => model.setVolume(track, volume_db);
    this.roll = new RollLane(workspace, { setVolume });
    this.stack = new Stack(workspace, [
      this.ruler, this.thumbnails, this.emotion, this.experts, this.boundaries, this.cues, this.roll,
    ]);
  }

  compose() {
    const top = element("div", "em-top");
    const side = element("div", "em-side");
    side.append(this.jobs.root, this.takes.root, this.directions.root);
    const plane = element("div", "em-plane-place");
    plane.append(this.circumplex.root);
    top.append(this.film.root, plane, side);
    this.root.append(
      this.notices.root, this.toolbar.root, top, this.transport.root, this.stack.root, this.help.root,
    );
  }

  hear() {
    const { workspace, model } = this;
    this.offs = [
      workspace.on("data:film", () => this.showFilm()),
      workspace.on("data:read_only", () => this.showReadOnly()),
      ...["curve", "tracks", "experts", "experts_shown", "film"].map((name) =>
        workspace.on(`data:${name}`, () => this.showLanes()),
      ),
    ];
    model.addEventListener("notice", ({ notice }) => this.notices.add(notice));
    model.addEventListener("pulse", () => this.showPulse());
    this.root.addEventListener("keydown", (event) => this.key(event));
  }

  // — what is done —

  key(event) {
    const binding = commandOf(event);
    if (!binding) return;
    event.preventDefault();
    event.stopPropagation();
    this.run(binding.command, binding.amount);
  }

  run(command, amount) {
    if (command === "help") this.help.open();
    else this.commands.run(command, amount);
  }

  /** Begin long work; why it cannot be is shown. */
  async start(request) {
    try {
      await this.model.start(request);
    } catch (error) {
      this.workspace.say(error.message);
    }
  }

  // — what is shown —

  shown(el) {
    this.showStill = hideStill(el);
    // colours are known only now
    this.workspace.theme.forget();
    this.stack.measure();
  }

  showFilm() {
    const film = this.workspace.get("film");
    this.root.setAttribute("aria-label", `Scoring desk: ${film?.name ?? "no film"}`);
    this.notices.stand("film", film?.problem ? { level: "error", ...film.problem } : null);
  }

  showReadOnly() {
    const why = this.workspace.get("read_only");
    const text = `This desk can only be looked at: ${why}`;
    this.notices.stand("read_only", why ? { level: "info", text } : null);
  }

  showPulse() {
    const { state } = this.model.pulse;
    const text = inWords(state);
    this.notices.stand("kernel", text ? { level: state === "busy" ? "info" : "error", text } : null);
  }

  /** Lanes with something in them. */
  showLanes() {
    const has = (name) => Boolean(this.workspace.get(name)?.length);
    const isAnalysed = has("curve");
    // its pictures come later: its place is there before, so that nothing moves under a pointer
    this.thumbnails.root.hidden = !this.workspace.get("film")?.duration_s;
    this.emotion.root.hidden = !isAnalysed;
    this.experts.root.hidden = !has("experts") || !this.workspace.get("experts_shown");
    this.boundaries.root.hidden = !isAnalysed;
    this.cues.root.hidden = !isAnalysed;
    this.roll.root.hidden = !has("tracks");
    this.stack.measure();
  }

  dispose() {
    this.showStill?.();
    this.offs.forEach((off) => off());
    this.player.dispose();
    this.model.dispose();
    const { film, transport, toolbar, circumplex, jobs, takes, directions } = this;
    [film, transport, toolbar, circumplex, jobs, takes, directions].forEach((part) => part.dispose());
    this.stack.dispose();
    this.workspace.dispose();
    this.root.remove();
  }
}
