"""A draft keeps what it was drawn up with, until somebody asks for something else."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from core.errors import DomainError, StaleError
from invoicing.models import Invoice
from invoicing.services import crediting, editing
from invoicing.services.bundling import Options
from invoicing.services.claiming import AlreadyBilledError
from invoicing.services.editing import LineData
from registration.models import Rate
from tests.factories import (
    CustomerFactory,
    HourFactory,
    InstalmentFactory,
    ProjectFactory,
    VatRateFactory,
)
from tests.invoicing import invariants
from tests.invoicing.own import DAY, Studio, fresh, standing, versions_of

pytestmark = pytest.mark.django_db
OPTIONS = Options(invoice_date=DAY)


def words_of(invoice: Invoice) -> list[str]:
    """The texts of the lines in order."""
    return list(invoice.lines.order_by("position").values_list("description", flat=True))


def take(studio: Studio, draft: Invoice, *things: Any) -> Invoice:
    return editing.take_up(
        invoice=draft, versions=versions_of(things), options=OPTIONS, by=studio.by
    )


def test_regrouping_makes_other_lines_of_the_same_things(studio: Studio) -> None:
    hours = [studio.hour(50), studio.hour(20), studio.hour(10)]
    draft = studio.draft(hours)
    for text, after in (("Below", None), ("Above", 0)):
        data = LineData(description=text, unit_price=Decimal(5))
        editing.line_add(invoice=draft, data=data, by=studio.by, after=after)
    split = editing.regroup(
        invoice=draft, grouping="entry", template="{what} by {person}", by=studio.by
    )
    assert split.net == Decimal("83.00") + Decimal("33.00") + Decimal("17.00") + 10
    assert words_of(draft)[0] == "Above"
    assert words_of(draft)[-1] == "Below"
    assert words_of(draft)[1].startswith("Design by")
    assert len(words_of(draft)) == 5
    assert standing(*hours) == [("reserved", "")] * 3
    invariants.check(studio.company)
    whole = editing.regroup(invoice=draft, grouping="activity", by=studio.by)
    assert whole.net == Decimal("133.00") + 10
    invariants.check(studio.company)


def test_regrouping_keeps_the_rate_and_vat_of_the_day_it_was_drawn_up(studio: Studio) -> None:
    draft = studio.draft([studio.hour(), studio.hour()])
    studio.set_rate(150)
    VatRateFactory(company=studio.company, percent=25, valid_from=date(2026, 1, 1))
    split = editing.regroup(invoice=draft, grouping="entry", by=studio.by)
    assert (split.net, split.vat) == (200, 42)


def test_there_must_be_something_to_regroup(studio: Studio) -> None:
    with pytest.raises(DomainError, match="no registrations"):
        editing.regroup(invoice=studio.free(("1", "1")), grouping="entry", by=studio.by)


def test_too_many_lines_leave_the_draft_as_it_was(
    studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    draft = studio.draft([studio.hour() for _ in range(3)])
    monkeypatch.setattr("invoicing.services.draft_lines.MOST_LINES", 2)
    with pytest.raises(DomainError, match="at most 2 lines"):
        editing.regroup(invoice=draft, grouping="entry", by=studio.by)
    assert draft.lines.count() == 1
    invariants.check(studio.company)


def test_unbilled_things_of_the_customer_are_taken_up(studio: Studio) -> None:
    draft = studio.draft([studio.hour()])
    other = ProjectFactory(company=studio.company, customer=studio.customer)
    late = studio.hour(30, project=other, date=date(2026, 11, 2))
    fixed = InstalmentFactory(project=other, due_on=date(2026, 9, 1))
    taken = take(studio, draft, late, fixed)
    assert taken.net == 1150
    assert (taken.supply_from, taken.supply_until) == (date(2026, 9, 1), date(2026, 11, 2))
    assert standing(late, fixed) == [("reserved", "")] * 2
    invariants.check(studio.company)


def test_nothing_of_another_customer_or_company_is_taken_up(studio: Studio) -> None:
    draft = studio.draft([studio.hour()])
    project = ProjectFactory(company=studio.company, customer=CustomerFactory())
    other = studio.hour(project=project)
    with pytest.raises(DomainError, match="for another customer"):
        take(studio, draft, other)
    theirs = HourFactory()
    with pytest.raises(StaleError):
        take(studio, draft, theirs)
    assert standing(other, theirs) == [("unbilled", "")] * 2


def test_what_cannot_be_billed_or_changed_meanwhile_is_not_taken_up(studio: Studio) -> None:
    draft = studio.draft([studio.hour()])
    without = studio.hour(missing="no_rate")
    with pytest.raises(DomainError, match="No rate was found"):
        take(studio, draft, without)
    taken = studio.hour()
    studio.draft([taken])
    with pytest.raises(AlreadyBilledError):
        take(studio, draft, taken)
    stale = studio.hour()
    with pytest.raises(StaleError, match="changed since you checked"):
        editing.take_up(
            invoice=draft, versions={"hour": {stale.pk: 99}}, options=OPTIONS, by=studio.by
        )
    with pytest.raises(DomainError, match="Nothing was ticked"):
        take(studio, draft)
    assert fresh(draft).net == 100
    invariants.check(studio.company)


def test_a_rate_that_changes_under_a_draft_is_told_and_taken_over_when_asked(
    studio: Studio,
) -> None:
    hours = [studio.hour(30), studio.hour(90)]
    draft = studio.draft(hours)
    assert editing.changed_since(draft) == []
    studio.set_rate(150)
    (sentence,) = editing.changed_since(draft)
    assert sentence.startswith("2 registrations on this draft would have another rate")
    assert fresh(draft).net == 200
    assert editing.refresh(invoice=draft, by=studio.by).net == 300
    assert editing.changed_since(draft) == []
    invariants.check(studio.company)
    assert studio.finalise(draft).net == 300


def test_refreshing_keeps_words_discount_and_free_lines(studio: Studio) -> None:
    draft = studio.draft([studio.hour(), studio.hour()])
    studio.change(draft.lines.get(), description="As agreed", discount=Decimal(10))
    editing.line_add(
        invoice=draft, data=LineData(description="Extra", unit_price=Decimal(7)), by=studio.by
    )
    studio.set_rate(150)
    assert editing.refresh(invoice=draft, by=studio.by).net == 270 + 7
    assert words_of(draft) == ["As agreed", "Extra"]
    invariants.check(studio.company)


def test_a_line_whose_hours_no_longer_share_a_rate_becomes_two(studio: Studio) -> None:
    draft = studio.draft([studio.hour(), studio.hour(date=date(2026, 10, 20))])
    Rate.objects.create(
        company=studio.company,
        activity=studio.activity,
        unit="hour",
        amount=Decimal(120),
        valid_from=date(2026, 10, 15),
    )
    assert len(editing.changed_since(draft)) == 1
    assert editing.refresh(invoice=draft, by=studio.by).net == 220
    assert [line.net for line in draft.lines.all()] == [100, 120]
    invariants.check(studio.company)


def test_what_has_no_rate_any_more_keeps_the_draft_as_it_was(studio: Studio) -> None:
    hour = studio.hour()
    draft = studio.draft([hour])
    Rate.objects.all().delete()
    assert len(editing.changed_since(draft)) == 1
    with pytest.raises(DomainError, match="1 registration cannot be invoiced now"):
        editing.refresh(invoice=draft, by=studio.by)
    assert standing(hour) == [("reserved", "")]
    assert fresh(draft).net == 100
    invariants.check(studio.company)


def test_vat_that_changes_under_a_draft_is_told_and_taken_over_when_asked(
    studio: Studio,
) -> None:
    draft = studio.draft([studio.hour()])
    editing.line_add(
        invoice=draft, data=LineData(description="Extra", unit_price=Decimal(100)), by=studio.by
    )
    VatRateFactory(company=studio.company, percent=22, valid_from=date(2026, 1, 1))
    assert editing.changed_since(draft) == [
        "2 lines carry other VAT than they would be given today."
    ]
    assert fresh(draft).vat == 42
    assert editing.refresh(invoice=draft, by=studio.by).vat == 44
    studio.customer.vat_code = "reverse"
    studio.customer.save()
    assert editing.changed_since(fresh(draft)) == [
        "1 line carries other VAT than it would be given today."
    ]


def test_a_credit_note_takes_up_and_regroups_nothing(studio: Studio) -> None:
    final = studio.finalise(studio.draft([studio.hour()]))
    note = crediting.credit(invoice=final, lines=None, reason="Wrong", by=studio.by)
    for deed in (
        lambda: editing.regroup(invoice=note, grouping="entry", by=studio.by),
        lambda: editing.refresh(invoice=note, by=studio.by),
        lambda: take(studio, note, studio.hour()),
        lambda: editing.line_add(
            invoice=note, data=LineData(description="More", unit_price=Decimal(5)), by=studio.by
        ),
    ):
        with pytest.raises(DomainError, match="only gives back"):
            deed()
    assert editing.changed_since(note) == []
