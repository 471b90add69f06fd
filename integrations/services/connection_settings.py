"""How a company works with AFAS: customers, codes for new debtors, and the names of connectors.

Names are compared with what AFAS says there is, and what they are needed for is proven anew.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

import msgspec
from django.utils.translation import gettext as _

from accounts.models import User
from core import audit
from core.errors import DomainError, FieldsError
from integrations.afas.errors import AfasError, Rejected
from integrations.afas.posted import ListMapping
from integrations.afas.records import DebtorMapping, FieldInfo, MetaInfo
from integrations.models import AfasConnection
from integrations.services import granting, picking, proofs, proving
from integrations.services.connecting import client_for_page
from integrations.services.explaining import sentence_of
from integrations.services.lists import INVOICES, PostedList

MAPPED = tuple(msgspec.structs.asdict(DebtorMapping()))
NECESSARY = ("number", "name")
CONNECTORS = (
    "debtor_connector",
    "administration_connector",
    "item_connector",
    "journal_connector",
    "account_connector",
    "vat_connector",
    "period_connector",
    "open_items_connector",
)
"""The connectors that a customer may call otherwise, but for those in which documents show."""
SHOWN_COLUMNS = 12
UNPROVEN: Mapping[str, Any] = {"proven_at": None, "control": "", "problem": ""}


@dataclass(frozen=True, kw_only=True)
class CustomerSettings:
    """What may happen to customers between AFAS and us; codes are those of this AFAS."""

    create_customers: bool
    nightly_import: bool
    lead: str
    payment_condition: str = ""
    vat_duty: str = ""
    collective_account: str = ""


@dataclass(frozen=True, kw_only=True)
class Names:
    """The customer's own connectors, and which column of the debtors holds what.

    An empty name stands for the usual one.
    """

    debtor_connector: str
    administration_connector: str
    item_connector: str
    mapping: Mapping[str, str]
    journal_connector: str = ""
    account_connector: str = ""
    vat_connector: str = ""
    period_connector: str = ""
    open_items_connector: str = ""


@dataclass(frozen=True, kw_only=True)
class LookUpNames:
    """The customer's own connector that shows documents of ours, and which column holds what."""

    connector: str
    mapping: Mapping[str, str]


def save_customer_settings(
    *, connection: AfasConnection, settings: CustomerSettings, by: User
) -> AfasConnection:
    """Keep the settings; documents that are queued already stay as they are."""
    return _save(connection, asdict(settings), by)


def save_names(*, connection: AfasConnection, names: Names, by: User) -> AfasConnection:
    """Keep the names of connectors and columns, after asking AFAS whether they exist.

    What AFAS does not grant cannot be checked and is kept as typed. Raises FieldsError for an
    unknown column, or for no column where there must be one; DomainError when AFAS is away.
    """
    mapping = {name: names.mapping.get(name, "").strip() for name in MAPPED}
    _refuse_missing(mapping)
    trial = _renamed(connection, names)
    facts = _facts(connection, trial)
    granted = {str(one["connector"]).lower() for one in facts["findings"] if one["granted"]}
    if names.debtor_connector.strip().lower() in granted:
        _refuse_unknown_columns(connection, names.debtor_connector.strip(), mapping)
    defaults = msgspec.structs.asdict(DebtorMapping())
    own = {name: column for name, column in mapping.items() if column != defaults[name]}
    picking.forget(connection)
    saved = _save(connection, {**trial, "debtor_mapping": own}, by, unrecorded=facts)
    proving.prove(saved, client_for_page(saved))
    return saved


def save_look_up(
    *, connection: AfasConnection, names: LookUpNames, by: User, of: PostedList = INVOICES
) -> AfasConnection:
    """Keep the name and columns of a list of documents, and prove it under them.

    Capitals become those of AFAS. What AFAS does not grant cannot be checked and is kept as typed;
    then a person has to look until it is granted. Raises FieldsError for a column that is unknown,
    missing, used twice or of another type; DomainError when AFAS is away.
    """
    connector = names.connector.strip() or of.connector(AfasConnection())
    usual = msgspec.structs.asdict(of.mapping())
    mapping = {name: names.mapping.get(name, "").strip() for name in usual}
    info = _metainfo(connection)
    fields = _fields(connection, connector) if info.may_read(connector) else []
    mapping = _in_capitals_of(fields, mapping)
    _refuse_unusable(mapping, of.mapping.NEEDED)
    _refuse_unfit(connector, fields, of.mapping(**mapping))
    own = {name: column for name, column in mapping.items() if column != usual[name]}
    values = of.columns(connector=connector, mapping=own)
    same = audit.values_of(connection, values) == values
    saved = _save(connection, values, by, unrecorded={} if same else of.columns(**UNPROVEN))
    proving.prove(saved, client_for_page(saved), info)
    return saved


def look_up_mapping_of(connection: AfasConnection, of: PostedList = INVOICES) -> dict[str, str]:
    """Which column of a list of documents holds what, defaults included."""
    return msgspec.structs.asdict(of.names(connection))


def mapping_of(connection: AfasConnection) -> dict[str, str]:
    """Which column holds what, defaults included."""
    return msgspec.structs.asdict(msgspec.convert(connection.debtor_mapping, DebtorMapping))


def _renamed(connection: AfasConnection, names: Names) -> dict[str, str]:
    usual = AfasConnection()
    return {name: getattr(names, name).strip() or getattr(usual, name) for name in CONNECTORS}


def _facts(connection: AfasConnection, trial: Mapping[str, str]) -> dict[str, Any]:
    """What AFAS grants of the connectors by their new names."""
    posted = {name: getattr(connection, name) for name in ("lookup_connector", "booking_connector")}
    renamed = AfasConnection(**trial, **posted)
    return {"findings": granting.findings(_metainfo(connection), renamed)}


def _metainfo(connection: AfasConnection) -> MetaInfo:
    try:
        return client_for_page(connection).metainfo()
    except AfasError as error:
        raise DomainError(sentence_of(error)) from None


def _fields(connection: AfasConnection, connector: str) -> list[FieldInfo]:
    """The columns as AFAS defines them; none where its user may not read the connector."""
    try:
        return client_for_page(connection).fields_of(connector)
    except Rejected:
        return []
    except AfasError as error:
        raise DomainError(sentence_of(error)) from None


def _in_capitals_of(fields: list[FieldInfo], mapping: Mapping[str, str]) -> dict[str, str]:
    """Rows have AFAS's capitals, whatever was typed."""
    written = {one.name.lower(): one.name for one in fields}
    return {name: written.get(column.lower(), column) for name, column in mapping.items()}


def _refuse_unusable(mapping: Mapping[str, str], needed: Iterable[str]) -> None:
    without = _("Without this column nothing can be looked up.")
    errors = {f"look_up_{name}": without for name in needed if not mapping[name]}
    first: dict[str, str] = {}
    for name, column in mapping.items():
        if column and first.setdefault(column.lower(), name) != name:
            errors[f"look_up_{name}"] = _("Another line has this column already.")
    if errors:
        raise FieldsError(errors)


def _refuse_unfit(connector: str, fields: list[FieldInfo], names: ListMapping) -> None:
    if not fields:
        return
    lacks, unfit = proofs.unfit_columns(fields, names)
    mapped, has = msgspec.structs.asdict(names), _listed(fields)
    errors = {f"look_up_{name}": _no_column(connector, mapped[name], has) for name in lacks}
    cannot = _("This column cannot hold it: AFAS says that it is of another type, or too short.")
    errors |= {f"look_up_{name}": cannot for name in unfit}
    if errors:
        raise FieldsError(errors)


def _no_column(connector: str, column: str, has: str) -> str:
    values = {"connector": connector, "column": column, "has": has}
    return _("%(connector)s has no column %(column)s. It has: %(has)s.") % values


def _listed(fields: list[FieldInfo]) -> str:
    names = [one.name for one in fields]
    return ", ".join(names[:SHOWN_COLUMNS]) + (" …" if len(names) > SHOWN_COLUMNS else "")


def _refuse_missing(mapping: Mapping[str, str]) -> None:
    missing = [name for name in NECESSARY if not mapping[name]]
    if missing:
        sentence = _("Without this column nothing can be imported.")
        raise FieldsError({f"column_{name}": sentence for name in missing})


def _refuse_unknown_columns(
    connection: AfasConnection, connector: str, mapping: Mapping[str, str]
) -> None:
    fields = _fields(connection, connector)
    if not fields:
        return
    columns, has = {one.name for one in fields}, _listed(fields)
    defaults = msgspec.structs.asdict(DebtorMapping())
    wanted = {
        name: column
        for name, column in mapping.items()
        if column and (name in NECESSARY or column != defaults[name])
    }
    errors = {
        f"column_{name}": _no_column(connector, column, has)
        for name, column in wanted.items()
        if column not in columns
    }
    if errors:
        raise FieldsError(errors)


def _save(
    connection: AfasConnection,
    values: Mapping[str, Any],
    by: User,
    unrecorded: Mapping[str, Any] | None = None,
) -> AfasConnection:
    if connection.closed_at:
        raise DomainError(_("Somebody changed the link meanwhile. Look at this page again."))
    change = audit.difference(audit.values_of(connection, values), dict(values))
    everything = {**values, **(unrecorded or {})}
    for name, value in everything.items():
        setattr(connection, name, value)
    connection.save(update_fields=[*everything, "changed_at"])
    if change.after:
        audit.record(
            company=connection.company,
            by=by,
            action="afas_connection.changed",
            obj=connection,
            change=change,
        )
    return connection
