/** The film's picture, and what can be done where there is none. */

import { element } from "./lane.js";

/** What MediaError.code says, in words. */
const FAULTS = {
  1: "loading it was ended",
  2: "it could not be loaded; is the server still there?",
  3: "this browser cannot decode it",
  4: "this browser cannot play this kind of film, or the server does not hand it out",
};
/** Faults that a copy in another format would mend. */
const OF_FORMAT = new Set([3, 4]);
const PROXY = { label: "Make a copy that this browser plays", request: { do: "proxy" } };

export class FilmView {
  /**
   * @param {Workspace} workspace with film
   * @param {object} [options]
   * @param {(request: object) => Promise<void>} [options.start] begins what a remedy asks for
   */
  constructor(workspace, { start = (request) => workspace.act(request) } = {}) {
    this.workspace = workspace;
    this.start = start;
    this.url = null;
    this.build();
    this.hear();
    this.showFilm();
  }

  build() {
    this.root = element("div", "em-film");
    this.video = element("video", "em-picture");
    this.video.preload = "auto";
    this.video.playsInline = true;
    this.video.disablePictureInPicture = true;
    this.video.tabIndex = 0;
    this.fault = element("div", "em-film-fault");
    this.fault.setAttribute("role", "alert");
    this.fault.hidden = true;
    this.root.append(this.video, this.fault);
  }

  hear() {
    const { workspace, video } = this;
    this.off = workspace.on("data:film", () => this.showFilm());
    video.addEventListener("error", () => this.failed(video.error?.code ?? 4));
    video.addEventListener("loadedmetadata", () => this.loaded());
    video.addEventListener("click", () => workspace.look({ playing: !workspace.view.playing }));
  }

  showFilm() {
    const film = this.workspace.get("film");
    this.video.setAttribute("aria-label", film ? `Film ${film.name}` : "Film");
    this.video.style.aspectRatio = film?.width && film.height ? `${film.width} / ${film.height}` : "16 / 9";
    const url = film?.url ? `${baseUrl()}${film.url.replace(/^\//, "")}` : null;
    if (url !== this.url) this.load(url);
  }

  load(url) {
    this.url = url;
    this.fault.hidden = true;
    if (url) this.video.src = url;
    else this.video.removeAttribute("src");
    this.video.load();
  }

  loaded() {
    // sound that plays beside a picture that does not is no film
    if (this.video.videoWidth) this.fault.hidden = true;
    else this.failed(3);
    this.workspace.seek(this.workspace.view.position_s);
  }

  failed(code) {
    if (!this.url) return;
    const film = this.workspace.get("film");
    const remedies = [...(film?.problem?.remedies ?? [])];
    const isOffered = remedies.some(({ request }) => request.do === PROXY.request.do);
    if (OF_FORMAT.has(code) && !isOffered) remedies.push(PROXY);
    const text = `${film?.name ?? "The film"} cannot be shown: ${FAULTS[code]}.`;
    this.fault.replaceChildren(element("p", "", text));
    if (this.workspace.canEdit) this.fault.append(...remedies.map((remedy) => this.button(remedy)));
    this.fault.hidden = false;
  }

  button({ label, request }) {
    const button = element("button", "em-tool", label);
    button.type = "button";
    button.addEventListener("click", () => {
      button.disabled = true;
      const again = () => {
        button.disabled = false;
      };
      // why it is refused was said already
      Promise.resolve(this.start(request)).then(again, again);
    });
    return button;
  }

  dispose() {
    this.off();
    this.video.pause();
    this.video.removeAttribute("src");
    this.video.load();
  }
}

/** Where the server's addresses begin, such as "/" or "/user/ann/". */
export function baseUrl(page = document) {
  const config = page.getElementById("jupyter-config-data")?.textContent;
  const base = (config && JSON.parse(config).baseUrl) || page.body.dataset.baseUrl || "/";
  return base.endsWith("/") ? base : `${base}/`;
}
