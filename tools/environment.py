"""Makes the virtual environment and keeps it equal to the pinned requirements.

`python3 tools/environment.py base` installs what running needs, `dev` what tests and checks need on
top. Nothing happens while the requirement files are those of the last installation. This file must
also be readable by an old Python, so that it can say in one sentence that it is too old.
"""

import hashlib
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
STAMP = VENV / "installed"
LOG = ROOT / "var" / "install.log"
OLDEST = (3, 11)
FILES = {"base": ("base.txt",), "dev": ("base.txt", "dev.txt")}


def main(kind: str) -> None:
    """Bring the environment up to `kind`: "base" or "dev". Ends with a sentence when it cannot."""
    _refuse_old_python()
    if not _venv_works():
        _make_venv()
    done = STAMP.read_text().split() if STAMP.exists() else []
    if _hash_of(kind) not in done:
        _install(kind)


def _refuse_old_python() -> None:
    if sys.version_info < OLDEST:
        found = ".".join(str(part) for part in sys.version_info[:2])
        sys.exit(
            f"Python 3.11 or newer is needed, and this is {found}: install a newer one, "
            "or name the one you have, for example: make run PYTHON=python3.12"
        )


def _venv_works() -> bool:
    question = f"import sys, pip; sys.exit(sys.version_info < {OLDEST})"
    try:
        answer = subprocess.run([str(PYTHON), "-c", question], capture_output=True, check=False)
    except OSError:
        return False
    return answer.returncode == 0


def _make_venv() -> None:
    _say("Making the virtual environment .venv")
    if _logged(sys.executable, "-m", "venv", "--clear", str(VENV)):
        sys.exit(
            f"The virtual environment could not be made: {_last_words()} "
            "On Debian and Ubuntu, apt install python3-venv brings what is missing."
        )


def _install(kind: str) -> None:
    _say(f"Installing the {kind} requirements; the first time this takes a minute or two")
    STAMP.unlink(missing_ok=True)
    pip = (str(PYTHON), "-m", "pip", "install", "--disable-pip-version-check", "--quiet")
    wanted = ROOT / "requirements" / FILES[kind][-1]
    if _logged(*pip, "--require-hashes", "-r", str(wanted)):
        sys.exit(
            f"The requirements could not be installed: {_last_words()} "
            "Is a package index within reach? Everything pip said is in var/install.log."
        )
    kinds = ("base", "dev") if kind == "dev" else ("base",)
    STAMP.write_text("\n".join(_hash_of(one) for one in kinds))


def _hash_of(kind: str) -> str:
    contents = [(ROOT / "requirements" / name).read_bytes() for name in FILES[kind]]
    return hashlib.sha256(b"".join(contents)).hexdigest()


def _logged(*command: str) -> int:
    """Run `command` with everything it says in the log; returns its exit code."""
    LOG.parent.mkdir(exist_ok=True)
    with LOG.open("w") as log:
        return subprocess.run(
            command, cwd=str(ROOT), stdout=log, stderr=subprocess.STDOUT, check=False
        ).returncode


def _last_words() -> str:
    lines = [line.strip() for line in LOG.read_text(errors="replace").splitlines()]
    told = [line for line in lines if line.startswith("ERROR:")] or list(filter(None, lines))
    return (told or ["it did not say why."])[0].removeprefix("ERROR: ").rstrip(".") + "."


def _say(text: str) -> None:
    sys.stdout.write(f"{text} …\n")
    sys.stdout.flush()


if __name__ == "__main__":
    try:
        main(sys.argv[1] if len(sys.argv) > 1 else "base")
    except KeyboardInterrupt:
        sys.exit("Stopped while setting up; the next start goes on from here.")
