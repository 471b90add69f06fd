"""Proving that AFAS can be asked what became of a document (DECISIONS A4).

The check of a link proves it of each list: its connector is granted, has the columns that are
mapped to it, and a row of it can be read. One row is pinned, the control row: a later look-up
counts as "not there" only when it shows that row too. Only the check pins another one, so that a
look-up cannot choose its own witness. The debtors have a control row of their own.
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
from integrations.afas.posted import ListMapping, Posted
from integrations.afas.records import BadRow, DebtorMapping, MetaInfo, debtor_from
from integrations.models import AfasAttempt, AfasConnection, AfasDocument, State
from integrations.services import granting
from integrations.services.explaining import sentence_of
from integrations.services.lists import LISTS, PostedList
from integrations.services.proofs import Problem, Proof, detail_kept, unfit_columns

T = TypeVar("T")
Row = dict[str, Any]

FEW = 10
"""Rows that are read to choose one from, however many the connector has."""
OWN = 5
"""Documents of ours that must show their reference, where there are any."""
LONGEST_CONTROL = 40
MOST_COLUMNS = 60


Proofs = Mapping[PostedList, Proof | None]


@dataclass(frozen=True, kw_only=True)
class _Asking:
    """One check in progress, of one list."""

    of: PostedList
    client: AfasClient
    connection: AfasConnection
    info: MetaInfo
    avoid: frozenset[str] = field(default_factory=frozenset)

    @property
    def names(self) -> ListMapping:
        """Which column holds what."""
        return self.of.names(self.connection)


def prove(
    connection: AfasConnection, client: AfasClient, info: MetaInfo | None = None
) -> Proofs | None:
    """Prove anew whether invoices, bookings and debtors can be looked up, and keep what was found.

    `info` is what the check has read already. Raises nothing. A read that brought no answer says
    nothing about a list: then what was proven before stands, and it has no proof here.
    """
    known = info or _answer(client.metainfo)
    if known is None:
        return None
    proofs = {of: _proof(of, connection, client, known) for of in LISTS}
    is_away = all(proof is None for proof in proofs.values())
    debtor = None if is_away else _answer(lambda: _debtor_control(connection, client, known))
    _keep(connection, known, proofs, debtor)
    return proofs


def _proof(
    of: PostedList, connection: AfasConnection, client: AfasClient, info: MetaInfo
) -> Proof | None:
    avoid = _passing(connection, of)
    asking = _Asking(of=of, client=client, connection=connection, info=info, avoid=avoid)
    return _answer(lambda: _look_up(asking))


def _answer(ask: Callable[[], T]) -> T | None:
    """What AFAS answers; None when it does not, which proves nothing either way."""
    try:
        return ask()
    except AfasError:
        return None


def _look_up(asking: _Asking) -> Proof:
    """Granted, columns, a row. Raises AfasError when no answer came."""
    connector = asking.of.connector(asking.connection)
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
    own = _own_references(asking.connection, asking.of)
    known = _shown(asking, own)
    ours = [one for one in known if one.key in own]
    bearing = any(one.bears(own[one.key]) for one in ours)
    if ours and not bearing:
        return Proof(problem=Problem.REFERENCE)
    proof = _control(asking, has, known, ours)
    is_usual = asking.names.reference == asking.of.mapping().reference
    if proof.control and not (bearing or is_usual):
        return Proof(problem=Problem.NO_ROW, waits=True)
    return proof


def _control(
    asking: _Asking, has: tuple[str, ...], known: list[Posted], ours: list[Posted]
) -> Proof:
    """The control of so far while it is shown, else an old row, else one of our own."""
    stored = asking.of.control(asking.connection)
    if any(one.key == stored for one in known):
        return _chosen(known, [stored])
    for rows in (_first_rows(asking, has), ours):
        keys = [one.key for one in rows if one.key not in asking.avoid]
        if keys:
            return _chosen(rows, keys)
    return Proof(problem=Problem.NO_ROW)


def _own_references(connection: AfasConnection, of: PostedList) -> dict[str, str]:
    """Key and reference of the last few documents that AFAS must show as ours.

    A number that a person typed may be of one made by hand: it must bear nothing of ours.
    """
    answered = AfasAttempt.objects.of(connection.company).exclude(key="")
    confirmed = (
        AfasDocument.objects.of(connection.company)
        .filter(
            environment=connection.environment,
            administration=connection.administration,
            kind=of.kind,
            state=State.CONFIRMED,
        )
        .filter(Q(seen_at__isnull=False) | Q(pk__in=answered.values("document")))
    )
    newest = confirmed.order_by("-confirmed_at")[: min(OWN, of.at_once)]  # they fit in a question
    return {one.list_key: one.reference for one in newest if one.list_key}


def _passing(connection: AfasConnection, of: PostedList) -> frozenset[str]:
    """Keys of our documents that were undone, or are about to be: no witnesses."""
    gone = AfasDocument.objects.of(connection.company).filter(
        Q(undone_at__isnull=False)
        | Q(deletions__state__in=(State.QUEUED, State.SENDING, State.UNKNOWN, State.REJECTED)),
        environment=connection.environment,
        kind=of.kind,
    )
    names = ("kind", "unit", "journal", "entry_number", "order_number")
    return frozenset(one.list_key for one in gone.only(*names))


def _shown(asking: _Asking, own: Mapping[str, str]) -> list[Posted]:
    """The rows of the control of so far and of our own documents, by their keys."""
    control = asking.of.control(asking.connection)
    kept = [control] if control and control not in asking.avoid else []
    keys = [*kept, *own]
    if not keys:
        return []
    shown = asking.of.read(asking.client, asking.connection, [], keys)
    return [one for one in shown if _is_of_these_books(one, asking.connection)]


def _is_of_these_books(posted: Posted, connection: AfasConnection) -> bool:
    """A row of other books proves nothing: the rights of a user may differ between them."""
    books = connection.administration
    return books is None or posted.administration in {"", str(books)}


def _first_rows(asking: _Asking, has: tuple[str, ...]) -> list[Posted]:
    """The rows with the lowest numbers: old ones, which nobody deletes any more."""
    names, books = asking.names, asking.connection.administration
    where = [Condition(names.number, Operator.NOT_EMPTY)]
    if names.administration in has and books is not None:
        where.append(Condition(names.administration, Operator.EQ, books))
    connector = asking.of.connector(asking.connection)
    rows = _first_page(asking.client, connector, where, names.number)
    found = (names.read(row) for row in rows)
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


def _chosen(rows: list[Posted], keys: list[str]) -> Proof:
    """The first of these keys whose row can be read in full."""
    counted = Counter((one.administration, one.key) for one in rows)
    if counted.most_common(1)[0][1] > 1:
        return Proof(problem=Problem.SEVERAL)
    whole = {
        one.key
        for one in rows
        if one.debtor and one.total is not None and len(one.key) <= LONGEST_CONTROL
    }
    control = next((key for key in keys if key in whole), "")
    if not control:
        empty = _("The rows have no debtor, or no amount that can be read.")
        return Proof(problem=Problem.UNREADABLE, said=empty)
    return Proof(control=control)


def _debtor_control(connection: AfasConnection, client: AfasClient, info: MetaInfo) -> str:
    """The debtor that a look-up of debtors must show; empty when none can be read.

    Raises AfasError when no answer came.
    """
    if not info.may_read(connection.debtor_connector):
        return ""
    mapping = msgspec.convert(connection.debtor_mapping, DebtorMapping)
    try:
        return _debtor_that_is_shown(connection, client, mapping)
    except (Rejected, Denied, Garbage):
        return ""


def _debtor_that_is_shown(
    connection: AfasConnection, client: AfasClient, mapping: DebtorMapping
) -> str:
    stored = connection.debtor_control
    wanted = [Condition(mapping.number, Operator.EQ, stored)] if stored else []
    for where in (wanted, []) if wanted else ([],):
        rows = _first_page(client, connection.debtor_connector, where, mapping.number)
        debtors = [debtor_from(row, mapping) for row in rows]
        good = [one for one in debtors if not isinstance(one, BadRow)]
        if good:
            return min(good, key=lambda one: one.blocked).number
    return ""


def _keep(connection: AfasConnection, info: MetaInfo, proofs: Proofs, debtor: str | None) -> None:
    """Store what was found, unless the names were changed or a row was pinned meanwhile."""
    with transaction.atomic():
        fresh = AfasConnection.objects.select_for_update().get(pk=connection.pk)
        if _names(fresh) != _names(connection):
            return
        values: dict[str, Any] = {"findings": _findings(connection, info, proofs)}
        for of, proof in proofs.items():
            values |= _values(of, connection, fresh, proof)
        if debtor is not None:
            values["debtor_control"] = debtor
        AfasConnection.objects.filter(pk=fresh.pk).update(**values)
    for name, value in values.items():
        setattr(connection, name, value)


def _values(
    of: PostedList, connection: AfasConnection, fresh: AfasConnection, proof: Proof | None
) -> dict[str, Any]:
    """A control that is out of sight for another reason than an empty list is kept for later."""
    if proof is None:
        is_known = of.is_proven(fresh) or of.problem(fresh)
        return {} if is_known else of.columns(problem=Problem.UNREADABLE)
    if of.control(fresh) != of.control(connection):
        return {}
    gone = proof.problem == Problem.NO_ROW
    control = "" if gone else proof.control or of.control(connection)
    proven = timezone.now() if proof.control else None
    return of.columns(proven_at=proven, control=control, problem=proof.problem)


def _findings(connection: AfasConnection, info: MetaInfo, proofs: Proofs) -> list[dict[str, Any]]:
    """What AFAS grants, with what a list lacks beside its name; of a list that gave no answer what
    was known of it before."""
    details = {}
    for of, proof in proofs.items():
        name = of.connector(connection).lower()
        details[name] = proof.detail() if proof else detail_kept(connection, name)
    return [
        {**one, **details.get(one["connector"].lower(), {})}
        for one in granting.findings(info, connection)
    ]


def _names(connection: AfasConnection) -> tuple[Any, ...]:
    return (
        connection.lookup_connector,
        connection.lookup_mapping,
        connection.booking_connector,
        connection.booking_mapping,
        connection.debtor_connector,
        connection.debtor_mapping,
        connection.closed_at,
    )
