"""Asking AFAS whether it holds a document (DECISIONS A4).

A look-up is one call that asks for our document and, beside it, for a row that is certainly there,
the control row: what the same call does not show may count as absent, and only if it shows that
row. Since that row is known by its number only, one of the last invoices that AFAS showed us under
its reference is asked for too: a list that has lost its references must not pose as absence. What
a look-up means for the document is decided in `reconciling`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from typing import Any, NamedTuple

from core.money import cents, line_net
from integrations.afas.bookings import booked_as
from integrations.afas.client import AfasClient
from integrations.afas.errors import AfasError
from integrations.afas.posted import Posted
from integrations.afas.records import Debtor
from integrations.models import AfasConnection, AfasDocument, Kind, State
from integrations.selectors import link_of
from integrations.services import clients, granting, lookalikes
from integrations.services.explaining import sentence_of
from integrations.services.lists import PostedList, list_for, list_of
from relations.models import Customer

WITNESSES = 3


class Sight(StrEnum):
    """What one look-up showed."""

    FOUND = "found"
    ABSENT = "absent"
    DIFFERS = "differs"
    SEVERAL = "several"
    BLIND = "blind"
    FAILED = "failing"


@dataclass(frozen=True, kw_only=True)
class Look:
    """One look-up: `keys` maps our columns to AFAS's numbers, `shown` is what a page shows."""

    sight: Sight
    keys: dict[str, str] = field(default_factory=dict)
    shown: list[dict[str, str]] = field(default_factory=list)
    message: str = ""


def can_look(document: AfasDocument) -> bool:
    """Whether AFAS can be asked for this document: its connector was proven at the last check."""
    of = list_of(document)
    return can_look_over(document.connection, of.kind if of else Kind(document.kind))


def can_look_over(connection: AfasConnection, kind: Kind) -> bool:
    """The same for all documents of this kind over one connection. Dossier items are in no list."""
    if connection.closed_at:
        return False
    if kind == Kind.CUSTOMER:
        granted = granting.may_read(connection, connection.debtor_connector)
        return granted and bool(connection.debtor_control)
    of = list_for(kind)
    return of is not None and of.is_proven(connection)


def connector_for(document: AfasDocument) -> str:
    """The GetConnector that shows documents of this kind; empty where none does."""
    connection = document.connection
    if document.kind == Kind.CUSTOMER:
        return connection.debtor_connector
    of = list_of(document)
    return of.connector(connection) if of else ""


def look_for(document: AfasDocument) -> Look:
    """Ask AFAS for a document. Raises nothing: what went wrong is a failed look."""
    try:
        client = clients.credentials_of(document.connection).client(limits=clients.LOOKS)
        return look_with(client, document)
    except AfasError as error:
        return Look(sight=Sight.FAILED, message=sentence_of(error))


def look_with(client: AfasClient, document: AfasDocument) -> Look:
    """The same with a client of one's own. Raises AfasError."""
    if document.kind == Kind.CUSTOMER and document.customer:
        return _debtor(client, document, document.customer)
    of = list_of(document)
    if of is None:
        return Look(sight=Sight.BLIND)  # what no list shows can be looked up nowhere
    if document.kind == Kind.DELETION and document.target:
        return _deleted(client, of, document.target)
    return _posted(client, of, document)


def _posted(client: AfasClient, of: PostedList, document: AfasDocument) -> Look:
    connection = document.connection
    control, witnesses = of.control(connection), _witnesses(connection, of)
    shown = of.read(client, connection, [document.reference, *witnesses], [control])
    ours = [one for one in shown if one.bears(document.reference)]
    if not ours:
        proves = any(one.key == control for one in shown)
        return Look(sight=_absent(proves and _is_borne_out(shown, witnesses)))
    told = [_as_shown(one) for one in ours]
    same = [one for one in ours if is_as_sent(document, one)]
    if len(same) == 1:
        return Look(sight=Sight.FOUND, keys=of.keys(same[0]), shown=told)
    return Look(sight=Sight.SEVERAL if same else Sight.DIFFERS, shown=told)


class Sent(NamedTuple):
    """What tells a document that left: `total` is EUR as its list shows it, `invoice_number` ours
    where we number."""

    debtor: str
    total: Decimal
    invoice_number: str = ""


def is_as_sent(document: AfasDocument, posted: Posted) -> bool:
    """Whether debtor and total, and our number of a booking, are those of an attempt we know of."""
    if posted.total is None:
        return False
    number = posted.invoice_number if document.kind == Kind.SALES_BOOKING else ""
    shown = Sent(posted.debtor, cents(posted.total), number)
    if shown == sent_as(document.payload):  # nearly always, and without a question
        return True
    known = _sent(document)
    return shown in known if known else _is_as_drawn_up(document, shown)


def debtors_sent(document: AfasDocument) -> set[str]:
    """The debtors that an attempt named."""
    return {one.debtor for one in _sent(document)}


def _sent(document: AfasDocument) -> set[Sent]:
    bodies = {document.payload, *document.attempt_log.values_list("request_body", flat=True)}
    return {found for body in bodies if (found := sent_as(body))}


def _is_as_drawn_up(document: AfasDocument, shown: Sent) -> bool:
    """The same where a restored backup took what was sent: of the invoice itself we know the total,
    and the debtor when the customer is linked."""
    if document.invoice is None or shown != Sent(shown.debtor, *_drawn_up(document)):
        return False
    link = link_of(document.invoice.customer, document.environment)
    return link is None or link.debtor_number == shown.debtor


def _drawn_up(document: AfasDocument) -> tuple[Decimal, str]:
    """Total and number as the list of this kind shows them."""
    invoice = document.invoice
    if invoice is None:
        return Decimal(0), ""
    if document.kind == Kind.SALES_BOOKING:
        return invoice.total, invoice.number
    return invoice.net, ""


def sent_as(body: str) -> Sent | None:
    """What tells a direct invoice or a booking, from the body that was sent."""
    if booked := booked_as(body):
        return Sent(booked.debtor, booked.total, booked.invoice_number)
    found = _invoiced_as(body)
    return Sent(*found) if found else None


def debtor_and_total(body: str) -> tuple[str, Decimal] | None:
    """The debtor and the total of what was sent: EUR, of a direct invoice excl. VAT, of a booking
    incl. VAT."""
    found = sent_as(body)
    return (found.debtor, found.total) if found else None


def _invoiced_as(body: str) -> tuple[str, Decimal] | None:
    try:
        element = json.loads(body, parse_float=Decimal)["FbDirectInvoice"]["Element"]
        lines = element["Objects"][0]["FbDirectInvoiceLines"]["Element"]
        amounts = [_line_total(line["Fields"]) for line in lines]
        return str(element["Fields"]["DbId"]), sum(amounts, Decimal(0))
    except (ArithmeticError, LookupError, TypeError, ValueError):
        return None  # not a body of ours


def _line_total(fields: Mapping[str, Any]) -> Decimal:
    return line_net(Decimal(fields["QuUn"]), Decimal(fields["Upri"]))


def _deleted(client: AfasClient, of: PostedList, target: AfasDocument) -> Look:
    """Absent: it is gone; found: it is still there. A number used anew is gone, too, yet what
    differs from ours in its reference alone may be ours, typed over."""
    connection, key = target.connection, target.list_key
    control, witnesses = of.control(connection), _witnesses(connection, of, besides=target)
    shown = of.read(client, connection, witnesses, [key, control])
    numbered = [one for one in shown if one.key == key]
    told = [_as_shown(one) for one in numbered]
    if any(one.bears(target.reference) for one in numbered):
        return Look(sight=Sight.FOUND, shown=told)
    if any(is_as_sent(target, one) and not _is_known(one) for one in numbered):
        return Look(sight=Sight.DIFFERS, shown=told)
    proves = any(one.key == control != key for one in shown)
    return Look(sight=_absent(proves and _is_borne_out(shown, witnesses)))


def _is_known(posted: Posted) -> bool:
    """Whether it bears the reference of some document of ours."""
    return AfasDocument.objects.filter(reference__in=posted.words()).exists()


def _witnesses(
    connection: AfasConnection, of: PostedList, besides: AfasDocument | None = None
) -> list[str]:
    """References of the last documents that AFAS showed us in this list; none before the first."""
    seen = AfasDocument.objects.of(connection.company).filter(
        connection=connection,
        kind=of.kind,
        state=State.CONFIRMED,
        seen_at__isnull=False,
    )
    if besides:
        seen = seen.exclude(pk=besides.pk)
    return list(seen.order_by("-seen_at").values_list("reference", flat=True)[:WITNESSES])


def _is_borne_out(shown: list[Posted], witnesses: list[str]) -> bool:
    """Whether the list still shows references: one witness is enough, since any may be deleted."""
    return not witnesses or any(one.bears(name) for one in shown for name in witnesses)


def _debtor(client: AfasClient, document: AfasDocument, customer: Customer) -> Look:
    control = document.connection.debtor_control
    shown = lookalikes.debtors_shown(client, document, customer, control)
    known = {str(number) for number in document.detail.get("not_these", [])}
    alike = [
        one for one in shown if one.number not in known and lookalikes.is_alike_to(one, customer)
    ]
    if not alike:
        return Look(sight=_absent(any(one.number == control for one in shown)))
    told = [{"number": one.number, "name": one.name, "city": one.city} for one in alike]
    same = [one for one in alike if _is_ours(one, customer)]
    if len(same) == 1 == len(alike):
        return Look(sight=Sight.FOUND, keys={"debtor_number": same[0].number}, shown=told)
    return Look(sight=Sight.SEVERAL if len(alike) > 1 else Sight.DIFFERS, shown=told)


def _is_ours(debtor: Debtor, customer: Customer) -> bool:
    if customer.number:
        return lookalikes.is_same(debtor, customer)
    return lookalikes.is_identical(debtor, customer)


def _absent(is_proven: bool) -> Sight:  # noqa: FBT001 - the one question it answers
    return Sight.ABSENT if is_proven else Sight.BLIND


def _as_shown(posted: Posted) -> dict[str, str]:
    return {
        "number": posted.number,
        "invoice_number": posted.invoice_number,
        "debtor": posted.debtor,
        "total": "" if posted.total is None else str(cents(posted.total)),
        "reference": posted.reference,
    }
