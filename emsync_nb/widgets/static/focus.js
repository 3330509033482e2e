/** Focus that does not get lost: keys would reach nothing once what has it is removed, hidden or disabled. */

/**
 * Move focus on from something that is about to be removed, if it is there.
 * @param {Element} going
 * @param {...?HTMLElement} next where to: the first that takes it
 */
export function leave(going, ...next) {
  if (!going.matches(":focus-within")) return;
  for (const each of next) {
    each?.focus({ preventScroll: true });
    if (each?.matches(":focus")) return;
  }
}

/**
 * Whatever of a widget loses focus by disappearing: its lane gets it then, or the widget itself.
 * @param {HTMLElement} root
 * @returns {() => void} ends it
 */
export function keepFocus(root) {
  let at = null;
  let home = null;
  const isGone = (one) => !root.contains(one) || one.disabled || Boolean(one.closest("[hidden]"));
  const isFree = () => [at, root.ownerDocument.body, null].includes(root.ownerDocument.activeElement);
  const observer = new MutationObserver(() => {
    if (!at || !isGone(at) || !isFree()) return;
    at = null;
    const places = [home, root, ...root.querySelectorAll("canvas")];
    places.find((place) => place && !isGone(place) && place.tabIndex >= 0)?.focus({ preventScroll: true });
  });
  const came = ({ target }) => {
    at = target;
    home = target.closest(".em-lane")?.querySelector("canvas") ?? null;
  };
  // what is removed says that it lost focus just before; only who went elsewhere is let go
  const went = () =>
    queueMicrotask(() => {
      if (at && !isGone(at) && !at.matches(":focus")) at = null;
    });
  root.addEventListener("focusin", came);
  root.addEventListener("focusout", went);
  const states = { attributes: true, attributeFilter: ["hidden", "disabled"] };
  observer.observe(root, { subtree: true, childList: true, ...states });
  return () => observer.disconnect();
}
