/** The tools in the head of the cue lane: split, silence, delete; how the selected cue begins and ends. */

import { ENDINGS, ENTRIES } from "./cue_edits.js";
import { element, toolButton } from "./lane.js";

export class CueTools {
  /** @param {CueLane} lane whose head they stand in */
  constructor(lane) {
    this.lane = lane;
    this.split = toolButton("Split", "Split the cue at the playhead (X)", () => lane.splitAtPlayhead());
    this.silence = toolButton("Silence", "No music over the selected stretch", () => lane.silence());
    this.remove = toolButton("−", "Delete the selected cue (Delete)", () => lane.removeChosen());
    const row = element("div", "em-tools");
    row.append(this.split, this.silence, this.remove);
    this.entry = choice("How the selected cue comes in", ENTRIES, (entry) => lane.shape({ entry }));
    this.ending = choice("How the selected cue goes out", ENDINGS, (ending) => lane.shape({ ending }));
    const shapes = element("div", "em-tools em-choices");
    shapes.append(this.entry, this.ending);
    lane.head.append(row, shapes);
    this.refresh();
  }

  /** Show what the selected cue is. */
  refresh() {
    const { canEdit, view } = this.lane.workspace;
    const { cue } = this.lane;
    this.split.disabled = !canEdit;
    this.silence.disabled = !canEdit || !view.selection;
    for (const tool of [this.remove, this.entry, this.ending]) tool.disabled = !canEdit || !cue;
    this.entry.value = cue?.entry ?? "attack";
    this.ending.value = cue?.ending ?? "fade_out";
  }
}

function choice(label, names, chosen) {
  const select = element("select", "em-choice");
  select.setAttribute("aria-label", label);
  select.title = label;
  for (const [value, text] of Object.entries(names)) {
    const option = element("option", "", text);
    option.value = value;
    select.append(option);
  }
  select.addEventListener("change", () => chosen(select.value));
  return select;
}
