"""Many invoices share a transaction, and each still stands or falls by itself."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from core.errors import DomainError, StaleError
from invoicing.models import Invoice, NumberCounter
from invoicing.services import crediting, finalising
from invoicing.services.together import together
from registration.models import Hour
from tests.invoicing.own import DAY, Studio

pytestmark = pytest.mark.django_db


@pytest.fixture
def studio() -> Studio:
    return Studio.ready()


def seen(*drafts: Invoice) -> list[tuple[Invoice, int]]:
    return [(draft, draft.version) for draft in drafts]


def fresh(invoice: Invoice) -> Any:
    return Invoice.objects.get(pk=invoice.pk)


@pytest.mark.parametrize("bad", [set(), {0}, {6}, {1, 2, 5}, set(range(7))])
def test_what_is_refused_keeps_nothing_else_back(bad: set[int]) -> None:
    asked: list[Sequence[int]] = []

    def double(numbers: Sequence[int]) -> list[int]:
        asked.append(numbers)
        if wrong := bad.intersection(numbers):
            raise DomainError(f"not {min(wrong)}")
        return [2 * number for number in numbers]

    made, refused = together(range(7), double, most=4)
    assert made == [2 * number for number in range(7) if number not in bad]
    assert [(number, error.message) for number, error in refused] == [
        (number, f"not {number}") for number in sorted(bad)
    ]
    assert max(len(numbers) for numbers in asked) == 4


def test_all_become_final_in_the_order_they_were_given(studio: Studio) -> None:
    drafts = [studio.draft([studio.hour(60 + number)]) for number in range(3)]
    final = finalising.finalise_all(seen=seen(*reversed(drafts)), by=studio.by)
    assert final == list(reversed(drafts))
    assert [one.number for one in final] == ["2026-0001", "2026-0002", "2026-0003"]
    assert [fresh(one).number for one in final] == [one.number for one in final]
    for one in final:
        labels = Hour.objects.filter(claims__line__invoice=one)
        assert set(labels.values_list("billing", "invoice_label")) == {("invoiced", one.number)}


def test_one_refusal_saves_nothing_and_takes_no_number(studio: Studio) -> None:
    good, bad = studio.draft([studio.hour()]), studio.free(("-1", "50"))
    with pytest.raises(DomainError, match="below zero"):
        finalising.finalise_all(seen=seen(good, bad), by=studio.by)
    assert fresh(good).is_draft
    assert not good.vat_groups.exists()
    assert set(Hour.objects.values_list("billing", flat=True)) == {"reserved"}
    assert not NumberCounter.objects.exists()


def test_what_changed_since_it_was_seen_stops_all_of_them(studio: Studio) -> None:
    same, changed = studio.free(("1", "10")), studio.free(("1", "20"))
    asked = seen(same, changed)
    studio.change(changed.lines.get(), description="Other work")
    with pytest.raises(StaleError):
        finalising.finalise_all(seen=asked, by=studio.by)
    assert fresh(same).is_draft


def test_a_credit_note_and_a_final_one_may_be_among_them(studio: Studio) -> None:
    old = studio.finalise(studio.draft([studio.hour()]))
    note = crediting.credit(invoice=old, lines=None, reason="Agreed otherwise", by=studio.by)
    first, last = studio.free(("1", "10")), studio.free(("1", "20"))
    made = finalising.finalise_all(seen=seen(first, old, note, last), by=studio.by)
    assert [one.number for one in made] == ["2026-0002", "2026-0001", "2026-0003", "2026-0004"]
    assert fresh(old).status == "credited"
    assert Hour.objects.get().billing == "unbilled"


def test_each_year_has_its_own_numbers(studio: Studio) -> None:
    drafts = [studio.free(("1", "10")) for _ in range(3)]
    dated = [
        studio.date(draft, day)
        for draft, day in zip(drafts, [DAY, date(2027, 1, 1), DAY], strict=True)
    ]
    made = finalising.finalise_all(seen=seen(*dated), by=studio.by)
    assert [one.number for one in made] == ["2026-0001", "2027-0001", "2026-0002"]


def test_more_invoices_take_no_more_statements(studio: Studio) -> None:
    def statements(count: int) -> int:
        drafts = [studio.draft([studio.hour()]) for _ in range(count)]
        with CaptureQueriesContext(connection) as asked:
            finalising.finalise_all(seen=seen(*drafts), by=studio.by)
        return len(asked)

    statements(1)  # the first of a series makes its counter
    assert statements(12) == statements(2)
