/** Colours for canvases: read from the style sheet's --em-* properties, again whenever light turns to dark. */

const TRACKS = 8;

export class Theme extends EventTarget {
  /** @param {HTMLElement} root the element that carries the properties */
  constructor(root) {
    super();
    this.root = root;
    this.known = new Map();
    this.forget = () => {
      this.known.clear();
      this.dispatchEvent(new Event("theme"));
    };
    this.watch();
  }

  watch() {
    this.media = window.matchMedia("(prefers-color-scheme: dark)");
    this.media.addEventListener("change", this.forget);
    this.observer = new MutationObserver(this.forget);
    const attributes = { attributes: true, attributeFilter: ["class", "data-jp-theme-light", "data-jp-theme-name", "style"] };
    this.observer.observe(document.body, attributes);
    this.observer.observe(document.documentElement, attributes);
  }

  /** The colour of a name such as "valence" or "hairline". */
  colour(name) {
    if (!this.known.has(name)) {
      const value = getComputedStyle(this.root).getPropertyValue(`--em-${name}`).trim();
      if (!this.root.isConnected) return value || "gray";
      this.known.set(name, value || "gray");
    }
    return this.known.get(name);
  }

  /** The colour of a track, by its number. */
  track(index) {
    return this.colour(`track${index % TRACKS}`);
  }

  dispose() {
    this.media.removeEventListener("change", this.forget);
    this.observer.disconnect();
  }
}
