"""What is done with invoices, one by one and many at once, as on their pages."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import Role
from invoicing.models import Delivery, Invoice, Payment
from tests.factories import CustomerFactory, DeliveryFactory, InvoiceFactory, MembershipFactory
from tests.invoicing import invariants
from tests.invoicing.own import Studio, fresh, standing

pytestmark = pytest.mark.django_db
State = Delivery.State


@pytest.fixture
def draft(studio: Studio) -> Invoice:
    return studio.draft([studio.hour(90)])


@pytest.fixture
def final(studio: Studio) -> Invoice:
    return studio.finalise(studio.free(("1", "100")))


def at(invoice: Invoice, action: str = "") -> str:
    return f"invoices/{invoice.pk}/{action}"


# Finalising.


def test_a_draft_becomes_final_once(desk: Any, studio: Studio) -> None:
    hour = studio.hour()
    draft = studio.draft([hour])
    answer = desk.post(at(draft, "finalise/"))
    assert (answer.status_code, answer.json()["status"]) == (200, "final")
    number = answer.json()["number"]
    assert desk.post(at(draft, "finalise/")).json()["number"] == number
    assert standing(hour) == [("invoiced", number)]
    invariants.check(studio.company)


def test_what_is_in_the_way_is_told_before_and_refused(desk: Any, studio: Studio) -> None:
    customer = CustomerFactory(company=studio.company)
    draft = desk.post("invoices/empty/", {"customer": customer.pk}).json()
    shown = desk.get(f"invoices/{draft['id']}/obstacles/").json()
    blocking = [one["sentence"] for one in shown["obstacles"] if one["blocking"]]
    assert any("The customer's name and address" in said for said in blocking)
    assert shown["number"].endswith("0001")
    answer = desk.post(f"invoices/{draft['id']}/finalise/")
    assert answer.status_code == 409
    assert "There is no line with an amount" in answer.json()["detail"]
    assert fresh(Invoice.objects.get()).number == ""


def test_nothing_is_in_the_way_of_what_is_final(desk: Any, final: Invoice) -> None:
    assert desk.get(at(final, "obstacles/")).json()["obstacles"] == []


def test_a_version_that_nobody_saw_is_not_made_final(desk: Any, draft: Invoice) -> None:
    tag = desk.get(at(draft))["ETag"]
    desk.patch(at(draft), {"reference": "A"})
    assert desk.post(at(draft, "finalise/"), If_Match=tag).status_code == 412
    assert fresh(draft).is_draft


# Sending.


def test_a_mail_is_put_in_the_queue_and_can_be_watched(desk: Any, final: Invoice) -> None:
    answer = desk.post(at(final, "send/"))
    assert answer.status_code == 202
    mail = Delivery.objects.get()
    assert (mail.to, mail.state) == ("books@customer.test", State.QUEUED)
    assert answer.json()["url"] == answer["Location"]
    watched = desk.get(answer["Location"].partition("/api/v1/")[2]).json()
    assert (watched["state"], watched["invoice"]) == ("queued", final.pk)
    assert final.number in watched["body"]
    assert [one["id"] for one in desk.get(at(final)).json()["deliveries"]] == [mail.pk]


def test_the_words_of_a_mail_may_be_ones_own(desk: Any, final: Invoice) -> None:
    body = {"to": "a@x.test; b@y.test", "subject": "Hello"}
    desk.post(at(final, "send/"), body)
    mail = Delivery.objects.get()
    assert (mail.to, mail.subject) == ("a@x.test, b@y.test", "Hello")
    assert final.number in mail.body


def test_the_same_key_sends_one_mail(desk: Any, final: Invoice) -> None:
    answers = [desk.post(at(final, "send/"), Idempotency_Key="a") for _time in range(2)]
    assert [one.status_code for one in answers] == [202, 202]
    assert answers[0]["Location"] == answers[1]["Location"]
    assert Delivery.objects.count() == 1


def test_a_mail_that_cannot_be_sent_is_refused(desk: Any, draft: Invoice, final: Invoice) -> None:
    assert desk.post(at(draft, "send/")).json()["detail"].startswith("This invoice is still")
    answer = desk.post(at(final, "send/"), {"to": "nobody"})
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (400, "to")
    desk.post(at(final, "send/"))
    assert "is on its way" in desk.post(at(final, "send/")).json()["detail"]
    assert Delivery.objects.count() == 1


def test_an_invoice_may_reach_its_customer_otherwise(desk: Any, final: Invoice) -> None:
    answer = desk.post(at(final, "mark-as-sent/"), {"way": "portal", "note": "Ariba"})
    assert (answer.status_code, answer.json()["delivery"]) == (200, "sent")
    assert answer.json()["sent_how"] == "Through the customer's portal · Ariba"


def test_otherwise_says_nothing_by_itself(desk: Any, final: Invoice) -> None:
    answer = desk.post(at(final, "mark-as-sent/"))
    assert answer.status_code == 400
    assert answer.json()["errors"] == [{"field": "note", "detail": "Say how it was sent."}]
    assert not fresh(final).is_sent


# Mails.


def test_a_person_says_whether_a_doubtful_mail_arrived(desk: Any, final: Invoice) -> None:
    mail = DeliveryFactory(company=final.company, invoice=final, state=State.UNKNOWN)
    Delivery.objects.update(sending_since=timezone.now())
    assert [one["id"] for one in desk.get("deliveries/?state=unknown").json()["results"]] == [
        mail.pk
    ]
    answer = desk.post(f"deliveries/{mail.pk}/settle/", {"arrived": True})
    assert (answer.status_code, answer.json()["state"]) == (200, "sent")
    assert fresh(final).is_sent
    assert desk.post(f"deliveries/{mail.pk}/settle/", {"arrived": True}).status_code == 409


def test_mails_are_found_by_their_invoice_and_never_another_companys(
    desk: Any, final: Invoice, django_assert_max_num_queries: Any
) -> None:
    DeliveryFactory(company=final.company, invoice=final, state=State.SENT)
    theirs = DeliveryFactory(state=State.UNKNOWN)
    with django_assert_max_num_queries(8):
        (shown,) = desk.get("deliveries/").json()["results"]
    assert shown["invoice"] == final.pk
    assert "body" not in shown
    assert desk.get(f"deliveries/?invoice={theirs.invoice_id}").json()["results"] == []
    assert desk.get(f"deliveries/{theirs.pk}/").status_code == 404
    assert desk.post(f"deliveries/{theirs.pk}/settle/", {"arrived": True}).status_code == 404
    assert fresh(theirs).state == State.UNKNOWN


# Crediting.


def test_a_credit_note_is_drawn_up_as_a_draft(desk: Any, studio: Studio, final: Invoice) -> None:
    answer = desk.post(at(final, "credit/"), {"reason": "Wrong"})
    assert answer.status_code == 201
    note = Invoice.objects.get(credits=final)
    shown = desk.get(answer["Location"].partition("/api/v1/")[2]).json()
    assert (shown["id"], shown["kind"], shown["credits"]) == (note.pk, "credit_note", final.pk)
    assert shown["total"] == "-121.00"
    desk.post(at(note, "finalise/"))
    assert desk.get(at(final)).json()["shown_as"] == "credited"
    invariants.check(studio.company)


def test_some_lines_may_be_credited(desk: Any, studio: Studio) -> None:
    final = studio.finalise(studio.free(("1", "100"), ("2", "100")))
    first = final.lines.order_by("position").first()
    answer = desk.post(at(final, "credit/"), {"reason": "Wrong", "lines": [first.pk]})
    assert [one["credits"] for one in answer.json()["lines"]] == [first.pk]
    assert answer.json()["net"] == "-100.00"


def test_what_cannot_be_credited_is_refused(
    desk: Any, studio: Studio, draft: Invoice, final: Invoice
) -> None:
    other = studio.finalise(studio.free(("1", "100"))).lines.get()
    assert desk.post(at(final, "credit/")).status_code == 400
    assert desk.post(at(final, "credit/"), {"reason": " "}).status_code == 400
    none = desk.post(at(final, "credit/"), {"reason": "x", "lines": []})
    assert (none.status_code, none.json()["errors"][0]["field"]) == (400, "lines")
    strange = desk.post(at(final, "credit/"), {"reason": "x", "lines": [other.pk]})
    assert "not on this invoice" in strange.json()["detail"]
    assert desk.post(at(draft, "credit/"), {"reason": "x"}).status_code == 409
    assert not Invoice.objects.filter(kind="credit_note").exists()


# Paying.


def test_payments_are_registered_and_taken_back(desk: Any, studio: Studio, final: Invoice) -> None:
    body = {"amount": "21.00", "paid_on": "2026-10-20", "note": "12"}
    shown = desk.post(at(final, "pay/"), body).json()
    assert (shown["payment"], shown["open"]) == ("partly", "100.00")
    rest = desk.post(at(final, "mark-paid/"))
    assert (rest.status_code, rest.json()["payment"]) == (200, "paid")
    rows = desk.get(at(final, "payments/")).json()["results"]
    assert [one["amount"] for one in rows] == ["100.00", "21.00"]
    first = rows[1]["id"]
    assert desk.get(at(final, f"payments/{first}/")).json()["note"] == "12"
    assert desk.delete(at(final, f"payments/{first}/")).status_code == 204
    assert desk.get(at(final)).json()["open"] == "21.00"
    invariants.check(studio.company)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "amount"),
        ({"amount": "0"}, "amount"),
        ({"amount": "-1"}, "amount"),
        ({"amount": "122"}, "amount"),
        ({"amount": "0.001"}, "amount"),
        ({"amount": True}, "amount"),
        ({"amount": "NaN"}, "amount"),
        ({"amount": "1", "paid_on": "9999-12-31"}, "paid_on"),
        ({"amount": "1", "note": "x" * 201}, "note"),
    ],
)
def test_a_payment_that_cannot_be_is_refused_by_its_field(
    desk: Any, final: Invoice, body: dict[str, Any], field: str
) -> None:
    answer = desk.post(at(final, "pay/"), body)
    assert answer.status_code == 400
    assert [one["field"] for one in answer.json()["errors"]] == [field]
    assert not Payment.objects.exists()


def test_nobody_pays_a_draft_or_what_was_paid(desk: Any, draft: Invoice, final: Invoice) -> None:
    for action in ("pay/", "mark-paid/"):
        assert desk.post(at(draft, action), {"amount": "1"}).status_code == 409
    desk.post(at(final, "mark-paid/"))
    answer = desk.post(at(final, "mark-paid/"))
    assert (answer.status_code, "Nothing is open" in answer.json()["detail"]) == (409, True)


def test_what_a_credit_note_settled_stays(desk: Any, studio: Studio, final: Invoice) -> None:
    studio.credit(final)
    (row,) = desk.get(at(final, "payments/")).json()["results"]
    answer = desk.delete(at(final, f"payments/{row['id']}/"))
    assert answer.status_code == 409
    assert Payment.objects.count() == 2


# Many at once.


def results(answer: Any) -> list[tuple[int, int | None]]:
    assert answer.status_code == 200
    return [(one["status"], one["id"]) for one in answer.json()["results"]]


def test_drafts_become_final_together_and_each_refusal_is_told(
    desk: Any, studio: Studio, draft: Invoice
) -> None:
    other, empty = studio.free(("1", "100")), studio.free()
    theirs = Studio.ready().free(("1", "100"))
    answer = desk.post("invoices/finalise/", {"ids": [other.pk, empty.pk, theirs.pk, draft.pk]})
    assert results(answer) == [(200, other.pk), (409, None), (404, None), (200, draft.pk)]
    assert (answer.json()["done"], answer.json()["refused"]) == (2, 2)
    assert "no line" in answer.json()["results"][1]["problem"]["detail"]
    assert [fresh(one).status for one in (other, empty, theirs)] == ["final", "draft", "draft"]


def test_many_are_sent_each_with_its_delivery(
    desk: Any, studio: Studio, draft: Invoice, final: Invoice
) -> None:
    sent = studio.finalise(studio.free(("2", "100")))
    desk.post(at(sent, "mark-as-sent/"), {"way": "printed"})
    body = {"ids": [draft.pk, sent.pk, final.pk]}
    answer = desk.post("invoices/send/", body)
    mail = Delivery.objects.get()
    assert results(answer) == [(409, None), (409, None), (202, mail.pk)]
    said = [one["problem"] and one["problem"]["detail"] for one in answer.json()["results"]]
    assert said == ["It is a draft; finalise it first.", "It was sent already.", None]
    assert results(desk.post("invoices/send/", body))[2] == (409, None)
    assert Delivery.objects.count() == 1


def test_many_are_marked_as_sent_and_as_paid(
    desk: Any, studio: Studio, draft: Invoice, final: Invoice
) -> None:
    ids = [final.pk, draft.pk]
    answer = desk.post("invoices/mark-as-sent/", {"ids": ids, "way": "printed"})
    assert results(answer) == [(200, final.pk), (409, None)]
    tomorrow = str(timezone.localdate() + timedelta(days=1))
    refused = desk.post("invoices/mark-paid/", {"ids": ids, "paid_on": tomorrow})
    assert results(refused) == [(409, None), (409, None)]
    assert results(desk.post("invoices/mark-paid/", {"ids": ids}))[0] == (200, final.pk)
    now = fresh(final)
    assert (now.is_sent, now.payment) == (True, "paid")


@pytest.mark.parametrize("action", ["finalise", "send", "mark-as-sent", "mark-paid"])
@pytest.mark.parametrize("ids", [None, [], "1", ["x"], [0], [1, 1], list(range(1, 502)), [2**63]])
def test_a_list_of_ids_that_cannot_be_read_is_refused(desk: Any, action: str, ids: Any) -> None:
    answer = desk.post(f"invoices/{action}/", {"ids": ids, "way": "printed"})
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["field"].partition(".")[0] == "ids"


# Rights, scopes, and other companies.

ACTIONS = {
    "finalise/": {},
    "send/": {},
    "mark-as-sent/": {"way": "printed"},
    "credit/": {"reason": "Wrong"},
    "pay/": {"amount": "1"},
    "mark-paid/": {},
    "regroup/": {"grouping": "entry"},
    "refresh/": {},
}


@pytest.mark.parametrize("action", ACTIONS)
def test_who_may_not_does_nothing(
    studio: Studio, desk: Any, program: Callable[..., Any], action: str
) -> None:
    invoice = studio.free(("1", "100"))
    invoice = (
        invoice if action in {"finalise/", "regroup/", "refresh/"} else studio.finalise(invoice)
    )
    before = Invoice.objects.values().get()
    member = program(MembershipFactory(company=studio.company, role=Role.MEMBER))
    for one in (member, program(desk.membership, "invoicing:read")):
        assert one.post(at(invoice, action), ACTIONS[action]).status_code == 403
    assert Invoice.objects.values().get() == before


@pytest.mark.parametrize("action", ACTIONS)
def test_another_companys_invoice_is_not_there(desk: Any, action: str) -> None:
    stranger = Studio.ready()
    theirs = stranger.free(("1", "100"))
    theirs = (
        theirs if action in {"finalise/", "regroup/", "refresh/"} else stranger.finalise(theirs)
    )
    in_afas = InvoiceFactory(company=desk.membership.company)
    before = list(Invoice.objects.order_by("pk").values())
    for one in (theirs, in_afas):
        assert desk.post(at(one, action), ACTIONS[action]).status_code == 404
    assert list(Invoice.objects.order_by("pk").values()) == before
