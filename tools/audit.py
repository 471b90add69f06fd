"""Looks the pinned requirements up among the known vulnerabilities; skips visibly when offline."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
OFFLINE = ("ConnectionError", "ConnectTimeout", "ServiceError", "Max retries", "ProxyError")


def main() -> int:
    """Returns 0 when nothing is known against them or nobody could be asked, else 1."""
    files = ("-r", str(ROOT / "requirements" / "dev.txt"))
    command = (sys.executable, "-m", "pip_audit", "--disable-pip", "--progress-spinner", "off")
    done = subprocess.run((*command, *files), capture_output=True, text=True, check=False)
    if done.returncode and any(sign in done.stderr for sign in OFFLINE):
        sys.stdout.write("SKIPPED pip-audit: its source cannot be reached from here.\n")
        return 0
    sys.stdout.write(done.stdout)
    sys.stderr.write(done.stderr)
    return done.returncode


if __name__ == "__main__":
    sys.exit(main())
