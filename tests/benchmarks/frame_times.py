"""How smoothly a page is drawn while something is done: time between frames, and time of script in each."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from playwright.sync_api import Browser, Page

#: a frame that took longer was missed by the eye, in milliseconds
SLOW_MS = 34
#: what runs script, in Chromium's traces
_SCRIPT = {"FunctionCall", "EvaluateScript", "FireAnimationFrame", "EventDispatch", "TimerFire"}
_RECORD = """() => {
  globalThis.emFrames_ms = [];
  const record = (now_ms) => {
    if (globalThis.emFrames_ms) {
      globalThis.emFrames_ms.push(now_ms);
      requestAnimationFrame(record);
    }
  };
  requestAnimationFrame(record);
}"""
_RECORDED = "() => { const found = globalThis.emFrames_ms; globalThis.emFrames_ms = null; return found; }"


@dataclass(frozen=True)
class FrameTimes:
    """Milliseconds, and a share."""

    frames: int
    frame_p50_ms: float
    frame_p95_ms: float
    frame_worst_ms: float
    #: of frames that took longer than SLOW_MS
    slow_share: float
    script_p95_ms: float


def frame_times(page: Page, browser: Browser, act: Callable[[], None]) -> FrameTimes:
    """Do something twice: once to see how frames follow each other, once, traced, for the script in them."""
    page.evaluate(_RECORD)
    act()
    apart_ms = np.diff(page.evaluate(_RECORDED))
    browser.start_tracing(page=page, categories=["devtools.timeline"])
    page.evaluate(_RECORD)  # so that every frame has a beginning
    act()
    page.evaluate(_RECORDED)
    script_ms = script_in_frames_ms(browser.stop_tracing())
    p50, p95 = np.percentile(apart_ms, [50, 95])
    return FrameTimes(
        len(apart_ms),
        float(p50),
        float(p95),
        float(apart_ms.max()),
        float((apart_ms > SLOW_MS).mean()),
        float(np.percentile(script_ms, 95)),
    )


def script_in_frames_ms(trace: bytes) -> list[float]:
    """Milliseconds of script in each frame of the page's main thread, by a trace of Chromium."""
    events = json.loads(trace)["traceEvents"]
    frames = [event for event in events if event["name"] == "FireAnimationFrame" and event.get("ph") == "X"]
    threads = [(event["pid"], event["tid"]) for event in frames]
    main = max(set(threads), key=threads.count)
    ours = [
        event for event in events if (event.get("pid"), event.get("tid")) == main and event.get("ph") == "X"
    ]
    begins = sorted({event["ts"] for event in ours if event["name"] == "FireAnimationFrame"})
    edges = [begins[0], *(later for earlier, later in pairwise(begins) if later - earlier > 4000)]
    total_ms = np.zeros(len(edges) + 1)
    until = 0.0
    for event in sorted(ours, key=lambda one: (one["ts"], -one.get("dur", 0))):
        if event["name"] not in _SCRIPT or event["ts"] < until:
            continue
        until = event["ts"] + event.get("dur", 0)
        total_ms[int(np.searchsorted(edges, event["ts"], side="right"))] += event.get("dur", 0) / 1000
    return [float(one) for one in total_ms[1:]]
