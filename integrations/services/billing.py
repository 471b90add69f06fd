"""Invoice in AFAS: from a selection to documents, through a check that the person confirms.

    check_selection(...)  → what would be made, per customer, and what is left out and why
    invoice_in_afas(...)  → makes exactly that, one transaction per customer, or says what changed

The check carries a token over everything it showed: ids, versions, options, lines, debtors. What is
confirmed is what was seen.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from decimal import Decimal
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from accounts.models import Company, User
from core import audit
from core.errors import DomainError, StaleError
from integrations.afas import documents as afas
from integrations.afas import fieldlist
from integrations.models import AfasConnection, CustomerLink, InvoicingRun
from integrations.selectors import links_of
from integrations.services import annexes, documents, holding
from integrations.services.items import ItemLadder
from integrations.services.obstacles import Obstacle
from integrations.services.payloads import why_not_created
from invoicing.models import Channel
from invoicing.services import claiming, pricing
from invoicing.services.annex_pdf import NONE, Annexes
from invoicing.services.bundling import Bundle, Options, Rows, bundles, lines_of
from invoicing.services.line_rules import check_day
from invoicing.services.pricing import PricedLine, Totals
from invoicing.services.sifting import LeftOut, VatOf, sift, vat_of
from registration.models import Project, Selection
from relations.models import Customer

WORK = afas.ItemKind.WORK_TYPE.value


@dataclass(frozen=True, kw_only=True)
class Bill:
    """One invoice as it would be made. `debtor` is AFAS's number, or empty: it will be created.

    `worth` is what its things are worth one by one, EUR excl. VAT, before lines are rounded;
    `annexes` go along as a dossier item.
    """

    customer: Customer
    project: Project | None
    reference: str
    lines: Sequence[PricedLine]
    versions: dict[str, dict[int, int]]
    worth: Decimal
    debtor: str
    obstacles: Sequence[Obstacle] = ()
    annexes: Annexes = NONE

    @property
    def net(self) -> Decimal:
        """EUR excl. VAT."""
        return pricing.total(self.lines)

    @property
    def expected(self) -> Totals:
        """Net, VAT and total as we expect them: AFAS works the VAT out from its own settings."""
        return pricing.totals(pricing.taxed(self.lines))

    @property
    def counts(self) -> dict[str, int]:
        """How many entries of each kind it holds."""
        return {kind: len(ids) for kind, ids in self.versions.items()}

    @property
    def ready(self) -> bool:
        """Whether nothing stands in its way."""
        return not self.obstacles


@dataclass(frozen=True, kw_only=True)
class Check:
    """What would be made, and what would not, with the token that stands for having seen it."""

    options: Options
    bills: Sequence[Bill]
    left_out: Sequence[LeftOut]
    token: str = field(default="")

    @property
    def ready(self) -> list[Bill]:
        """The invoices that can be made now."""
        return [bill for bill in self.bills if bill.ready]

    @property
    def on_work_items(self) -> bool:
        """Whether expenses or rides would be booked as work, for want of an item of their own."""
        return self._booked_as_work({"expense", "ride"})

    @property
    def planned_on_work_items(self) -> bool:
        """Whether fixed prices or subscriptions would be booked as hours of work."""
        return self._booked_as_work(pricing.PLANNED)

    def _booked_as_work(self, kinds: Collection[str]) -> bool:
        lines = (line for bill in self.ready for line in bill.lines)
        return any(line.kind in kinds and line.item.kind == WORK for line in lines)

    @property
    def net(self) -> Decimal:
        """EUR excl. VAT of what can be made."""
        return sum((bill.net for bill in self.ready), Decimal(0))

    @property
    def expected_total(self) -> Decimal:
        """EUR incl. the VAT that we expect, of what can be made."""
        return sum((bill.expected.total for bill in self.ready), Decimal(0))

    @property
    def rounding(self) -> Decimal:
        """EUR by which the lines differ from their things added up one by one (DECISIONS D)."""
        return self.net - sum((bill.worth for bill in self.ready), Decimal(0))

    @property
    def entries(self) -> int:
        """How many entries stand on what can be made."""
        return sum(sum(bill.counts.values()) for bill in self.ready)


def check_selection(*, connection: AfasConnection, selection: Selection, options: Options) -> Check:
    """Work out every invoice of a selection without changing anything.

    Raises FieldsError for an invoice date that no invoice can have.
    """
    check_day(options.invoice_date)
    company, options = connection.company, annexes.chosen(connection, options)
    found, left_out = sift(company, selection)
    ladder = ItemLadder.of(company, connection.environment)
    links, vat = links_of(company, connection.environment), vat_of(company)
    bills = []
    for bundle in bundles(found, options):
        lines = _lines(bundle.rows, options, ladder, vat)
        along = annexes.expected(bundle.rows, options)
        bills.append(_bill(connection, bundle, lines, links, along))
    return Check(
        options=options, bills=bills, left_out=left_out, token=_token(connection, options, bills)
    )


def _lines(rows: Rows, options: Options, ladder: ItemLadder, vat: VatOf) -> list[PricedLine]:
    """The lines as AFAS gets them: what it multiplies out again is our net amount, to the cent."""
    lines = lines_of(rows, options, ladder.item_of, vat)
    return [line if fits_afas(line) else pricing.as_one(line) for line in lines]


def fits_afas(line: PricedLine) -> bool:
    """Whether quantity and price have room in AFAS's fields and come to our net amount there."""
    step = Decimal(1).scaleb(-fieldlist.decimals(afas.INVOICE_LINES, "QuUn"))
    whole = line.quantity == line.quantity.quantize(step)
    decimals = fieldlist.decimals(afas.INVOICE_LINES, "Upri")
    return whole and pricing.reproduces(line, decimals)


def _bill(
    connection: AfasConnection,
    bundle: Bundle,
    lines: Sequence[PricedLine],
    links: Mapping[int, CustomerLink],
    along: Annexes,
) -> Bill:
    link = links.get(bundle.customer.pk)
    obstacles = _debtor_obstacles(connection, bundle.customer, link)
    return Bill(
        customer=bundle.customer,
        project=bundle.project,
        reference=bundle.reference,
        lines=lines,
        versions=bundle.versions,
        worth=sum((row.amount for _kind, row in bundle.rows), Decimal(0)),
        debtor=link.debtor_number if link else "",
        obstacles=[*obstacles, *_line_obstacles(lines)],
        annexes=along,
    )


def _debtor_obstacles(
    connection: AfasConnection, customer: Customer, link: CustomerLink | None
) -> list[Obstacle]:
    """Why AFAS would not take an invoice for this customer; empty when it would."""
    if customer.blocked or (link and link.blocked_in_afas):
        sentence = _("This customer is blocked, so AFAS would refuse the invoice.")
        return [Obstacle(sentence=sentence, url_name="customer_edit", pk=customer.pk)]
    return [] if link else why_not_created(connection, customer)


def _line_obstacles(lines: Sequence[PricedLine]) -> list[Obstacle]:
    if any(not line.item.code for line in lines):
        sentence = _(
            "No AFAS item is set for some lines, and there is no default item, so they would land "
            "on no revenue account."
        )
        return [Obstacle(sentence=sentence, url_name="afas_settings")]
    if pricing.total(lines) == 0:
        return [
            Obstacle(sentence=_("The invoice would be of € 0.00, so there is nothing to bill."))
        ]
    return []


def _token(connection: AfasConnection, options: Options, bills: Sequence[Bill]) -> str:
    """A hash over all that the check shows and all that could have changed since."""
    shown = [
        (
            bill.customer.pk,
            bill.debtor,
            bill.reference,
            {kind: sorted(ids.items()) for kind, ids in bill.versions.items()},
            [
                (
                    *(line.description, str(line.quantity), str(line.unit_price)),
                    *(asdict(line.item), line.vat_code, str(line.vat_percent)),
                )
                for line in bill.lines
            ],
            bill.ready,
        )
        for bill in bills
    ]
    everything = (connection.pk, options.as_json(), shown)
    return hashlib.sha256(json.dumps(everything, sort_keys=True).encode()).hexdigest()


def invoice_in_afas(
    *,
    connection: AfasConnection,
    selection: Selection,
    options: Options,
    token: str,
    by: User,
) -> InvoicingRun:
    """Make what was checked: per customer an invoice, its claims and its document, or a refusal.

    Pressing twice, or in two tabs, gives the one run that the selection has. Each customer is a
    transaction of its own, so others go on when one is refused; a refusal is kept on the run with
    its sentence. Raises StaleError when anything changed since the check, and DomainError when the
    link is not ready or no invoice can be made; then nothing at all is made.
    """
    existing = InvoicingRun.objects.filter(selection=selection).first()
    if existing:
        return existing
    if not connection.is_ready or connection.paused_at:
        raise DomainError(_("The link with AFAS is not ready or is paused, so nothing was made."))
    holding.refuse_while_held(connection)
    check = check_selection(connection=connection, selection=selection, options=options)
    if check.token != token:
        raise StaleError(
            _(
                "Something changed since you checked, so nothing was made. Below is how it stands "
                "now; look once more and confirm."
            )
        )
    if not check.ready:
        raise DomainError(_("Nothing in this selection can be invoiced now, so nothing was made."))
    return _run(connection, selection, check, by)


def _run(connection: AfasConnection, selection: Selection, check: Check, by: User) -> InvoicingRun:
    ready = check.ready
    refused = [_obstructed(one) for one in check.bills if not one.ready]
    try:
        with transaction.atomic():
            run = InvoicingRun.objects.create(
                company=connection.company,
                connection=connection,
                selection=selection,
                by=by,
                refusals=[*_not_reached(ready), *refused],
            )
    except IntegrityError:  # the other tab was first: one run per selection
        return InvoicingRun.objects.get(selection=selection)
    change = audit.Change(after={"net": check.net, "customers": len(ready)})
    audit.record(
        company=connection.company, by=by, action="afas_run.started", obj=run, change=change
    )
    for done, bill in enumerate(ready, start=1):
        run.refusals = [*_not_reached(ready[done:]), *refused]
        try:
            _make(connection, run, bill, check.options, by)
        except DomainError as error:
            refused.append(_refusal(bill, error.message))
    run.refusals = refused
    run.save(update_fields=["refusals"])
    return run


def _refusal(bill: Bill, sentence: str) -> dict[str, Any]:
    return {"customer": str(bill.customer), "sentence": sentence}


def _obstructed(bill: Bill) -> dict[str, Any]:
    """A refusal that tells the place where its cause can be mended."""
    obstacle = bill.obstacles[0]
    place = {"url_name": obstacle.url_name, "pk": obstacle.pk}
    return {**_refusal(bill, obstacle.sentence), **place}


def _not_reached(bills: Sequence[Bill]) -> list[dict[str, Any]]:
    """What the run says of these until they are made, so that a crash leaves nothing unsaid."""
    sentence = _("Not made yet. If this stays, the making broke off: select its entries again.")
    return [_refusal(bill, sentence) for bill in bills]


def _make(
    connection: AfasConnection, run: InvoicingRun, bill: Bill, options: Options, by: User
) -> None:
    """One customer: reserve, price from the locked rows, claim, document; all or nothing.

    With it goes what the run says of the customers that are still to be made.
    """
    company: Company = connection.company
    with claiming.billing(), transaction.atomic():
        taken = claiming.reserve(company=company, versions=bill.versions)
        _refuse_closed(connection)
        holding.refuse_while_held(connection)
        rows = [(kind, row) for kind, found in taken.items() for row in found]
        ladder = ItemLadder.of(company, connection.environment)
        lines = _lines(rows, options, ladder, vat_of(company))
        head = claiming.InvoiceHead(
            customer=bill.customer,
            project=bill.project,
            invoice_date=options.invoice_date,
            reference=bill.reference,
            more=annexes.head_of(bill.customer, rows, options),
        )
        invoice = claiming.draw_up(
            company=company, head=head, channel=Channel.AFAS, lines=lines, by=by
        )
        documents.make_direct_invoice(connection=connection, invoice=invoice, run=run, by=by)
        run.save(update_fields=["refusals"])


def _refuse_closed(connection: AfasConnection) -> None:
    """Linking elsewhere waits for the company's lock, which is ours by now: what is seen stays."""
    if not AfasConnection.objects.filter(pk=connection.pk, closed_at__isnull=True).exists():
        raise DomainError(
            _("The link with AFAS was changed meanwhile, so nothing of this invoice was made.")
        )
