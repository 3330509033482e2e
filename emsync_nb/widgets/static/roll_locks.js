/** What shift-L and the button L of a piano roll lock: selected notes, else selected bars, else the track. */

import { toolButton } from "./lane.js";
import { barAt } from "./roll_words.js";
import { barsInWords } from "./takes.js";

const LABEL = "Lock the selected notes, bars or track, or unlock them (Shift L)";

export class RollLocks {
  /** @param {RollLane} lane */
  constructor(lane) {
    this.lane = lane;
    this.button = toolButton("L", LABEL, () => this.toggle());
  }

  show() {
    const { lane } = this;
    const meant = lane.chosen < 0 ? null : this.meant();
    this.button.disabled = !meant || !lane.workspace.canEdit;
    this.button.setAttribute("aria-pressed", String(Boolean(meant?.isLocked)));
  }

  /** What is selected of the selected track: {request, isLocked, words}. */
  meant() {
    const { lane } = this;
    const { name } = lane.tracks[lane.chosen];
    if (lane.choice.size) return this.notes(name);
    return lane.bars ? this.bars(name, lane.bars) : this.track(name);
  }

  notes(name) {
    const { choice, index } = this.lane;
    const { start_s, pitch, locked } = index.notes;
    const list = choice.inOrder;
    const notes_at_s = list.map((at) => [start_s[at], pitch[at]]);
    return {
      request: { track: name, notes_at_s },
      isLocked: list.every((at) => locked[at]),
      words: choice.words(),
    };
  }

  bars(name, bars) {
    const { index, chosen } = this.lane;
    const isLocked = index.isLocked(chosen, ...this.stretchOf(bars));
    return { request: { track: name, bars }, isLocked, words: `${barsInWords(bars)} of ${name}` };
  }

  track(name) {
    const { locked } = this.lane.tracks.find((track) => track.name === name);
    return { request: { track: name }, isLocked: locked, words: name };
  }

  /** Lock what is selected, or unlock it; the first track is selected where none is. */
  toggle() {
    if (this.lane.reached()) this.ask(this.meant());
  }

  toggleTrack(name) {
    this.ask(this.track(name));
  }

  async ask({ request, isLocked, words }) {
    const isDone = await this.lane.ask({ do: isLocked ? "unlock" : "lock", ...request });
    if (isDone) this.lane.workspace.say(`${isLocked ? "Unlocked" : "Locked"}: ${words}`);
  }

  /** Where bars begin and end; a hair earlier, for notes on their lines. */
  stretchOf(bars) {
    const { clicks, duration_s } = this.lane;
    const [first, last] = bars.map((number) => clicks.time_s[clicks.bar.indexOf(number)]);
    return [first - 1e-3, barAt(clicks, last, duration_s).end_s - 1e-3];
  }
}
