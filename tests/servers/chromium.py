"""Debian's Chromium, driven by Playwright: pages are looked at as a person would, offline."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, sync_playwright

PROGRAM = "chromium"


def lacking() -> str | None:
    """What it needs and this machine has not; nothing when it can run."""
    return None if shutil.which(PROGRAM) else "chromium is not installed"


@contextmanager
def browser() -> Iterator[Browser]:
    """Run it without a window; it may reach nothing, for there is no sandbox around it where tests run as root."""
    away = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--host-resolver-rules=MAP * ~NOTFOUND"]
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=shutil.which(PROGRAM), args=away)
        yield started
        started.close()
