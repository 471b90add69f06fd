"""Looks the pinned requirements up among the known vulnerabilities; skips visibly when offline."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent


def main() -> int:
    """Returns 0 when nothing is known against them or nobody could be asked, else 1."""
    files = ("--disable-pip", "-r", str(ROOT / "requirements" / "dev.txt"))
    command = (sys.executable, "-m", "pip_audit", "--format", "json", "--progress-spinner", "off")
    done = subprocess.run((*command, *files), capture_output=True, text=True, check=False)
    try:
        packages = json.loads(done.stdout)["dependencies"]
    except ValueError:
        sys.stdout.write("SKIPPED pip-audit: its source cannot be reached from here.\n")
        return 0
    return report(packages)


def report(packages: list[dict[str, Any]]) -> int:
    """Say what is known and what could not be looked up. Returns 1 for a known hole."""
    unknown = [one for one in packages if one.get("skip_reason")]
    holes = [(one["name"], hole["id"]) for one in packages for hole in one.get("vulns", ())]
    for name, hole in holes:
        sys.stdout.write(f"{name} has a known hole: {hole}\n")
    sys.stdout.write(f"pip-audit: {len(packages) - len(unknown)} packages looked up.\n")
    if unknown:
        sys.stdout.write(f"SKIPPED {len(unknown)} packages that its source does not know here.\n")
    return 1 if holes else 0


if __name__ == "__main__":
    sys.exit(main())
