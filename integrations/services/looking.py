"""Asking AFAS whether it holds a document (DECISIONS A4).

A look-up is one call that asks for our document and, beside it, for a row that is certainly there,
the control row: what the same call does not show may count as absent, and only if it shows that
row. Since that row is known by its number only, one of the last invoices that AFAS showed us under
its reference is asked for too: a list that has lost its references must not pose as absence. What
a look-up means for the document is decided in `reconciling`.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from typing import Any

import msgspec

from core.money import cents, line_net
from integrations.afas.client import AfasClient, AnyOf, Condition, Operator
from integrations.afas.errors import AfasError
from integrations.afas.posted import InvoiceMapping, PostedInvoice, posted_invoice_from
from integrations.afas.records import Debtor
from integrations.models import AfasConnection, AfasDocument, Kind, State
from integrations.selectors import link_of
from integrations.services import clients, granting, lookalikes
from integrations.services.explaining import sentence_of
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
    return can_look_over(document.connection, Kind(document.kind))


def can_look_over(connection: AfasConnection, kind: Kind) -> bool:
    """The same for all documents of this kind over one connection."""
    if connection.closed_at:
        return False
    if kind == Kind.CUSTOMER:
        granted = granting.may_read(connection, connection.debtor_connector)
        return granted and bool(connection.debtor_control)
    return connection.lookup_proven_at is not None


def connector_for(document: AfasDocument) -> str:
    """The GetConnector that shows documents of this kind."""
    connection = document.connection
    is_debtor = document.kind == Kind.CUSTOMER
    return connection.debtor_connector if is_debtor else connection.lookup_connector


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
    if document.kind == Kind.DELETION and document.target:
        return _deleted(client, document.target)
    return _invoice(client, document)


def posted_invoices(
    client: AfasClient,
    connection: AfasConnection,
    references: Iterable[str],
    numbers: Iterable[str],
) -> list[PostedInvoice]:
    """The direct invoices that bear one of these references or order numbers. Raises AfasError."""
    names = mapping_of(connection)
    by_reference = [[Condition(names.reference, Operator.CONTAINS, one)] for one in references]
    by_number = [[Condition(names.order_number, Operator.EQ, one)] for one in numbers if one]
    rows = client.rows(
        connection.lookup_connector,
        where=AnyOf([*by_reference, *by_number]),
        order_by=names.order_number,
        key=None,
    )
    found = (posted_invoice_from(row, names) for row in rows)
    return [one for one in found if one is not None]


def mapping_of(connection: AfasConnection) -> InvoiceMapping:
    """Which column of the customer's connector holds what."""
    return msgspec.convert(connection.lookup_mapping, InvoiceMapping)


def keys_of(posted: PostedInvoice) -> dict[str, str]:
    """AFAS's numbers of an invoice, by our columns."""
    return {"order_number": posted.order_number, "invoice_number": posted.invoice_number}


def _invoice(client: AfasClient, document: AfasDocument) -> Look:
    connection = document.connection
    control, witnesses = connection.lookup_control, _witnesses(connection)
    references = [document.reference, *witnesses]
    shown = posted_invoices(client, connection, references, [control])
    ours = [one for one in shown if one.bears(document.reference)]
    if not ours:
        proves = any(one.order_number == control for one in shown)
        return Look(sight=_absent(proves and _is_borne_out(shown, witnesses)))
    told = [_as_shown(one) for one in ours]
    same = [one for one in ours if is_as_sent(document, one)]
    if len(same) == 1:
        return Look(sight=Sight.FOUND, keys=keys_of(same[0]), shown=told)
    return Look(sight=Sight.SEVERAL if same else Sight.DIFFERS, shown=told)


def is_as_sent(document: AfasDocument, posted: PostedInvoice) -> bool:
    """Whether debtor and total are those of an attempt that we know of."""
    if posted.total is None:
        return False
    shown = (posted.debtor, cents(posted.total))
    known = _sent(document)
    return shown in known if known else _is_as_drawn_up(document, *shown)


def debtors_sent(document: AfasDocument) -> set[str]:
    """The debtors that an attempt named."""
    return {debtor for debtor, _total in _sent(document)}


def _sent(document: AfasDocument) -> set[tuple[str, Decimal]]:
    bodies = {document.payload, *document.attempt_log.values_list("request_body", flat=True)}
    return {found for body in bodies if (found := debtor_and_total(body))}


def _is_as_drawn_up(document: AfasDocument, debtor: str, total: Decimal) -> bool:
    """The same where a restored backup took what was sent: of the invoice itself we know the total,
    and the debtor when the customer is linked."""
    if document.invoice is None or document.invoice.net != total:
        return False
    link = link_of(document.invoice.customer, document.environment)
    return link is None or link.debtor_number == debtor


def debtor_and_total(body: str) -> tuple[str, Decimal] | None:
    """The debtor and the total, EUR excl. VAT, of a direct invoice as it was sent."""
    try:
        element = json.loads(body, parse_float=Decimal)["FbDirectInvoice"]["Element"]
        lines = element["Objects"][0]["FbDirectInvoiceLines"]["Element"]
        amounts = [_line_total(line["Fields"]) for line in lines]
        return str(element["Fields"]["DbId"]), sum(amounts, Decimal(0))
    except (ArithmeticError, LookupError, TypeError, ValueError):
        return None  # not a body of ours


def _line_total(fields: Mapping[str, Any]) -> Decimal:
    return line_net(Decimal(fields["QuUn"]), Decimal(fields["Upri"]))


def _deleted(client: AfasClient, target: AfasDocument) -> Look:
    """Absent: the invoice is gone; found: it is still there. A number used anew is gone, too, yet
    what differs from ours in its reference alone may be ours, typed over."""
    connection = target.connection
    control, witnesses = connection.lookup_control, _witnesses(connection, besides=target)
    numbers = [target.order_number, control]
    shown = posted_invoices(client, connection, witnesses, numbers)
    numbered = [one for one in shown if one.order_number == target.order_number]
    told = [_as_shown(one) for one in numbered]
    if any(one.bears(target.reference) for one in numbered):
        return Look(sight=Sight.FOUND, shown=told)
    if any(is_as_sent(target, one) and not _is_known(one) for one in numbered):
        return Look(sight=Sight.DIFFERS, shown=told)
    proves = any(one.order_number == control != target.order_number for one in shown)
    return Look(sight=_absent(proves and _is_borne_out(shown, witnesses)))


def _is_known(posted: PostedInvoice) -> bool:
    """Whether it bears the reference of some document of ours."""
    return AfasDocument.objects.filter(reference__in=posted.words()).exists()


def _witnesses(connection: AfasConnection, besides: AfasDocument | None = None) -> list[str]:
    """References of the last invoices that AFAS showed us; none before the first."""
    seen = AfasDocument.objects.of(connection.company).filter(
        connection=connection,
        kind=Kind.DIRECT_INVOICE,
        state=State.CONFIRMED,
        seen_at__isnull=False,
    )
    if besides:
        seen = seen.exclude(pk=besides.pk)
    return list(seen.order_by("-seen_at").values_list("reference", flat=True)[:WITNESSES])


def _is_borne_out(shown: list[PostedInvoice], witnesses: list[str]) -> bool:
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


def _as_shown(posted: PostedInvoice) -> dict[str, str]:
    return {
        "number": posted.order_number,
        "invoice_number": posted.invoice_number,
        "debtor": posted.debtor,
        "total": "" if posted.total is None else str(cents(posted.total)),
        "reference": posted.reference,
    }
