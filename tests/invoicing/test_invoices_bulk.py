"""Many invoices at once: what takes part, what is left out and why, and what comes of it."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

import pytest
from django.contrib.messages import get_messages
from django.urls import reverse
from django.utils import timezone

from invoicing.forms import invoices as forms
from invoicing.models import Invoice
from invoicing.services import paying, sending
from tests.factories import InvoiceFactory
from tests.invoicing.own import Studio, fresh

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


def check(browser: Any, do: str, *invoices: Invoice, **more: Any) -> Any:
    """The page that says what will happen."""
    body = {"do": do, "pick": [one.pk for one in invoices], **more}
    return browser.post(reverse("invoices_action"), body)


def confirm(browser: Any, page: Any, **asked: Any) -> Any:
    """Press its button."""
    found = re.findall(r'name="(do|seen|pick|where)" value="([^"]*)"', page.content.decode())
    body: dict[str, Any] = {"confirm": "1", **asked}
    for name, value in found:
        body.setdefault(name, []).append(value)
    return browser.post(reverse("invoices_action"), body)


def said(answer: Any) -> str:
    return " ".join(str(one) for one in get_messages(answer.wsgi_request))


def test_checking_changes_nothing(browser, studio):
    draft = studio.draft([studio.hour()])
    page = check(browser, "finalise", draft)
    assert page.status_code == 200
    assert fresh(draft).is_draft


def test_finalising_numbers_the_drafts_from_the_oldest_on(browser, studio):
    drafts = [studio.draft([studio.hour()]) for _ in range(3)]
    answer = confirm(browser, check(browser, "finalise", *reversed(drafts)))
    assert answer.url == reverse("invoices")
    assert [fresh(one).number for one in drafts] == ["2026-0001", "2026-0002", "2026-0003"]
    assert "3 invoices finalised" in said(answer)


def test_what_cannot_take_part_says_why_and_stays(browser, studio):
    draft, final = studio.draft([studio.hour()]), studio.finalise(studio.draft([studio.hour()]))
    page = check(browser, "send", draft, final)
    assert "It is a draft; finalise it first." in page.content.decode()
    assert "Send · 1 invoice" in page.content.decode()
    answer = confirm(browser, page)
    assert fresh(final).delivery == "sending"
    assert fresh(draft).delivery == "not_sent"
    assert "It is a draft; finalise it first. (1)" in said(answer)


def test_sending_many_leaves_out_who_has_no_address_or_has_it(browser, studio):
    first, second = (studio.finalise(studio.draft([studio.hour()])) for _ in range(2))
    sending.mark_as_sent(invoice=second, how="Printed", by=studio.by)
    studio.customer.email = ""
    studio.customer.save()
    page = check(browser, "send", first, second).content.decode()
    assert "The customer has no e-mail address" in page
    assert "It was sent already." in page
    assert "None of these invoices can take part" in page


def test_what_was_credited_as_a_whole_is_not_mailed_among_many(browser, studio):
    """The mail asks to be paid what nobody has to pay any more."""
    final = studio.finalise(studio.draft([studio.hour()]))
    studio.credit(final)
    page = check(browser, "send", final).content.decode()
    assert "It was credited as a whole" in page
    assert "None of these invoices can take part" in page


def test_marking_many_as_sent_asks_how(browser, studio):
    finals = [studio.finalise(studio.draft([studio.hour()])) for _ in range(2)]
    page = check(browser, "mark-sent", *finals)
    assert confirm(browser, page).status_code == 422
    confirm(browser, page, way="peppol")
    assert [fresh(one).sent_how for one in finals] == ["Through Peppol"] * 2


def test_registering_payments_pays_what_is_open(browser, studio):
    finals = [studio.finalise(studio.draft([studio.hour()])) for _ in range(2)]
    page = check(browser, "paid", *finals, studio.draft([studio.hour()]))
    confirm(browser, page, paid_on=timezone.localdate().isoformat())
    assert [fresh(one).payment for one in finals] == ["paid", "paid"]
    again = check(browser, "paid", *finals).content.decode()
    assert "Nothing is open on it." in again


def test_of_what_is_partly_paid_only_what_is_open_is_counted(browser, studio):
    final = studio.finalise(studio.draft([studio.hour()]))
    paying.payment_add(
        invoice=final,
        amount=final.total - Decimal(20),
        paid_on=timezone.localdate(),
        note="",
        by=studio.by,
    )
    page = check(browser, "paid", final)
    assert page.context["shown"] == [(final, Decimal(20))]
    assert page.context["total"] == Decimal(20)


def test_a_change_since_the_check_stops_everything(browser, studio):
    drafts = [studio.draft([studio.hour()]) for _ in range(2)]
    page = check(browser, "finalise", *drafts)
    studio.finalise(drafts[0])
    answer = confirm(browser, page)
    assert answer.status_code == 422
    assert "Somebody changed these invoices meanwhile" in answer.content.decode()
    assert fresh(drafts[1]).is_draft


def test_pressing_twice_does_it_once(browser, studio):
    final = studio.finalise(studio.draft([studio.hour()]))
    page = check(browser, "send", final)
    confirm(browser, page)
    assert confirm(browser, page).status_code == 422
    assert final.deliveries.count() == 1


def test_everything_that_matches_takes_part_but_nothing_newer(browser, studio):
    drafts = [studio.draft([studio.hour()]) for _ in range(3)]
    more = {"everything": "1", "newest": drafts[1].pk, "where": "status=draft"}
    page = check(browser, "finalise", **more)
    assert "Finalise · 2 invoices" in page.content.decode()
    answer = confirm(browser, page)
    assert answer.url == reverse("invoices") + "?status=draft"
    assert [fresh(one).is_draft for one in drafts] == [False, False, True]


def test_nothing_ticked_and_too_much_are_sentences(browser, studio, monkeypatch):
    answer = check(browser, "finalise")
    assert answer.url == reverse("invoices")
    assert "Tick the invoices first" in said(answer)
    monkeypatch.setattr(forms, "MOST_AT_ONCE", 1)
    drafts = [studio.draft([studio.hour()]) for _ in range(2)]
    answer = check(browser, "finalise", *drafts)
    assert "More than 1 invoices is too much at once" in said(answer)


def test_an_unknown_action_is_no_action(browser, studio):
    draft = studio.draft([studio.hour()])
    assert check(browser, "explode", draft).status_code == 404


def test_ids_of_others_are_not_there(browser, studio):
    theirs = InvoiceFactory(ours=True)
    by_afas = InvoiceFactory(company=studio.company)
    answer = check(browser, "mark-sent", theirs, by_afas)
    assert "Tick the invoices first" in said(answer)
    body = {"do": "mark-sent", "pick": ["x", "9" * 40, theirs.pk], "newest": "9" * 40}
    assert browser.post(reverse("invoices_action"), body).status_code == 302
    assert fresh(theirs).delivery == "not_sent"


def test_one_that_is_refused_stops_none_of_the_others(browser, studio, monkeypatch):
    drafts = [studio.draft([studio.hour()]) for _ in range(2)]
    page = check(browser, "finalise", *drafts)
    studio.company.kvk_number = ""
    studio.company.save()
    answer = confirm(browser, page)
    assert "KvK number must be on an invoice" in said(answer) + answer.content.decode()
    assert all(fresh(one).is_draft for one in drafts)


def test_in_a_dialog_a_refusal_leads_back_to_the_list(browser, studio):
    body = {"do": "finalise", "_company": studio.company.pk}
    answer = browser.post(reverse("invoices_action"), body, headers={"HX-Request": "true"})
    assert answer.headers["HX-Redirect"] == reverse("invoices")
