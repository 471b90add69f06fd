"""A credit note gives back exactly what was asked, in whole or in parts, and never more."""

from __future__ import annotations

import itertools
from collections.abc import Collection
from decimal import Decimal
from typing import Any

import pytest

from core.errors import DomainError, FieldsError
from core.models import AuditEvent
from invoicing.models import Claim, Invoice, InvoiceLine
from invoicing.services import crediting, editing
from invoicing.services.paper import paper_of
from tests.factories import (
    ExpenseFactory,
    InstalmentFactory,
    InvoiceFactory,
    SubscriptionPeriodFactory,
    VatRateFactory,
)
from tests.invoicing import invariants
from tests.invoicing.own import DAY, Studio, fresh, standing

pytestmark = pytest.mark.django_db


def credit(
    studio: Studio, invoice: Invoice, lines: Collection[int] | None = None, reason: str = "Wrong"
) -> Invoice:
    """A draft credit note."""
    return crediting.credit(invoice=invoice, lines=lines, reason=reason, by=studio.by)


def keys(invoice: Invoice) -> list[int]:
    """The lines by key."""
    return list(invoice.lines.order_by("position").values_list("pk", flat=True))


def test_a_credit_note_mirrors_its_invoice(studio: Studio) -> None:
    draft = studio.draft([studio.hour(50), InstalmentFactory(project=studio.project)])
    final = studio.finalise(studio.change(draft.lines.first(), discount=Decimal(10)).invoice)
    note = credit(studio, final, reason="Too many hours")
    assert (note.kind, note.status, note.credits) == ("credit_note", "draft", final)
    assert (note.net, note.vat, note.total) == (-final.net, -final.vat, -final.total)
    for given, asked in zip(note.lines.all(), final.lines.all(), strict=True):
        assert (given.credits, given.quantity, given.net) == (asked, -asked.quantity, -asked.net)
        for name in ("description", "unit_price", "discount", "vat_code", "vat_percent", "unit"):
            assert getattr(given, name) == getattr(asked, name)
    assert paper_of(note).credits_number == final.number
    event = AuditEvent.objects.get(action="invoice.drawn_up", object_id=str(note.pk))
    assert event.reason == "Too many hours"
    assert (
        standing(*[claim.hour or claim.instalment for claim in Claim.objects.all()])
        == [("invoiced", final.number)] * 2
    )


def test_crediting_everything_restores_unbilled_exactly(studio: Studio) -> None:
    made = {"project": studio.project}
    things = [
        studio.hour(50, approved=True),
        studio.hour(20),
        ExpenseFactory(**made, quantity=Decimal("1.5"), unit_cost=Decimal("12.35")),
        InstalmentFactory(**made),
        SubscriptionPeriodFactory(**made),
    ]
    final = studio.finalise(studio.draft(things))
    frozen = [(one.rate, one.amount) for one in Claim.objects.order_by("pk")]
    note = studio.credit(final)
    assert note.number == "2026-0002"
    assert standing(*things) == [("unbilled", "")] * 5
    assert fresh(things[0]).approval == "approved"
    assert (fresh(final).status, fresh(note).status) == ("credited", "final")
    assert crediting.credited(final) == final.total
    assert {one.release_reason for one in Claim.objects.all()} == {"Credit note 2026-0002"}
    invariants.check(studio.company)

    again = studio.finalise(studio.draft(things))
    assert (again.net, again.vat, again.total) == (final.net, final.vat, final.total)
    active = Claim.objects.filter(released_at=None).order_by("pk")
    assert [(one.rate, one.amount) for one in active] == frozen
    invariants.check(studio.company)


def test_one_line_is_credited_and_the_other_stays(studio: Studio) -> None:
    hour, fixed = studio.hour(), InstalmentFactory(project=studio.project)
    final = studio.finalise(studio.draft([hour, fixed]))
    studio.credit(final, keys(final)[:1])
    assert standing(hour, fixed) == [("unbilled", ""), ("invoiced", final.number)]
    assert fresh(final).status == "final"
    assert crediting.credited(final) == 121
    invariants.check(studio.company)
    with pytest.raises(DomainError, match="credited already"):
        credit(studio, final, keys(final)[:1])
    studio.credit(final)
    assert standing(fixed) == [("unbilled", "")]
    assert fresh(final).status == "credited"
    invariants.check(studio.company)


def test_a_part_of_a_line_releases_nothing_until_it_is_whole(studio: Studio) -> None:
    hour = studio.hour(90)
    final = studio.finalise(studio.draft([hour]))
    studio.credit(final, part="0.50")
    assert standing(hour) == [("invoiced", final.number)]
    assert crediting.credited(final) == Decimal("60.50")
    rest = studio.credit(final)
    assert rest.lines.get().quantity == -1
    assert standing(hour) == [("unbilled", "")]
    assert fresh(final).status == "credited"
    invariants.check(studio.company)


@pytest.mark.parametrize("quantity", ["-1.51", "1", "0", "-100"])
def test_no_more_of_a_line_is_given_back_than_was_asked(quantity: str, studio: Studio) -> None:
    final = studio.finalise(studio.draft([studio.hour(90)]))
    line = credit(studio, final).lines.get()
    with pytest.raises(FieldsError) as caught:
        studio.change(line, quantity=Decimal(quantity))
    assert caught.value.errors == {"quantity": "Of this line at most -1.50 can still be credited."}


@pytest.mark.parametrize(
    "values", [{"unit_price": Decimal(99)}, {"discount": Decimal(1)}, {"vat_code": "low"}]
)
def test_a_credit_note_keeps_price_and_vat(values: dict[str, Any], studio: Studio) -> None:
    final = studio.finalise(studio.draft([studio.hour(90)]))
    line = credit(studio, final).lines.get()
    with pytest.raises(FieldsError, match="at the price, discount and VAT of the invoice"):
        studio.change(line, **values)
    assert studio.change(line, description="Half of it").description == "Half of it"


def test_a_credit_note_that_gives_back_too_much_is_not_made_final(studio: Studio) -> None:
    final = studio.finalise(studio.draft([studio.hour(90)]))
    note = credit(studio, final)
    InvoiceLine.objects.filter(invoice=note).update(quantity=-2, net=-200)
    with pytest.raises(DomainError, match="gives back more than is left"):
        studio.finalise(note)
    assert fresh(note).is_draft
    assert standing(Claim.objects.get().hour) == [("invoiced", final.number)]


@pytest.mark.parametrize("percent", ["21", "9"])
def test_however_it_is_credited_no_cent_of_vat_is_left(percent: str, studio: Studio) -> None:
    """Prices whose VAT is rounded on every note, in every order of the lines."""
    code = {"21": "high", "9": "low"}[percent]
    prices = ("0.12", "0.03", "0.07")
    for order in itertools.permutations(range(3)):
        draft = studio.free(*[("1", price) for price in prices], vat_code=code)
        final = studio.finalise(draft)
        lines = keys(final)
        notes = [studio.credit(final, [lines[at]]) for at in order]
        assert sum(note.vat for note in notes) == -final.vat
        assert sum(note.total for note in notes) == -final.total
        assert all(note.vat <= 0 for note in notes)
        assert fresh(final).payment == "paid"
    invariants.check(studio.company)


@pytest.mark.parametrize("price", ["0.05", "0.04"])  # the parts round up, and down
def test_a_line_that_does_not_divide_is_given_back_to_the_cent(price: str, studio: Studio) -> None:
    final = studio.finalise(studio.free(("1", price)))
    parts = [studio.credit(final, part="0.30") for _ in range(3)]
    last = studio.credit(final)
    nets = [note.net for note in (*parts, last)]
    assert sum(nets) == -Decimal(price)
    assert all(net <= 0 for net in nets)
    assert fresh(final).status == "credited"
    invariants.check(studio.company)


def test_the_vat_on_a_draft_credit_note_is_what_it_will_be(studio: Studio) -> None:
    final = studio.finalise(studio.free(("1", "0.12"), ("1", "0.12"), ("1", "0.12")))
    for line in keys(final):
        note = credit(studio, final, [line])
        expected = paper_of(note)
        assert expected.vat == note.vat
        assert studio.finalise(note).vat == expected.vat
    assert sum(one.vat for one in final.credit_notes.all()) == -final.vat == Decimal("-0.08")


def test_a_refund_on_an_invoice_is_credited_with_its_own_sign(studio: Studio) -> None:
    final = studio.finalise(studio.free(("3", "10"), ("-1", "10")))
    note = credit(studio, final)
    assert [line.quantity for line in note.lines.all()] == [-3, 1]
    with pytest.raises(FieldsError):
        studio.change(note.lines.last(), quantity=Decimal("1.5"))
    studio.finalise(note)
    assert fresh(final).status == "credited"
    invariants.check(studio.company)


def test_crediting_the_refund_alone_would_ask_money(studio: Studio) -> None:
    final = studio.finalise(studio.free(("3", "10"), ("-1", "10")))
    note = credit(studio, final, keys(final)[1:])
    with pytest.raises(DomainError, match="asks money"):
        studio.finalise(note)


def test_no_more_is_given_back_than_the_invoice_asked_altogether(studio: Studio) -> None:
    """Its discount is a line below zero, which stays behind when only the work is credited."""
    final = studio.finalise(studio.free(("1", "1000"), ("-1", "100")))
    note = credit(studio, final, keys(final)[:1])
    with pytest.raises(DomainError, match="more than the invoice asked"):
        studio.finalise(note)
    assert fresh(note).is_draft
    editing.draft_delete(invoice=note, by=studio.by)
    assert studio.credit(final).total == -final.total
    assert fresh(final).status == "credited"
    invariants.check(studio.company)


def test_parts_together_give_back_no_more_than_the_invoice_asked(studio: Studio) -> None:
    final = studio.finalise(studio.free(("10", "100"), ("-1", "400")))
    work = keys(final)[:1]
    first = credit(studio, final, work)
    studio.change(first.lines.get(), quantity=Decimal(-5))
    studio.finalise(first)
    second = credit(studio, final, work)
    studio.change(second.lines.get(), quantity=Decimal(-2))
    with pytest.raises(DomainError, match="more than the invoice asked"):
        studio.finalise(second)
    studio.change(second.lines.get(), quantity=Decimal(-1))
    assert studio.finalise(second).total == -121
    assert fresh(final).payment == "paid"


def test_an_invoice_of_nothing_lets_go_of_its_hours_too(studio: Studio) -> None:
    hour = studio.hour()
    draft = studio.draft([hour])
    studio.change(draft.lines.get(), discount=Decimal(100))
    final = studio.finalise(draft)
    studio.credit(final)
    assert standing(hour) == [("unbilled", "")]
    assert fresh(final).status == "credited"
    invariants.check(studio.company)


def test_the_vat_of_the_invoice_holds_whatever_it_became(studio: Studio) -> None:
    final = studio.finalise(studio.free(("1", "100")))
    VatRateFactory(company=studio.company, percent=25, valid_from=DAY)
    note = credit(studio, final)
    moved = editing.head_change(
        invoice=note,
        data=editing.HeadData.of(note),
        version=note.version,
        by=studio.by,
    )
    assert moved.vat == -21
    assert studio.finalise(note).total == -121


def test_what_can_be_credited_says_so(studio: Studio) -> None:
    draft = studio.free(("1", "100"))
    with pytest.raises(DomainError, match="still a draft"):
        credit(studio, draft)
    final = studio.finalise(draft)
    with pytest.raises(FieldsError, match="Say why"):
        credit(studio, final, reason="  ")
    with pytest.raises(FieldsError, match="Tick the lines"):
        credit(studio, final, [])
    with pytest.raises(DomainError, match="not on this invoice"):
        credit(studio, final, [0])
    note = credit(studio, final)
    with pytest.raises(DomainError, match="being drawn up already"):
        credit(studio, final)
    studio.finalise(note)
    with pytest.raises(DomainError, match="A credit note cannot be credited"):
        credit(studio, note)
    with pytest.raises(DomainError, match="credited as a whole"):
        credit(studio, final)
    theirs = InvoiceFactory(customer=studio.customer)
    with pytest.raises(DomainError, match="made in AFAS"):
        credit(studio, theirs)


def test_a_deleted_draft_credit_note_changes_nothing(studio: Studio) -> None:
    hour = studio.hour()
    final = studio.finalise(studio.draft([hour]))
    editing.draft_delete(invoice=credit(studio, final), by=studio.by)
    assert standing(hour) == [("invoiced", final.number)]
    assert fresh(final).status == "final"
    invariants.check(studio.company)
    assert credit(studio, final).total == -121


def test_a_credit_note_to_an_archived_customer_is_possible(studio: Studio) -> None:
    final = studio.finalise(studio.free(("1", "100")))
    studio.customer.archived = True
    studio.customer.save()
    assert studio.credit(final).number == "2026-0002"


def test_a_text_on_a_credit_note_never_becomes_an_amount(studio: Studio) -> None:
    note = credit(studio, studio.finalise(studio.draft([studio.hour()])))
    data = editing.LineData(kind="text", description="Sorry")
    text = editing.line_add(invoice=note, data=data, by=studio.by)
    with pytest.raises(DomainError, match="only gives back"):
        studio.change(text, kind="item", unit_price=Decimal(-5))
    assert fresh(text).kind == "text"
