import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import test from "node:test";

import { STAGES, announced, jobLine, timeLeft } from "../../../emsync_nb/widgets/static/job_bar.js";

test("time left is said as people say it", () => {
  const said = {
    0: "a few seconds left", 4.9: "a few seconds left", 5: "about 5 seconds left", 17: "about 15 seconds left",
    54: "about 55 seconds left", 55: "about a minute left", 89: "about a minute left", 91: "about 2 minutes left",
    600: "about 10 minutes left", 3600: "about 1 h left", 4800: "about 1 h 20 min left",
  };
  for (const [left_s, words] of Object.entries(said)) assert.equal(timeLeft(Number(left_s)), words, left_s);
  for (const nobodyKnows of [null, undefined, NaN, Infinity]) assert.equal(timeLeft(nobodyKnows), "");
});

test("a job is told in a line", () => {
  const job = { id: 1, what: "composing", stage: "generation", share: 0.404, left_s: 21 };
  assert.equal(jobLine(job), "Composing: writing notes, 40 %, about 20 seconds left");
  assert.equal(jobLine({ ...job, left_s: null }), "Composing: writing notes, 40 %");
  assert.equal(jobLine({ id: 1, what: "the analysis", stage: "", share: 0, left_s: null }), "The analysis");
  const begun = { id: 1, what: "composing", stage: "model", share: 0, left_s: null };
  assert.equal(jobLine(begun), "Composing: loading the composer");
  const copying = { id: 1, what: "a copy", stage: "copying the film", share: 0.5, left_s: null };
  assert.equal(jobLine(copying), "A copy: copying the film, 50 %");
});

test("every stage of the pipeline has words that people use", () => {
  const folder = new URL("../../../emsync_nb/pipeline/", import.meta.url);
  const sources = readdirSync(folder).filter((name) => name.endsWith(".py"));
  const found = sources.flatMap((name) => {
    const source = readFileSync(new URL(name, folder), "utf8");
    return [...source.matchAll(/watch\.stage\("(\w+)"\)/g)].map((one) => one[1]);
  });
  assert.deepEqual([...new Set(found)].sort(), Object.keys(STAGES).sort());
});

test("its beginning and its end are announced, what lies between is not", () => {
  const job = { id: 1, what: "composing", stage: "", share: 0 };
  assert.equal(announced({}, job), "Composing begins");
  assert.equal(announced(job, { ...job, share: 0.5 }), "");
  assert.equal(announced(job, {}), "Composing has ended");
  assert.equal(announced({ ...job, ended: "stopped" }, {}), "Composing was stopped");
  assert.equal(announced({ ...job, ended: "failed" }, {}), "Composing failed");
  assert.equal(announced(job, { ...job, ended: "failed" }), "");
  assert.equal(announced({}, {}), "");
  assert.equal(announced(null, undefined), "");
  assert.equal(announced(job, { ...job, id: 2 }), "Composing begins");
});
