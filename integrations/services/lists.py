"""The lists in which AFAS shows documents of ours: direct invoices, and sales bookings.

Each is a GetConnector that the customer made for us. What is known of it (its name, its columns,
whether it was proven, its control row) stands in columns of the connection with one prefix.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import msgspec

from integrations.afas.client import AfasClient, AnyOf, Condition, Operator
from integrations.afas.posted import BookingMapping, InvoiceMapping, ListMapping, Posted
from integrations.models import AfasConnection, AfasDocument, Kind


@dataclass(frozen=True)
class PostedList:
    """One list: of which kind of document, and where a connection keeps what is known of it.

    `at_once` is how many documents fit into one question beside the control row.
    """

    kind: Kind
    mapping: type[InvoiceMapping] | type[BookingMapping]
    prefix: str
    at_once: int

    def connector(self, connection: AfasConnection) -> str:
        """The name of its GetConnector."""
        return str(getattr(connection, f"{self.prefix}_connector"))

    def names(self, connection: AfasConnection) -> ListMapping:
        """Which column of the customer's connector holds what."""
        return msgspec.convert(getattr(connection, f"{self.prefix}_mapping"), self.mapping)

    def control(self, connection: AfasConnection) -> str:
        """The key of the row that every look-up must show; empty while there is none."""
        return str(getattr(connection, f"{self.prefix}_control"))

    def problem(self, connection: AfasConnection) -> str:
        """Why nothing can be looked up, as `proofs.Problem`; empty when it can."""
        return str(getattr(connection, f"{self.prefix}_problem"))

    def is_proven(self, connection: AfasConnection) -> bool:
        """Whether the last check proved that it can be asked."""
        return getattr(connection, f"{self.prefix}_proven_at") is not None

    def columns(self, **values: Any) -> dict[str, Any]:
        """The connection's columns of this list: `columns(control="7")` → {"lookup_control": …}."""
        return {f"{self.prefix}_{name}": value for name, value in values.items()}

    def read(
        self,
        client: AfasClient,
        connection: AfasConnection,
        references: Iterable[str],
        keys: Iterable[str],
    ) -> list[Posted]:
        """The rows that bear one of these references or have one of these keys.

        Raises AfasError.
        """
        names = self.names(connection)
        by_reference = [[Condition(names.reference, Operator.CONTAINS, one)] for one in references]
        rows = client.rows(
            self.connector(connection),
            where=AnyOf([*by_reference, *(names.keyed(key) for key in keys if key)]),
            order_by=names.number,
            key=None,
        )
        found = (names.read(row) for row in rows)
        return [one for one in found if one is not None]

    def key_of(self, connection: AfasConnection, number: str, journal: str) -> str:
        """The key under which a document with AFAS's own `number` stands in it."""
        if self.kind == Kind.SALES_BOOKING:
            return f"{connection.administration}/{journal}/{number}"
        return number

    def keys(self, posted: Posted) -> dict[str, str]:
        """AFAS's numbers of a document, by our columns."""
        if self.kind == Kind.SALES_BOOKING:
            return {
                "entry_number": posted.number,
                "unit": posted.administration,
                "journal": posted.journal,
                "invoice_number": posted.invoice_number,
            }
        return {"order_number": posted.number, "invoice_number": posted.invoice_number}


INVOICES = PostedList(Kind.DIRECT_INVOICE, InvoiceMapping, "lookup", at_once=8)
BOOKINGS = PostedList(Kind.SALES_BOOKING, BookingMapping, "booking", at_once=4)
LISTS = (INVOICES, BOOKINGS)
POSTED = tuple(one.kind for one in LISTS)
"""The kinds of document that AFAS shows in a list of ours."""


def list_for(kind: str) -> PostedList | None:
    """The list that shows documents of this kind."""
    return next((one for one in LISTS if one.kind == kind), None)


def list_of(document: AfasDocument) -> PostedList | None:
    """The list that shows a document; a deletion is seen in that of what it deletes."""
    is_deletion = document.kind == Kind.DELETION and document.target
    return list_for(document.target.kind if is_deletion and document.target else document.kind)
