"""Proving that AFAS can be asked what became of a document (DECISIONS A4).

The check of a link proves it: the look-up connector is granted, has the columns that are mapped to
it, and a row of it can be read. One row is pinned, the control row: a later look-up counts as "not
there" only when it shows that row too. Only the check pins another one, so that a look-up cannot
choose its own witness. The debtors have a control row of their own.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

import msgspec
from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from integrations.afas.client import AfasClient, Condition, Operator
from integrations.afas.errors import AfasError, Denied, DeniedReason, Garbage, Rejected
from integrations.afas.posted import InvoiceMapping, PostedInvoice, posted_invoice_from
from integrations.afas.records import BadRow, DebtorMapping, MetaInfo, debtor_from
from integrations.models import AfasAttempt, AfasConnection, AfasDocument, Kind, State
from integrations.services import granting, looking
from integrations.services.explaining import sentence_of
from integrations.services.proofs import Problem, Proof, unfit_columns

T = TypeVar("T")
Row = dict[str, Any]

FEW = 10
"""Rows that are read to choose one from, however many the connector has."""
OWN = 5
"""Invoices of ours that must show their reference, where there are any."""
LONGEST_CONTROL = 40
MOST_COLUMNS = 60


@dataclass(frozen=True, kw_only=True)
class _Asking:
    """One check in progress."""

    client: AfasClient
    connection: AfasConnection
    names: InvoiceMapping
    info: MetaInfo
    avoid: frozenset[str] = field(default_factory=frozenset)


def prove(
    connection: AfasConnection, client: AfasClient, info: MetaInfo | None = None
) -> Proof | None:
    """Prove anew whether invoices and debtors can be looked up, and keep what was found.

    `info` is what the check has read already. Raises nothing. A read that brought no answer says
    nothing about the connector: then what was proven before stands, and None comes back.
    """
    known = info or _answer(client.metainfo)
    if known is None:
        return None
    asking = _Asking(
        client=client,
        connection=connection,
        names=looking.mapping_of(connection),
        info=known,
        avoid=_passing(connection),
    )
    proof = _answer(lambda: _look_up(asking))
    debtor = None if proof is None else _answer(lambda: _debtor_control(asking))
    _keep(asking, proof, debtor)
    return proof


def _answer(ask: Callable[[], T]) -> T | None:
    """What AFAS answers; None when it does not, which proves nothing either way."""
    try:
        return ask()
    except AfasError:
        return None


def _look_up(asking: _Asking) -> Proof:
    """Granted, columns, a row. Raises AfasError when no answer came."""
    connector = asking.connection.lookup_connector
    if not asking.info.may_read(connector):
        return Proof(problem=Problem.NOT_GRANTED)
    try:
        fields = asking.client.fields_of(connector)
        has = tuple(one.name for one in fields)
        lacks, unfit = unfit_columns(fields, asking.names)
        if lacks or unfit:
            return Proof(problem=Problem.COLUMNS, lacks=lacks, unfit=unfit, has=has[:MOST_COLUMNS])
        return replace(_by_row(asking, has), has=has[:MOST_COLUMNS])
    except (Rejected, Denied, Garbage) as error:
        return Proof(problem=_problem_of(error), said=sentence_of(error))


def _problem_of(error: AfasError) -> Problem:
    """AFAS may grant a connector to the app and not to its user: metainfo does not tell."""
    missing = isinstance(error, Rejected) and error.connector_missing
    denied = isinstance(error, Denied) and error.reason == DeniedReason.CREDENTIALS
    return Problem.NOT_GRANTED if missing or denied else Problem.UNREADABLE


def _by_row(asking: _Asking, has: tuple[str, ...]) -> Proof:
    own = _own_references(asking.connection)
    known = _shown(asking, own)
    ours = [one for one in known if one.order_number in own]
    bearing = any(one.bears(own[one.order_number]) for one in ours)
    if ours and not bearing:
        return Proof(problem=Problem.REFERENCE)
    proof = _control(asking, has, known, ours)
    if proof.control and not (bearing or asking.names.reference == InvoiceMapping().reference):
        return Proof(problem=Problem.NO_ROW, waits=True)
    return proof


def _control(
    asking: _Asking, has: tuple[str, ...], known: list[PostedInvoice], ours: list[PostedInvoice]
) -> Proof:
    """The control of so far while it is shown, else an old row, else one of our own."""
    stored = asking.connection.lookup_control
    if any(one.order_number == stored for one in known):
        return _chosen(known, [stored])
    for rows in (_first_rows(asking, has), ours):
        numbers = [one.order_number for one in rows if one.order_number not in asking.avoid]
        if numbers:
            return _chosen(rows, numbers)
    return Proof(problem=Problem.NO_ROW)


def _own_references(connection: AfasConnection) -> dict[str, str]:
    """Order number and reference of the last few invoices that AFAS must show as ours.

    A number that a person typed may be of an invoice made by hand: it must bear nothing of ours.
    """
    answered = AfasAttempt.objects.of(connection.company).exclude(key="")
    confirmed = (
        AfasDocument.objects.of(connection.company)
        .filter(
            environment=connection.environment,
            administration=connection.administration,
            kind=Kind.DIRECT_INVOICE,
            state=State.CONFIRMED,
        )
        .filter(Q(seen_at__isnull=False) | Q(pk__in=answered.values("document")))
    )
    newest = confirmed.exclude(order_number="").order_by("-confirmed_at")[:OWN]
    return dict(newest.values_list("order_number", "reference"))


def _passing(connection: AfasConnection) -> frozenset[str]:
    """Numbers of our documents that were undone, or are about to be: no witnesses."""
    gone = AfasDocument.objects.of(connection.company).filter(
        Q(undone_at__isnull=False)
        | Q(deletions__state__in=(State.QUEUED, State.SENDING, State.UNKNOWN, State.REJECTED)),
        environment=connection.environment,
    )
    return frozenset(gone.exclude(order_number="").values_list("order_number", flat=True))


def _shown(asking: _Asking, own: Mapping[str, str]) -> list[PostedInvoice]:
    """The rows of the control of so far and of our own invoices, by their numbers."""
    control = asking.connection.lookup_control
    kept = [control] if control and control not in asking.avoid else []
    numbers = [*kept, *own]
    if not numbers:
        return []
    shown = looking.posted_invoices(asking.client, asking.connection, [], numbers)
    return [one for one in shown if _is_of_these_books(one, asking.connection)]


def _is_of_these_books(posted: PostedInvoice, connection: AfasConnection) -> bool:
    """A row of other books proves nothing: the rights of a user may differ between them."""
    books = connection.administration
    return books is None or posted.administration in {"", str(books)}


def _first_rows(asking: _Asking, has: tuple[str, ...]) -> list[PostedInvoice]:
    """The rows with the lowest numbers: old ones, which nobody deletes any more."""
    names, books = asking.names, asking.connection.administration
    where = [Condition(names.order_number, Operator.NOT_EMPTY)]
    if names.administration in has and books is not None:
        where.append(Condition(names.administration, Operator.EQ, books))
    rows = _first_page(asking.client, asking.connection.lookup_connector, where, names.order_number)
    found = (posted_invoice_from(row, names) for row in rows)
    return [one for one in found if one is not None]


def _first_page(client: AfasClient, connector: str, where: list[Condition], key: str) -> list[Row]:
    """One call for a few rows; the rest of a long list is never asked for."""
    pages = client.pages(
        connector, where=where, order_by=key, key=key, page=FEW, row_type=dict[str, Any]
    )
    first = next(pages, [])
    rows = [row for row in first if not isinstance(row, BadRow)]
    if len(rows) < len(first):
        raise Garbage("AFAS sent a row that is none.", status=200)
    return rows


def _chosen(rows: list[PostedInvoice], numbers: list[str]) -> Proof:
    """The first of these numbers whose row can be read in full."""
    counted = Counter((one.administration, one.order_number) for one in rows)
    if counted.most_common(1)[0][1] > 1:
        return Proof(problem=Problem.SEVERAL)
    whole = {
        one.order_number
        for one in rows
        if one.debtor and one.total is not None and len(one.order_number) <= LONGEST_CONTROL
    }
    control = next((number for number in numbers if number in whole), "")
    if not control:
        empty = _("The rows have no debtor, or no amount that can be read.")
        return Proof(problem=Problem.UNREADABLE, said=empty)
    return Proof(control=control)


def _debtor_control(asking: _Asking) -> str:
    """The debtor that a look-up of debtors must show; empty when none can be read.

    Raises AfasError when no answer came.
    """
    connection = asking.connection
    if not asking.info.may_read(connection.debtor_connector):
        return ""
    mapping = msgspec.convert(connection.debtor_mapping, DebtorMapping)
    try:
        return _debtor_that_is_shown(asking, mapping)
    except (Rejected, Denied, Garbage):
        return ""


def _debtor_that_is_shown(asking: _Asking, mapping: DebtorMapping) -> str:
    connection, stored = asking.connection, asking.connection.debtor_control
    wanted = [Condition(mapping.number, Operator.EQ, stored)] if stored else []
    for where in (wanted, []) if wanted else ([],):
        rows = _first_page(asking.client, connection.debtor_connector, where, mapping.number)
        debtors = [debtor_from(row, mapping) for row in rows]
        good = [one for one in debtors if not isinstance(one, BadRow)]
        if good:
            return min(good, key=lambda one: one.blocked).number
    return ""


def _keep(asking: _Asking, proof: Proof | None, debtor: str | None) -> None:
    """Store what was found, unless the names were changed or a row was pinned meanwhile."""
    connection = asking.connection
    with transaction.atomic():
        fresh = AfasConnection.objects.select_for_update().get(pk=connection.pk)
        if _names(fresh) != _names(connection):
            return
        values: dict[str, Any] = {}
        if proof is not None and fresh.lookup_control == connection.lookup_control:
            values |= _values(asking, proof)
        elif proof is None and not (fresh.lookup_proven_at or fresh.lookup_problem):
            values["lookup_problem"] = Problem.UNREADABLE
        if debtor is not None:
            values["debtor_control"] = debtor
        AfasConnection.objects.filter(pk=fresh.pk).update(**values)
    for name, value in values.items():
        setattr(connection, name, value)


def _values(asking: _Asking, proof: Proof) -> dict[str, Any]:
    """A control that is out of sight for another reason than an empty list is kept for later."""
    proven = timezone.now() if proof.control else None
    gone = proof.problem == Problem.NO_ROW
    control = "" if gone else proof.control or asking.connection.lookup_control
    return {
        "lookup_proven_at": proven,
        "lookup_control": control,
        "lookup_problem": proof.problem,
        "findings": _findings(asking, proof),
    }


def _findings(asking: _Asking, proof: Proof) -> list[dict[str, Any]]:
    """What AFAS grants, with what the look-up connector lacks beside its name."""
    name = asking.connection.lookup_connector.lower()
    return [
        {**one, **(proof.detail() if one["connector"].lower() == name else {})}
        for one in granting.findings(asking.info, asking.connection)
    ]


def _names(connection: AfasConnection) -> tuple[Any, ...]:
    return (
        connection.lookup_connector,
        connection.lookup_mapping,
        connection.debtor_connector,
        connection.debtor_mapping,
        connection.closed_at,
    )
