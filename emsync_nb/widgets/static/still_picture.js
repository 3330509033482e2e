/** The picture that a notebook keeps of a widget, in the output behind it: seen only where the widget itself is not. */

const OUTPUT = ".jp-OutputArea-child, .output_area";
const PICTURE = ".jp-RenderedImage, .output_png";

/**
 * Hide the picture behind a widget, which may come later than the widget.
 * @param {HTMLElement} el where the widget is, in the page
 * @returns {() => void} shows it again
 */
export function hideStill(el) {
  const own = el.closest(OUTPUT);
  if (!own?.parentElement) return () => {};
  let behind = null;
  const hide = () => {
    const next = own.nextElementSibling;
    // an output is filled only after it is there
    if (next && next !== behind) observer.observe(next, { childList: true, subtree: true });
    behind = next;
    if (next?.matches(OUTPUT) && next.querySelector(PICTURE)) next.style.display = "none";
  };
  const observer = new MutationObserver(hide);
  observer.observe(own.parentElement, { childList: true });
  hide();
  return () => {
    observer.disconnect();
    if (behind) behind.style.display = "";
  };
}

/**
 * What is to be done once a widget is in the page: its colours are known only then, and the picture is hidden.
 * @param {HTMLElement} el where the widget will be
 * @returns {() => void} undoes it
 */
export function whenShown(el, workspace) {
  let showStill = () => {};
  const frame = requestAnimationFrame(() => {
    showStill = hideStill(el);
    workspace.theme.forget();
  });
  return () => {
    cancelAnimationFrame(frame);
    showStill();
  };
}
