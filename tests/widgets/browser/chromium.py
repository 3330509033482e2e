"""Chromium without a window, as Debian has it; it finds nothing outside this machine."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, BrowserContext, Playwright, sync_playwright

WIDTH_PX, HEIGHT_PX = 1600, 1400
_FLAGS = (
    "--autoplay-policy=no-user-gesture-required",
    # nothing outside is found, whatever asks for it
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
)


def chromium_path() -> str | None:
    """The browser, if there is one."""
    return shutil.which("chromium") or shutil.which("google-chrome")


@contextmanager
def running_chromium(path: str) -> Iterator[Browser]:
    """A browser until the block ends, and with the first one's Playwright's event loop."""
    flags = [*_FLAGS, *(["--no-sandbox"] if os.geteuid() == 0 else [])]
    with _playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=flags)
        try:
            yield browser
        finally:
            browser.close()


#: the one that runs, if there is one: a thread has one event loop
_running: list[Playwright] = []


@contextmanager
def _playwright() -> Iterator[Playwright]:
    if _running:
        yield _running[0]
        return
    with sync_playwright() as playwright:
        _running.append(playwright)
        try:
            yield playwright
        finally:
            _running.clear()


def new_context(browser: Browser, height_px: int = HEIGHT_PX) -> BrowserContext:
    """Windows that share cookies."""
    return browser.new_context(viewport={"width": WIDTH_PX, "height": height_px}, color_scheme="light")
