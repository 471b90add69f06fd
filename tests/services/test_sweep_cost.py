"""The sweep asks each minute, among a million documents that are over: only by indexes."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from typing import Any

import pytest
from django.db import connection as database
from django.db import transaction

from integrations.services import rhythm, sweeping
from tests.services.test_settling_races import confirmed, make, unknown

DOCUMENTS = "integrations_afasdocument"
ASKED_FOR_ALL = {"documents_by_state", "documents_newest_first"}  # of a company, not of the sweep


@contextmanager
def plans() -> Iterator[list[str]]:
    """How PostgreSQL carries out each question to the documents, if it may avoid a full scan."""
    found: list[str] = []

    def explain(
        execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any
    ) -> Any:
        if DOCUMENTS in sql and re.match(r"SELECT|UPDATE", sql):
            with context["cursor"].db.cursor() as cursor:
                cursor.cursor.execute(f"EXPLAIN {sql}", params)
                found.append("\n".join(row[0] for row in cursor.cursor.fetchall()))
        return execute(sql, params, many, context)

    with database.execute_wrapper(explain):
        yield found


@pytest.mark.parametrize("step", sweeping.STEPS, ids=lambda step: step.__name__)
def test_no_step_reads_all_documents(
    step: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    minutes = count(step=60.0)
    monkeypatch.setattr(rhythm, "monotonic", lambda: next(minutes))
    rhythm.tick()
    confirmed("70001")
    unknown()
    make()
    with transaction.atomic():
        with database.cursor() as cursor:
            cursor.execute("SET LOCAL enable_seqscan = off")
        with plans() as found:
            step()
    for plan in found:
        assert f"Seq Scan on {DOCUMENTS}" not in plan, plan
        used = set(re.findall(r"(?:using|on) (\w+)", plan))
        assert not used & ASKED_FOR_ALL, plan
