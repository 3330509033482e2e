/**
 * An ear behind the desk's running graph, and an eye on its film, neither of which asks the desk's clock: samples come
 * with the frame of the sound at which they were put out, frames of film with the number that is painted into them.
 */

/** What runs beside the page: samples of both sides together, with the frame of the context that they begin at. */
const EAR = `
  registerProcessor("em-ear", class extends AudioWorkletProcessor {
    process([sides]) {
      const samples = new Float32Array(128);
      for (const side of sides) side.forEach((sample, at) => (samples[at] += sample));
      this.port.postMessage({ frame: currentFrame, samples });
      return true;
    }
  });
`;

/** How often the clock of the hardware is read, in milliseconds. */
const CLOCK_MS = 50;

/**
 * Begin to listen; the desk must have played before.
 * @param {HTMLElement} root of the desk
 * @param {{x: number, y: number, side: number, bits: number}} number where frames carry theirs, in pixels of the film
 */
async function listen(root, number) {
  const { context, stems, video } = root.emDesk.player;
  const code = new Blob([EAR], { type: "text/javascript" });
  await context.audioWorklet.addModule(URL.createObjectURL(code)).catch(() => {}); // it may be there already
  const node = new AudioWorkletNode(context, "em-ear");
  const ear = { node, source: stems.graph.after, blocks: [], clicks_s: [], clocks: [], frames: [] };
  root.emEar = ear;
  node.port.onmessage = ({ data }) => ear.blocks.push(data);
  ear.source.connect(node);
  node.connect(context.destination); // it is silent, and hears nothing where it leads nowhere
  ear.clicked = () => ear.clicks_s.push(context.currentTime);
  root.addEventListener("click", ear.clicked, true);
  root.addEventListener("input", ear.clicked, true);
  ear.timer = setInterval(() => ear.clocks.push(clock(context)), CLOCK_MS);
  watch(ear, video, number);
}

/** Which second of the context is heard now: [performance.now(), seconds]. */
function clock(context) {
  const { contextTime, performanceTime } = context.getOutputTimestamp();
  const now_ms = performance.now();
  const told_s = contextTime + (now_ms - performanceTime) / 1000;
  const estimated_s = context.currentTime - (context.outputLatency || context.baseLatency);
  return [now_ms, contextTime > 0 && Math.abs(told_s - estimated_s) < 0.5 ? told_s : estimated_s];
}

/** Note of each frame when it is on the screen, its time, and the number that it carries. */
function watch(ear, video, { x, y, side, bits }) {
  const picture = new OffscreenCanvas(1, bits).getContext("2d", { willReadFrequently: true });
  const seen = (_, { expectedDisplayTime, mediaTime }) => {
    if (ear.isOver) return;
    picture.drawImage(video, x + side / 3, y, side / 3, side * bits, 0, 0, 1, bits);
    const { data } = picture.getImageData(0, 0, 1, bits);
    const shown = [...Array(bits).keys()].reduce((sum, bit) => sum + (data[4 * bit] > 127 ? 2 ** bit : 0), 0);
    ear.frames.push([expectedDisplayTime, mediaTime, shown]);
    video.requestVideoFrameCallback(seen);
  };
  video.requestVideoFrameCallback(seen);
}

/** Bytes of 32-bit floats, as a data URL. */
function packed(arrays) {
  return new Promise((resolve) => {
    const reader = new FileReader();
    reader.onload = () => resolve(reader.result.split(",")[1] ?? "");
    reader.readAsDataURL(new Blob(arrays));
  });
}

/** All samples since some second of the context, and which frame each 128 of them begin at: some may be missing. */
async function heard(root, since_s) {
  const { blocks, node } = root.emEar;
  const first = since_s * node.context.sampleRate;
  const wanted = blocks.filter(({ frame }) => frame >= first);
  const samples = await packed(wanted.map((block) => block.samples));
  return { frames: wanted.map(({ frame }) => frame), samples };
}

/** The music that the desk would play between two times, both sides together. */
async function rendered(root, start_s, end_s) {
  const buffer = await root.emDesk.player.rendered(start_s, end_s);
  const right = buffer.getChannelData(1);
  return packed([buffer.getChannelData(0).map((sample, at) => sample + right[at])]);
}

function endListening(root) {
  const ear = root.emEar;
  ear.isOver = true;
  clearInterval(ear.timer);
  root.removeEventListener("click", ear.clicked, true);
  root.removeEventListener("input", ear.clicked, true);
  ear.source.disconnect(ear.node);
  ear.node.disconnect();
}

globalThis.emListening = { listen, heard, rendered, endListening };
