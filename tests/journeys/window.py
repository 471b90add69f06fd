"""Chromium of the system, without a head."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright


@contextmanager
def launched(path: Path) -> Iterator[Browser]:
    """The browser at `path`, until the end."""
    flags = ["--no-sandbox"] if os.geteuid() == 0 else []
    with sync_playwright() as playwright:
        one = playwright.chromium.launch(executable_path=str(path), args=flags)
        yield one
        one.close()
