/** The tools in the head of the emotion lane. */

import { LINES } from "./curve.js";
import { element, toolButton } from "./lane.js";

/** Signs of 16 × 16, drawn here: fonts differ in what they have. */
const SIGNS = {
  pointer: "M4 2 L12 9 L8.5 9.5 L10.5 13.5 L8.8 14.3 L6.8 10.3 L4 12.5 Z",
  pencil: "M3 13 L4 9.5 L11 2.5 L13.5 5 L6.5 12 Z M9.5 4 L12 6.5",
  raise: "M8 13 V3 M4 7 L8 3 L12 7",
  lower: "M8 3 V13 M4 9 L8 13 L12 9",
  flatten: "M2 8 H14 M2 4 L5 6 M14 12 L11 10",
  smooth: "M1 10 C4 2 6 2 8 8 S12 14 15 6",
  restore: "M4 3 V7 H8 M4 7 A5 5 0 1 1 4.5 11",
};
const CHOICES = [
  ["V", "Valence (1)", ["valence"]],
  ["A", "Arousal (2)", ["arousal"]],
  ["V+A", "Both (3)", LINES],
];
const TOOLS = [
  ["pointer", "Pointer: drag points (V)"],
  ["pencil", "Pencil: draw freehand (P)"],
];
const CHANGES = [
  ["raise", "Raise the stretch or the point (↑)"],
  ["lower", "Lower the stretch or the point (↓)"],
  ["flatten", "Flatten the stretch (F)"],
  ["smooth", "Smooth the stretch (X)"],
  ["restore", "Restore what the analysis said (R)"],
];
const EXPERTS = "Show what each expert said";
const FORGOTTEN = "What each expert said is not kept on this machine: analyse again to see it";
const SVG = "http://www.w3.org/2000/svg";

/**
 * @param {object} lane has tool, editing, and what the buttons do: choose, use, command, toggleExperts
 * @returns {{root: HTMLElement, refresh: () => void}}
 */
export function emotionTools(lane) {
  const root = element("div", "em-emotion-tools");
  const choices = CHOICES.map(([sign, label, lines]) => {
    return { lines, button: toolButton(sign, label, () => lane.choose(lines)) };
  });
  const tools = TOOLS.map(([tool, label]) => {
    return { tool, button: signButton(tool, label, () => lane.use(tool)) };
  });
  const changes = CHANGES.map(([name, label]) => signButton(name, label, () => lane.command(name)));
  const experts = toolButton("experts", EXPERTS, () => lane.toggleExperts());
  root.append(
    rowOf("Lines and tools", [...choices, ...tools].map(({ button }) => button)),
    rowOf("Change the stretch", changes),
    rowOf("More", [experts]),
  );
  const refresh = () => {
    choices.forEach(({ lines, button }) => press(button, lines.join() === lane.editing.lines.join()));
    tools.forEach(({ tool, button }) => press(button, tool === lane.tool));
    const { workspace } = lane;
    const editing = [...tools.map(({ button }) => button), ...changes];
    editing.forEach((button) => (button.disabled = !workspace.canEdit));
    refreshExperts(experts, workspace.get("experts"), Boolean(workspace.get("experts_shown")));
  };
  return { root, refresh };
}

/**
 * Hidden where there is nothing to ask for; where it is not known what was said, the button says so.
 * @param {object[]|null|undefined} said a row for each expert; none where it was forgotten
 */
export function refreshExperts(button, said, isShown) {
  const label = said?.length === 0 ? FORGOTTEN : EXPERTS;
  button.hidden = !said;
  button.disabled = !said?.length;
  button.title = label;
  button.setAttribute("aria-label", label);
  press(button, isShown && !button.disabled);
}

function rowOf(label, buttons) {
  const row = element("div", "em-emotion-row");
  row.setAttribute("role", "group");
  row.setAttribute("aria-label", label);
  row.append(...buttons);
  return row;
}

function press(button, isPressed) {
  button.setAttribute("aria-pressed", String(isPressed));
}

function signButton(name, label, pressed) {
  const button = toolButton("", label, pressed);
  const svg = document.createElementNS(SVG, "svg");
  const path = document.createElementNS(SVG, "path");
  svg.setAttribute("viewBox", "0 0 16 16");
  svg.setAttribute("aria-hidden", "true");
  path.setAttribute("d", SIGNS[name]);
  svg.append(path);
  button.append(svg);
  return button;
}
