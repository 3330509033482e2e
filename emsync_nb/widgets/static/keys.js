/** Which key does what, as data, and the command that a key event means. Pure: nothing is done here. */

/**
 * @typedef {object} Binding group, shown, help, command: string; amount: ?number; keys: string[]
 *   keys: chords such as "Shift+L"; Mod is ctrl, or cmd on a Mac · shown: how people write them
 */

/** The command of keys that are JupyterLab's: nothing is done here. */
const NOTEBOOK = "notebook";

/** @type {Binding[]} */
export const KEYS = [
  bound("Film", "Space", "Play or stop", "play", null, "Space"),
  bound("Film", "←", "One frame back", "frames", -1, "ArrowLeft"),
  bound("Film", "→", "One frame on", "frames", 1, "ArrowRight"),
  bound("Film", "Shift ←", "One second back", "seconds", -1, "Shift+ArrowLeft"),
  bound("Film", "Shift →", "One second on", "seconds", 1, "Shift+ArrowRight"),
  bound("Film", "Home", "To the beginning", "home", null, "Home"),
  bound("Film", "End", "To the end", "end", null, "End"),
  bound("Film", "J", "Play backwards; again: faster", "shuttle", -1, "J"),
  bound("Film", "K", "Stop", "shuttle", 0, "K"),
  bound("Film", "L", "Play; again: faster", "shuttle", 1, "L"),
  bound("Loop", "[", "The loop begins at the playhead", "loopStart", null, "["),
  bound("Loop", "]", "The loop ends at the playhead", "loopEnd", null, "]"),
  bound("Loop", "\\", "No loop", "loopClear", null, "\\"),
  bound("Tracks", "M", "Mute the selected track, or let it sound", "mute", null, "M"),
  bound("Tracks", "S", "Hear the selected track alone, or all", "solo", null, "S"),
  bound("Tracks", "Shift L", "Lock the selected track, or unlock it", "lock", null, "Shift+L"),
  bound("Work", "Ctrl Z", "Undo the last change", "undo", null, "Mod+Z"),
  bound("Work", "Ctrl Shift Z", "Redo what was undone", "redo", null, "Mod+Shift+Z", "Mod+Y"),
  bound("Notebook", "Ctrl S", "Save the notebook; the desk itself is always saved", NOTEBOOK, null, "Mod+S"),
  bound("Notebook", "Ctrl Shift C", "JupyterLab's list of commands", NOTEBOOK, null, "Mod+Shift+C"),
  bound("Notebook", "Ctrl B", "JupyterLab's side bar", NOTEBOOK, null, "Mod+B"),
  bound("View", "+", "Zoom in at the playhead", "zoom", 1.5, "+", "="),
  bound("View", "−", "Zoom out", "zoom", 1 / 1.5, "-"),
  bound("View", "0", "Show the whole film", "fit", null, "0"),
  bound("View", "?", "This table", "help", null, "?"),
  bound("View", "Esc", "Select nothing; close this table", "escape", null, "Escape"),
];

/**
 * What is said beside the table: keys that lanes have of their own, [lane, shown, help].
 * @type {[string, string, string][]}
 */
export const LANE_KEYS = [
  ["In every lane", "Tab", "From lane to lane, and to every button"],
  ["In every lane", "Enter", "Select the thing nearest to the playhead; arrows then move it, Esc lets it go"],
  ["Emotion", "V, P", "Pointer or pencil; 1, 2, 3: valence, arousal or both"],
  ["Emotion", "↑ ↓", "Raise or lower the selected point, else the selected stretch; Delete removes a point"],
  ["Emotion", "E, A", "Mark where a stretch begins and ends; select the whole film"],
  ["Emotion", "F, X, R", "Flatten, smooth, or bring back what the analysis said, in the stretch"],
  ["Boundaries", "A, Delete", "Add one at the playhead; remove the selected one"],
  ["Boundaries", "← → ↑ ↓", "Move the selected one by a frame (with Shift: ten); weigh it; Shift L locks it"],
  ["Cues", "I, O, X", "In or out at the playhead; split there"],
  ["Cues", "Delete", "Remove the selected cue"],
  ["Piano roll", "↑ ↓ Enter", "From track to track; open or close one"],
  ["Piano roll", "N ← →", "Select the note at the playhead; the one before or behind, with Shift besides"],
  ["Piano roll", "Shift L", "Lock the selected notes, else the selected bars, else the track; or unlock them"],
];

/**
 * What hands do with a mouse, [shown, help]: words of gestures begin it or end it, the rest are keys.
 * @type {[string, string][]}
 */
export const MOUSE = [
  ["Click", "Ruler, film strip: go there; elsewhere: select the thing under the pointer"],
  ["Drag", "Ruler: go along the film; in its lower half: a loop"],
  ["Drag", "Move a point, a boundary, a cue or one of its edges; where there is silence: a new cue"],
  ["Shift drag", "Select a stretch, in the ruler, the film strip or any lane; in the piano roll, whole bars"],
  ["Alt drag", "The same as a drag, but nothing snaps: not to beats, cuts or the playhead"],
  ["Double-click", "Add a point to the emotion, or a boundary; in the piano roll: go there"],
  ["Shift click", "Piano roll: one note of the track more"],
  ["Ctrl drag", "Piano roll: select all notes that the rectangle touches"],
  ["Ctrl wheel", "Zoom at the pointer"],
  ["Shift wheel", "Scroll in time; so does the wheel sideways"],
];

function bound(group, shown, help, command, amount, ...keys) {
  return { group, shown, help, command, amount, keys };
}

const COMMANDS = new Map(KEYS.flatMap((binding) => binding.keys.map((chord) => [chord, binding])));

/** The chord of a key event, such as "Mod+Shift+Z"; signs such as "[" count however a keyboard makes them. */
export function chordOf(event) {
  const key = event.key === " " ? "Space" : event.key;
  if (isSign(key)) return event.metaKey || (event.ctrlKey && !isAltGraph(event)) ? `Mod+${key}` : key;
  const name = key.length === 1 ? key.toUpperCase() : key;
  const held = [
    [event.ctrlKey || event.metaKey, "Mod"],
    [event.altKey, "Alt"],
    [event.shiftKey, "Shift"],
  ];
  return [...held.filter(([isHeld]) => isHeld).map(([, word]) => word), name].join("+");
}

/** Neither a letter nor a key with a name: shift, AltGr or option may be what it takes to write it. */
function isSign(key) {
  return key.length === 1 && key.toLowerCase() === key.toUpperCase();
}

function isAltGraph(event) {
  return event.getModifierState?.("AltGraph") || (event.ctrlKey && event.altKey);
}

/**
 * What a key event asks for, or null: nothing, or it is for the field or button that has focus.
 * @param {KeyboardEvent} event
 * @returns {?Binding}
 */
export function commandOf(event) {
  if (event.defaultPrevented || event.isComposing) return null;
  const chord = chordOf(event);
  if (isOfNotebook(event) || isOfField(event.target ?? {}, chord)) return null;
  return COMMANDS.get(chord) ?? null;
}

/** Whether a key is JupyterLab's, wherever in a widget it is pressed: no field has a use for it. */
export function isOfNotebook(event) {
  return !event.isComposing && COMMANDS.get(chordOf(event))?.command === NOTEBOOK;
}

const TYPED = new Set(["text", "search", "number", "email", "url", "password", "time", "date"]);
const PRESSED = new Set(["Space", "Enter"]);
const MOVED = new Set(
  ["ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown", "Home", "End", "PageUp", "PageDown"],
);

/** Whether a key belongs to what has focus: all to text fields and lists, few to buttons and sliders. */
export function isOfField({ tagName = "", type = "", isContentEditable = false }, chord) {
  const tag = tagName.toUpperCase();
  if (isContentEditable || tag === "TEXTAREA" || tag === "SELECT") return true;
  if (tag === "INPUT" && TYPED.has(type || "text")) return true;
  if (tag === "INPUT" && type === "range") return MOVED.has(chord);
  if (tag === "INPUT" && type === "radio") return MOVED.has(chord) || PRESSED.has(chord);
  return ["BUTTON", "SUMMARY", "A", "INPUT"].includes(tag) && PRESSED.has(chord);
}
