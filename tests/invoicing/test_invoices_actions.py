"""What people do with invoices: one by one, and many at once."""

from __future__ import annotations

import io
import zipfile
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.contrib.messages import get_messages
from django.urls import reverse
from django.utils import timezone

from invoicing.models import Invoice
from invoicing.services import sending
from tests.factories import DeliveryFactory
from tests.invoicing.own import Studio, fresh, standing

pytestmark = pytest.mark.django_db


@pytest.fixture
def studio() -> Studio:
    """A company that lacks nothing to invoice, and a customer with an address."""
    made = Studio.ready(language="en")
    made.customer.email = "books@bakker.test"
    made.customer.save()
    return made


@pytest.fixture
def browser(client_of: Any, studio: Studio) -> Any:
    """Its biller."""
    return client_of(studio.by, studio.company)


@pytest.fixture(autouse=True)
def _files_go_elsewhere(settings: Any, tmp_path: Any) -> None:
    settings.MEDIA_ROOT = tmp_path


def final_of(studio: Studio) -> Invoice:
    return studio.finalise(studio.draft([studio.hour()]))


def to(name: str, *keys: Any) -> str:
    return reverse(name, args=keys)


def said(answer: Any) -> str:
    return " ".join(str(one) for one in get_messages(answer.wsgi_request))


def text(answer: Any) -> str:
    return str(answer.content.decode())


# ---- one invoice


def test_finalising_shows_the_number_first_and_gives_it_then(browser, studio):
    hour = studio.hour()
    draft = studio.draft([hour])
    page = text(browser.get(to("invoice_finalise", draft.pk)))
    assert "2026-0001" in page
    answer = browser.post(to("invoice_finalise", draft.pk), {"version": draft.version})
    assert answer.url == to("invoice", draft.pk)
    assert fresh(draft).number == "2026-0001"
    assert standing(hour) == [("invoiced", "2026-0001")]


def test_what_blocks_is_said_with_a_link_and_nothing_becomes_final(browser, studio):
    studio.company.vat_number = ""
    studio.company.save()
    draft = studio.draft([studio.hour()])
    page = text(browser.get(to("invoice_finalise", draft.pk)))
    assert "Your own VAT number must be on an invoice" in page
    assert to("organisation") in page
    assert 'form="finalise" disabled' in page
    answer = browser.post(to("invoice_finalise", draft.pk), {"version": draft.version})
    assert answer.status_code == 422
    assert fresh(draft).is_draft


@pytest.mark.parametrize("version", ["", "0", "x", "9" * 5000])
def test_a_draft_that_was_not_seen_as_it_stands_stays_a_draft(browser, studio, version):
    draft = studio.draft([studio.hour()])
    answer = browser.post(to("invoice_finalise", draft.pk), {"version": version})
    assert answer.status_code == 422
    assert fresh(draft).is_draft


def test_sending_offers_the_mail_as_it_would_leave(browser, studio):
    invoice = final_of(studio)
    page = text(browser.get(to("invoice_send", invoice.pk)))
    mail = sending.mail_for(invoice)
    for words in ("books@bakker.test", mail.subject, f"{invoice.number}.pdf", invoice.number):
        assert words in page


def test_sending_puts_the_mail_in_the_queue(browser, studio):
    invoice = final_of(studio)
    mail = {"to": "a@b.test; c@d.test", "subject": "Our invoice", "body": "Hello"}
    answer = browser.post(to("invoice_send", invoice.pk), mail)
    assert answer.url == to("invoice", invoice.pk)
    delivery = invoice.deliveries.get()
    assert (delivery.to, delivery.subject, delivery.by) == (
        "a@b.test, c@d.test",
        "Our invoice",
        studio.by,
    )
    assert fresh(invoice).delivery == "sending"


@pytest.mark.parametrize("address", ["", "nobody", "a@b.test, nobody", "a@b.test\nBcc: x@y.test"])
def test_what_is_no_address_is_named_and_nothing_is_sent(browser, studio, address):
    invoice = final_of(studio)
    mail = {"to": address, "subject": "Our invoice", "body": "Hello"}
    assert browser.post(to("invoice_send", invoice.pk), mail).status_code == 422
    assert not invoice.deliveries.exists()


def test_a_draft_is_not_sent_and_says_so(browser, studio):
    draft = studio.draft([studio.hour()])
    assert "finalise it first" in text(browser.get(to("invoice_send", draft.pk)))
    mail = {"to": "a@b.test", "subject": "x", "body": "y"}
    assert browser.post(to("invoice_send", draft.pk), mail).status_code == 422
    assert not draft.deliveries.exists()


def test_marking_as_sent_keeps_how(browser, studio):
    invoice = final_of(studio)
    how = {"way": "portal", "note": "Ariba"}
    browser.post(to("invoice_mark_sent", invoice.pk), how)
    now = fresh(invoice)
    assert (now.delivery, now.sent_how, now.sent_by) == (
        "sent",
        "Through the customer's portal · Ariba",
        studio.by,
    )


def test_otherwise_asks_how(browser, studio):
    invoice = final_of(studio)
    answer = browser.post(to("invoice_mark_sent", invoice.pk), {"way": "other"})
    assert answer.status_code == 422
    assert "Say how it was sent" in text(answer)
    assert not fresh(invoice).is_sent


@pytest.mark.parametrize(("arrived", "delivery"), [("yes", "sent"), ("no", "failed")])
def test_a_person_settles_a_mail_in_doubt(browser, studio, arrived, delivery):
    invoice = final_of(studio)
    Invoice.objects.filter(pk=invoice.pk).update(delivery="unknown")
    mail = DeliveryFactory(invoice=invoice, state="unknown", sending_since=timezone.now())
    answer = browser.post(to("invoice_delivery", invoice.pk, mail.pk), {"arrived": arrived})
    assert fresh(invoice).delivery == delivery
    follows = "invoice" if arrived == "yes" else "invoice_send"
    assert answer.url == to(follows, invoice.pk)
    again = browser.post(to("invoice_delivery", invoice.pk, mail.pk), {"arrived": "yes"})
    assert "known already" in said(again)


def test_a_payment_is_registered_and_removed(browser, studio):
    invoice = final_of(studio)
    today = timezone.localdate()
    page = text(browser.get(to("invoice_payment", invoice.pk)))
    assert 'value="121,00"' in page
    browser.post(
        to("invoice_payment", invoice.pk), {"amount": "21", "paid_on": today, "note": "Statement 3"}
    )
    assert (fresh(invoice).payment, fresh(invoice).open_amount) == ("partly", Decimal(100))
    payment = invoice.payments.get()
    browser.post(to("invoice_payment_remove", invoice.pk, payment.pk))
    assert (fresh(invoice).payment, fresh(invoice).paid) == ("unpaid", Decimal(0))


def test_a_credit_note_says_what_is_to_be_paid_back_until_it_is(browser, studio):
    invoice, today = final_of(studio), timezone.localdate()
    browser.post(to("invoice_payment", invoice.pk), {"amount": "100", "paid_on": today})
    note = studio.credit(invoice)
    page = text(browser.get(to("invoice", note.pk)))
    assert "To pay back" in page
    assert "100,00" in page
    assert "Partly paid" not in page
    address = to("invoice_payment", note.pk)
    assert "To pay back: €\u00a0100,00." in text(browser.get(address))
    browser.post(address, {"amount": "100", "paid_on": today})
    page = text(browser.get(to("invoice", note.pk)))
    assert "To pay back" not in page.split("Settled or paid back")[0]
    assert "Paid back" in page


@pytest.mark.parametrize(
    ("amount", "days", "sentence"),
    [
        ("121,01", 0, "is open on this invoice"),
        ("0", 0, "Type 0,01 or more"),
        ("-5", 0, "Type 0,01 or more"),
        ("much", 0, "is not a number"),
        ("5", 1, "still to come"),
    ],
)
def test_a_payment_that_cannot_be_is_refused_beside_its_field(
    browser, studio, amount, days, sentence
):
    invoice = final_of(studio)
    day = timezone.localdate() + timedelta(days=days)
    answer = browser.post(to("invoice_payment", invoice.pk), {"amount": amount, "paid_on": day})
    assert answer.status_code == 422
    assert sentence in text(answer)
    assert not invoice.payments.exists()


def test_crediting_draws_up_a_draft_and_opens_it(browser, studio):
    hour = studio.hour()
    invoice = studio.finalise(studio.draft([hour]))
    line = invoice.lines.get()
    page = text(browser.get(to("invoice_credit", invoice.pk)))
    assert f'value="{line.pk}" id="credit-{line.pk}" checked' in page
    answer = browser.post(
        to("invoice_credit", invoice.pk), {"line": line.pk, "reason": "Wrong customer"}
    )
    note = invoice.credit_notes.get()
    assert answer.url == to("invoice", note.pk)
    assert (note.status, note.total) == ("draft", Decimal(-121))
    assert standing(hour) == [("invoiced", invoice.number)]
    browser.post(to("invoice_finalise", note.pk), {"version": note.version})
    assert standing(hour) == [("unbilled", "")]


def test_crediting_takes_only_the_ticked_lines(browser, studio):
    draft = studio.draft([studio.hour(), studio.hour(30)], "entry")
    invoice = studio.finalise(draft)
    second = invoice.lines.order_by("position")[1]
    browser.post(to("invoice_credit", invoice.pk), {"line": second.pk, "reason": "Too many"})
    assert [line.credits_id for line in invoice.credit_notes.get().lines.all()] == [second.pk]


@pytest.mark.parametrize(
    "fields", [{"reason": "x"}, {"line": "first"}, {"line": "999", "reason": "x"}]
)
def test_crediting_asks_lines_and_a_reason(browser, studio, fields):
    invoice = final_of(studio)
    given = {**fields}
    if given.get("line") == "first":
        given["line"] = str(invoice.lines.get().pk)
    answer = browser.post(to("invoice_credit", invoice.pk), given)
    assert answer.status_code == 422
    assert not invoice.credit_notes.exists()


def test_a_line_that_was_credited_is_not_offered_again(browser, studio):
    invoice = studio.finalise(studio.draft([studio.hour(), studio.hour(30)], "entry"))
    first = invoice.lines.order_by("position")[0]
    studio.credit(invoice, [first.pk])
    page = text(browser.get(to("invoice_credit", invoice.pk)))
    assert "Credited already" in page
    assert f'id="credit-{first.pk}"' not in page
    answer = browser.post(to("invoice_credit", invoice.pk), {"line": first.pk, "reason": "x"})
    assert answer.status_code == 422


# ---- files


def test_the_pdf_is_named_after_the_number_and_a_draft_has_one_too(browser, studio):
    invoice = final_of(studio)
    answer = browser.get(to("invoice_pdf", invoice.pk))
    assert answer.content.startswith(b"%PDF")
    assert answer["Content-Disposition"] == 'attachment; filename="2026-0001.pdf"'
    draft = studio.draft([studio.hour()])
    answer = browser.get(to("invoice_pdf", draft.pk))
    assert answer.content.startswith(b"%PDF")
    assert f"draft-{draft.pk}.pdf" in answer["Content-Disposition"]


def test_a_draft_has_no_ubl(browser, studio):
    invoice = final_of(studio)
    answer = browser.get(to("invoice_ubl", invoice.pk))
    assert invoice.number.encode() in answer.content
    assert answer["Content-Type"] == "application/xml"
    draft = studio.draft([studio.hour()])
    assert browser.get(to("invoice_ubl", draft.pk)).status_code == 404


@pytest.mark.parametrize(("kind", "ending"), [("pdf", "pdf"), ("ubl", "xml")])
def test_the_ticked_ones_come_in_one_zip_without_the_drafts(browser, studio, kind, ending):
    invoices = [final_of(studio), final_of(studio), studio.draft([studio.hour()])]
    picks = {"pick": [one.pk for one in invoices], "kind": kind}
    answer = browser.post(to("invoices_download"), picks)
    with zipfile.ZipFile(io.BytesIO(answer.getvalue())) as box:
        assert sorted(box.namelist()) == [f"2026-0001.{ending}", f"2026-0002.{ending}"]
        assert all(box.read(name) for name in box.namelist())


def test_numbers_that_make_the_same_file_name_are_both_in_the_zip(browser, studio):
    invoices = [final_of(studio), final_of(studio)]
    for invoice, number in zip(invoices, ("2026/0001", "2026-0001"), strict=True):
        type(invoice).objects.filter(pk=invoice.pk).update(number=number)
    answer = browser.post(
        to("invoices_download"), {"pick": [one.pk for one in invoices], "kind": "ubl"}
    )
    with zipfile.ZipFile(io.BytesIO(answer.getvalue())) as box:
        assert len(set(box.namelist())) == 2
        told = b"".join(box.read(name) for name in box.namelist())
    assert b">2026/0001<" in told
    assert b">2026-0001<" in told


def test_a_zip_of_nothing_is_a_sentence(browser, studio):
    answer = browser.post(to("invoices_download"), {"kind": "pdf"})
    assert answer.url == to("invoices")
    assert "Tick the invoices first" in said(answer)
    draft = studio.draft([studio.hour()])
    answer = browser.post(to("invoices_download"), {"kind": "ubl", "pick": draft.pk})
    assert "Only drafts are ticked" in said(answer)
    assert browser.post(to("invoices_download"), {"kind": "exe"}).status_code == 404
