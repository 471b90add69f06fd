"""An invoice goes by mail: asked for, queued, sent once, or marked as sent by hand."""

from __future__ import annotations

from datetime import timedelta
from email.header import decode_header, make_header
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.core import mail
from django.core.management import call_command
from django.utils import timezone

from core.errors import DomainError, FieldsError
from core.models import AuditEvent
from invoicing.models import Delivery, DeliveryStatus, Invoice
from invoicing.services import sending
from tests.factories import (
    DeliveryFactory,
    InvoiceFactory,
    InvoiceSettingsFactory,
)
from tests.invoicing.mailing import TO, final_invoice, now_of, sent, tried

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("files")]
State = Delivery.State


def test_a_mail_leaves_with_the_pdf_and_the_ubl(final: Invoice) -> None:
    delivery = sent(final)
    assert (delivery.state, now_of(final).delivery) == (State.QUEUED, DeliveryStatus.SENDING)
    assert mail.outbox == []
    assert tried(delivery).state == State.SENT
    (message,) = mail.outbox
    names = [(name, kind) for name, _content, kind in message.attachments]
    assert names == [
        (f"{final.number}.pdf", "application/pdf"),
        (f"{final.number}.xml", "application/xml"),
    ]
    assert message.attachments[0][1].startswith(b"%PDF")
    assert message.extra_headers["Content-Language"] == "en"
    assert "Studio Één" in str(make_header(decode_header(message.from_email)))


def test_who_sent_what_to_whom_is_known_afterwards(final: Invoice, owner: Any) -> None:
    sending.send(invoice=final, to=TO, subject="S", body="B", by=owner)
    sending.send_next()
    invoice = now_of(final)
    assert (invoice.delivery, invoice.sent_by) == (DeliveryStatus.SENT, owner)
    assert invoice.sent_how == f"By mail to {TO}"
    actions = AuditEvent.objects.filter(object_id=str(final.pk)).values_list("action", flat=True)
    assert set(actions) == {"invoice.send_asked", "invoice.mail_sent"}


def test_the_ubl_stays_here_when_the_company_does_not_want_it(final: Invoice) -> None:
    InvoiceSettingsFactory(
        company=final.company, attach_ubl=False, reply_to="r@us.test", copy_to="c@us.test"
    )
    sent(final)
    sending.send_next()
    (message,) = mail.outbox
    assert len(message.attachments) == 1
    assert (message.reply_to, message.bcc, message.to) == (["r@us.test"], ["c@us.test"], [TO])


def test_several_addresses_get_one_mail(final: Invoice) -> None:
    delivery = sent(final, to=" a@x.test; b@y.test,a@x.test ")
    assert delivery.to == "a@x.test, b@y.test"
    sending.send_next()
    assert mail.outbox[0].to == ["a@x.test", "b@y.test"]


@pytest.mark.parametrize("to", ["", " , ", "nobody", "a@x.test, b@", "a@x.test\nBcc: c@x.test"])
def test_what_is_no_address_is_refused_before_anything_is_stored(final: Invoice, to: str) -> None:
    with pytest.raises(FieldsError) as refused:
        sent(final, to=to)
    assert set(refused.value.errors) == {"to"}
    assert not Delivery.objects.exists()
    assert now_of(final).delivery == DeliveryStatus.NOT_SENT


def test_too_many_addresses_and_empty_words_are_refused_each_beside_its_field(
    final: Invoice,
) -> None:
    many = ", ".join(f"p{n}@x.test" for n in range(11))
    with pytest.raises(FieldsError) as refused:
        sending.send(invoice=final, to=many, subject=" ", body="x" * 4001, by=None)
    assert set(refused.value.errors) == {"to", "subject", "body"}


def test_drafts_and_what_afas_makes_are_not_sent() -> None:
    for invoice in (InvoiceFactory(draft=True), InvoiceFactory()):
        with pytest.raises(DomainError):
            sent(invoice)
        with pytest.raises(DomainError):
            sending.mark_as_sent(invoice=invoice, how="Printed", by=None)
    assert not Delivery.objects.exists()


def test_a_second_press_of_the_button_sends_nothing(final: Invoice) -> None:
    sent(final)
    with pytest.raises(DomainError, match="on its way"):
        sent(final)
    sending.send_next()
    with pytest.raises(DomainError, match="less than a minute ago"):
        sent(final)
    assert len(mail.outbox) == 1


def test_a_mail_that_cannot_be_made_waits_and_tells_why(
    final: Invoice, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_delivery: Delivery) -> Any:
        raise RuntimeError("no paper")

    monkeypatch.setattr(sending, "message_of", broken)
    delivery = tried(sent(final))
    assert (delivery.state, mail.outbox) == (State.QUEUED, [])
    assert "RuntimeError" in delivery.message


def test_marking_as_sent_says_how_and_happens_once(final: Invoice, owner: Any) -> None:
    with pytest.raises(FieldsError):
        sending.mark_as_sent(invoice=final, how=" ", by=owner)
    sending.mark_as_sent(invoice=final, how="Printed and posted", by=owner)
    sending.mark_as_sent(invoice=final, how="Something else", by=None)
    invoice = now_of(final)
    assert (invoice.delivery, invoice.sent_how) == (DeliveryStatus.SENT, "Printed and posted")
    assert invoice.sent_by == owner
    assert AuditEvent.objects.filter(action="invoice.marked_sent").count() == 1


def test_marking_as_sent_waits_for_a_mail_under_way_and_ends_a_doubt(final: Invoice) -> None:
    delivery = sent(final)
    with pytest.raises(DomainError, match="on its way"):
        sending.mark_as_sent(invoice=final, how="Printed", by=None)
    Delivery.objects.update(state=State.UNKNOWN)
    sending.mark_as_sent(invoice=final, how="Printed", by=None)
    assert (now_of(delivery).state, now_of(final).is_sent) == (State.SENT, True)


def test_many_are_sent_and_the_others_are_left_out_with_a_sentence(final: Invoice) -> None:
    company = final.company
    nobody = final_invoice(company=company)
    nobody.customer.email = ""
    nobody.customer.save()
    draft = InvoiceFactory(company=company, draft=True)
    stranger = final_invoice()
    done = sending.send_many(company=company, invoices=[final, nobody, draft, stranger], by=None)
    assert [one.invoice for one in done.deliveries] == [final]
    assert [invoice for invoice, _sentence in done.refusals] == [nobody, draft]
    assert all(sentence.endswith(".") for _invoice, sentence in done.refusals)


def test_the_oldest_is_sent_first_and_one_that_waits_holds_up_none(final: Invoice) -> None:
    first, second = sent(final), sent(final_invoice())
    Delivery.objects.filter(pk=first.pk).update(not_before=timezone.now() + timedelta(hours=1))
    assert sending.send_next()
    assert now_of(second).state == State.SENT
    assert not sending.send_next()


@pytest.mark.django_db(transaction=True)
def test_the_worker_without_redis_mails_too(final: Invoice) -> None:
    stale = DeliveryFactory(
        invoice=final_invoice(), state=State.SENDING, sending_since=timezone.now() - timedelta(1)
    )
    delivery = sent(final)
    call_command("work", "--once")
    assert (now_of(delivery).state, now_of(stale).state) == (State.SENT, State.UNKNOWN)


def test_mails_are_swept_each_minute_and_do_not_hold_up_what_goes_to_afas() -> None:
    assert django_settings.CELERY_BEAT_SCHEDULE["mails"] == {
        "task": "invoicing.sweep_mails",
        "schedule": timedelta(minutes=1),
    }
    assert django_settings.CELERY_TASK_ROUTES["invoicing.send_*"] == {"queue": "imports"}


def test_no_mail_is_in_doubt_while_the_task_that_sends_it_may_still_run() -> None:
    task = timedelta(seconds=django_settings.CELERY_TASK_TIME_LIMIT)
    assert task < sending.FLIGHT_LIFETIME
    assert sending.CLAIM_LIFETIME + timedelta(minutes=4) < sending.FLIGHT_LIFETIME
