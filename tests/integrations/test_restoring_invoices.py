"""A backup was put back: own numbers are confirmed, and mails that waited are in doubt."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone

from core.errors import DomainError
from invoicing.models import Delivery, DeliveryStatus, Invoice, NumberCounter
from invoicing.services import numbering, sending
from invoicing.services.obstacles import obstacles
from tests.factories import DeliveryFactory, InvoiceFactory, NumberCounterFactory
from tests.integrations.backup import restore

pytestmark = pytest.mark.django_db(transaction=True)
State = Delivery.State
SENDING, UNKNOWN = DeliveryStatus.SENDING, DeliveryStatus.UNKNOWN


def test_no_number_is_given_before_somebody_says_the_last_one(company: Any) -> None:
    day = timezone.localdate()
    invoice = InvoiceFactory(company=company, ours=True, number=f"{day.year}-0007")
    assert "1 companies in all: each confirms its last number" in restore()
    with pytest.raises(DomainError, match="A backup was restored"), transaction.atomic():
        numbering.give_number(company, invoice.kind, day)
    series = numbering.counter_of(company, invoice.kind, day).series
    numbering.confirm_counter(company=company, series=series, last=12, by=None)
    with transaction.atomic():
        assert numbering.give_number(company, invoice.kind, day) == f"{day.year}-0013"


def test_every_company_confirms_linked_with_afas_or_not(company: Any) -> None:
    mine, other = NumberCounterFactory(company=company), NumberCounterFactory()
    restore()
    confirmed = NumberCounter.objects.filter(pk__in=[mine.pk, other.pk], to_confirm=False)
    assert not confirmed.exists()


def test_a_company_that_may_have_begun_to_invoice_after_the_backup_confirms_too(
    company: Any,
) -> None:
    restore()
    with pytest.raises(DomainError, match="A backup was restored"), transaction.atomic():
        numbering.give_number(company, "invoice", timezone.localdate())


def test_the_page_of_a_draft_says_so_before_its_series_has_a_counter(company: Any) -> None:
    restore()
    NumberCounter.objects.all().delete()
    draft = InvoiceFactory(company=company, draft=True)
    said = [one.sentence for one in obstacles(draft) if one.blocking]
    assert any("A backup was restored" in sentence for sentence in said)


@pytest.mark.parametrize("state", [State.QUEUED, State.SENDING])
def test_a_mail_that_waited_may_have_left_since_so_a_person_is_asked(state: str) -> None:
    invoice = InvoiceFactory(ours=True, delivery=SENDING)
    mail = DeliveryFactory(invoice=invoice, state=state, attempts=1)
    assert "1 mails in doubt" in restore()
    mail.refresh_from_db()
    assert (mail.state, Invoice.objects.get(pk=invoice.pk).delivery) == (State.UNKNOWN, UNKNOWN)
    assert not sending.send_next()
    sending.settle(delivery=mail, arrived=False, by=None)
    assert Invoice.objects.get(pk=invoice.pk).delivery == DeliveryStatus.FAILED


@pytest.mark.parametrize("state", [State.SENT, State.FAILED, State.UNKNOWN])
def test_mails_that_are_over_stay_as_they_are_and_twice_is_harmless(state: str) -> None:
    mail = DeliveryFactory(state=state)
    restore()
    assert "0 mails in doubt" in restore()
    mail.refresh_from_db()
    assert mail.state == state
