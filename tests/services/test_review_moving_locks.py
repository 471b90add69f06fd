"""The link moves while documents are settled, on PostgreSQL: one waits, and nothing deadlocks."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from functools import partial
from typing import Any

import pytest
from django.db import connection as database

from accounts.models import User
from core.errors import StaleError
from integrations.models import AfasConnection, AfasDocument, State
from integrations.services import connecting, documents, following, going_live, undoing
from invoicing.services import claiming
from tests.factories import MembershipFactory
from tests.services.test_settling_races import assert_one_story, confirmed, make, read, unknown

PATIENCE = 30
Work = Callable[[], Any]
Meet = Callable[[Work, Work], None]


@pytest.fixture
def meet(monkeypatch: pytest.MonkeyPatch) -> Meet:
    """`meet(settle, other)`: the other one begins when the entries are about to be released."""
    releases = threading.Event()
    release = claiming.release

    def slow_release(**fields: Any) -> Any:
        releases.set()
        time.sleep(0.7)
        return release(**fields)

    def run(work: Work) -> Any:
        try:
            return work()
        finally:
            database.close()

    def go(settle: Work, other: Work) -> None:
        with ThreadPoolExecutor(2) as pool:
            settled = pool.submit(run, settle)
            assert releases.wait(PATIENCE)
            met = pool.submit(run, other)
            settled.result(PATIENCE)
            met.result(PATIENCE)

    monkeypatch.setattr(claiming, "release", slow_release)
    return go


def somebody(document: AfasDocument) -> User:
    by: User = MembershipFactory(company=document.company).user
    return by


def moving(document: AfasDocument, by: User) -> Work:
    """Other books are chosen, which closes the link of the document."""
    link = document.connection
    return partial(connecting._choose, link, 2, "Other books", by, confirmed=True)


def is_closed(document: AfasDocument) -> bool:
    return AfasConnection.objects.filter(
        pk=document.connection_id, closed_at__isnull=False
    ).exists()


def test_what_is_refused_is_cancelled_while_its_link_is_closed(meet: Meet) -> None:
    document = make()
    AfasDocument.objects.filter(pk=document.pk).update(state=State.REJECTED)
    document, by = read(document), somebody(document)
    meet(partial(documents.cancel, document=document, by=by, reason="x"), moving(document, by))
    assert (read(document).state, is_closed(document)) == (State.CANCELLED, True)
    assert_one_story(document)


def test_what_is_unknown_is_given_up_while_its_link_is_closed(meet: Meet) -> None:
    document = unknown()
    by = somebody(document)
    meet(partial(documents.give_up, document=document, by=by, reason="x"), moving(document, by))
    assert (read(document).state, is_closed(document)) == (State.CANCELLED, True)
    assert_one_story(document)


@pytest.mark.parametrize("way", ["statement", "deletion"])
def test_the_control_row_is_undone_while_its_link_is_closed(meet: Meet, way: str) -> None:
    document = confirmed("70000")
    other = make(connection=document.connection)
    seen = {"order_number": "70001", "seen_at": document.confirmed_at}
    AfasDocument.objects.filter(pk=other.pk).update(state=State.CONFIRMED, **seen)
    links = AfasConnection.objects.filter(pk=document.connection_id)
    links.update(lookup_control="70000")
    document, by = read(document), somebody(document)
    undo: Work = partial(undoing.corrected_there, document=document, reason="x", by=by)
    if way == "deletion":
        deletion = undoing.delete_in_afas(document=document, reason="x", by=by)
        AfasDocument.objects.filter(pk=deletion.pk).update(state=State.CONFIRMED)
        undo = partial(following.follow_up, deletion.pk)
    meet(undo, moving(document, by))
    assert (read(document).state, is_closed(document)) == (State.UNDONE, True)
    assert links.get().lookup_control == "70001"
    assert_one_story(document)


def test_the_end_of_a_trial_and_a_statement_do_not_stand_in_each_other_s_way(meet: Meet) -> None:
    document = confirmed("70000")
    by = somebody(document)
    trial = going_live.Trial(document=read(document), entries=1, net=Decimal(100))

    def late() -> None:
        with pytest.raises(StaleError):
            undoing.corrected_there(document=read(document), reason="y", by=by)

    meet(partial(going_live._release, trial, "x", by), late)
    assert read(document).state == State.UNDONE
    assert_one_story(document)
