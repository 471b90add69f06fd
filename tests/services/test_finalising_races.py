"""Many hands finalise, credit and pay at the same moment, on PostgreSQL: no gap, no double."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection as database
from django.db import transaction

from core.errors import DomainError
from invoicing.models import Claim, Invoice, NumberCounter
from invoicing.services import crediting, editing, finalising, numbering, paying
from invoicing.services.books import books_say
from invoicing.services.bundling import Options
from tests.invoicing import invariants
from tests.invoicing.own import DAY, Studio, fresh, standing, versions_of

HANDS = 8
ROUNDS = 5
Job = Callable[[], Any]


@pytest.fixture(autouse=True)
def _nobody_rings(settings: Any) -> None:
    settings.REDIS_URL = ""


@pytest.fixture
def at_once() -> Iterator[Callable[[Sequence[Job]], list[Any]]]:
    """Eight things at the same moment, each in a thread of its own; a refusal is its sentence."""
    gate = threading.Barrier(HANDS)
    with ThreadPoolExecutor(HANDS) as pool:

        def one(job: Job) -> Any:
            gate.wait(30)
            try:
                return job()
            except DomainError as error:
                return error.message

        def all_of(jobs: Sequence[Job]) -> list[Any]:
            assert len(jobs) == HANDS
            return list(pool.map(one, jobs))

        yield all_of
        all_of([lambda: database.close()] * HANDS)  # noqa: PLW0108 - each thread has its own


def finalising_of(studio: Studio, draft: Invoice) -> Job:
    """Make a draft final as it was seen now."""
    return lambda: finalising.finalise(invoice=draft, version=draft.version, by=studio.by)


def numbers(studio: Studio) -> list[str]:
    """All numbers that were given, in order."""
    rows = Invoice.objects.of(studio.company).exclude(number="")
    return sorted(rows.values_list("number", flat=True))


def test_eight_people_who_finalise_one_draft_get_the_same_invoice(at_once: Any) -> None:
    studio = Studio.ready()
    for count in range(1, ROUNDS + 1):
        draft = fresh(studio.draft([studio.hour()]))
        got = at_once([finalising_of(studio, draft)] * HANDS)
        assert {one.number for one in got} == {f"2026-{count:04d}"}
        invariants.check(studio.company)
    assert NumberCounter.objects.get().last == ROUNDS


def test_eight_drafts_at_once_are_numbered_without_gap_or_double(at_once: Any) -> None:
    studio = Studio.ready()
    for _round in range(ROUNDS):
        drafts = [fresh(studio.draft([studio.hour()])) for _ in range(HANDS)]
        got = at_once([finalising_of(studio, draft) for draft in drafts])
        assert len({one.number for one in got}) == HANDS
    assert numbers(studio) == [f"2026-{count:04d}" for count in range(1, ROUNDS * HANDS + 1)]
    invariants.check(studio.company)


def test_a_series_that_begins_at_this_moment_begins_once(at_once: Any) -> None:
    studio = Studio.ready()

    def give() -> str:
        with transaction.atomic():
            return numbering.give_number(studio.company, "invoice", date(2031, 1, 1))

    assert sorted(at_once([give] * HANDS)) == [f"2031-{count:04d}" for count in range(1, 9)]


def test_what_rolls_back_leaves_no_gap_beside_others(at_once: Any) -> None:
    studio = Studio.ready()
    drafts = [fresh(studio.draft([studio.hour()])) for _ in range(HANDS)]

    def fail(draft: Invoice) -> None:
        with transaction.atomic():
            finalising_of(studio, draft)()
            transaction.set_rollback(True)

    jobs = [
        finalising_of(studio, draft) if at % 2 else lambda draft=draft: fail(draft)
        for at, draft in enumerate(drafts)
    ]
    at_once(jobs)
    assert numbers(studio) == [f"2026-{count:04d}" for count in range(1, HANDS // 2 + 1)]
    invariants.check(studio.company)


def test_editing_deleting_and_finalising_one_draft_end_in_one_state(at_once: Any) -> None:
    studio = Studio.ready()
    for _round in range(ROUNDS):
        hour = studio.hour()
        draft = fresh(studio.draft([hour]))
        line = draft.lines.get()
        data = editing.LineData(**{**vars(editing.LineData.of(line)), "discount": Decimal(5)})
        change = {"line": line, "data": data, "version": draft.version, "by": studio.by}
        jobs: list[Job] = [
            finalising_of(studio, draft),
            finalising_of(studio, draft),
            lambda draft=draft: editing.draft_delete(invoice=draft, by=studio.by),
            lambda change=change: editing.line_change(**change),
            lambda line=line: editing.line_remove(line=line, by=studio.by),
            lambda draft=draft: editing.refresh(invoice=draft, by=studio.by),
            lambda draft=draft: editing.regroup(invoice=draft, grouping="entry", by=studio.by),
            lambda draft=draft: editing.draft_delete(invoice=draft, by=studio.by),
        ]
        at_once(jobs)
        invariants.check(studio.company)
        left = Invoice.objects.filter(pk=draft.pk).first()
        if left is None:
            assert standing(hour) == [("unbilled", "")]
        assert Claim.objects.filter(hour=hour, released_at=None).count() <= 1
    given = numbers(studio)
    assert given == [f"2026-{count:04d}" for count in range(1, len(given) + 1)]


def test_two_drafts_that_reach_for_one_hour_leave_it_on_one(at_once: Any) -> None:
    studio = Studio.ready()
    drafts = [fresh(studio.draft([studio.hour()])) for _ in range(HANDS)]
    wanted = studio.hour(90)
    versions = versions_of([wanted])
    options = Options(invoice_date=DAY)
    jobs = [
        lambda draft=draft: editing.take_up(
            invoice=draft, versions=versions, options=options, by=studio.by
        )
        for draft in drafts
    ]
    got = at_once(jobs)
    assert sum(1 for one in got if isinstance(one, Invoice)) == 1
    invariants.check(studio.company)


def test_crediting_and_paying_at_once_end_balanced(at_once: Any) -> None:
    studio = Studio.ready()
    pay = {"amount": Decimal("60.50"), "paid_on": DAY, "by": studio.by}
    for _round in range(ROUNDS):
        hour = studio.hour()
        final = studio.finalise(studio.draft([hour]))
        note = fresh(crediting.credit(invoice=final, lines=None, reason="x", by=studio.by))

        jobs: list[Job] = [
            *[finalising_of(studio, note)] * 2,
            *[lambda final=final: paying.payment_add(invoice=final, **pay)] * 4,
            *[
                lambda final=final: crediting.credit(
                    invoice=final, lines=None, reason="y", by=studio.by
                )
            ]
            * 2,
        ]
        at_once(jobs)
        invariants.check(studio.company)
        assert fresh(final).payment == "paid"
        assert fresh(final).open_amount + fresh(note).open_amount <= 0
        assert final.credit_notes.count() == 1
        assert standing(hour) == [("unbilled", "")]


def test_people_and_the_books_who_pay_at_once_never_pay_twice(at_once: Any) -> None:
    studio = Studio.ready()
    for _round in range(ROUNDS):
        final = studio.finalise(studio.free(("1", "100")))
        hand = {"paid_on": DAY, "by": studio.by, "invoice": final}
        jobs: list[Job] = [
            *[lambda hand=hand: paying.payment_add(amount=Decimal("60.50"), **hand)] * 2,
            *[lambda hand=hand: paying.payment_add(amount=Decimal(121), **hand)] * 2,
            *[lambda final=final: books_say(invoice=final, left=Decimal(0), on=DAY)] * 3,
            lambda final=final: books_say(invoice=final, left=Decimal("60.50"), on=DAY),
        ]
        at_once(jobs)
        invariants.check(studio.company)
        assert final.payments.filter(how="afas").count() <= 1
        assert fresh(final).open_amount >= 0
        assert books_say(invoice=final, left=Decimal(0), on=DAY)
        assert fresh(final).payment == "paid"
        invariants.check(studio.company)
