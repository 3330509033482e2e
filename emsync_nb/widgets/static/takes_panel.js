/** The takes there are, the accepted one among them, and how to make others: all anew, or a part. */

import { leave } from "./focus.js";
import { enable, field, form, wordButton } from "./forms.js";
import { element } from "./lane.js";
import { MOST_TAKES, barsInWords, barsWithin, freshSeed, staleWords, takeLine, whole } from "./takes.js";

const BUSY = "Something is being worked on; wait for it, or cancel it";

const HIGHEST_SEED = 2 ** 31 - 1;

const SELECT_FIRST = "Select some time first: drag with Shift in the ruler or the piano roll";

export class TakesPanel {
  /**
   * @param {Workspace} workspace with takes, curve, clicks, tracks, job and read_only
   * @param {(request: object) => Promise<void>} start begins long work; what is refused was said already
   */
  constructor(workspace, start) {
    Object.assign(this, { workspace, start });
    this.rows = new Map();
    this.isSeedTyped = false;
    this.build();
    const heard = ["takes", "curve", "clicks", "tracks", "job", "read_only"];
    this.offs = heard.map((name) => workspace.on(`data:${name}`, () => this.show()));
    this.offs.push(workspace.on("view", (names) => names.includes("selection") && this.showPart()));
    this.offs.push(workspace.on("track", () => this.showPart()));
    this.offs.push(workspace.on("regenerate", (part) => this.regenerate(part ?? {})));
    this.show();
  }

  build() {
    this.root = element("section", "em-panel em-takes");
    this.root.setAttribute("aria-label", "Takes");
    this.empty = element("p", "em-empty");
    this.analyse = wordButton("Analyse the film", () => this.start({ do: "analyze" }), "em-primary");
    this.list = element("ul", "em-take-list");
    this.stale = element("p", "em-empty");
    this.stale.setAttribute("role", "status");
    this.renewal = wordButton("", () => this.regenerate({ bars: this.moved(), tracks: [] }));
    const number = { type: "number", step: 1, min: 0, required: true };
    this.count = field("Takes", { ...number, min: 1, max: MOST_TAKES, value: 1 });
    this.seed = field("Seed", { ...number, max: HIGHEST_SEED });
    this.seed.input.addEventListener("input", () => (this.isSeedTyped = true));
    this.make = wordButton("Generate", undefined, "em-primary");
    this.form = form([this.count.root, this.seed.root], this.make, () => this.generate());
    this.part = wordButton("Regenerate the selection", () => this.regenerate({}));
    const title = element("h3", "em-panel-title", "Takes");
    const accepted = [this.list, this.stale, this.renewal];
    this.root.append(title, this.empty, this.analyse, ...accepted, this.form, this.part);
  }

  // — what is shown —

  show() {
    const { workspace } = this;
    const takes = workspace.get("takes") ?? [];
    const isAnalysed = Boolean(workspace.get("curve")?.length);
    const isFree = workspace.canEdit && !workspace.get("job")?.id;
    this.empty.textContent = emptyLine(workspace, isAnalysed, takes);
    this.empty.hidden = !this.empty.textContent;
    this.analyse.hidden = isAnalysed || !isFree;
    this.list.hidden = !takes.length;
    this.form.hidden = !isAnalysed || !workspace.canEdit;
    this.part.hidden = this.form.hidden || !takes.length;
    this.make.textContent = takes.length ? "Generate" : "Generate the first take";
    enable(this.make, isFree, BUSY);
    if (!this.isSeedTyped) this.seed.input.value = freshSeed(takes);
    this.showList(takes);
    this.showStale(takes, isFree);
    this.showPart();
  }

  /** Whether the accepted take is of another plan, and the way to bars that fit. */
  showStale(takes, isFree) {
    const text = staleWords(takes);
    if (this.stale.textContent !== text) this.stale.textContent = text;
    this.stale.hidden = !text;
    const bars = this.moved();
    const isOffered = Boolean(bars) && this.workspace.canEdit;
    if (!isOffered) leave(this.renewal, this.list.querySelector("[aria-pressed=true]"), this.make);
    this.renewal.hidden = !isOffered;
    if (bars) this.renewal.textContent = `Regenerate ${barsInWords(bars)} for the new plan`;
    enable(this.renewal, isFree, BUSY);
  }

  /** First and last bar of the accepted take that lie elsewhere in the plan, or null. */
  moved() {
    return (this.workspace.get("takes") ?? []).find((take) => take.accepted)?.anew ?? null;
  }

  /** Rows stay where they are, so that focus does too. */
  showList(takes) {
    const names = new Set(takes.map(({ name }) => name));
    for (const [name, row] of this.rows) {
      if (names.has(name)) continue;
      const near = row.root.previousElementSibling ?? row.root.nextElementSibling;
      leave(row.root, near?.querySelector("button"), this.make);
      row.root.remove();
      this.rows.delete(name);
    }
    for (const take of takes) {
      if (!this.rows.has(take.name)) this.rows.set(take.name, this.row(take.name));
      this.showTake(this.rows.get(take.name), take);
    }
    // in the order in which they were made
    const isInOrder = takes.every(({ name }, at) => this.list.children[at] === this.rows.get(name).root);
    if (!isInOrder) this.list.append(...takes.map(({ name }) => this.rows.get(name).root));
  }

  row(name) {
    const root = element("li", "em-take");
    const facts = element("span", "em-take-facts");
    const accept = wordButton("", () => this.accept(name));
    root.append(element("strong", "em-take-name", name), facts, accept);
    return { root, facts, accept };
  }

  showTake({ root, facts, accept }, take) {
    root.classList.toggle("em-accepted", take.accepted);
    facts.textContent = takeLine(take);
    accept.textContent = take.accepted ? "✓ Accepted" : "Accept";
    const label = take.accepted ? `Take ${take.name} is accepted` : `Accept take ${take.name}`;
    accept.setAttribute("aria-label", label);
    accept.setAttribute("aria-pressed", String(take.accepted));
    enable(accept, this.workspace.canEdit, "This desk can only be looked at");
  }

  showPart() {
    const bars = this.bars();
    const track = this.track();
    const where = bars ? `${barsInWords(bars)}${track ? ` of ${track}` : ""}` : "";
    this.part.textContent = where ? `Regenerate ${where}` : "Regenerate the selection";
    const isFree = this.workspace.canEdit && !this.workspace.get("job")?.id;
    enable(this.part, Boolean(bars) && isFree, SELECT_FIRST);
  }

  bars() {
    return barsWithin(this.workspace.view.selection, this.workspace.get("clicks"));
  }

  /** The selected track by name, or null. */
  track() {
    return this.workspace.get("track") ?? null;
  }

  // — what is asked for —

  accept(take) {
    const accepted = (this.workspace.get("takes") ?? []).find(({ accepted: is }) => is);
    if (accepted?.name !== take) this.workspace.act({ do: "accept", take }).catch(() => {});
  }

  generate() {
    const takes = whole(this.count.input.value, 1, MOST_TAKES);
    const seed = whole(this.seed.input.value, 0, HIGHEST_SEED);
    if (Number.isNaN(takes) || Number.isNaN(seed)) {
      this.workspace.say(`Takes are a number from 1 to ${MOST_TAKES}, a seed is a whole number`);
      return;
    }
    this.isSeedTyped = false;
    this.start({ do: "generate", takes, seed });
  }

  /** Of what is selected, or as the piano roll asks for it: {bars, tracks}. */
  regenerate({ bars = this.bars(), tracks = this.track() ? [this.track()] : [] }) {
    if (!bars && !tracks.length) {
      this.workspace.say(SELECT_FIRST);
      return;
    }
    const seed = freshSeed(this.workspace.get("takes") ?? []);
    this.start({ do: "regenerate", bars, tracks, takes: 1, seed });
  }

  dispose() {
    this.offs.forEach((off) => off());
  }
}

function emptyLine(workspace, isAnalysed, takes) {
  if (workspace.get("job")?.id && !takes.length) return "Please wait: the desk is at work.";
  if (!isAnalysed) return "The film has not been analysed yet: its cuts and its emotion are not known.";
  return takes.length ? "" : "There is no music yet.";
}
