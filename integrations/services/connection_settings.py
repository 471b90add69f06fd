"""How a company works with AFAS: customers, codes for new debtors, and the names of connectors."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import msgspec
from django.utils.translation import gettext as _

from accounts.models import User
from core import audit
from core.errors import DomainError, FieldsError
from integrations.afas.errors import AfasError, Rejected
from integrations.afas.records import DebtorMapping
from integrations.models import AfasConnection
from integrations.services import granting, picking
from integrations.services.connecting import client_for_page
from integrations.services.explaining import sentence_of

MAPPED = tuple(msgspec.structs.asdict(DebtorMapping()))
NECESSARY = ("number", "name")
SHOWN_COLUMNS = 12


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
    """The customer's own connectors, and which column of the debtors holds what."""

    debtor_connector: str
    administration_connector: str
    item_connector: str
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
    return _save(connection, {**trial, "debtor_mapping": own}, by, unrecorded=facts)


def mapping_of(connection: AfasConnection) -> dict[str, str]:
    """Which column holds what, defaults included."""
    return msgspec.structs.asdict(msgspec.convert(connection.debtor_mapping, DebtorMapping))


def _renamed(connection: AfasConnection, names: Names) -> dict[str, str]:
    typed = {
        "debtor_connector": names.debtor_connector,
        "administration_connector": names.administration_connector,
        "item_connector": names.item_connector,
    }
    usual = AfasConnection()
    return {name: value.strip() or getattr(usual, name) for name, value in typed.items()}


def _facts(connection: AfasConnection, trial: Mapping[str, str]) -> dict[str, Any]:
    """What AFAS grants of the connectors by their new names."""
    renamed = AfasConnection(**trial)
    try:
        info = client_for_page(connection).metainfo()
    except AfasError as error:
        raise DomainError(sentence_of(error)) from None
    return {"findings": granting.findings(info, renamed)}


def _refuse_missing(mapping: Mapping[str, str]) -> None:
    missing = [name for name in NECESSARY if not mapping[name]]
    if missing:
        sentence = _("Without this column nothing can be imported.")
        raise FieldsError({f"column_{name}": sentence for name in missing})


def _refuse_unknown_columns(
    connection: AfasConnection, connector: str, mapping: Mapping[str, str]
) -> None:
    try:
        columns = [one.name for one in client_for_page(connection).fields_of(connector)]
    except Rejected:
        return
    except AfasError as error:
        raise DomainError(sentence_of(error)) from None
    has = ", ".join(columns[:SHOWN_COLUMNS]) + (" …" if len(columns) > SHOWN_COLUMNS else "")
    defaults = msgspec.structs.asdict(DebtorMapping())
    wanted = {
        name: column
        for name, column in mapping.items()
        if column and (name in NECESSARY or column != defaults[name])
    }
    errors = {
        f"column_{name}": _("%(connector)s has no column %(column)s. It has: %(has)s.")
        % {"connector": connector, "column": column, "has": has}
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
