"""Sees to it that there is a Chromium for the browser journeys."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

USUAL_PLACE = "/usr/bin/chromium"


def chromium() -> Path | None:
    """Where Chromium is: CHROMIUM, Debian's place, or a usual name on the path."""
    names = (os.environ.get("CHROMIUM", ""), USUAL_PLACE, "chromium", "chromium-browser")
    found = (shutil.which(name) for name in (*names, "google-chrome") if name)
    return next((Path(path) for path in found if path), None)


def main() -> int:
    """Install it where we may; else say what to do. Returns the exit code."""
    if chromium():
        return 0
    if os.geteuid() == 0 and shutil.which("apt-get"):
        sys.stdout.write("Installing Chromium …\n")
        for command in ("apt-get -qq update", "apt-get -qq install -y chromium"):
            subprocess.run(command.split(), check=False, stdout=subprocess.DEVNULL)
    if chromium():
        return 0
    sys.stderr.write(
        "The browser journeys need Chromium: install it (apt install chromium), "
        "or name yours: make browser CHROMIUM=/path/to/chromium\n"
    )
    return 1


if __name__ == "__main__":
    sys.exit(main())
