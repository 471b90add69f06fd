"""From the plan of a project to the invoice that a part of it is on."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from invoicing.models import Claim
from tests.factories import (
    AfasDocumentFactory,
    ClaimFactory,
    InstalmentFactory,
    InvoiceFactory,
    InvoiceLineFactory,
    SubscriptionPeriodFactory,
)
from tests.invoicing.own import DAY, Studio

pytestmark = pytest.mark.django_db
PLANNED = {"instalment": InstalmentFactory, "subscription_period": SubscriptionPeriodFactory}


@pytest.fixture
def biller(client_of: Any, studio: Studio) -> Any:
    """A browser of somebody who bills."""
    return client_of(studio.by, studio.company)


def planned(studio: Studio, kind: str = "instalment", **fields: Any) -> Any:
    """A part of the project that is due, being invoiced unless said otherwise."""
    given = {"project": studio.project, "due_on": DAY, "billing": "reserved", **fields}
    return PLANNED[kind](company=studio.company, **given)


def on(invoice: Any, kind: str, row: Any) -> Claim:
    line = InvoiceLineFactory(company=invoice.company, invoice=invoice)
    held: Claim = ClaimFactory(company=invoice.company, line=line, hour=None, **{kind: row})
    return held


def plan(browser: Any, studio: Studio) -> str:
    text: str = browser.get(reverse("project", args=[studio.project.pk])).content.decode()
    return text


def link(name: str, pk: Any, words: str) -> str:
    return f'<a class="link" href="{reverse(name, args=[pk])}">{words}</a>'


@pytest.mark.parametrize("kind", PLANNED)
def test_a_part_leads_to_our_invoice(biller: Any, studio: Studio, kind: str) -> None:
    row = planned(studio, kind, billing="unbilled")
    draft = studio.draft([row])
    assert link("invoice", draft.pk, "Draft") in plan(biller, studio)
    final = studio.finalise(draft)
    assert link("invoice", final.pk, final.number) in plan(biller, studio)


@pytest.mark.parametrize("kind", PLANNED)
def test_a_part_leads_to_the_document_in_afas(biller: Any, studio: Studio, kind: str) -> None:
    row = planned(studio, kind, billing="invoiced", invoice_label="F000123")
    invoice = InvoiceFactory(company=studio.company)
    on(invoice, kind, row)
    AfasDocumentFactory(company=studio.company, invoice=invoice, cancelled=True)
    sent = AfasDocumentFactory(company=studio.company, invoice=invoice, confirmed=True)
    assert link("afas_document", sent.pk, "F000123") in plan(biller, studio)


def test_what_is_on_its_way_to_afas_is_called_by_our_reference(biller: Any, studio: Studio) -> None:
    invoice = InvoiceFactory(company=studio.company)
    on(invoice, "instalment", planned(studio))
    sent = AfasDocumentFactory(company=studio.company, invoice=invoice)
    assert link("afas_document", sent.pk, sent.reference) in plan(biller, studio)


def test_the_claim_decides_and_not_the_label(biller: Any, studio: Studio) -> None:
    other = InvoiceFactory(company=studio.company, ours=True, number="2026-0007")
    holds = InvoiceFactory(company=studio.company, ours=True, number="2026-0008")
    row = planned(studio, billing="invoiced", invoice_label="2026-0007")
    earlier = on(other, "instalment", row)
    Claim.objects.filter(pk=earlier.pk).update(released_at=timezone.now())
    on(holds, "instalment", row)
    text = plan(biller, studio)
    assert link("invoice", holds.pk, "2026-0008") in text
    assert reverse("invoice", args=[other.pk]) not in text


def test_who_may_not_bill_reads_the_number_and_gets_no_link(
    client_of: Any, person_of: Any, studio: Studio
) -> None:
    invoice = InvoiceFactory(company=studio.company, ours=True, number="2026-0009")
    row = planned(studio, billing="invoiced", invoice_label=invoice.number)
    on(invoice, "instalment", row)
    manager = client_of(person_of(studio.company, "manager"), studio.company)
    text = plan(manager, studio)
    assert invoice.number in text
    assert reverse("invoice", args=[invoice.pk]) not in text


def test_many_parts_cost_no_more_than_one(biller: Any, studio: Studio) -> None:
    def queries() -> int:
        with CaptureQueriesContext(
            connection,
        ) as seen:
            plan(biller, studio)
        return len(seen)

    for channel in ({"ours": True}, {}):
        invoice = InvoiceFactory(company=studio.company, **channel)
        on(invoice, "instalment", planned(studio))
        if not channel:
            AfasDocumentFactory(company=studio.company, invoice=invoice)
    plan(biller, studio)
    few = queries()
    for _ in range(5):
        ours = InvoiceFactory(company=studio.company, ours=True)
        theirs = InvoiceFactory(company=studio.company)
        AfasDocumentFactory(company=studio.company, invoice=theirs)
        on(ours, "instalment", planned(studio))
        on(theirs, "instalment", planned(studio))
    assert queries() == few
