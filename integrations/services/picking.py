"""Short lists of AFAS to pick from: administrations and items.

A page waits for them, so they are read with short deadlines and kept for a while; a list that
cannot be read is None, and the person types instead.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any, TypeVar

from django.core.cache import cache

from integrations.afas.errors import AfasError
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
KEPT, KEPT_NOTHING = 600, 30
"""Seconds for which a list is kept, and for which a failure is."""
ADMINISTRATION_KEY, ITEM_KEY = "AdminId", "ItemCode"


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


def forget(connection: AfasConnection) -> None:
    """Read the lists anew the next time."""
    names = (
        connection.administration_connector,
        granting.STANDARD_ADMINISTRATIONS,
        connection.item_connector,
    )
    cache.delete_many([_key(connection, name) for name in names])


def _administrations(connection: AfasConnection, name: str) -> list[Administration]:
    rows = client_for_page(connection).rows(name, order_by=ADMINISTRATION_KEY, key=None)
    found = [administration_from(row) for row in rows]
    return [one for one in found if not isinstance(one, BadRow)]


def _items(connection: AfasConnection, name: str) -> list[Item]:
    pages = client_for_page(connection).pages(
        name, order_by=ITEM_KEY, key=ITEM_KEY, page=2000, row_type=Item
    )
    return [one for page in pages for one in page if not isinstance(one, BadRow)]


def _kept(connection: AfasConnection, name: str, read: Callable[[], list[T]]) -> list[T] | None:
    key = _key(connection, name)
    known: Any = cache.get(key, cache)
    if known is not cache:
        return known
    found: list[T] | None
    try:
        found = read()
    except AfasError as error:
        logger.info("%s could not be read for a page: %s", name, error.message)
        found = None
    cache.set(key, found, KEPT if found is not None else KEPT_NOTHING)
    return found


def _key(connection: AfasConnection, name: str) -> str:
    return f"afas-list-{connection.pk}-{name}"
