"""Invoice in AFAS: from a selection to documents, through a check that the person confirms.

    check_selection(...)  → what would be made, per customer, and what is left out and why
    invoice_in_afas(...)  → makes exactly that, one transaction per customer, or says what changed

The check carries a token over everything it showed: ids, versions, options, lines, debtors. What is
confirmed is what was seen.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any, Self

from django.db import IntegrityError, transaction
from django.utils import translation
from django.utils.translation import gettext as _

from accounts.models import Company, User
from core import audit
from core.errors import DomainError, StaleError
from integrations.afas.documents import ItemKind
from integrations.models import AfasConnection, CustomerLink, InvoicingRun
from integrations.selectors import links_of
from integrations.services import documents, holding
from integrations.services.billables import LeftOut, as_billable, sift
from integrations.services.items import ItemLadder
from integrations.services.payloads import customer_payload, why_not
from invoicing.models import Channel
from invoicing.services import claiming, pricing
from invoicing.services.pricing import Billable, Grouping, PricedLine
from registration.models import Project, Selection
from relations.models import Customer

WORK = ItemKind.WORK_TYPE.value


class Per(StrEnum):
    """What makes one invoice."""

    CUSTOMER = "customer"
    PROJECT = "project"


@dataclass(frozen=True, kw_only=True)
class Options:
    """What the person chose in the first step. `template` may be empty: the grouping's own text."""

    invoice_date: date
    per: Per = Per.CUSTOMER
    grouping: Grouping = Grouping.ACTIVITY
    template: str = ""
    reference: str = ""

    def as_json(self) -> dict[str, str]:
        """For the selection row, which keeps it between the steps."""
        return {**asdict(self), "invoice_date": self.invoice_date.isoformat()}

    @classmethod
    def from_json(cls, stored: dict[str, Any]) -> Self:
        """What `as_json` gave; raises KeyError or ValueError when it is something else."""
        return cls(
            invoice_date=date.fromisoformat(stored["invoice_date"]),
            per=Per(stored["per"]),
            grouping=Grouping(stored["grouping"]),
            template=stored["template"],
            reference=stored["reference"],
        )


@dataclass(frozen=True, kw_only=True)
class Obstacle:
    """Why an invoice cannot be made, with the place to mend it: a URL name and its argument."""

    sentence: str
    url_name: str = ""
    pk: int | None = None


@dataclass(frozen=True, kw_only=True)
class Bill:
    """One invoice as it would be made. `debtor` is AFAS's number, or empty: it will be created."""

    customer: Customer
    project: Project | None
    reference: str
    lines: Sequence[PricedLine]
    versions: dict[str, dict[int, int]]
    debtor: str
    obstacles: Sequence[Obstacle] = ()

    @property
    def net(self) -> Decimal:
        """EUR excl. VAT."""
        return pricing.total(self.lines)

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
        lines = (line for bill in self.ready for line in bill.lines)
        return any(line.kind in {"expense", "ride"} and line.item.kind == WORK for line in lines)

    @property
    def net(self) -> Decimal:
        """EUR excl. VAT of what can be made."""
        return sum((bill.net for bill in self.ready), Decimal(0))

    @property
    def entries(self) -> int:
        """How many entries stand on what can be made."""
        return sum(sum(bill.counts.values()) for bill in self.ready)


def check_selection(*, connection: AfasConnection, selection: Selection, options: Options) -> Check:
    """Work out every invoice of a selection without changing anything."""
    company = connection.company
    found, left_out = sift(company, selection)
    ladder = ItemLadder.of(company, connection.environment)
    links = links_of(company, connection.environment)
    bills = [
        _bill(connection, rows, options, ladder, links.get(rows[0][1].project.customer_id))
        for rows in _grouped(found, options.per)
    ]
    return Check(
        options=options, bills=bills, left_out=left_out, token=_token(connection, options, bills)
    )


def _grouped(found: Iterable[tuple[str, Any]], per: Per) -> list[list[tuple[str, Any]]]:
    """The entries of each invoice, by name of the customer and then of the project."""
    groups: dict[tuple[int, int], list[tuple[str, Any]]] = {}
    for kind, row in found:
        project = row.project
        key = (project.customer_id, project.pk if per is Per.PROJECT else 0)
        groups.setdefault(key, []).append((kind, row))
    return sorted(groups.values(), key=lambda rows: _sort_name(rows[0][1].project))


def _sort_name(project: Project) -> tuple[str, str]:
    return (str(project.customer).casefold(), project.name.casefold())


def _bill(
    connection: AfasConnection,
    rows: Sequence[tuple[str, Any]],
    options: Options,
    ladder: ItemLadder,
    link: CustomerLink | None,
) -> Bill:
    projects = {row.project_id: row.project for _kind, row in rows}
    first = rows[0][1].project
    project = first if len(projects) == 1 else None
    lines = _lines(rows, options, ladder)
    versions: dict[str, dict[int, int]] = {}
    for kind, row in rows:
        versions.setdefault(kind, {})[row.pk] = row.version
    return Bill(
        customer=first.customer,
        project=project,
        reference=options.reference or (project and project.reference) or first.customer.reference,
        lines=lines,
        versions=versions,
        debtor=link.debtor_number if link else "",
        obstacles=[*_debtor_obstacles(connection, first.customer, link), *_line_obstacles(lines)],
    )


def _lines(
    rows: Sequence[tuple[str, Any]], options: Options, ladder: ItemLadder
) -> list[PricedLine]:
    """The lines, in the customer's own language."""
    with translation.override(rows[0][1].project.customer.language):
        things: list[Billable] = [as_billable(kind, row, ladder) for kind, row in rows]
        return pricing.price(things, options.grouping, options.template)


def _debtor_obstacles(
    connection: AfasConnection, customer: Customer, link: CustomerLink | None
) -> list[Obstacle]:
    """Why AFAS would not take an invoice for this customer; empty when it would."""
    if customer.blocked or (link and link.blocked_in_afas):
        sentence = _("This customer is blocked, so AFAS would refuse the invoice.")
    elif link:
        return []
    elif not connection.create_customers:
        sentence = _(
            "AFAS does not know this customer, and creating customers is switched off. Import the "
            "customers again, or switch it on in the AFAS settings."
        )
        return [Obstacle(sentence=sentence, url_name="afas_settings")]
    else:
        try:
            customer_payload(connection, customer)
        except Exception as error:  # CannotBuild: shown beside its customer
            sentence = why_not(error)
        else:
            return []
    return [Obstacle(sentence=sentence, url_name="customer_edit", pk=customer.pk)]


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
                (line.description, str(line.quantity), str(line.unit_price), asdict(line.item))
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
        lines = _lines(rows, options, ItemLadder.of(company, connection.environment))
        head = claiming.InvoiceHead(
            customer=bill.customer,
            project=bill.project,
            invoice_date=options.invoice_date,
            reference=bill.reference,
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
