"""What is paid is counted to the cent, and never more than is open."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone

from core.errors import DomainError, FieldsError
from core.models import AuditEvent
from invoicing.models import Invoice, Payment
from invoicing.selectors.invoices import account_of
from invoicing.services import paying
from invoicing.views.invoice import actions_of
from tests.factories import InvoiceFactory
from tests.invoicing import invariants
from tests.invoicing.own import DAY, Studio, fresh

pytestmark = pytest.mark.django_db
PAID_ON = DAY + timedelta(days=3)


def pay(studio: Studio, invoice: Invoice, amount: str, **given: Any) -> Payment:
    """Money comes in."""
    return paying.payment_add(
        **{"invoice": invoice, "amount": Decimal(amount), "paid_on": PAID_ON, "by": studio.by}
        | given
    )


def stand(invoice: Invoice) -> tuple[Decimal, Decimal, str]:
    """Paid, open and the payment status, as stored."""
    now = fresh(invoice)
    return now.paid, now.open_amount, now.payment


@pytest.fixture
def final(studio: Studio) -> Invoice:
    """EUR 121, to be paid."""
    return studio.finalise(studio.free(("1", "100")))


def test_payments_add_up_until_nothing_is_open(studio: Studio, final: Invoice) -> None:
    assert stand(final) == (0, 121, "unpaid")
    pay(studio, final, "20.99", note="First part")
    assert stand(final) == (Decimal("20.99"), Decimal("100.01"), "partly")
    pay(studio, final, "100.01", how="other")
    assert stand(final) == (121, 0, "paid")
    invariants.check(studio.company)
    assert AuditEvent.objects.filter(action="invoice.paid", object_id=str(final.pk)).count() == 2


@pytest.mark.parametrize("amount", ["0", "-5", "0.001", "1.005", "NaN", "Infinity"])
def test_an_amount_is_of_euros_and_cents_above_zero(
    amount: str, studio: Studio, final: Invoice
) -> None:
    with pytest.raises(FieldsError) as caught:
        pay(studio, final, amount)
    assert set(caught.value.errors) == {"amount"}
    assert stand(final) == (0, 121, "unpaid")


def test_no_more_is_paid_than_is_open(studio: Studio, final: Invoice) -> None:
    pay(studio, final, "100")
    with pytest.raises(FieldsError, match="21"):
        pay(studio, final, "21.01")
    pay(studio, final, "21")
    with pytest.raises(DomainError, match="Nothing is open on 2026-0001"):
        pay(studio, final, "0.01")
    invariants.check(studio.company)


def test_nobody_paid_on_a_day_to_come(studio: Studio, final: Invoice) -> None:
    with pytest.raises(FieldsError) as caught:
        pay(studio, final, "1", paid_on=timezone.localdate() + timedelta(days=1), note="x" * 201)
    assert set(caught.value.errors) == {"paid_on", "note"}


def test_a_payment_by_mistake_is_taken_back(studio: Studio, final: Invoice) -> None:
    kept, wrong = pay(studio, final, "21"), pay(studio, final, "100")
    paying.payment_remove(payment=wrong, by=studio.by)
    paying.payment_remove(payment=wrong, by=studio.by)
    assert stand(final) == (21, 100, "partly")
    assert list(final.payments.all()) == [kept]
    event = AuditEvent.objects.get(action="invoice.payment_removed")
    assert event.before["amount"] == "100.00"


def test_a_draft_and_an_invoice_of_afas_are_not_paid_here(studio: Studio) -> None:
    with pytest.raises(DomainError, match="still a draft"):
        pay(studio, studio.free(("1", "100")), "1")
    with pytest.raises(DomainError, match="made in AFAS"):
        pay(studio, InvoiceFactory(customer=studio.customer, total=121), "1")
    assert not Payment.objects.exists()


def test_many_are_paid_at_once_and_the_others_say_why_not(studio: Studio, final: Invoice) -> None:
    partly = studio.finalise(studio.free(("1", "50")))
    pay(studio, partly, "0.50")
    paid = studio.finalise(studio.free(("1", "1")))
    pay(studio, paid, "1.21")
    draft = studio.free(("1", "1"))
    done = paying.mark_paid(invoices=[final, draft, paid, partly], paid_on=PAID_ON, by=studio.by)
    assert [one.amount for one in done.payments] == [121, 60]
    assert [one for one, _why in done.refusals] == [draft, paid]
    assert [stand(one)[2] for one in (final, partly)] == ["paid", "paid"]
    invariants.check(studio.company)


def test_a_credit_note_settles_what_is_open_and_the_rest_is_paid_back(
    studio: Studio, final: Invoice
) -> None:
    pay(studio, final, "100")
    note = studio.credit(final)
    assert stand(final) == (121, 0, "paid")
    assert stand(note) == (-21, -100, "partly")
    with pytest.raises(FieldsError, match="100"):
        pay(studio, note, "100.01")
    assert pay(studio, note, "100").amount == -100
    assert stand(note) == (-121, 0, "paid")
    assert [one.how for one in final.payments.order_by("pk")] == ["bank", "credit"]
    invariants.check(studio.company)


def test_what_a_credit_note_settled_stays(studio: Studio, final: Invoice) -> None:
    studio.credit(final)
    with pytest.raises(DomainError, match="credit note or invoice 2026-0002"):
        paying.payment_remove(payment=final.payments.get(), by=studio.by)
    assert stand(final) == (121, 0, "paid")


def test_when_a_payment_proves_wrong_the_credit_note_settles_after_all(
    studio: Studio, final: Invoice
) -> None:
    wrong = pay(studio, final, "121")
    note = studio.credit(final)
    assert stand(note) == (0, -121, "unpaid")
    paying.payment_remove(payment=wrong, by=studio.by)
    assert stand(final) == (121, 0, "paid")
    assert stand(note) == (-121, 0, "paid")
    invariants.check(studio.company)


def test_when_what_was_paid_back_proves_wrong_the_invoice_is_settled_after_all(
    studio: Studio, final: Invoice
) -> None:
    """The customer neither paid nor got anything back, so nobody owes anything."""
    wrong = pay(studio, final, "121")
    note = studio.credit(final)
    back = pay(studio, note, "121")
    paying.payment_remove(payment=wrong, by=studio.by)
    assert (stand(final)[1], stand(note)[1]) == (121, 0)
    paying.payment_remove(payment=back, by=studio.by)
    assert (stand(final), stand(note)) == ((121, 0, "paid"), (-121, 0, "paid"))
    invariants.check(studio.company)


def test_what_a_credited_invoice_still_asks_is_owed_and_can_be_paid(
    studio: Studio, final: Invoice
) -> None:
    """Its payment proved a mistake after as much had been paid back."""
    wrong = pay(studio, final, "121")
    pay(studio, studio.credit(final), "121")
    paying.payment_remove(payment=wrong, by=studio.by)
    assert account_of(studio.company, studio.customer).open == 121
    assert actions_of(fresh(final), None)["pay"]
    pay(studio, final, "121", note="At last")
    assert account_of(studio.company, studio.customer).open == 0
    assert not actions_of(fresh(final), None)["pay"]


def test_a_second_press_of_the_button_is_no_second_payment(studio: Studio, final: Invoice) -> None:
    part = {"amount": Decimal(50), "paid_on": timezone.localdate(), "by": studio.by}
    paying.payment_add(invoice=final, **part)
    with pytest.raises(DomainError, match="less than a minute ago"):
        paying.payment_add(invoice=final, **part)
    assert fresh(final).paid == 50
    paying.payment_add(invoice=final, note="A second time", **part)
    assert fresh(final).paid == 100
