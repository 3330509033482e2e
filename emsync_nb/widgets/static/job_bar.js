/** How far long work is: what, which stage, how much, how long yet, and a way to stop it. */

import { element } from "./lane.js";

/** What the stages of long work are called by those who wait for them. */
export const STAGES = {
  probe: "opening the film",
  analysis: "watching and listening",
  planning: "laying out the music",
  model: "loading the composer",
  generation: "writing notes",
  rendering: "playing the music",
  mastering: "setting the loudness",
  mux: "putting music and film together",
  notation: "engraving the score",
  figures: "drawing the pictures",
};
/** How work ended, where it did not simply come to its end. */
const ENDS = { stopped: "was stopped", failed: "failed" };

/** Time left as people say it; "" where nobody knows. */
export function timeLeft(left_s) {
  if (left_s === null || left_s === undefined || !Number.isFinite(left_s)) return "";
  if (left_s < 5) return "a few seconds left";
  if (left_s < 55) return `about ${Math.max(5, 5 * Math.round(left_s / 5))} seconds left`;
  const minutes = Math.max(1, Math.round(left_s / 60));
  if (minutes === 1) return "about a minute left";
  if (minutes < 60) return `about ${minutes} minutes left`;
  const hours = Math.floor(minutes / 60);
  const rest = minutes % 60;
  return `about ${hours} h${rest ? ` ${rest} min` : ""} left`;
}

/** A job in a line, such as "Composing: writing notes, 40 %, about 20 seconds left". */
export function jobLine(job) {
  const what = job.what ? job.what[0].toUpperCase() + job.what.slice(1) : "Working";
  const stage = STAGES[job.stage] ?? job.stage;
  const percent = Math.round(100 * (job.share ?? 0));
  const parts = [stage, stage && percent && `${percent} %`, timeLeft(job.left_s)];
  const told = parts.filter(Boolean).join(", ");
  return told ? `${what}: ${told}` : what;
}

/** What is announced when one trait follows another: that a job begins or ends; else "". */
export function announced(before, job) {
  if (job?.id && job.id !== before?.id) return `${jobLine({ what: job.what })} begins`;
  if (before?.id && !job?.id) return `${jobLine({ what: before.what })} ${ENDS[before.ended] ?? "has ended"}`;
  return "";
}

export class JobBar {
  /**
   * @param {Workspace} workspace
   * @param {(job: number) => void} cancel
   */
  constructor(workspace, cancel) {
    this.workspace = workspace;
    this.job = null;
    this.root = element("div", "em-job");
    this.root.setAttribute("role", "group");
    this.root.setAttribute("aria-label", "Work in progress");
    this.line = element("div", "em-job-line");
    this.meter = element("progress", "em-job-meter");
    this.meter.max = 1;
    this.stop = element("button", "em-button", "Cancel");
    this.stop.type = "button";
    this.stop.addEventListener("click", () => this.cancelled(cancel));
    this.root.append(this.line, this.meter, this.stop);
    this.off = workspace.on("data:job", () => this.show(workspace.get("job")));
    this.show(workspace.get("job"));
  }

  show(job) {
    const words = announced(this.job, job);
    if (words) this.workspace.say(words);
    const isOther = this.job?.id !== job?.id;
    this.job = job?.id ? job : null;
    this.root.hidden = !this.job;
    if (!this.job) return;
    if (isOther) this.stop.textContent = "Cancel";
    this.stop.hidden = job.can_cancel === false;
    this.line.textContent = jobLine(job);
    this.meter.value = job.share ?? 0;
    this.meter.setAttribute("aria-label", jobLine({ what: job.what, stage: "" }));
  }

  /** It takes a moment until a job heeds it. */
  cancelled(cancel) {
    if (!this.job) return;
    cancel(this.job.id);
    this.stop.textContent = "Cancelling …";
    this.workspace.say("Cancelling");
  }

  dispose() {
    this.off();
  }
}
