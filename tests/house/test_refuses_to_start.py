"""In production mode the product does not start on a secret that everybody knows."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from cryptography.fernet import Fernet

ROOT = Path(__file__).resolve().parents[2]
OWN = {"SECRET_KEY": "x" * 60, "FIELD_KEYS": Fernet.generate_key().decode()}
KNOWN_FIELD_KEY = "bm90LWEtc2VjcmV0LW9ubHktZm9yLWRldmVsb3BtZW4="
COMMAND = [sys.executable, "-c", "import timechimp_afas.wsgi"]


def start(**given: str) -> subprocess.CompletedProcess[str]:
    kept = {name: value for name, value in os.environ.items() if name in {"PATH", "HOME", "LANG"}}
    return subprocess.run(
        COMMAND, cwd=ROOT, env={**kept, **given}, capture_output=True, text=True, check=False
    )


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"SECRET_KEY": OWN["SECRET_KEY"]},
        {"FIELD_KEYS": OWN["FIELD_KEYS"]},
        {**OWN, "FIELD_KEYS": f"{OWN['FIELD_KEYS']},{KNOWN_FIELD_KEY}"},
        {"DEBUG": "0"},
    ],
    ids=["nothing set", "no field keys", "no secret key", "known key among them", "debug off"],
)
def test_it_does_not_start_on_a_default_secret(given: dict[str, str]) -> None:
    refused = start(**given)
    assert refused.returncode != 0
    assert "SECRET_KEY and FIELD_KEYS must be your own in production." in refused.stderr


def test_it_starts_on_secrets_of_its_own() -> None:
    assert start(**OWN).returncode == 0


def test_it_starts_on_the_defaults_when_debugging() -> None:
    assert start(DEBUG="1").returncode == 0
