"""What is written about the product is true of it: settings, commands, containers, commits."""

import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from tools import stack

ROOT = Path(__file__).resolve().parents[2]
SETTINGS = (ROOT / "timechimp_afas" / "settings.py").read_text()
README = (ROOT / "README.md").read_text()
MAKEFILE = (ROOT / "Makefile").read_text()
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
VARIABLES = set(re.findall(r"env\.\w+\(\s*\"([A-Z_]+)\"", SETTINGS))
SUBJECT = re.compile(r"[a-z][a-z0-9 _-]*: [A-Z].*\.")


def test_every_environment_variable_is_explained_in_the_readme() -> None:
    explained = set(re.findall(r"`([A-Z_]+)`", README.partition("## Settings")[2]))
    assert len(VARIABLES) > 15
    assert explained >= VARIABLES


def test_the_readme_explains_no_variable_that_is_not_there() -> None:
    rows = re.findall(r"^\| (`[^|]+`) \|", README, re.MULTILINE)
    named = {name for row in rows for name in re.findall(r"`([A-Z_]+)`", row)}
    assert named == VARIABLES


def test_every_make_target_that_is_named_somewhere_exists() -> None:
    targets = set(re.findall(r"^([a-z-]+):", MAKEFILE, re.MULTILINE))
    texts = [README, (ROOT / "CONTRIBUTING.md").read_text(), (ROOT / ".ci" / "run").read_text()]
    named = set(re.findall(r"(?:`|^)make ([a-z-]+)", "\n".join(texts), re.MULTILINE))
    assert {"run", "test"} <= named <= targets


def test_the_pictures_of_the_readme_are_there_small_and_told_in_words() -> None:
    shown = re.findall(r"!\[([^\]]*)\]\(([^)]+)\)", README)
    assert {path for _words, path in shown} == {
        f"docs/pictures/{path.name}" for path in (ROOT / "docs" / "pictures").iterdir()
    }
    assert 5 <= len(shown) <= 7
    for words, path in shown:
        assert len(words.split()) > 5, path
        assert (ROOT / path).stat().st_size < 200_000, path


def test_the_containers_only_set_what_the_settings_read() -> None:
    services = COMPOSE["services"]
    assert set(COMPOSE["x-app"]["environment"]) <= VARIABLES
    assert {"web", "worker", "beat", "postgres", "redis", "sandbox", "mail"} <= set(services)


def test_the_containers_run_what_make_run_runs() -> None:
    place = stack.Place(Path("/app/var"), 8000, 8010)
    here = {step.name: step.command for step in stack.processes(place, {"REDIS_URL": "redis://x"})}
    for name in ("web", "worker", "beat", "sandbox"):
        there = COMPOSE["services"][name]["command"].split()
        program = next(word for word in there if word not in {"python", "-m"})
        assert program in here[name]
        assert {"-Q", "documents,imports"} <= set(there) or name != "worker"


def test_no_file_names_the_address_of_a_package_index() -> None:
    files = [*(ROOT / "requirements").iterdir(), ROOT / "Makefile", ROOT / "Dockerfile"]
    for path in files:
        text = path.read_text()
        assert "://" not in text.replace("http://127.0.0.1", "").replace("redis://127", "").replace(
            "postgres://postgres@127", ""
        ), path


@pytest.mark.skipif(not shutil.which("git") or not (ROOT / ".git").exists(), reason="no history")
def test_commit_subjects_name_an_area_and_are_a_sentence() -> None:
    done = subprocess.run(
        ["git", "log", "-10", "--no-merges", "--format=%s"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    subjects = done.stdout.splitlines()
    bad = [one for one in subjects if len(one) > 72 or not SUBJECT.fullmatch(one)]
    assert subjects
    assert not bad
