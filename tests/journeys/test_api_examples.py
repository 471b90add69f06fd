"""The examples of docs/api.md, as they stand there, against what `make run` starts."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import requests

from tests.journeys.stack import Stack

GUIDE = (Path(__file__).parents[2] / "docs" / "api.md").read_text()
OWNER, PASSWORD = "owner@eik.example", "eik-demo"
AREAS = ("relations", "registration", "invoicing", "afas", "people")


def examples(language: str) -> list[str]:
    """The blocks of a language, in their order."""
    return re.findall(rf"^```{language}\n(.*?)^```$", GUIDE, re.MULTILINE | re.DOTALL)


def key_of(stack: Stack) -> str:
    """A key that may do everything, made on the page as the guide says."""
    person = requests.Session()
    log_in = f"{stack.url}/accounts/login/"
    person.get(log_in, timeout=30)
    form = {"login": OWNER, "password": PASSWORD, **token_of(person)}
    person.post(log_in, form, timeout=30).raise_for_status()
    page = person.get(f"{stack.url}/settings/api/", timeout=30).text
    company = re.search(r'name="_company" value="(\d+)"', page)
    assert company
    form = {"name": "Guide", "_company": company[1], **dict.fromkeys(AREAS, "write")}
    made = person.post(f"{stack.url}/settings/api/", {**form, **token_of(person)}, timeout=30)
    found = re.search(r"uwk_[0-9a-f]{8}_[\w-]{43}", made.text)
    assert found, made.text
    return found[0]


def token_of(person: requests.Session) -> dict[str, str]:
    return {"csrfmiddlewaretoken": person.cookies["csrftoken"]}


def surroundings(stack: Stack, key: str) -> dict[str, str]:
    """What the guide leaves to its reader: a project of a customer that AFAS knows, a free week."""
    api, headers = f"{stack.url}/api/v1", {"Authorization": f"Bearer {key}"}

    def read(path: str) -> Any:
        return requests.get(f"{api}/{path}", headers=headers, timeout=30).json()["results"]

    known = next(one for one in read("customers/?archived=false") if one["number"])
    (project,) = read(f"projects/?active=true&customer={known['id']}")
    activity = read("activities/?archived=false&limit=1")[0]
    monday = date.today() - timedelta(days=date.today().weekday() + 7)  # noqa: DTZ011
    ids = {"PROJECT": str(project["id"]), "ACTIVITY": str(activity["id"])}
    return {**os.environ, **ids, "API": api, "KEY": key, "DAY": monday.isoformat()}


def test_the_examples_of_the_guide_do_what_it_says(fresh_stack: Stack) -> None:
    here = surroundings(fresh_stack, key_of(fresh_stack))
    shells, programs = examples("sh"), examples("python")
    assert (len(shells), len(programs)) == (4, 1)
    for text in shells:
        done = subprocess.run(
            ["sh", "-euc", text], env=here, capture_output=True, text=True, check=True, timeout=60
        )
        assert "urn:problem" not in done.stdout, done.stdout
        assert done.stdout.startswith("{"), text
    done = subprocess.run(
        [sys.executable, "-c", programs[0]],
        env=here,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "5 hours registered, 0 refused" in done.stdout
    assert re.search(r"^TC\w{10} confirmed order \d+$", done.stdout, re.MULTILINE), done.stdout
