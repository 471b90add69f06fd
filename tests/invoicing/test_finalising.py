"""A draft becomes final once, complete, numbered and frozen, or not at all."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone

from core.errors import DomainError, StaleError
from core.models import AuditEvent
from invoicing.models import Invoice, InvoiceVat, NumberCounter
from invoicing.services import crediting, editing, finalising, numbering
from invoicing.services.editing import LineData
from invoicing.services.paper import paper_of
from tests.factories import (
    ExpenseFactory,
    InstalmentFactory,
    InvoiceFactory,
    RideFactory,
    SubscriptionPeriodFactory,
    VatRateFactory,
)
from tests.invoicing import invariants
from tests.invoicing.own import DAY, Studio, fresh, standing

pytestmark = pytest.mark.django_db


def found(invoice: Invoice) -> list[tuple[str, str, bool]]:
    """The obstacles of a draft: sentence, page, and whether it blocks."""
    seen = finalising.obstacles(fresh(invoice))
    return [(one.sentence, one.url_name, one.blocking) for one in seen]


def refused(studio: Studio, invoice: Invoice, words: str) -> None:
    """It cannot be made final, and nothing came of the attempt."""
    with pytest.raises(DomainError, match=words):
        studio.finalise(invoice)
    assert fresh(invoice).is_draft
    assert not InvoiceVat.objects.filter(invoice=invoice).exists()
    assert not NumberCounter.objects.filter(last__gt=0).exists()
    invariants.check(studio.company)


def test_everything_it_bills_is_invoiced_under_its_number(studio: Studio) -> None:
    made = {"project": studio.project}
    things = [
        studio.hour(50),
        studio.hour(20),
        ExpenseFactory(**made),
        RideFactory(**made),
        InstalmentFactory(**made),
        SubscriptionPeriodFactory(**made),
    ]
    final = studio.finalise(studio.draft(things))
    assert (final.number, final.status) == ("2026-0001", "final")
    assert standing(*things) == [("invoiced", "2026-0001")] * 6
    assert final.due_date == DAY + timedelta(days=30)
    assert (final.finalised_by, final.payment) == (studio.by, "unpaid")
    invariants.check(studio.company)
    event = AuditEvent.objects.get(action="invoice.finalised")
    assert event.after == {"number": "2026-0001", "total": str(final.total)}


def test_what_is_final_says_the_same_whatever_changes_later(studio: Studio) -> None:
    draft = studio.draft([studio.hour(50), studio.hour(90)])
    editing.line_add(
        invoice=draft,
        data=LineData(description="Book", unit_price=Decimal("12.50"), vat_code="low"),
        by=studio.by,
    )
    before = paper_of(fresh(draft))
    final = studio.finalise(draft)
    studio.company.name, studio.company.city = "Other", "Elsewhere"
    studio.company.save()
    studio.customer.name, studio.customer.vat_code = "Sold", "reverse"
    studio.customer.save()
    VatRateFactory(company=studio.company, percent=30, valid_from=date(2026, 1, 1))
    studio.set_rate(150)
    assert paper_of(fresh(final)) == replace(before, number="2026-0001")
    assert [(one.code, one.percent, one.base, one.vat) for one in final.vat_groups.all()] == [
        ("high", 21, Decimal("233.00"), Decimal("48.93")),
        ("low", 9, Decimal("12.50"), Decimal("1.13")),
    ]
    assert final.total == Decimal("295.56")


def test_pressing_twice_gives_one_invoice(studio: Studio) -> None:
    draft = studio.free(("1", "100"))
    seen = draft.version
    first = finalising.finalise(invoice=draft, version=seen, by=studio.by)
    again = finalising.finalise(invoice=draft, version=seen, by=studio.by)
    assert first == again
    assert first.number == again.number == "2026-0001"
    assert AuditEvent.objects.filter(action="invoice.finalised").count() == 1


def test_what_changed_since_it_was_seen_is_not_made_final(studio: Studio) -> None:
    draft = studio.free(("1", "100"))
    studio.change(draft.lines.get(), description="Other work")
    with pytest.raises(StaleError):
        finalising.finalise(invoice=draft, version=draft.version, by=studio.by)
    assert fresh(draft).is_draft


def test_a_refusal_or_a_failure_leaves_no_gap(studio: Studio) -> None:
    first, second = studio.free(("1", "100")), studio.free(("1", "50"))
    with transaction.atomic():
        assert studio.finalise(first).number == "2026-0001"
        transaction.set_rollback(True)
    assert fresh(first).number == ""
    refused(studio, studio.free(("-1", "50")), "below zero")
    assert studio.finalise(second).number == "2026-0001"
    assert studio.finalise(first).number == "2026-0002"


OWN = {
    "name": "name",
    "street": "street",
    "postcode": "postcode",
    "city": "city",
    "kvk_number": "KvK number",
    "vat_number": "VAT number",
}


@pytest.mark.parametrize("column", OWN)
def test_an_invoice_names_its_sender(column: str, studio: Studio) -> None:
    draft = studio.free(("1", "100"))
    setattr(studio.company, column, "")
    studio.company.save()
    ((sentence, page, _blocking),) = found(draft)
    assert OWN[column] in sentence
    assert page == "organisation"
    refused(studio, draft, OWN[column])


@pytest.mark.parametrize("column", ["name", "street", "postcode", "city", "country"])
def test_an_invoice_names_its_customer(column: str, studio: Studio) -> None:
    draft = studio.free(("1", "100"))
    setattr(studio.customer, column, " " if column == "name" else "")
    studio.customer.save()
    obstacles = finalising.obstacles(fresh(draft))
    if column == "postcode":
        assert [(one.url_name, one.pk) for one in obstacles] == [
            ("customer_edit", studio.customer.pk)
        ]
    assert column in obstacles[0].sentence
    refused(studio, draft, column)


def test_not_every_country_knows_postcodes_and_kvk_numbers(studio: Studio) -> None:
    draft = studio.free(("1", "100"))
    studio.customer.country, studio.customer.postcode = "IE", ""
    studio.customer.save()
    studio.company.country, studio.company.kvk_number = "BE", ""
    studio.company.vat_number = "BE0123456789"
    studio.company.save()
    assert [(page, blocking) for _text, page, blocking in found(draft)] == [("organisation", False)]
    assert studio.finalise(draft).number


def test_without_an_iban_it_is_only_a_warning(studio: Studio) -> None:
    draft = studio.free(("1", "100"))
    studio.company.iban = ""
    studio.company.save()
    assert [(page, blocking) for _text, page, blocking in found(draft)] == [("organisation", False)]
    assert studio.finalise(draft).number == "2026-0001"


def test_who_is_exempt_from_vat_need_not_have_a_number(studio: Studio) -> None:
    draft = studio.free(("1", "100"), vat_code="exempt")
    studio.company.vat_number = ""
    studio.company.save()
    assert [blocking for _text, _page, blocking in found(draft)] == [False]
    assert studio.finalise(draft).vat_groups.get().reason == "Vrijgesteld van btw"


@pytest.mark.parametrize("code", ["reverse", "reverse_eu"])
@pytest.mark.parametrize("number", ["", "NL12"])
def test_reverse_charge_needs_the_customers_vat_number(
    code: str, number: str, studio: Studio
) -> None:
    draft = studio.free(("1", "100"), vat_code=code)
    studio.customer.vat_number = number
    studio.customer.save()
    sentence, page, blocking = found(draft)[0]
    assert (page, blocking) == ("customer_edit", True)
    assert "VAT is reversed to Bakker B.V." in sentence
    refused(studio, draft, "VAT is reversed")


@pytest.mark.parametrize(
    ("country", "number", "warned"), [("NL", "NL123456789B01", True), ("DE", "DE123456789", False)]
)
def test_reverse_charge_within_the_eu_is_for_customers_elsewhere(
    country: str, number: str, warned: bool, studio: Studio
) -> None:
    studio.customer.country, studio.customer.vat_number = country, number
    studio.customer.save()
    draft = studio.free(("1", "100"), vat_code="reverse_eu")
    assert [blocking for _text, _page, blocking in found(draft)] == [False] * warned
    assert studio.finalise(draft).vat == 0


def test_without_reverse_charge_the_customer_needs_no_vat_number(studio: Studio) -> None:
    studio.customer.vat_number = ""
    studio.customer.save()
    assert found(studio.free(("1", "100"), vat_code="export")) == []


def test_vat_of_a_customer_who_pays_none_by_now_is_a_warning(studio: Studio) -> None:
    """A draft keeps its VAT; whoever finalises it should know that the customer's changed."""
    draft = studio.free(("1", "100"))
    assert not any("while the VAT of" in sentence for sentence, _url, _blocks in found(draft))
    studio.customer.vat_code = "reverse"
    studio.customer.save()
    (warning,) = [one for one in found(draft) if "while the VAT of" in one[0]]
    assert warning[1:] == ("invoice", False)


@pytest.mark.parametrize("code", ["reverse", "reverse_eu", "export", "exempt", "outside", "zero"])
def test_what_has_no_vat_carries_no_percentage(code: str, studio: Studio) -> None:
    VatRateFactory(company=studio.company, code=code, percent=5, valid_from=date(2026, 1, 1))
    draft = studio.free(("1", "100"), vat_code=code)
    assert [page for _text, page, blocking in found(draft) if blocking] == ["vat_rates"]
    refused(studio, draft, "5")


def test_there_is_something_on_it(studio: Studio) -> None:
    draft = studio.free()
    editing.line_add(
        invoice=draft, data=LineData(kind="heading", description="Only words"), by=studio.by
    )
    refused(studio, draft, "no line with an amount")


def test_an_invoice_never_asks_less_than_nothing(studio: Studio) -> None:
    draft = studio.free(("1", "100"), ("-2", "60"))
    assert "credit note" in found(draft)[0][0]
    refused(studio, draft, "below zero")


def test_an_invoice_of_nothing_is_paid_at_once_after_a_warning(studio: Studio) -> None:
    draft = studio.free(("1", "100"), ("-1", "100"))
    assert [(page, blocking) for _text, page, blocking in found(draft)] == [("invoice", False)]
    final = studio.finalise(draft)
    assert (final.total, final.payment) == (0, "paid")


def test_an_archived_customer_is_not_invoiced(studio: Studio) -> None:
    draft = studio.free(("1", "100"))
    studio.customer.archived = True
    studio.customer.save()
    refused(studio, draft, "is archived")


def test_an_earlier_date_than_the_last_number_is_a_warning(studio: Studio) -> None:
    studio.finalise(studio.free(("1", "100")))
    draft = studio.free(("1", "100"))
    assert found(draft) == []
    early = studio.date(draft, DAY - timedelta(days=1))
    assert [(page, blocking) for _text, page, blocking in found(early)] == [("invoice", False)]
    assert studio.finalise(early).number == "2026-0002"


def test_a_number_that_would_be_too_long_is_not_given(studio: Studio) -> None:
    numbering.settings_save(
        company=studio.company,
        data={"number_prefix": "STUDIO{year}", "number_digits": 2},
        by=None,
    )
    NumberCounter.objects.create(company=studio.company, series="STUDIO2026", last=99)
    draft = studio.free(("1", "100"))
    assert [(page, blocking) for _text, page, blocking in found(draft)] == [
        ("invoice_settings", True)
    ]
    with pytest.raises(DomainError, match="at most 12 characters"):
        studio.finalise(draft)
    assert NumberCounter.objects.get().last == 99


def test_after_a_restored_backup_the_last_number_is_asked_first(studio: Studio) -> None:
    numbering.require_confirmation([studio.company])
    day = date(timezone.localdate().year, 6, 1)
    draft = studio.date(studio.free(("1", "100")), day)
    assert [(page, blocking) for _text, page, blocking in found(draft)] == [
        ("invoice_settings", True)
    ]
    with pytest.raises(DomainError, match="A backup was restored"):
        studio.finalise(draft)
    series = numbering.counter_of(studio.company, "invoice", day).series
    numbering.confirm_counter(company=studio.company, series=series, last=41, by=studio.by)
    assert studio.finalise(draft).number == f"{day.year}-0042"


Way = Callable[[Any], object]
WAYS: list[Way] = [
    lambda one: finalising.finalise(invoice=one, version=one.version, by=None),
    finalising.obstacles,
    lambda one: crediting.credit(invoice=one, lines=None, reason="x", by=None),
]


@pytest.mark.parametrize("way", WAYS)
def test_an_invoice_of_afas_is_not_made_final_here(way: Way, studio: Studio) -> None:
    theirs = InvoiceFactory(customer=studio.customer, status="draft")
    with pytest.raises(DomainError, match="made in AFAS"):
        way(theirs)
    assert fresh(theirs).status == "draft"


def test_a_hundred_hours_become_final_in_as_many_statements_as_one(
    studio: Studio, django_assert_max_num_queries: Any
) -> None:
    for count in (1, 100):
        draft = fresh(studio.draft([studio.hour() for _ in range(count)]))
        with django_assert_max_num_queries(26):
            finalising.finalise(invoice=draft, version=draft.version, by=studio.by)
