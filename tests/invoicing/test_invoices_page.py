"""The page of one invoice: its paper, where it stands, and what it offers."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from core import formats, slots
from invoicing.models import Invoice
from invoicing.selectors.invoice_story import backed_lines, claims_of, held, timeline
from invoicing.services import paying, sending
from tests.factories import (
    ClaimFactory,
    CustomerFactory,
    DeliveryFactory,
    HourFactory,
    InvoiceFactory,
    InvoiceLineFactory,
)
from tests.invoicing.own import Studio, fresh

pytestmark = pytest.mark.django_db


@pytest.fixture
def studio() -> Studio:
    """A company that lacks nothing to invoice."""
    return Studio.ready(language="en")


@pytest.fixture
def browser(client_of: Any, studio: Studio) -> Any:
    """Its biller."""
    return client_of(studio.by, studio.company)


def page_of(browser: Any, invoice: Invoice, **params: str) -> str:
    answer = browser.get(reverse("invoice", args=[invoice.pk]), params)
    assert answer.status_code == 200
    return answer.content.decode()


def offers(page: str, name: str, invoice: Invoice) -> bool:
    return f'"{reverse(name, args=[invoice.pk])}"' in page


def test_a_final_invoice_is_shown_as_it_is_printed(browser, studio):
    invoice = studio.finalise(studio.draft([studio.hour(90)]))
    page = page_of(browser, invoice)
    paper = page[page.index('class="paper"') : page.index("</article>")]
    for words in (invoice.number, "Bakker B.V.", "Studio Ready", "Design", "150,00", "181,50"):
        assert words in paper


def test_the_paper_speaks_the_language_of_its_reader(browser, studio):
    studio.customer.language = "nl"
    studio.customer.save()
    page = page_of(browser, studio.finalise(studio.draft([studio.hour()])))
    assert '<article class="paper" lang="nl"' in page
    assert "Factuurdatum" in page
    assert "Where it stands" in page


def test_the_paper_of_a_final_invoice_does_not_follow_later_changes(browser, studio):
    invoice = studio.finalise(studio.draft([studio.hour()]))
    studio.customer.name = "Renamed B.V."
    studio.customer.save()
    page = page_of(browser, invoice)
    paper = page[page.index('class="paper"') : page.index("</article>")]
    assert "Bakker B.V." in paper
    assert "Renamed" not in paper


def test_what_customers_type_never_becomes_markup(browser, studio):
    studio.customer.name = "<script>alert(1)</script>"
    studio.customer.save()
    page = page_of(browser, studio.finalise(studio.draft([studio.hour()])))
    assert "<script>alert" not in page


def test_a_draft_offers_finalising_and_no_sending(browser, studio):
    draft = studio.draft([studio.hour()])
    page = page_of(browser, draft)
    assert offers(page, "invoice_finalise", draft)
    assert offers(page, "invoice_delete", draft)
    for name in ("invoice_send", "invoice_payment", "invoice_credit", "invoice_ubl"):
        assert not offers(page, name, draft)


def test_a_draft_says_what_keeps_it_from_being_final(browser, studio):
    studio.company.vat_number = ""
    studio.company.save()
    page = page_of(browser, studio.draft([studio.hour()]))
    assert "Before it can be final" in page
    assert reverse("organisation") in page


def test_a_final_invoice_offers_all_that_may_follow(browser, studio):
    invoice = studio.finalise(studio.draft([studio.hour()]))
    page = page_of(browser, invoice)
    following = ("send", "mark_sent", "payment", "credit", "pdf", "ubl")
    assert all(offers(page, f"invoice_{name}", invoice) for name in following)
    assert not offers(page, "invoice_finalise", invoice)


def test_what_is_paid_offers_no_payment_and_what_is_credited_no_credit(browser, studio):
    invoice = studio.finalise(studio.draft([studio.hour()]))
    day = timezone.localdate()
    paying.payment_add(invoice=invoice, amount=invoice.total, paid_on=day, by=studio.by)
    assert not offers(page_of(browser, invoice), "invoice_payment", invoice)
    studio.credit(invoice)
    page = page_of(browser, invoice)
    assert not offers(page, "invoice_credit", invoice)
    assert "Credited" in page


def test_its_life_is_told_in_order(studio):
    invoice = studio.finalise(studio.draft([studio.hour()]))
    sending.mark_as_sent(invoice=invoice, how="Printed and posted", by=studio.by)
    day = timezone.localdate()
    paying.payment_add(invoice=invoice, amount=Decimal(21), paid_on=day, note="12", by=studio.by)
    note = studio.credit(invoice)
    with formats.use(studio.company):
        moments = timeline(fresh(invoice))
    assert [one.title for one in moments][:4] == [
        "Drawn up",
        f"Final, as {invoice.number}",
        "Sent",
        "€\u00a021,00 received",
    ]
    assert {one.title for one in moments[4:]} == {
        "€\u00a0100,00 settled with a credit note",
        "Credited for €\u00a0121,00",
    }
    assert all(one.invoice == note for one in moments[4:])
    assert [one.by for one in moments[:4]] == [str(studio.by)] * 4


def test_a_refused_mail_stands_on_the_page_with_a_way_on(browser, studio):
    invoice = studio.finalise(studio.draft([studio.hour()]))
    Invoice.objects.filter(pk=invoice.pk).update(delivery="failed")
    words = "The mail server said: no such mailbox."
    DeliveryFactory(invoice=invoice, state="failed", message=words)
    page = page_of(browser, invoice)
    assert "The mail did not go out" in page
    assert words in page
    assert offers(page, "invoice_send", invoice)


def test_a_mail_that_somebody_says_did_not_arrive_was_not_refused(studio):
    invoice = studio.finalise(studio.draft([studio.hour()]))
    mail = DeliveryFactory(invoice=invoice, state="unknown", message="Ask whether it arrived.")
    sending.settle(delivery=mail, arrived=False, by=studio.by)
    assert f"The mail to {mail.to} did not arrive" in {one.title for one in timeline(invoice)}


def test_a_mail_in_doubt_asks_whether_it_arrived_and_offers_no_other(browser, studio):
    invoice = studio.finalise(studio.draft([studio.hour()]))
    Invoice.objects.filter(pk=invoice.pk).update(delivery="unknown")
    mail = DeliveryFactory(invoice=invoice, state="unknown")
    page = page_of(browser, invoice)
    assert reverse("invoice_delivery", args=[invoice.pk, mail.pk]) in page
    assert "It arrived" in page
    assert not offers(page, "invoice_send", invoice)


def test_while_a_mail_is_under_way_the_page_follows_it(browser, studio):
    invoice = studio.finalise(studio.draft([studio.hour()]))
    sending.send(invoice=invoice, to="a@b.test", subject="x", body="y", by=studio.by)
    page = page_of(browser, invoice)
    seen = page.split("?seen=")[1].split('"')[0]
    address = reverse("invoice", args=[invoice.pk])
    again = browser.get(address, {"seen": seen}, headers={"HX-Request": "true"})
    assert again.status_code == 204
    invoice.deliveries.update(state="sent")
    Invoice.objects.filter(pk=invoice.pk).update(delivery="sent", sent_at=timezone.now())
    later = browser.get(address, {"seen": seen}, headers={"HX-Request": "true"})
    assert later.status_code == 200
    assert "hx-trigger" not in later.content.decode().split("page-head")[0]


def test_an_overdue_invoice_says_since_when(browser, studio):
    invoice = studio.finalise(studio.draft([studio.hour()]))
    late = timezone.localdate() - timedelta(days=12)
    Invoice.objects.filter(pk=invoice.pk).update(due_date=late)
    assert "12 days overdue" in page_of(browser, invoice)


def test_behind_a_line_stand_its_registrations(browser, studio):
    hours = [studio.hour(60, note="Sketch"), studio.hour(30)]
    invoice = studio.finalise(studio.draft(hours))
    (backed,) = backed_lines(invoice)
    assert (backed.count, backed.released) == (2, 0)
    address = reverse("invoice_entries", args=[invoice.pk, backed.line.pk])
    assert address in page_of(browser, invoice)
    whole = browser.get(address).content.decode()
    part = browser.get(address, headers={"HX-Request": "true"}).content.decode()
    assert "<html" in whole
    assert "<html" not in part
    for words in (str(hours[0].membership), "Sketch", "100,00", "50,00", "Website"):
        assert words in whole
        assert words in part
    rows = [held(claim) for claim in claims_of(backed.line)]
    assert sum(row.amount for row in rows) == backed.line.net


def test_released_registrations_stay_to_be_seen(browser, studio):
    invoice = studio.finalise(studio.draft([studio.hour()]))
    note = studio.credit(invoice)
    (backed,) = backed_lines(invoice)
    assert backed.released == 1
    page = browser.get(reverse("invoice_entries", args=[invoice.pk, backed.line.pk]))
    assert f"Credit note {note.number}" in page.content.decode()


def test_the_line_of_another_invoice_is_not_found(browser, studio):
    first, second = (studio.finalise(studio.draft([studio.hour()])) for _ in range(2))
    line = second.lines.get()
    assert browser.get(reverse("invoice_entries", args=[first.pk, line.pk])).status_code == 404


def test_credit_note_and_invoice_lead_to_each_other(browser, studio):
    invoice = studio.finalise(studio.draft([studio.hour()]))
    note = studio.credit(invoice)
    assert reverse("invoice", args=[note.pk]) in page_of(browser, invoice)
    page = page_of(browser, note)
    assert reverse("invoice", args=[invoice.pk]) in page
    assert f"Invoice {invoice.number}" in page


def test_what_afas_made_and_what_is_not_there_is_404(browser, studio):
    made_by_afas = InvoiceFactory(company=studio.company)
    for pk in (made_by_afas.pk, 987654321, 10**30):
        assert browser.get(reverse("invoice", args=[pk])).status_code == 404


def test_higher_apps_find_their_places(browser, studio, monkeypatch):
    monkeypatch.setattr(slots, "_fillings", {})
    seen = []
    for place in ("invoice.actions", "invoice.cards"):
        filling = [(0, lambda request, invoice, place=place: seen.append((place, invoice.pk)))]
        monkeypatch.setitem(slots._fillings, place, filling)
    invoice = studio.finalise(studio.draft([studio.hour()]))
    page_of(browser, invoice)
    assert seen == [("invoice.actions", invoice.pk), ("invoice.cards", invoice.pk)]


def test_the_page_asks_no_more_for_many_lines(browser, studio):
    def asked(count: int) -> int:
        customer = CustomerFactory(company=studio.company)
        invoice = InvoiceFactory(company=studio.company, ours=True, customer=customer)
        for _ in range(count):
            line = InvoiceLineFactory(invoice=invoice, vat_code="high", vat_percent=21)
            ClaimFactory(line=line, hour=HourFactory(company=studio.company))
        with CaptureQueriesContext(connection) as queries:
            page_of(browser, invoice)
        return len(queries)

    assert asked(20) <= asked(1)


def test_nobody_without_the_right_sees_it(client_of, studio, person_of):
    invoice = studio.finalise(studio.draft([studio.hour()]))
    member = person_of(studio.company, "member")
    answer = client_of(member, studio.company).get(reverse("invoice", args=[invoice.pk]))
    assert answer.status_code == 403
