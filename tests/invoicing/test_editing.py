"""A draft may be changed in every way, and what it bills stays billed once and to the cent."""

from __future__ import annotations

import copy
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from core.errors import DomainError, FieldsError, StaleError
from core.models import AuditEvent
from invoicing.models import Claim, Invoice, InvoiceLine, LineKind
from invoicing.services import drafting, editing
from invoicing.services.editing import HeadData, LineData
from invoicing.services.pricing import Grouping
from registration.models import Hour
from tests.factories import (
    CustomerFactory,
    ExpenseFactory,
    InstalmentFactory,
    InvoiceFactory,
    InvoiceLineFactory,
    ProjectFactory,
    SelectionFactory,
    VatRateFactory,
)
from tests.invoicing import invariants
from tests.invoicing.own import DAY, Studio, fresh, standing, versions_of

pytestmark = pytest.mark.django_db
NONE = Decimal(0)


def lines_of(invoice: Invoice) -> list[tuple[int, str, Decimal]]:
    """Position, text and net amount of each line."""
    return list(invoice.lines.values_list("position", "description", "net"))


def change_head(studio: Studio, invoice: Invoice, **values: Any) -> Invoice:
    now = fresh(invoice)
    data = HeadData(**{**vars(HeadData.of(now)), **values})
    return editing.head_change(invoice=now, data=data, version=now.version, by=studio.by)


def test_a_new_draft_takes_the_terms_and_texts_of_settings_and_customer(studio: Studio) -> None:
    customer = CustomerFactory(
        company=studio.company, language="en", payment_term=14, reference="PO 7"
    )
    draft = editing.draft_new(company=studio.company, customer=customer, by=studio.by)
    assert (draft.language, draft.payment_term, draft.reference) == ("en", 14, "PO 7")
    assert (draft.number, draft.status, draft.total) == ("", "draft", 0)
    assert draft.created_by == studio.by
    project = ProjectFactory(company=studio.company, customer=customer, reference="PO 8")
    draft = editing.draft_new(
        company=studio.company, customer=customer, by=studio.by, project=project
    )
    assert draft.reference == "PO 8"


def test_a_draft_is_of_a_customer_at_work_and_of_its_own_project(studio: Studio) -> None:
    other = CustomerFactory(company=studio.company, archived=True)
    with pytest.raises(DomainError, match="archived"):
        editing.draft_new(company=studio.company, customer=other, by=studio.by)
    project = ProjectFactory(company=studio.company)
    with pytest.raises(DomainError, match="not a project of"):
        editing.draft_new(
            company=studio.company, customer=studio.customer, by=studio.by, project=project
        )
    with pytest.raises(ValueError, match="another company"):
        editing.draft_new(company=studio.company, customer=CustomerFactory(), by=studio.by)
    assert not Invoice.objects.exists()


def test_the_head_is_saved_as_a_new_version_and_told(studio: Studio) -> None:
    draft = studio.free(("1", "100"))
    saved = change_head(studio, draft, reference="PO 9", payment_term=8, intro="Dear all")
    assert saved.version == draft.version + 1
    assert fresh(draft).reference == "PO 9"
    event = AuditEvent.objects.get(action="invoice.changed")
    assert event.after == {"reference": "PO 9", "payment_term": 8, "intro": "Dear all"}


@pytest.mark.parametrize(
    ("field", "values"),
    [
        ("payment_term", {"payment_term": 366}),
        ("payment_term", {"payment_term": -1}),
        ("language", {"language": "xx"}),
        ("reference", {"reference": "x" * 61}),
        ("intro", {"intro": "x" * 2001}),
        ("invoice_date", {"invoice_date": date(1, 1, 1)}),
        ("supply_from", {"supply_from": date(9999, 12, 31)}),
        ("supply_until", {"supply_from": date(2026, 2, 2), "supply_until": date(2026, 2, 1)}),
    ],
)
def test_what_cannot_stand_above_the_lines_is_a_sentence_by_its_field(
    field: str, values: dict[str, Any], studio: Studio
) -> None:
    draft = studio.free(("1", "100"))
    with pytest.raises(FieldsError) as caught:
        change_head(studio, draft, **values)
    assert set(caught.value.errors) == {field}
    assert fresh(draft).version == draft.version


@pytest.mark.parametrize(
    ("field", "values"),
    [
        ("description", {"description": "  "}),
        ("description", {"description": "x" * 256}),
        ("unit", {"unit": "x" * 16}),
        ("quantity", {"quantity": Decimal("1.005")}),
        ("quantity", {"quantity": Decimal("NaN")}),
        ("quantity", {"quantity": Decimal(10) ** 10}),
        ("unit_price", {"unit_price": Decimal("0.00001")}),
        ("unit_price", {"unit_price": Decimal("Infinity")}),
        ("unit_price", {"quantity": Decimal(10) ** 6, "unit_price": Decimal(10) ** 4}),
        ("discount", {"discount": Decimal("100.01")}),
        ("discount", {"discount": Decimal(-1)}),
        ("vat_code", {"vat_code": "19"}),
        ("kind", {"kind": "total"}),
    ],
)
def test_what_cannot_stand_on_a_line_is_a_sentence_by_its_field(
    field: str, values: dict[str, Any], studio: Studio
) -> None:
    draft = studio.free()
    data = LineData(**{"description": "Work", **values})
    with pytest.raises(FieldsError) as caught:
        editing.line_add(invoice=draft, data=data, by=studio.by)
    assert set(caught.value.errors) == {field}
    assert not InvoiceLine.objects.exists()


def test_a_free_line_multiplies_out_with_its_discount_and_vat(studio: Studio) -> None:
    draft = studio.free(("37.50", "12.3456"), discount=Decimal("2.5"), vat_code="low")
    line = draft.lines.get()
    assert line.net == Decimal("451.39")  # 37.5 × 12.3456 × 0.975 = 451.3860
    assert (line.vat_code, line.vat_percent) == ("low", 9)
    assert (draft.net, draft.vat, draft.total) == (
        Decimal("451.39"),
        Decimal("40.63"),
        Decimal("492.02"),
    )


def test_a_line_without_vat_of_its_own_follows_the_customer(studio: Studio) -> None:
    studio.customer.vat_code = "reverse_eu"
    studio.customer.save()
    line = studio.free(("1", "100")).lines.get()
    assert (line.vat_code, line.vat_percent) == ("reverse_eu", 0)


def test_free_lines_take_the_vat_of_the_day_of_supply_and_follow_it(studio: Studio) -> None:
    VatRateFactory(company=studio.company, percent=22, valid_from=date(2027, 1, 1))
    draft = studio.free(("1", "100"))
    assert draft.total == 121
    moved = change_head(studio, draft, invoice_date=date(2027, 1, 1))
    assert moved.total == 122
    supplied = change_head(studio, draft, supply_until=date(2026, 12, 31))
    assert supplied.total == fresh(draft).total == 121


def test_headings_and_texts_have_no_amount(studio: Studio) -> None:
    draft = studio.free(("1", "100"))
    for kind in (LineKind.HEADING, LineKind.TEXT):
        data = LineData(kind=kind, description=kind.label, quantity=Decimal(9), unit_price=9)
        line = editing.line_add(invoice=draft, data=data, by=studio.by, after=0)
        assert (line.quantity, line.net, line.vat_code, line.vat_percent) == (0, 0, "", None)
    assert fresh(draft).total == 121
    assert [position for position, _text, _net in lines_of(draft)] == [1, 2, 3]
    assert lines_of(draft)[0][1] == LineKind.TEXT.label


def test_lines_are_added_where_they_are_asked_for(studio: Studio) -> None:
    draft = studio.free(("1", "1"), ("1", "2"))
    for after, text in ((1, "between"), (None, "last"), (0, "first"), (99, "very last")):
        data = LineData(description=text, unit_price=Decimal(0))
        editing.line_add(invoice=draft, data=data, by=studio.by, after=after)
    words = [text for _position, text, _net in lines_of(draft)]
    assert words == ["first", "Work", "between", "Work", "last", "very last"]


def test_lines_are_put_in_exactly_the_order_that_was_seen(studio: Studio) -> None:
    draft = studio.free(("1", "1"), ("1", "2"), ("1", "3"))
    one, two, three = draft.lines.values_list("pk", flat=True)
    editing.lines_reorder(invoice=draft, order=[three, one, two], by=studio.by)
    assert list(draft.lines.values_list("pk", flat=True)) == [three, one, two]
    for wrong in ([three, one], [three, one, two, two], [three, one, 0]):
        with pytest.raises(StaleError):
            editing.lines_reorder(invoice=draft, order=wrong, by=studio.by)
    editing.line_move(line=draft.lines.get(pk=two), up=True, by=studio.by)
    editing.line_move(line=draft.lines.get(pk=three), up=True, by=studio.by)  # is first already
    assert list(draft.lines.values_list("pk", flat=True)) == [three, two, one]
    invariants.check(studio.company)


@pytest.mark.parametrize(
    "values",
    [
        {"unit_price": Decimal("99.99")},
        {"quantity": Decimal("1.00")},
        {"quantity": Decimal("-3.17")},
        {"discount": Decimal("33.33")},
        {"unit_price": Decimal(0)},
    ],
)
def test_what_a_line_bills_shares_whatever_is_typed_on_it(
    values: dict[str, Any], studio: Studio
) -> None:
    draft = studio.draft([studio.hour(minutes) for minutes in (10, 20, 70)])
    line = studio.change(draft.lines.get(), **values, description="Agreed", vat_code="low")
    assert line.vat_percent == 9
    amounts = Claim.objects.filter(line=line).values_list("amount", flat=True)
    assert sum(amounts) == line.net == fresh(draft).net
    invariants.check(studio.company)
    back = studio.change(line, quantity=Decimal("1.67"), unit_price=Decimal(100), discount=NONE)
    assert back.net == Decimal(167)
    amounts = list(back.claims.order_by("pk").values_list("amount", flat=True))
    assert all(
        abs(amount - minutes * Decimal("1.67")) <= Decimal("0.01")
        for amount, minutes in zip(amounts, (10, 20, 70), strict=True)
    )


def test_costs_and_refunds_on_one_line_share_it_to_the_cent(studio: Studio) -> None:
    kinds = {"project": studio.project, "unit_cost": Decimal("3.33"), "date": DAY}
    first = ExpenseFactory(**kinds, quantity=Decimal(5))
    second = ExpenseFactory(**kinds, quantity=Decimal(-2), category=first.category)
    draft = studio.draft([first, second])
    line = studio.change(draft.lines.get(), unit_price=Decimal("3.10"))
    assert line.net == Decimal("9.30")
    amounts = line.claims.order_by("pk").values_list("amount", flat=True)
    assert list(amounts) == [Decimal("15.50"), Decimal("-6.20")]
    invariants.check(studio.company)


def test_a_line_that_bills_something_stays_a_line(studio: Studio) -> None:
    draft = studio.draft([studio.hour()])
    with pytest.raises(FieldsError) as caught:
        studio.change(draft.lines.get(), kind=LineKind.TEXT)
    assert set(caught.value.errors) == {"kind"}


def test_the_vat_of_a_billed_line_is_that_of_the_day_of_work(studio: Studio) -> None:
    VatRateFactory(company=studio.company, code="low", percent=12, valid_from=date(2026, 12, 1))
    draft = studio.date(studio.draft([studio.hour()]), date(2026, 12, 31))
    Invoice.objects.filter(pk=draft.pk).update(supply_until=None)
    assert studio.change(draft.lines.get(), vat_code="low").vat_percent == 9


def test_what_is_removed_is_unbilled_again(studio: Studio) -> None:
    hour, fixed = studio.hour(), InstalmentFactory(project=studio.project)
    draft = studio.draft([hour, fixed])
    first, second = draft.lines.all()
    assert editing.line_remove(line=first, by=studio.by).net == 1000
    assert standing(hour, fixed) == [("unbilled", ""), ("reserved", "")]
    assert lines_of(draft) == [(1, second.description, second.net)]
    invariants.check(studio.company)
    with pytest.raises(StaleError, match="removed this line"):
        editing.line_remove(line=first, by=studio.by)


def test_a_deleted_draft_gives_everything_back_and_is_told(studio: Studio) -> None:
    things = [studio.hour(approved=True), InstalmentFactory(project=studio.project)]
    draft = studio.draft(things)
    editing.draft_delete(invoice=draft, by=studio.by)
    assert standing(*things) == [("unbilled", "")] * 2
    assert fresh(things[0]).approval == "approved"
    assert not Invoice.objects.exists()
    assert not Claim.objects.exists()
    event = AuditEvent.objects.get(action="invoice.deleted")
    assert event.after == {"hour": [things[0].pk], "instalment": [things[1].pk]}
    again = studio.draft(things)
    assert again.net == Decimal(event.before["net"]) == 1100
    with pytest.raises(StaleError, match="deleted meanwhile"):
        editing.draft_delete(invoice=draft, by=studio.by)


Deed = Callable[[Invoice, Studio], object]
DEEDS: dict[str, Deed] = {
    "head": lambda one, studio: change_head(studio, one, reference="x"),
    "add": lambda one, studio: editing.line_add(
        invoice=one, data=LineData(description="x"), by=studio.by
    ),
    "change": lambda one, studio: studio.change(one.lines.first(), description="x"),
    "remove": lambda one, studio: editing.line_remove(line=one.lines.first(), by=studio.by),
    "move": lambda one, studio: editing.line_move(line=one.lines.first(), up=False, by=studio.by),
    "order": lambda one, studio: editing.lines_reorder(invoice=one, order=[], by=studio.by),
    "regroup": lambda one, studio: editing.regroup(invoice=one, grouping="entry", by=studio.by),
    "refresh": lambda one, studio: editing.refresh(invoice=one, by=studio.by),
    "take up": lambda one, studio: editing.take_up(
        invoice=one,
        versions=versions_of([studio.hour()]),
        options=drafting.Options(invoice_date=DAY),
        by=studio.by,
    ),
    "delete": lambda one, studio: editing.draft_delete(invoice=one, by=studio.by),
}


@pytest.mark.parametrize("deed", DEEDS)
def test_nothing_on_a_final_invoice_changes(deed: str, studio: Studio) -> None:
    final = studio.finalise(studio.draft([studio.hour()]))
    with pytest.raises(DomainError, match="2026-0001 is final"):
        DEEDS[deed](final, studio)
    assert fresh(final).version == final.version
    assert final.lines.get().description != "x"


@pytest.mark.parametrize("deed", DEEDS)
def test_an_invoice_that_afas_makes_changes_there(deed: str, studio: Studio) -> None:
    theirs = InvoiceFactory(customer=studio.customer, status="draft")
    InvoiceLineFactory(invoice=theirs, position=1)
    with pytest.raises(DomainError, match="made in AFAS"):
        DEEDS[deed](theirs, studio)
    assert theirs.lines.get().description == "Work"


def test_what_was_seen_before_another_change_is_not_saved(studio: Studio) -> None:
    draft = studio.free(("1", "100"))
    seen, line = draft.version, draft.lines.get()
    change_head(studio, draft, reference="first")
    with pytest.raises(StaleError, match="since you opened it"):
        editing.head_change(
            invoice=draft, data=HeadData(invoice_date=DAY), version=seen, by=studio.by
        )
    data = LineData.of(line)
    with pytest.raises(StaleError):
        editing.line_change(line=line, data=data, version=seen, by=studio.by)
    assert fresh(draft).reference == "first"


def test_a_draft_has_at_most_a_thousand_lines(
    studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert drafting.MOST_LINES == 1000
    monkeypatch.setattr("invoicing.services.draft_lines.MOST_LINES", 2)
    draft = studio.free(("1", "1"), ("1", "1"))
    with pytest.raises(DomainError, match="at most 2 lines"):
        editing.line_add(invoice=draft, data=LineData(description="x"), by=studio.by)


def test_more_lines_than_anybody_reads_are_refused_before_anything_is_made(studio: Studio) -> None:
    row = studio.hour()
    Hour.objects.bulk_create(
        [copied(row, date=DAY - timedelta(days=at % 300)) for at in range(1_000)], batch_size=2000
    )
    hours = list(Hour.objects.values_list("pk", flat=True))
    selection = SelectionFactory(company=studio.company, hours=hours)
    options = drafting.Options(invoice_date=DAY, grouping=Grouping.ENTRY)
    asked = {"company": studio.company, "selection": selection, "options": options}
    check = drafting.check_drafts(**asked)
    assert check.ready == []
    assert "would have 1001 lines" in check.drafts[0].problem
    with pytest.raises(DomainError, match="Nothing in this selection"):
        drafting.create_drafts(**asked, token=check.token, by=studio.by)
    assert not Hour.objects.exclude(billing="unbilled").exists()


def copied(hour: Hour, **fields: Any) -> Hour:
    """Another hour like this one, not saved."""
    made = copy.copy(hour)
    made.pk = None
    for name, value in fields.items():
        setattr(made, name, value)
    return made


def test_an_invoice_too_large_to_keep_is_refused(studio: Studio) -> None:
    draft = studio.free(("1", "9999999999"))
    InvoiceLine.objects.update(net=Decimal("999999999999.99"))
    with pytest.raises(DomainError, match="cannot be kept"):
        editing.line_add(invoice=draft, data=LineData(description="x"), by=studio.by)
    assert draft.lines.count() == 1
