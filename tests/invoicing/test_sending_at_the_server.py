"""What becomes of the mail of an invoice at a mail server that is difficult."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db.models import F
from django.utils import timezone

from core.errors import DomainError
from invoicing.models import Delivery, DeliveryStatus, Invoice
from invoicing.services import posting, sending
from invoicing.services.sending import MOST_ATTEMPTS
from tests.factories import (
    InvoiceSettingsFactory,
)
from tests.invoicing.mail_server import MailServer
from tests.invoicing.mailing import TO, now_of, sent, tried

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("files")]
State = Delivery.State


def test_what_was_sent_may_be_sent_again_and_stays_sent_when_that_fails(
    final: Invoice, server: MailServer
) -> None:
    sent(final)
    sending.send_next()
    Delivery.objects.update(created_at=timezone.now() - timedelta(minutes=2))
    server.says["RCPT"] = "550 Gone"
    again = sent(final)
    assert now_of(final).delivery == DeliveryStatus.SENT
    assert tried(again).state == State.FAILED
    assert now_of(final).delivery == DeliveryStatus.SENT


def test_a_mail_server_takes_it_with_all_its_recipients(final: Invoice, server: MailServer) -> None:
    InvoiceSettingsFactory(company=final.company, copy_to="c@us.test")
    assert tried(sent(final)).state == State.SENT
    (taken,) = server.taken
    assert taken.recipients == [TO, "c@us.test"]
    assert "c@us.test" not in str(taken.message["To"])
    assert taken.message["Bcc"] is None
    kinds = [part.get_content_type() for part in taken.message.iter_attachments()]
    assert kinds == ["application/pdf", "application/xml"]


@pytest.mark.parametrize(
    "says",
    [
        {"RCPT": "550 No such user"},
        {"MAIL": "553 Not from here"},
        {"DATA": "554 No mail today"},
        {"content": "552 Too large"},
        {"c@us.test": "550 No such user"},
    ],
    ids=["recipient", "sender", "data", "content", "copy"],
)
def test_a_refusal_is_told_in_the_servers_words(
    final: Invoice, server: MailServer, says: dict[str, str]
) -> None:
    InvoiceSettingsFactory(company=final.company, copy_to="c@us.test")
    server.says.update(says)
    delivery = tried(sent(final))
    assert delivery.state == State.FAILED
    assert next(iter(says.values())) in delivery.message
    assert now_of(final).delivery == DeliveryStatus.FAILED
    assert server.taken == []
    assert not sending.send_next()


def test_one_refused_address_of_several_refuses_the_mail_and_is_named(
    final: Invoice, server: MailServer
) -> None:
    server.says["gone@x.test"] = "550 No such user"
    delivery = tried(sent(final, to=f"{TO}, gone@x.test"))
    assert (delivery.state, server.taken) == (State.FAILED, [])
    assert "gone@x.test: 550 No such user" in delivery.message


def test_wrong_log_in_at_the_mail_server_is_a_refusal(
    final: Invoice, server: MailServer, settings: Any
) -> None:
    settings.EMAIL_HOST_USER, settings.EMAIL_HOST_PASSWORD = "us", "wrong"
    server.says["EHLO"] = "250-here\r\n250 AUTH PLAIN"
    server.says["AUTH"] = "535 Wrong password"
    delivery = tried(sent(final))
    assert delivery.state == State.FAILED
    assert "535 Wrong password" in delivery.message


@pytest.mark.parametrize(
    "difficulty",
    [
        {"says": {"greeting": "421 Too busy"}},
        {"says": {"MAIL": "451 Later"}},
        {"says": {"RCPT": "450 Greylisted"}},
        {"says": {"content": "451 Disk full"}},
        {"hangs_up": "at RCPT"},
        {"hangs_up": "at MAIL"},
    ],
    ids=str,
)
def test_what_provably_did_not_leave_is_tried_again(
    final: Invoice, server: MailServer, difficulty: dict[str, Any]
) -> None:
    server.says.update(difficulty.get("says", {}))
    server.hangs_up = difficulty.get("hangs_up", "")
    delivery = tried(sent(final))
    assert (delivery.state, delivery.attempts) == (State.QUEUED, 1)
    assert now_of(final).delivery == DeliveryStatus.SENDING
    assert not sending.send_next(), "it waits before it is tried again"
    server.says.clear()
    server.hangs_up = ""
    assert tried(delivery).state == State.SENT
    assert len(server.taken) == 1


def test_it_waits_longer_each_time_and_gives_up_after_five(final: Invoice, settings: Any) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST = "mail.invalid"
    delivery = sent(final)
    waits = []
    for _attempt in range(MOST_ATTEMPTS - 1):
        before = timezone.now()
        delivery = tried(delivery)
        assert delivery.not_before
        waits.append(round((delivery.not_before - before).total_seconds() / 60))
    assert waits == [1, 5, 20, 60]
    delivery = tried(delivery)
    assert (delivery.state, delivery.attempts) == (State.FAILED, 5)
    assert "Name or service not known" in delivery.message
    assert now_of(final).delivery == DeliveryStatus.FAILED


def test_a_connection_that_breaks_off_after_the_content_leaves_doubt(
    final: Invoice, server: MailServer
) -> None:
    server.hangs_up = "after the content"
    delivery = tried(sent(final))
    assert (delivery.state, now_of(final).delivery) == (State.UNKNOWN, DeliveryStatus.UNKNOWN)
    assert len(server.taken) == 1
    assert not sending.send_next()
    with pytest.raises(DomainError, match="Say first whether it did"):
        sent(final)


def test_a_server_that_falls_silent_after_the_content_leaves_doubt(
    final: Invoice, server: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(posting, "SECONDS", 0.3)
    server.gate.clear()
    assert tried(sent(final)).state == State.UNKNOWN


@pytest.mark.parametrize("said", ["what is this", "354 go on", "0", "150 wait"])
def test_an_answer_to_the_content_that_says_neither_leaves_doubt(
    final: Invoice, server: MailServer, said: str
) -> None:
    server.says["content"] = said
    assert tried(sent(final)).state == State.UNKNOWN
    assert not sending.send_next()


def test_what_fails_before_the_content_goes_leaves_no_doubt(
    final: Invoice, server: MailServer
) -> None:
    too_long_in_ascii = f"us@{'ü' * 60}.nl"
    delivery = tried(sent(final, to=too_long_in_ascii))
    assert (delivery.state, server.taken) == (State.QUEUED, [])
    assert "Nothing was sent" in delivery.message


def test_a_copy_to_who_gets_the_invoice_anyway_is_one_mail(
    final: Invoice, server: MailServer
) -> None:
    InvoiceSettingsFactory(company=final.company, copy_to=TO.upper())
    assert tried(sent(final)).state == State.SENT
    assert server.taken[0].recipients == [TO]


def test_no_mail_after_a_restored_backup_looks_like_one_before_it(
    final: Invoice, server: MailServer
) -> None:
    """The keys begin again where the backup ended; a mailbox hides what it thinks it has."""
    delivery = tried(sent(final))
    Delivery.objects.update(state=State.QUEUED, created_at=F("created_at") + timedelta(days=1))
    tried(delivery)
    first, second = (taken.message["Message-ID"] for taken in server.taken)
    assert first != second
