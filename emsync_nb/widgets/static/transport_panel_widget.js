/** The transport alone, with a clock of its own: what is linked to its position follows. */

import { commandOf } from "./keys.js";
import { Player } from "./player.js";
import { TransportPanel } from "./transport_panel.js";
import { ViewSync } from "./view_sync.js";
import { widgetRoot } from "./widget_root.js";
import { Workspace } from "./workspace.js";

const FACTS = ["duration_s", "fps", "start_timecode"];
const CLOCK = {
  now: () => performance.now(),
  later: (fn, ms) => setTimeout(fn, ms),
  never: (timer) => clearTimeout(timer),
};

/** anywidget's entry. */
export function render({ model, el }) {
  const root = widgetRoot("em-transport-widget");
  root.tabIndex = -1;
  el.append(root);
  const act = async () => {
    throw new Error("a transport alone changes nothing; link its position to another widget");
  };
  const workspace = new Workspace(root, { act, duration_s: model.get("duration_s") });
  const learn = () => learnFilm(workspace, model);
  learn();
  FACTS.forEach((name) => model.on(`change:${name}`, learn));
  const player = new Player(workspace);
  const panel = new TransportPanel(workspace, player);
  root.append(panel.root);
  root.addEventListener("keydown", (event) => pressed(event, workspace, player));
  const sync = new ViewSync(model, workspace, CLOCK);
  return () => {
    FACTS.forEach((name) => model.off(`change:${name}`, learn));
    sync.dispose();
    panel.dispose();
    player.dispose();
    workspace.dispose();
    root.remove();
  };
}

function learnFilm(workspace, model) {
  const film = Object.fromEntries(FACTS.map((name) => [name, model.get(name)]));
  workspace.axis.setDuration(film.duration_s);
  workspace.set("film", { name: "film", ...film });
}

/** Keys as on the desk, as far as they have a meaning here. */
function pressed(event, workspace, player) {
  const binding = commandOf(event);
  const { position_s } = workspace.view;
  const commands = {
    play: () => player.toggle(),
    frames: (count) => player.step(count),
    seconds: (count) => workspace.seek(position_s + count),
    home: () => workspace.seek(0),
    end: () => workspace.seek(workspace.axis.duration_s),
    shuttle: (way) => player.shuttle({ "-1": "j", 0: "k", 1: "l" }[way]),
    loopClear: () => workspace.setLoop(null),
  };
  if (!binding || !commands[binding.command]) return;
  event.preventDefault();
  event.stopPropagation();
  commands[binding.command](binding.amount);
}
