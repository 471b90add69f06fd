"""Short lists of AFAS to pick from: administrations, items, and what bookings are made of.

A page waits for them, so they are read with short deadlines and kept for a while; a list that
cannot be read is None, and the person types instead.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any, TypeVar

from django.core.cache import cache

from integrations.afas.errors import AfasError, Busy, Uncertain, Unreachable
from integrations.afas.ledger import AfasVatCode, Journal, LedgerAccount, Period
from integrations.afas.records import (
    Administration,
    BadRow,
    Item,
    administration_from,
)
from integrations.models import AfasConnection
from integrations.services import granting
from integrations.services.connecting import client_for_page

logger = logging.getLogger(__name__)
T = TypeVar("T")
OfBooks = TypeVar("OfBooks", Journal, Period)
KEPT, KEPT_NOTHING = 600, 30
"""Seconds for which a list is kept, and for which a failure is."""
ADMINISTRATION_KEY, ITEM_KEY = "AdminId", "ItemCode"
ACCOUNT_KEY, VAT_KEY = "Account", "VatCode"
JOURNAL_ORDER, PERIOD_ORDER = "JournalId", "Period"
"""By these two no list can be paged: each administration numbers its own."""
PAGE = 2000
AWAY = "(away)"
"""Under this name it is kept that AFAS just gave no answer at all."""
SILENT = (Unreachable, Uncertain, Busy)


def administrations_of(connection: AfasConnection) -> list[Administration] | None:
    """The administrations of the environment; None when no connector gives them."""
    names = (connection.administration_connector, granting.STANDARD_ADMINISTRATIONS)
    granted = [name for name in names if granting.may_read(connection, name)]
    if not granted:
        return None
    return _kept(connection, granted[0], lambda: _administrations(connection, granted[0]))


def items_of(connection: AfasConnection) -> list[Item] | None:
    """The items of the environment, blocked ones too; None when the connector is not granted."""
    name = connection.item_connector
    if not granting.may_read(connection, name):
        return None
    return _kept(connection, name, lambda: _items(connection, name))


def journals_of(connection: AfasConnection) -> list[Journal] | None:
    """The journals of the linked administration, blocked ones too; None when unreadable."""
    name = connection.journal_connector
    return _of_books(connection, _read(connection, name, Journal, order_by=JOURNAL_ORDER))


def accounts_of(connection: AfasConnection) -> list[LedgerAccount] | None:
    """The ledger accounts of the environment, blocked ones too; None when unreadable."""
    return _read(connection, connection.account_connector, LedgerAccount, key=ACCOUNT_KEY)


def accounts_at_hand(connection: AfasConnection) -> list[LedgerAccount]:
    """The ledger accounts if they were read lately; never waits for AFAS."""
    return cache.get(_key(connection, connection.account_connector)) or []


def vat_codes_of(connection: AfasConnection) -> list[AfasVatCode] | None:
    """The VAT codes of the environment, blocked ones too; None when unreadable."""
    return _read(connection, connection.vat_connector, AfasVatCode, key=VAT_KEY)


def periods_of(connection: AfasConnection) -> list[Period] | None:
    """The periods of the linked administration, closed ones too; None when unreadable."""
    name = connection.period_connector
    return _of_books(connection, _read(connection, name, Period, order_by=PERIOD_ORDER))


def forget(connection: AfasConnection) -> None:
    """Read the lists anew the next time."""
    names = (
        connection.administration_connector,
        granting.STANDARD_ADMINISTRATIONS,
        connection.item_connector,
        connection.journal_connector,
        connection.account_connector,
        connection.vat_connector,
        connection.period_connector,
        AWAY,
    )
    cache.delete_many([_key(connection, name) for name in names])


def _administrations(connection: AfasConnection, name: str) -> list[Administration]:
    rows = client_for_page(connection).rows(name, order_by=ADMINISTRATION_KEY, key=None)
    found = [administration_from(row) for row in rows]
    return [one for one in found if not isinstance(one, BadRow)]


def _items(connection: AfasConnection, name: str) -> list[Item]:
    return _rows(connection, name, Item, order_by=ITEM_KEY, key=ITEM_KEY)


def _read(
    connection: AfasConnection,
    name: str,
    kind: type[T],
    *,
    key: str | None = None,
    order_by: str = "",
) -> list[T] | None:
    """A list paged by `key`, or in one go in the order of `order_by`."""
    if not granting.may_read(connection, name):
        return None
    order = key or order_by
    return _kept(connection, name, lambda: _rows(connection, name, kind, order_by=order, key=key))


def _rows(
    connection: AfasConnection, name: str, kind: type[T], *, order_by: str, key: str | None
) -> list[T]:
    pages = client_for_page(connection).pages(
        name, order_by=order_by, key=key, page=PAGE, row_type=kind
    )
    return [one for page in pages for one in page if not isinstance(one, BadRow)]


def _of_books(connection: AfasConnection, rows: list[OfBooks] | None) -> list[OfBooks] | None:
    """Those of the linked administration; a row that names none is of all."""
    if rows is None or connection.administration is None:
        return rows
    ours = {"", str(connection.administration)}
    return [one for one in rows if one.administration in ours]


def _kept(connection: AfasConnection, name: str, read: Callable[[], list[T]]) -> list[T] | None:
    key, away = _key(connection, name), _key(connection, AWAY)
    known: Any = cache.get(key, cache)
    if known is not cache:
        return known
    if cache.get(away):
        return None
    found: list[T] | None
    try:
        found = read()
    except AfasError as error:
        logger.info("%s could not be read for a page: %s", name, error.message)
        found = None
        if isinstance(error, SILENT):  # nobody waits for four lists one after the other
            cache.set(away, "yes", KEPT_NOTHING)
    cache.set(key, found, KEPT if found is not None else KEPT_NOTHING)
    return found


def _key(connection: AfasConnection, name: str) -> str:
    return f"afas-list-{connection.pk}-{name}"
