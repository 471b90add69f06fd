"""What is paid according to AFAS: read, matched, and believed only once it is certain."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from accounts.models import Company, User
from integrations.afas.ledger import OpenInvoice
from integrations.models import AfasConnection, AfasDocument, OpenItem, PaymentRun, State
from integrations.services import open_items, open_rows
from invoicing.models import Invoice, Payment
from invoicing.services import paying
from relations.models import Customer
from sandbox import seed
from tests.factories import AfasConnectionFactory, CompanyFactory, CustomerFactory
from tests.integrations.in_books import Books, invoice, item
from tests.invoicing import invariants
from tests.invoicing.own import DAY

pytestmark = pytest.mark.django_db


@pytest.fixture
def books(sandbox: Any, connection: AfasConnection, bakery: Customer) -> Books:
    """Administration 1 of participant 12345, where debtor 10001 owes us."""
    return Books(sandbox, connection, bakery)


def stand(document: Any) -> tuple[str, Decimal]:
    """The payment status of its invoice and what is open on it."""
    now = invoice(document)
    return now.payment, now.open_amount


def test_what_is_open_in_afas_is_seen_and_pays_nothing(books: Books) -> None:
    booked = books.booked("121")
    run = books.read()
    assert (run.status, run.matched, run.skipped, run.paid) == ("done", 1, 0, 0)
    assert run.rows >= 1
    assert (item(booked).asked, item(booked).left) == (121, 121)
    assert stand(booked) == ("unpaid", 121)


def test_a_part_payment_is_a_smaller_balance(books: Books) -> None:
    booked = books.booked("121")
    books.read()
    books.pay(booked, "20.99")
    books.read()
    assert (item(booked).asked, item(booked).left) == (121, Decimal("100.01"))
    assert stand(booked) == ("partly", Decimal("100.01"))
    assert Payment.objects.get().how == "afas"


def test_what_vanished_is_paid_only_once_two_readings_an_hour_apart_missed_it(
    books: Books,
) -> None:
    booked, other = books.booked("121"), books.booked("12.10")
    books.read()
    books.pay(booked)
    assert books.read().paid == 0
    assert item(booked).missing_since
    books.hours(0.9)
    assert books.read().paid == 0
    assert stand(booked) == ("unpaid", 121)
    books.hours(0.2)
    assert books.read().paid == 1
    assert item(booked).paid_at
    assert item(booked).left == 0
    assert stand(booked) == ("paid", 0)
    assert stand(other) == ("unpaid", Decimal("12.10"))
    assert books.read().paid == 0


def test_an_empty_list_of_one_item_counts_by_the_same_rule(books: Books, sandbox: Any) -> None:
    booked = books.booked("121")
    books.read()
    sandbox.setting("open_items_blind", True)
    assert (books.read().rows, item(booked).paid_at) == (0, None)
    books.hours(0.5)
    sandbox.setting("open_items_blind", False)
    books.read()
    assert item(booked).missing_since is None  # it was a bad moment of AFAS
    sandbox.setting("open_items_blind", True)
    books.hours(2)
    books.read()
    assert stand(booked) == ("unpaid", 121)
    books.hours(1)
    books.read()
    assert stand(booked) == ("paid", 0)


def test_a_list_that_hides_several_is_believed_after_a_day(books: Books, sandbox: Any) -> None:
    first, second = books.booked("121"), books.booked("12.10")
    books.read()
    sandbox.setting("open_items_blind", True)
    books.read()
    books.hours(23)
    assert books.read().paid == 0
    assert (stand(first), stand(second)) == (("unpaid", 121), ("unpaid", Decimal("12.10")))
    books.hours(2)
    assert books.read().paid == 2


def test_what_appears_again_is_open_again(books: Books) -> None:
    booked = books.booked("121")
    books.read()
    books.paid_for_certain(booked)
    assert stand(booked) == ("paid", 0)
    books.unpay(booked)
    books.read()
    assert stand(booked) == ("unpaid", 121)
    assert (item(booked).paid_at, item(booked).missing_since) == (None, None)
    assert not Payment.objects.exists()


def test_a_credit_note_is_below_zero_there_too(books: Books) -> None:
    note = books.booked("-121")
    books.read()
    assert item(note).left == -121
    books.pay(note, "21")
    books.read()
    assert stand(note) == ("partly", -100)
    books.paid_for_certain(note)
    assert stand(note) == ("paid", 0)


def test_rows_of_one_number_add_up(books: Books, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(open_items, "PAGE", 2)
    booked, last = books.booked("121", "A-1"), books.booked("50", "Z-1")
    parts = [books.keyed("A-2", "0.01"), books.keyed("A-3", "1")]
    for entry in parts:
        _renumber(books, entry, "A-1")
    books.read()
    assert (item(booked).asked, item(booked).left) == (Decimal("122.01"), Decimal("122.01"))
    assert item(last).left == 50


def test_a_part_that_is_paid_asks_no_more_and_the_rest_is_still_open(books: Books) -> None:
    booked = books.booked("100", "A-1")
    second = books.keyed("A-2", "21")
    _renumber(books, second, "A-1")
    Invoice.objects.filter(pk=booked.invoice_id).update(total=121)
    books.read()
    assert stand(booked) == ("unpaid", 121)
    books.pay(booked)  # the first of two parts
    books.read()
    assert (item(booked).asked, item(booked).left) == (121, 21)
    assert stand(booked) == ("partly", 21)


def test_another_amount_in_the_books_is_a_difference_and_no_payment(books: Books) -> None:
    booked = books.booked("100")
    Invoice.objects.filter(pk=booked.invoice_id).update(total=121)
    books.read()
    assert (stand(booked), item(booked).differs) == (("unpaid", 121), True)
    books.pay(booked, "40")
    books.read()
    assert (stand(booked), item(booked).differs) == (("partly", 81), True)
    books.paid_for_certain(booked)
    assert (stand(booked), item(booked).differs) == (("partly", 21), True)
    assert Payment.objects.get().amount == 100


def _renumber(books: Books, entry: str, number: str) -> None:
    store = books.sandbox.app.store
    key = f"entry/{entry}"
    store.put(
        "open item", "12345", key, store.get("open item", "12345", key) | {"InvoiceNr": number}
    )


def _change(books: Books, document: Any, **columns: Any) -> None:
    store = books.sandbox.app.store
    key = f"entry/{document.entry_number}"
    store.put("open item", "12345", key, store.get("open item", "12345", key) | columns)


def test_pages_are_read_to_the_last_one(books: Books, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(open_items, "PAGE", 3)
    made = [books.booked(f"{10 + at}") for at in range(10)]
    run = books.read()
    assert run.matched == 10
    assert [item(one).left for one in made] == [10 + at for at in range(10)]


def test_a_run_hands_itself_on_and_misses_nothing(
    books: Books, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(open_items, "PAGE", 2)
    monkeypatch.setattr(open_items, "AT_ONCE", 1)
    made = [books.booked("121") for _ in range(5)]
    books.read()
    for one in made[:3]:
        books.pay(one)
    books.read()
    books.hours(1)
    asked = open_items.ask(connection=books.connection, by=None)
    slices = 0
    while open_items.run(asked.pk, seconds=0):
        slices += 1
        assert slices < 30
    assert slices > 4
    assert PaymentRun.objects.get(pk=asked.pk).status == "done"
    assert [stand(one)[0] for one in made] == ["paid"] * 3 + ["unpaid"] * 2


def test_rows_that_cannot_be_read_are_counted_and_make_nothing_vanish(books: Books) -> None:
    booked = books.booked("121")
    books.read()
    _change(books, booked, Balance="")
    run = books.read()
    assert (run.skipped, item(booked).missing_since, item(booked).left) == (1, None, 121)
    _change(books, booked, DebtorId="")
    assert books.read().skipped == 1
    assert item(booked).missing_since


def test_a_row_of_another_debtor_or_administration_is_not_ours(books: Books) -> None:
    booked = books.booked("121")
    _change(books, booked, DebtorId="10002")
    assert books.read().matched == 0
    _change(books, booked, DebtorId="10001", UnitId=2)
    assert books.read().matched == 0
    _change(books, booked, UnitId=1)
    assert books.read().matched == 1


def test_two_companies_in_one_environment_see_their_own(books: Books, sandbox: Any) -> None:
    mine = books.booked("121", "2026-0001")
    company = CompanyFactory()
    link = AfasConnectionFactory(company=company, user_token=seed.LIVE_TOKEN, administration=2)
    theirs = Books(sandbox, link, CustomerFactory(company=company)).booked("50", "2026-0001")
    assert books.read().matched == 1
    assert not OpenItem.objects.filter(document=theirs).exists()
    Books(sandbox, link, theirs.customer).read()
    assert (item(mine).left, item(theirs).left) == (121, 50)
    books.paid_for_certain(mine)
    assert (stand(mine)[0], stand(theirs)[0]) == ("paid", "unpaid")


def test_what_stands_in_other_books_of_the_same_company_is_left_alone(books: Books) -> None:
    """It was linked with another administration before, or with another environment."""
    earlier = books.booked("121")
    for other in ({"administration": 2}, {"environment": "12345test", "administration": 1}):
        AfasDocument.objects.filter(pk=earlier.pk).update(**other)
        assert books.read().matched == 0
    AfasDocument.objects.filter(pk=earlier.pk).update(environment="12345")
    assert books.read().matched == 1
    AfasDocument.objects.filter(pk=earlier.pk).update(administration=2)
    books.paid_for_certain(earlier)
    assert item(earlier).missing_since is None


def test_rows_of_other_administrations_are_not_added_up() -> None:
    rows = [
        OpenInvoice(UnitId=unit, DebtorId="10001", InvoiceNr="7", Balance=Decimal(100))
        for unit in (1, 2, None)
    ]
    assert open_rows.added_up(rows, 1)["10001", "7"].left == 100
    assert open_rows.added_up(rows, None) == {}


def test_an_invoice_of_afas_is_followed_too_and_not_paid_here(books: Books) -> None:
    direct = books.direct("121")
    books.read()
    assert item(direct).left == 121
    books.paid_for_certain(direct)
    assert item(direct).paid_at
    assert not Payment.objects.exists()


def test_a_booking_that_was_undone_is_followed_no_more(books: Books) -> None:
    booked = books.booked("121")
    books.read()
    booked.state, booked.undone_at = State.UNDONE, booked.confirmed_at
    booked.save()
    books.paid_for_certain(booked)
    assert stand(booked) == ("unpaid", 121)
    assert item(booked).paid_at is None


def test_what_people_registered_and_afas_does_not_know_differs(books: Books, owner: User) -> None:
    booked = books.booked("121")
    paying.payment_add(invoice=invoice(booked), amount=Decimal(121), paid_on=DAY, by=owner)
    books.read()
    assert item(booked).differs
    assert stand(booked) == ("paid", 0)
    books.pay(booked)
    books.read()
    books.hours(1)
    books.read()
    assert not item(booked).differs
    assert Payment.objects.get().how == "bank"
    invariants._payments_add_up(invoice(booked))


def test_what_people_take_back_is_told_again_at_the_next_reading(books: Books, owner: User) -> None:
    booked = books.booked("121")
    by_hand = paying.payment_add(
        invoice=invoice(booked), amount=Decimal(121), paid_on=DAY, by=owner
    )
    books.read()
    books.paid_for_certain(booked)
    paying.payment_remove(payment=by_hand, by=owner)
    assert stand(booked) == ("unpaid", 121)
    books.read()
    assert stand(booked) == ("paid", 0)


def test_nothing_is_told_of_a_company_without_books(company: Company) -> None:
    assert "not linked" in open_items.why_not(None)
    assert not PaymentRun.objects.of(company).exists()
