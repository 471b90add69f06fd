"""Which customer is which debtor: the fields of both, and what makes them look alike.

KvK, VAT number and name with postcode only suggest; what they suggest goes to a person.
"""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from typing import Any

import msgspec
from django.db.models import Q

from integrations.afas.records import BadRow, Debtor, DebtorMapping
from integrations.models import (
    AfasConnection,
    AfasDocument,
    CustomerLink,
    ImportRow,
    Kind,
    State,
)
from integrations.services.lookalikes import is_same, plain
from relations.models import Customer

# Field of a customer ← column of the mapping that holds it. A connector without the column leaves
# the field alone.
COLUMNS = {
    "name": "name",
    "street": "address_line",
    "house_number": "address_line",
    "postcode": "town_line",
    "city": "town_line",
    "country": "country_line",
    "email": "email",
    "phone": "phone",
    "vat_number": "vat_number",
    "kvk_number": "kvk",
    "iban": "iban",
    "blocked": "blocked",
}
LENGTHS = {
    name: getattr(Customer._meta.get_field(name), "max_length", 0)
    for name in COLUMNS
    if name != "blocked"
}
LITTLE_WORDS = frozenset(
    [
        *("bv", "nv", "vof", "cv", "bvba", "srl", "gmbh", "ag", "ltd", "ua", "stichting"),
        *("de", "het", "een", "en", "van", "der", "den", "the", "and", "of"),
    ]
)
HALF, NEARLY = 0.5, 0.8
ON_ITS_WAY = (State.SENDING, State.UNKNOWN)
STILL_TO_SEND = (State.WAITING, State.QUEUED, State.REJECTED)


def present_columns(
    mapping: DebtorMapping, rows: Iterable[Mapping[str, Any] | BadRow]
) -> DebtorMapping:
    """The mapping without columns that the connector does not give: AFAS sends all it has."""
    first = next((row for row in rows if not isinstance(row, BadRow)), None)
    if first is None:
        return mapping
    absent = {
        name: ""
        for name, column in msgspec.structs.asdict(mapping).items()
        if column not in first and name not in {"number", "name"}
    }
    return msgspec.structs.replace(mapping, **absent)


def fields_of(debtor: Debtor, mapping: DebtorMapping) -> dict[str, Any]:
    """The fields of a customer that AFAS tells. A country it does not tell is not made up."""
    told = {
        "name": debtor.name,
        "street": debtor.street,
        "house_number": debtor.house,
        "postcode": debtor.postcode,
        "city": debtor.city,
        "country": debtor.country,
        "email": debtor.email,
        "phone": debtor.phone,
        "vat_number": debtor.vat_number,
        "kvk_number": debtor.kvk,
        "iban": debtor.iban,
        "blocked": debtor.blocked,
    }
    known = {name: value for name, value in told.items() if getattr(mapping, COLUMNS[name])}
    if not debtor.country:
        known.pop("country", None)
    return known


def fingerprint(fields: Mapping[str, Any]) -> str:
    """The same text for the same fields, to see whether AFAS changed anything."""
    encoded = msgspec.json.encode(fields, order="sorted")
    return hashlib.blake2b(encoded, digest_size=16).hexdigest()


def names_differ(ours: str, theirs: str) -> bool:
    """Whether two names can hardly be of one organisation.

    They are alike when more than half of the words of the shorter one are in the other, or when
    they are spelled nearly the same; legal forms, little words and accents do not count.
    """
    one, other = _words(ours), _words(theirs)
    if not one or not other:
        return False
    shared = len(set(one) & set(other)) / min(len(set(one)), len(set(other)))
    spelled = SequenceMatcher(None, "".join(one), "".join(other), autojunk=False).ratio()
    return shared <= HALF and spelled < NEARLY


def _words(name: str) -> list[str]:
    apart = unicodedata.normalize("NFKD", name.casefold().replace(".", ""))
    plainly = "".join(c if c.isalnum() else " " for c in apart if not unicodedata.combining(c))
    words = plainly.split()
    return [word for word in words if word not in LITTLE_WORDS] or words


@dataclass
class Register:
    """The company's customers as one run met them, for what may only be suggested."""

    by_core: dict[str, list[tuple[str, str]]] = field(default_factory=dict)
    by_mark: dict[str, tuple[int, str, str]] = field(default_factory=dict)
    left: set[tuple[str, int]] = field(default_factory=set)

    @classmethod
    def of(cls, connection: AfasConnection) -> Register:
        """Read it once; a long run does not ask again."""
        register = cls()
        customers = Customer.objects.of(connection.company).filter(archived=False)
        linked = set(links_of(connection).values_list("customer_id", flat=True))
        columns = ("pk", "number", "name", "kvk_number", "vat_number", "postcode")
        for pk, number, name, *marks in customers.values_list(*columns).iterator(chunk_size=5000):
            register.note_number(number, name)
            if pk not in linked:
                for mark in marks_of(name, *marks):
                    register.by_mark[mark] = (pk, number, name)
        left = ImportRow.objects.of(connection.company).filter(
            reason="left", run__connection__environment=connection.environment
        )
        register.left = set(left.values_list("debtor_number", "customer_id"))
        return register

    def note_number(self, number: str, name: str) -> None:
        """Remember a number, to see another that differs only in leading zeros."""
        if number:
            self.by_core.setdefault(number.lstrip("0"), []).append((number, name))

    def doubt_about(self, debtor: Debtor) -> tuple[str, dict[str, Any]]:
        """What a person should know of a new customer: a reason and its details, or nothing."""
        for number, name in self.by_core.get(debtor.number.lstrip("0"), ()):
            if number != debtor.number:
                return "zeros", {"number": number, "name": name}
        marks = marks_of(debtor.name, debtor.kvk, debtor.vat_number, debtor.postcode)
        known = next((self.by_mark[mark] for mark in marks if mark in self.by_mark), None)
        if known is None:
            return "", {}
        pk, number, name = known
        return "alike", {"customer": pk, "number": number, "name": name}


def marks_of(name: str, kvk: str, vat_number: str, postcode: str) -> list[str]:
    """By what an organisation is known beside its number."""
    named = plain(name) + plain(postcode) if plain(postcode) else ""
    pairs = (("kvk", plain(kvk)), ("vat", plain(vat_number)), ("name", named))
    return [f"{what}:{value}" for what, value in pairs if value]


def open_customer_documents(connection: AfasConnection) -> list[AfasDocument]:
    """Customers that this company is telling the environment of, or has just told."""
    unfinished = Q(state__in=(*ON_ITS_WAY, *STILL_TO_SEND)) | Q(
        state=State.CONFIRMED, followed_up_at__isnull=True
    )
    documents = AfasDocument.objects.of(connection.company).filter(
        unfinished, environment=connection.environment, kind=Kind.CUSTOMER
    )
    return list(documents.select_related("customer"))


def held_by(debtor: Debtor, pending: Iterable[AfasDocument]) -> AfasDocument | None:
    """The open customer document that this debtor may be the outcome of (DECISIONS A5).

    Same number and same name is no likeness but a certainty, as long as nothing was sent.
    """
    for document in pending:
        customer = document.customer
        if document.debtor_number and document.debtor_number == debtor.number:
            return document
        if customer is None or not _alike(debtor, customer):
            continue
        if document.state in STILL_TO_SEND and is_same(debtor, customer):
            continue
        return document
    return None


def _alike(debtor: Debtor, customer: Customer) -> bool:
    if customer.number and plain(customer.number) == plain(debtor.number):
        return True
    ours = marks_of(customer.name, customer.kvk_number, customer.vat_number, customer.postcode)
    theirs = marks_of(debtor.name, debtor.kvk, debtor.vat_number, debtor.postcode)
    return not set(ours).isdisjoint(theirs)


def links_of(connection: AfasConnection) -> Any:
    """The links of the connection's company in its environment."""
    return CustomerLink.objects.of(connection.company_id).filter(environment=connection.environment)
