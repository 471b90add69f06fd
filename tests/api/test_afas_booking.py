"""`/afas/booking-runs/`: what is booked is what was checked, once for each run."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection as database
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import Membership, Role
from integrations.models import AfasConnection, AfasDocument, BookingRun, Kind, State, VatLink
from integrations.services import documents, sending
from invoicing.models import Invoice
from tests.api.conftest import Program
from tests.factories import CompanyFactory, InvoiceFactory, MembershipFactory
from tests.integrations.booked import Books

pytestmark = pytest.mark.django_db(transaction=True)
RUNS = "afas/booking-runs/"


@pytest.fixture
def books(sandbox: Any) -> Books:
    """A company that books in the pretend AFAS."""
    return Books.ready()


@pytest.fixture
def desk(books: Books) -> Program:
    """The program of its owner."""
    by = books.studio.by
    type(by).objects.filter(pk=by.pk).update(language="en")
    return Program(Membership.objects.get(user=by))


def begin(desk: Program, *invoices: Invoice, **more: Any) -> Any:
    answer = desk.post(RUNS, {"invoices": [one.pk for one in invoices], **more})
    assert answer.status_code == 201, answer.json()
    return answer.json()


def confirm(desk: Program, run: Any, **more: Any) -> Any:
    body = {"token": run["check"]["token"], **more}
    return desk.post(f"{RUNS}{run['id']}/confirm/", body)


def bookings() -> int:
    return AfasDocument.objects.filter(kind=Kind.SALES_BOOKING).count()


def test_choosing_invoices_answers_their_entries_and_books_nothing(
    books: Books, desk: Program
) -> None:
    invoice = books.sent(books.hour(90))
    run = begin(desk, invoice)
    (entry,) = run["check"]["entries"]
    assert (entry["invoice"], entry["number"], entry["ready"]) == (invoice.pk, invoice.number, True)
    assert (entry["journal"], entry["debit"], entry["credit"]) == ("20", "181.50", "181.50")
    assert {
        (one["kind"], one["account"], one["debit"], one["credit"]) for one in entry["lines"]
    } == {
        ("debtor", "10001", "181.50", "0.00"),
        ("ledger", "8000", "0.00", "150.00"),
        ("ledger", "1510", "0.00", "31.50"),
    }
    assert (run["check"]["total"], run["results"], run["why_not"]) == ("181.50", None, "")
    assert bookings() == 0


def test_the_answer_tells_where_the_run_is(books: Books, desk: Program) -> None:
    answer = desk.post(RUNS, {"invoices": [books.sent(books.hour()).pk]})
    assert answer["Location"] == answer.json()["url"]
    path = answer["Location"].partition("/api/v1/")[2]
    assert desk.get(path).json() == answer.json()
    assert desk.get(path)["ETag"] == answer["ETag"]


def test_what_is_missing_and_who_is_left_out_is_told(books: Books, desk: Program) -> None:
    booked, bad = books.sent(books.hour()), books.sent(books.hour())
    books.book(booked)
    VatLink.objects.all().delete()
    check = begin(desk, booked, bad)["check"]
    (entry,) = check["entries"]
    assert not entry["ready"]
    assert any("VAT code" in one for one in entry["obstacles"])
    (left,) = check["left_out"]
    assert (left["invoice"], "booked already" in left["reason"]) == (booked.pk, True)
    assert left["booking"] == str(AfasDocument.objects.get(invoice=booked).pk)


def test_what_was_checked_is_booked_and_can_be_watched(books: Books, desk: Program) -> None:
    run = begin(desk, books.sent(books.hour()))
    answer = confirm(desk, run)
    assert answer.status_code == 202
    assert answer["Location"] == run["url"]
    assert answer.json()["results"]["busy"]
    sending.send_due()
    shown = desk.get(f"{RUNS}{run['id']}/").json()
    assert (shown["check"], shown["results"]["busy"]) == (None, False)
    (booking,) = shown["results"]["bookings"]
    assert (booking["state"], shown["results"]["total"]) == (State.CONFIRMED, "121.00")


def test_a_second_confirmation_finds_what_the_first_one_did(books: Books, desk: Program) -> None:
    run = begin(desk, books.sent(books.hour()))
    first = confirm(desk, run)
    AfasConnection.objects.update(paused_at=timezone.now(), paused_because="person")
    run["check"]["token"] = "another"
    again = confirm(desk, run, mark_as_sent=[1])
    assert again.status_code == 202
    assert again.json()["results"]["bookings"] == first.json()["results"]["bookings"]
    assert bookings() == 1


def test_after_a_crash_a_repeat_books_nothing_twice_and_the_rest_can_be_chosen_again(
    books: Books, desk: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, other = books.sent(books.hour()), books.sent(books.hour())
    run = begin(desk, one, other)
    make = documents.make_sales_booking

    def dies(**given: Any) -> Any:
        if given["invoice"].pk == other.pk:
            raise SystemExit
        return make(**given)

    monkeypatch.setattr(documents, "make_sales_booking", dies)
    body, address = {"token": run["check"]["token"]}, f"{RUNS}{run['id']}/confirm/"
    with pytest.raises(SystemExit):
        desk.post(address, body, Idempotency_Key="a")
    monkeypatch.setattr(documents, "make_sales_booking", make)
    again = desk.post(address, body, Idempotency_Key="a")
    assert again.status_code == 202
    (refusal,) = again.json()["results"]["refusals"]
    assert (refusal["invoice"], refusal["not_reached"]) == (other.pk, True)
    assert bookings() == 1
    answer = desk.post(f"{RUNS}{run['id']}/again/")
    assert answer.status_code == 201
    assert [entry["invoice"] for entry in answer.json()["check"]["entries"]] == [other.pk]
    assert confirm(desk, answer.json()).status_code == 202
    assert bookings() == 2


def test_unsent_invoices_are_booked_along_once_it_is_said_how_they_were_sent(
    books: Books, desk: Program
) -> None:
    invoice = books.studio.finalise(books.studio.draft([books.hour()]))
    run = begin(desk, invoice)
    assert [one["invoice"] for one in run["check"]["unsent"]] == [invoice.pk]
    run = desk.get(f"{RUNS}{run['id']}/?mark_as_sent={invoice.pk}").json()
    assert [one["is_sent"] for one in run["check"]["entries"]] == [False]
    refused = confirm(desk, run, mark_as_sent=[invoice.pk])
    assert refused.status_code == 400
    assert refused.json()["errors"] == [{"field": "how", "detail": "Say how the customer got it."}]
    assert confirm(desk, run, mark_as_sent=[invoice.pk], how="By post").status_code == 202
    invoice.refresh_from_db()
    assert (invoice.is_sent, invoice.sent_how, bookings()) == (True, "By post", 1)


def test_beginning_with_the_unsent_ones_gives_the_token_at_once(
    books: Books, desk: Program
) -> None:
    invoice = books.studio.finalise(books.studio.draft([books.hour()]))
    run = begin(desk, invoice, mark_as_sent=[invoice.pk])
    answer = confirm(desk, run, mark_as_sent=[invoice.pk], how="Through the portal")
    assert (answer.status_code, bookings()) == (202, 1)


def test_only_what_is_unsent_in_this_run_can_be_marked(books: Books, desk: Program) -> None:
    run = begin(desk, books.sent(books.hour()))
    stranger = InvoiceFactory(company=CompanyFactory(), ours=True)
    for other in (books.sent(books.hour()).pk, stranger.pk, 10**12):
        answer = confirm(desk, run, mark_as_sent=[other], how="By post")
        assert answer.status_code == 400
        (error,) = answer.json()["errors"]
        assert error["field"] == "mark_as_sent"
        assert "can no longer be marked as sent" in error["detail"]
    stranger.refresh_from_db()
    assert (stranger.is_sent, bookings()) == (False, 0)


def test_what_changed_since_the_check_is_refused_and_nothing_is_booked(
    books: Books, desk: Program
) -> None:
    run = begin(desk, books.sent(books.hour()))
    VatLink.objects.update(account="1519")
    answer = confirm(desk, run)
    assert answer.status_code == 409
    assert "Something changed since you checked" in answer.json()["detail"]
    assert bookings() == 0
    assert not BookingRun.objects.filter(confirmed_at__isnull=False).exists()


def test_nothing_is_begun_without_a_link_that_works(books: Books, desk: Program) -> None:
    invoice = books.sent(books.hour())
    AfasConnection.objects.update(paused_at=timezone.now(), paused_because="person")
    answer = desk.post(RUNS, {"invoices": [invoice.pk]})
    assert (answer.status_code, answer.json()["detail"]) == (409, "The link with AFAS is paused.")
    assert not BookingRun.objects.exists()


def test_invoices_of_another_company_cannot_be_chosen(books: Books, desk: Program) -> None:
    theirs = InvoiceFactory(company=CompanyFactory(), ours=True)
    answer = desk.post(RUNS, {"invoices": [books.sent(books.hour()).pk, theirs.pk]})
    assert answer.status_code == 400
    (error,) = answer.json()["errors"]
    assert error["field"] == "invoices.1"
    assert not BookingRun.objects.exists()


@pytest.mark.parametrize(
    "body", [{}, {"invoices": []}, {"invoices": ["a"]}, {"invoices": [2**63]}, {"invoices": 3}]
)
def test_what_makes_no_sense_is_refused(books: Books, desk: Program, body: Any) -> None:
    assert desk.post(RUNS, body).status_code == 400


def test_the_runs_of_another_company_are_not_there_and_stay_as_they_are(
    books: Books, desk: Program
) -> None:
    theirs = BookingRun.objects.create(
        company=CompanyFactory(), connection=books.connection, chosen=[]
    )
    address = f"{RUNS}{theirs.pk}/"
    assert desk.get(address).status_code == 404
    assert desk.post(f"{address}confirm/", {"token": "x"}).status_code == 404
    assert desk.post(f"{address}again/").status_code == 404
    assert desk.get(RUNS).json()["results"] == []
    theirs.refresh_from_db()
    assert theirs.confirmed_at is None


def test_who_may_not_invoice_gets_nothing(
    books: Books, desk: Program, program: Callable[..., Any]
) -> None:
    run = begin(desk, books.sent(books.hour()))
    member = program(MembershipFactory(company=books.studio.company, role=Role.MEMBER))
    reader = program(desk.membership, "afas:read")
    for answer in (
        member.get(RUNS),
        member.get(f"{RUNS}{run['id']}/"),
        member.post(RUNS, {"invoices": [1]}),
        confirm(member, run),
        confirm(reader, run),
    ):
        assert answer.status_code == 403
    assert bookings() == 0


def test_a_check_of_many_asks_as_little_as_one_of_few(books: Books, desk: Program) -> None:
    few = [books.sent(books.hour()) for _ in range(2)]
    many = [*few, *(books.sent(books.hour()) for _ in range(6))]
    counts = []
    begin(desk, *few)  # AFAS's lists are read once
    for chosen in (few, many):
        run = begin(desk, *chosen)
        with CaptureQueriesContext(database) as queries:
            assert len(desk.get(f"{RUNS}{run['id']}/").json()["check"]["entries"]) == len(chosen)
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_a_list_of_many_runs_asks_as_little_as_one_of_few(books: Books, desk: Program) -> None:
    invoice = books.sent(books.hour())

    def asked() -> int:
        with CaptureQueriesContext(database) as queries:
            assert desk.get(RUNS).status_code == 200
        return len(queries)

    begin(desk, invoice)
    few = asked()
    for _ in range(4):
        begin(desk, invoice)
    assert asked() == few
