"""One customer's work: drawn up, made final, printed, credited, and back where it began."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.db import transaction
from lxml import etree

from invoicing.models import Claim, DocumentStatus, Invoice, LineKind
from invoicing.services import crediting, drafting, finalising, ubl
from invoicing.services.bundling import Options
from invoicing.services.pricing import Grouping
from tests.invoicing import oracle
from tests.money.companies import Work
from tests.money.stage import FIRST, Stage
from tests.money.truth import Line, Truth, truth_of

CBC = "{urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2}"


def play(work: Work) -> None:
    """Everything of one example, and then nothing of it is left."""
    with transaction.atomic():
        _play(work)
        transaction.set_rollback(True)


def _play(work: Work) -> None:
    truth, stage = truth_of(work), Stage.of(work)
    assert stage.worths() == truth.worths
    invoice = drawn(stage)
    agrees(invoice, truth, stage)
    if truth.total < 0:
        assert any(one.blocking for one in finalising.obstacles(invoice))
        return
    invoice = finalising.finalise(invoice=invoice, version=invoice.version, by=stage.by)
    agrees(invoice, truth, stage)
    assert stage.states() == {"invoiced"}
    printed(invoice, truth)
    if truth.total > 0:
        credit_all(stage, invoice, truth)
        assert stage.worths() == truth.worths
        agrees(drawn(stage), truth, stage)


def drawn(stage: Stage) -> Invoice:
    """Unbilled → Create invoice, for everything."""
    options = Options(invoice_date=FIRST, grouping=Grouping(stage.work.grouping))
    selection = stage.selection()
    check = drafting.check_drafts(company=stage.company, selection=selection, options=options)
    assert not check.left_out
    made = drafting.create_drafts(
        company=stage.company, selection=selection, options=options, token=check.token, by=stage.by
    )
    (invoice,) = made.invoices
    assert invoice.total == check.total
    assert stage.states() == {"reserved"}
    return invoice


def agrees(invoice: Invoice, truth: Truth, stage: Stage) -> None:
    """Lines, claims, VAT and totals are those of the truth."""
    assert sorted(map(line_of, items(invoice)), key=str) == sorted(truth.lines, key=str)
    claims = Claim.objects.filter(line__invoice=invoice, released_at=None)
    found = {(one.pk_of, oracle.cents(one.amount)) for one in map(Claimed, claims)}
    assert found == {
        ((thing.kind, stage.made[place].pk), truth.claims[place])
        for place, thing in enumerate(stage.work.things)
    }
    amounts = (invoice.net, invoice.vat, invoice.total)
    assert [oracle.cents(one) for one in amounts] == [
        truth.net,
        truth.total - truth.net,
        truth.total,
    ]


class Claimed:
    """A claim with the kind and id of what it claims."""

    def __init__(self, claim: Claim) -> None:
        kinds = ("hour", "expense", "ride", "instalment", "subscription_period")
        self.pk_of = next((k, pk) for k in kinds if (pk := getattr(claim, f"{k}_id")))
        self.amount = claim.amount


def items(invoice: Invoice) -> list[Any]:
    """The lines with an amount, in their order."""
    return list(invoice.lines.filter(kind=LineKind.ITEM).order_by("position"))


def line_of(row: Any) -> Line:
    """A stored line as the truth knows lines."""
    return Line(
        quantity=int(row.quantity * 100),
        price=int(row.unit_price * 10_000),
        net=oracle.cents(row.net),
        code=row.vat_code,
        percent=int(row.vat_percent * 100),
    )


def printed(invoice: Invoice, truth: Truth) -> None:
    """The UBL says the same: every line, the VAT and what is to be paid."""
    root = etree.fromstring(ubl.ubl_of(invoice))
    nets = [money(one) for one in root.iter(f"{CBC}LineExtensionAmount")]
    assert sorted(nets[1:]) == sorted(line.net for line in truth.lines)
    assert nets[0] == truth.net
    assert money(next(root.iter(f"{CBC}TaxAmount"))) == truth.total - truth.net
    assert money(next(root.iter(f"{CBC}PayableAmount"))) == truth.total


def money(element: Any) -> int:
    """An amount of the UBL, in cents."""
    return oracle.cents(Decimal(element.text))


def credit_all(stage: Stage, invoice: Invoice, truth: Truth) -> None:
    """In up to three credit notes, as the example says; together they undo it to the cent."""
    notes = [_credit(stage, invoice, lines) for lines in _parts(stage.work, invoice)]
    assert sum(oracle.cents(note.total) for note in notes) == -truth.total
    assert sum(oracle.cents(note.vat) for note in notes) == truth.net - truth.total
    assert stage.states() == {"unbilled"}
    invoice.refresh_from_db()
    assert invoice.status == DocumentStatus.CREDITED


def _parts(work: Work, invoice: Invoice) -> list[list[int] | None]:
    """The lines of each credit note; all at once where a part would be below zero by itself."""
    rows = items(invoice)
    parts = [
        [row for at, row in enumerate(rows) if work.credits[at] == number] for number in range(3)
    ]
    filled = [part for part in parts if part]
    if any(sum(row.net for row in part) <= 0 for part in filled):
        return [None]
    return [[row.pk for row in part] for part in filled]


def _credit(stage: Stage, invoice: Invoice, lines: list[int] | None) -> Invoice:
    invoice.refresh_from_db()
    note = crediting.credit(invoice=invoice, lines=lines, reason="Wrong", by=stage.by)
    return finalising.finalise(invoice=note, version=note.version, by=stage.by)
