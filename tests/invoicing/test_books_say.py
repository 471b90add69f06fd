"""What the books of another package say is paid stands beside what people registered."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from itertools import product
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse

from core.errors import DomainError
from core.models import AuditEvent
from invoicing.models import Invoice, Payment
from invoicing.services import paying
from invoicing.services.books import books_say
from tests.factories import InvoiceFactory
from tests.invoicing import invariants
from tests.invoicing.own import DAY, Studio, fresh

pytestmark = pytest.mark.django_db
SEEN_ON = DAY + timedelta(days=10)


def say(invoice: Invoice, left: str) -> bool:
    """The books have so much of it open."""
    return books_say(invoice=invoice, left=Decimal(left), on=SEEN_ON)


def pay(studio: Studio, invoice: Invoice, amount: str) -> Payment:
    """A person registers money."""
    return paying.payment_add(invoice=invoice, amount=Decimal(amount), paid_on=DAY, by=studio.by)


def rows(invoice: Invoice) -> list[tuple[str, Decimal]]:
    """Every payment row, in the order in which it was made."""
    return list(invoice.payments.order_by("pk").values_list("how", "amount"))


@pytest.fixture
def final(studio: Studio) -> Invoice:
    """EUR 121, to be paid."""
    return studio.finalise(studio.free(("1", "100")))


def test_what_the_books_hold_as_paid_is_one_row_that_follows_them(
    studio: Studio, final: Invoice
) -> None:
    assert say(final, "121")
    assert rows(final) == []
    assert say(final, "71")
    assert rows(final) == [("afas", 50)]
    assert (fresh(final).payment, fresh(final).open_amount) == ("partly", 71)
    assert say(final, "0")
    assert rows(final) == [("afas", 121)]
    assert final.payments.get().paid_on == SEEN_ON
    assert fresh(final).payment == "paid"
    assert say(final, "121")  # the bookkeeper took the match back
    assert rows(final) == []
    assert fresh(final).payment == "unpaid"
    invariants.check(studio.company)


def test_only_a_change_is_written_into_the_history(studio: Studio, final: Invoice) -> None:
    for left in ("121", "71", "71", "0", "0"):
        say(final, left)
    events = AuditEvent.objects.filter(action="invoice.paid_in_books").order_by("pk")
    assert [(one.before["amount"], one.after["left"]) for one in events] == [
        ("0", "71"),
        ("50.00", "0"),
    ]
    assert not events.filter(by__isnull=False).exists()


def test_what_people_registered_counts_and_is_never_touched(studio: Studio, final: Invoice) -> None:
    by_hand = pay(studio, final, "21")
    assert say(final, "71")
    assert rows(final) == [("bank", 21), ("afas", 29)]
    assert say(final, "100")
    assert rows(final) == [("bank", 21)]
    assert final.payments.get() == by_hand
    invariants.check(studio.company)


def test_people_may_know_more_than_the_books(studio: Studio, final: Invoice) -> None:
    """The rest came in today; the bookkeeper sees it tomorrow."""
    say(final, "71")
    pay(studio, final, "71")
    assert not say(final, "71")
    assert fresh(final).payment == "paid"
    assert rows(final) == [("afas", 50), ("bank", 71)]
    assert say(final, "0")
    assert rows(final) == [("afas", 50), ("bank", 71)]


def test_a_payment_that_the_books_take_back_goes_even_when_people_know_another(
    studio: Studio, final: Invoice
) -> None:
    say(final, "71")
    pay(studio, final, "71")
    assert not say(final, "121")
    assert rows(final) == [("bank", 71)]
    assert not say(final, "121")
    assert rows(final) == [("bank", 71)]
    invariants.check(studio.company)


def test_the_same_money_registered_here_and_matched_there_counts_once(
    studio: Studio, final: Invoice
) -> None:
    say(final, "71")
    pay(studio, final, "50")
    assert say(final, "71")
    assert rows(final) == [("bank", 50)]


@pytest.mark.parametrize(("left", "paid"), [("-10", 121), ("200", 0)])
def test_books_with_more_than_was_asked_differ_and_nobody_pays_too_much(
    studio: Studio, final: Invoice, left: str, paid: int
) -> None:
    assert not say(final, left)
    assert fresh(final).paid == paid
    assert not say(final, left)
    invariants.check(studio.company)


def test_a_credit_note_is_the_same_mirrored(studio: Studio, final: Invoice) -> None:
    pay(studio, final, "121")
    note = studio.credit(final)
    assert say(note, "-121")
    assert rows(note) == []
    assert say(note, "-21")
    assert rows(note) == [("afas", -100)]
    assert say(note, "0")
    assert (fresh(note).payment, fresh(note).open_amount) == ("paid", 0)
    assert not say(note, "5")
    assert fresh(note).paid == -121


def test_what_a_credit_note_settled_here_may_still_be_matched_in_the_books(
    studio: Studio, final: Invoice
) -> None:
    note = studio.credit(final)
    assert not say(final, "121")
    assert not say(note, "-121")
    assert [one[0] for one in (*rows(final), *rows(note))] == ["credit", "credit"]
    assert say(final, "0")
    assert say(note, "0")


def test_the_order_of_what_is_said_does_not_matter_without_people(studio: Studio) -> None:
    """Whatever the books said before, the last word holds to the cent."""
    for first, last in product(("0", "0.01", "60.50", "121"), repeat=2):
        invoice = studio.finalise(studio.free(("1", "100")))
        say(invoice, first)
        assert say(invoice, last)
        assert fresh(invoice).open_amount == Decimal(last)
    invariants.check(studio.company)


def test_a_draft_and_an_invoice_of_afas_are_not_told_by_the_books(studio: Studio) -> None:
    with pytest.raises(DomainError, match="still a draft"):
        say(studio.free(("1", "100")), "1")
    with pytest.raises(DomainError, match="made in AFAS"):
        say(InvoiceFactory(customer=studio.customer, total=121), "1")


def test_the_database_refuses_a_second_row_of_the_books(studio: Studio, final: Invoice) -> None:
    say(final, "71")
    row = {"company": studio.company, "invoice": final, "how": "afas", "paid_on": DAY}
    with pytest.raises(IntegrityError), transaction.atomic():
        Payment.objects.create(amount=1, **row)


def test_nobody_takes_back_by_hand_what_the_books_say(
    studio: Studio, final: Invoice, client_of: Any
) -> None:
    say(final, "71")
    with pytest.raises(DomainError, match="Undo the payment in AFAS"):
        paying.payment_remove(payment=final.payments.get(), by=studio.by)
    pay(studio, final, "1")
    browser = client_of(studio.by, studio.company)
    body = browser.get(reverse("invoice", args=[final.pk])).content.decode()
    assert "According to AFAS" in body
    assert "50,00 settled according to AFAS" in body
    removable = [one for one in final.payments.all() if _remove(one) in body]
    assert [one.how for one in removable] == ["bank"]


def _remove(payment: Payment) -> str:
    return reverse("invoice_payment_remove", args=[payment.invoice_id, payment.pk])


def test_no_more_is_paid_by_hand_than_the_books_leave_open(studio: Studio, final: Invoice) -> None:
    say(final, "0")
    with pytest.raises(DomainError, match="Nothing is open"):
        pay(studio, final, "1")
