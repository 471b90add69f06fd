"""The simulation itself: it can be replayed, and it notices."""

from __future__ import annotations

import os
import re
import subprocess
import sys

import pytest

pytestmark = pytest.mark.hostile
SEED = "7"


def play(*asked: str) -> subprocess.CompletedProcess[str]:
    """`python -m tests.hostile`, as `make hostile` starts it."""
    environment = {**os.environ, "PYTHONHASHSEED": "0"}
    command = [sys.executable, "-m", "tests.hostile", *asked]
    return subprocess.run(command, capture_output=True, text=True, env=environment, check=False)


def test_a_seed_plays_the_same_every_time() -> None:
    first, second = play("--seed", SEED), play("--seed", SEED)
    assert (first.returncode, first.stderr) == (0, "")
    assert len(first.stdout.splitlines()) > 5
    assert first.stdout == second.stdout


def test_a_rule_that_is_off_is_missed_and_its_seed_can_be_traced() -> None:
    rule = "the reading before a debtor is created"
    missed = play("--variant", rule)
    found = re.search(r"double: .*\(seed (\d+)\)", missed.stdout)
    assert missed.returncode == 0
    assert found
    traced = play("--variant", rule, "--seed", found[1])
    assert (traced.returncode, "VIOLATION double" in traced.stdout) == (1, True)
