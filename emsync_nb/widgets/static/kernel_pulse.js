/** Whether the kernel still answers. Pure but for the clock that it is given. */

/** A question that is open for so long, in milliseconds, without a sign of life, means trouble. */
export const SILENT_MS = 10_000;

const LOST = new Set(["restarting", "autorestarting", "terminating", "dead"]);

/**
 * States: "well"; "busy": it works on something else; "silent": it should answer and does not;
 * "lost": the kernel that knew this desk is gone. Fires "change". A sign of life makes it well again.
 */
export class KernelPulse extends EventTarget {
  /** @param {() => number} now milliseconds */
  constructor(now = () => Date.now()) {
    super();
    this.now = now;
    this.open = new Map();
    this.heard_ms = now();
    this.state = "well";
    this.isBusy = false;
  }

  /** Something was asked that will be answered. */
  asked(id) {
    if (!this.open.has(id)) this.open.set(id, this.now());
  }

  /** An answer will not be missed any more. */
  forget(id) {
    this.open.delete(id);
  }

  /** Something came from the kernel: the answer to a question, or anything else. */
  heard(id = null) {
    this.open.delete(id);
    this.heard_ms = this.now();
    this.become("well");
  }

  /** The status that JupyterLab knows of, such as "idle". */
  told(status) {
    this.isBusy = status === "busy";
    if (LOST.has(status)) this.lost();
    else if (this.state === "busy" && !this.isBusy) this.heard();
  }

  /** Nothing can be sent any more. */
  lost() {
    this.open.clear();
    this.become("lost");
  }

  /** Whether it is time to ask if anybody is there: what is waited for may only take long. */
  get isDue() {
    return this.state !== "lost" && this.open.size > 0 && this.now() - this.heard_ms >= SILENT_MS / 3;
  }

  /** To be called about once a second. */
  check() {
    if (this.state === "lost" || !this.open.size) return;
    const since_ms = Math.max(this.heard_ms, Math.min(...this.open.values()));
    if (this.now() - since_ms >= SILENT_MS) this.become(this.isBusy ? "busy" : "silent");
  }

  become(state) {
    if (state === this.state) return;
    this.state = state;
    this.dispatchEvent(new Event("change"));
  }
}

/** What a state means to people; "" where all is well. */
export function inWords(state) {
  const looking = "The film still plays with the music that is loaded";
  return {
    well: "",
    busy: `The kernel is busy with another cell. ${looking}; what you ask for is done when that cell ends.`,
    silent: `The kernel does not answer. ${looking}; run the cell again if it stays silent.`,
    lost: `The kernel does not answer. ${looking}; run the cell again.`,
  }[state];
}

/**
 * Tell what JupyterLab knows of the kernel, where that can be reached; other programs have no such thing.
 * @param {object} manager the widget manager, whatever it is
 * @param {(status: string) => void} told
 * @returns {() => void} ends it
 */
export function watchKernel(manager, told) {
  const kernel = manager?.kernel;
  if (!kernel?.statusChanged?.connect) return () => {};
  const status = (_, value) => told(value);
  kernel.statusChanged.connect(status);
  told(kernel.status);
  return () => kernel.statusChanged.disconnect(status);
}
