"""A program with a key: `program(membership)` calls the API as that person's program."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client

from accounts.models import Company, Membership, Role, Scope
from accounts.services.api_keys import KeyData, api_key_make
from tests.api.operations import written
from tests.doors.houses import House, furnish
from tests.factories import MembershipFactory
from tests.invoicing.own import Studio


class Program:
    """Calls the API with a key; every answer is a Django response, with `.json()`."""

    def __init__(self, membership: Membership, *scopes: str) -> None:
        wanted = scopes or Scope.values
        made = api_key_make(membership=membership, data=KeyData(name="program", scopes=wanted))
        self.membership, self.key, self.secret = membership, made.key, made.secret
        self.client = Client()

    def call(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        """Send a request; the headers as HTTP names them, with underscores: `If_Match="…"`."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        named.setdefault("Authorization", f"Bearer {self.secret}")
        data, kind = written(body)
        return self.client.generic(
            method, f"/api/v1/{path}", data, content_type=kind, headers=named
        )

    def get(self, path: str, **headers: str) -> Any:
        """Read."""
        return self.call("GET", path, **headers)

    def post(self, path: str, body: Any = None, **headers: str) -> Any:
        """Make, or do."""
        return self.call("POST", path, body, **headers)

    def patch(self, path: str, body: Any = None, **headers: str) -> Any:
        """Change."""
        return self.call("PATCH", path, body, **headers)

    def delete(self, path: str, **headers: str) -> Any:
        """Take away."""
        return self.call("DELETE", path, **headers)


@pytest.fixture(autouse=True)
def _a_minute_of_its_own() -> None:
    """No test counts the requests of another."""
    cache.clear()


@pytest.fixture
def ours(db: None, settings: Any) -> House:
    """A company with something of everything. Nobody answers at AFAS, and nobody asks too often."""
    settings.AFAS_URL_TEMPLATE = "http://127.0.0.1:9/{participant}{environment}"
    settings.API_REQUESTS_PER_MINUTE = 1_000_000
    return furnish("Ours")


@pytest.fixture
def theirs(ours: House) -> House:
    """A stranger's, in which the stranger may do everything."""
    return furnish("Theirs")


@pytest.fixture
def owner(company: Company) -> Membership:
    """Somebody with every right."""
    return MembershipFactory(company=company, role=Role.OWNER, user__language="en")


@pytest.fixture
def program(owner: Membership) -> Callable[..., Program]:
    """`program()` acts for the owner with every scope; or name the person, and the scopes."""

    def make(membership: Membership | None = None, *scopes: str) -> Program:
        return Program(membership or owner, *scopes)

    return make


@pytest.fixture
def studio(db: None) -> Studio:
    """A company and a customer that lack nothing for invoices of our own."""
    return Studio.ready()


@pytest.fixture
def desk(studio: Studio, program: Callable[..., Program]) -> Program:
    """The program of the owner of the studio."""
    return program(Membership.objects.get(user=studio.by))


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """How many requests were answered, and how."""
    answers: Counter[str] = Counter()
    operations = 0
    for report in terminalreporter.stats.get("passed", []):
        for name, some in report.user_properties:
            if name == "answers":
                answers.update(some)
                operations += 1
    if operations:
        told = ", ".join(f"{count} × {status}" for status, count in sorted(answers.items()))
        total = sum(answers.values())
        terminalreporter.write_line(f"{operations} operations, {total} requests: {told}")
