"""What we read from AFAS, as frozen records that forgive what they do not know.

Every column may be empty. AFAS ends its times in Z although they are Dutch local time (page
*get-connector*), so the Z is dropped and Amsterdam put in its place.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, TypeVar

import msgspec

from integrations.afas.addresses import address_of
from integrations.afas.query import AMSTERDAM
from integrations.afas.text import cell

T = TypeVar("T")
LONGEST_DEBTOR_NUMBER = 16
ISO_DATE = re.compile(r"(\d{4})-(\d\d)-(\d\d)")
DUTCH_DATE = re.compile(r"(\d\d?)-(\d\d?)-(\d{4})")


@dataclass(frozen=True)
class BadRow:
    """A row that cannot be used, and why: a word for the program, not a sentence."""

    row: Mapping[str, Any]
    reason: str


class FieldInfo(msgspec.Struct, frozen=True, rename="camel"):
    """One column of a GetConnector, as metainfo describes it."""

    id: str = ""
    field_id: str = ""
    data_type: str = ""
    label: str = ""
    length: int | None = None
    decimals: int | None = None

    @classmethod
    def list_of(cls, content: bytes) -> list[FieldInfo]:
        """The columns in an answer of metainfo/get."""
        return decode(content, _FieldList).fields

    @property
    def name(self) -> str:
        """The column's name in rows and filters."""
        return self.id or self.field_id


class _FieldList(msgspec.Struct, frozen=True):
    fields: list[FieldInfo]


class ConnectorInfo(msgspec.Struct, frozen=True):
    """One connector that the app connector grants."""

    id: str
    description: str | None = None


class EnvironmentInfo(msgspec.Struct, frozen=True, rename={"token_expiry_text": "tokenExpiry"}):
    """The environment and the app connector behind a credential."""

    envid: str | None = None
    appName: str | None = None  # noqa: N815 - AFAS's name
    group: str | None = None
    token_expiry_text: str | None = None


class MetaInfo(msgspec.Struct, frozen=True):
    """What a credential may use."""

    getConnectors: list[ConnectorInfo] = []  # noqa: N815 - AFAS's name
    updateConnectors: list[ConnectorInfo] = []  # noqa: N815 - AFAS's name
    info: EnvironmentInfo = EnvironmentInfo()

    @property
    def get_connectors(self) -> tuple[str, ...]:
        """The names of the connectors that may be read."""
        return tuple(connector.id for connector in self.getConnectors)

    @property
    def update_connectors(self) -> tuple[str, ...]:
        """The names of the connectors that may be written."""
        return tuple(connector.id for connector in self.updateConnectors)

    def may_read(self, connector: str) -> bool:
        """Whether a GetConnector is granted; AFAS does not mind upper and lower case."""
        return connector.lower() in map(str.lower, self.get_connectors)

    def may_write(self, connector: str) -> bool:
        """Whether an UpdateConnector is granted; AFAS does not mind upper and lower case."""
        return connector.lower() in map(str.lower, self.update_connectors)

    @property
    def token_expiry(self) -> date | None:
        """The last day of the credential, when AFAS says so."""
        return _day(self.info.token_expiry_text or "")

    @property
    def environment(self) -> str:
        """The environment's id: O, T or A, the participant number and two letters."""
        return self.info.envid or ""

    @property
    def app_name(self) -> str:
        """The name of the app connector in Profit."""
        return self.info.appName or ""


class DebtorMapping(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which column of the customer's GetConnector holds what; defaults are Profit_Debtor's.

    `msgspec.convert(settings, DebtorMapping)` reads one from a dict and refuses unknown names.
    An empty name means that the connector has no such column.
    """

    number: str = "DebtorId"
    name: str = "DebtorName"
    address_line: str = "AdressLine1"
    town_line: str = "AdressLine3"
    country_line: str = "AdressLine4"
    phone: str = "TelNr"
    email: str = "Email"
    iban: str = "IBAN"
    vat_number: str = "VatNr"
    kvk: str = "ChOfCommNr"
    payment_condition: str = "PayCon"
    vat_duty: str = "VatDuty"
    blocked: str = "Blocked"
    currency: str = "CurrencyId"
    created: str = "CreateDate"
    modified: str = "ModifiedDate"

    def columns(self) -> tuple[str, ...]:
        """The columns it names, to compare with what metainfo says there is."""
        return tuple(name for name in msgspec.structs.astuple(self) if name)


class Debtor(msgspec.Struct, frozen=True, kw_only=True):
    """A customer as AFAS keeps it; texts are trimmed and empty where AFAS has nothing.

    `country` is ISO's two letters, or empty when AFAS's line names none that we know.
    """

    number: str
    name: str
    street: str = ""
    house_number: str = ""
    house_addition: str = ""
    postcode: str = ""
    city: str = ""
    country: str = ""
    phone: str = ""
    email: str = ""
    iban: str = ""
    vat_number: str = ""
    kvk: str = ""
    payment_condition: str = ""
    vat_duty: str = ""
    currency: str = ""
    blocked: bool = False
    created: datetime | None = None
    modified: datetime | None = None

    @property
    def house(self) -> str:
        """House number and addition as one text: "12 a", "12-14"."""
        between = " " if self.house_number and self.house_addition[:1].isalnum() else ""
        return f"{self.house_number}{between}{self.house_addition}"


def debtor_from(row: Mapping[str, Any], mapping: DebtorMapping | None = None) -> Debtor | BadRow:
    """A debtor from a row, or why not: "no_number", "number_too_long" or "no_name"."""
    names = mapping or DebtorMapping()
    number, name = cell(row, names.number), cell(row, names.name)
    if not number:
        return BadRow(row, "no_number")
    if len(number) > LONGEST_DEBTOR_NUMBER:
        return BadRow(row, "number_too_long")
    if not name:
        return BadRow(row, "no_name")
    return _debtor(row, names, number, name)


def _debtor(row: Mapping[str, Any], names: DebtorMapping, number: str, name: str) -> Debtor:
    address = address_of(
        cell(row, names.address_line),
        cell(row, names.town_line),
        cell(row, names.country_line),
    )
    return Debtor(
        number=number,
        name=name,
        street=address.street,
        house_number=address.house_number,
        house_addition=address.house_addition,
        postcode=address.postcode,
        city=address.city,
        country=address.country,
        phone=cell(row, names.phone),
        email=cell(row, names.email),
        iban=cell(row, names.iban),
        vat_number=cell(row, names.vat_number),
        kvk=cell(row, names.kvk),
        payment_condition=cell(row, names.payment_condition),
        vat_duty=cell(row, names.vat_duty),
        currency=cell(row, names.currency),
        blocked=is_true(row.get(names.blocked)),
        created=amsterdam(row.get(names.created)),
        modified=amsterdam(row.get(names.modified)),
    )


class AdministrationMapping(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which column holds what of an administration; defaults are Profit_Administrations'."""

    number: str = "AdminId"
    name: str = "AdminNm"
    code: str = "AdminCd"


class Administration(msgspec.Struct, frozen=True, kw_only=True):
    """One set of books in AFAS, by its number."""

    number: int
    name: str
    code: str = ""


def administration_from(
    row: Mapping[str, Any], mapping: AdministrationMapping | None = None
) -> Administration | BadRow:
    """An administration from a row, or why not: "no_number"."""
    names = mapping or AdministrationMapping()
    number = cell(row, names.number)
    if not re.fullmatch(r"[0-9]{1,9}", number):
        return BadRow(row, "no_number")
    name = cell(row, names.name) or number
    return Administration(number=int(number), name=name, code=cell(row, names.code))


class Item(msgspec.Struct, frozen=True):
    """An item of AFAS (Profit_Article); its columns keep AFAS's names."""

    ItemCode: str
    Description: str | None = None
    UnitId: str | None = None
    ItemTypeCode: str | int | None = None
    Blocked: bool | int | str | None = None

    @property
    def kind(self) -> str:
        """What an invoice line calls its kind of item, as far as the type tells, else ""."""
        return ITEM_KINDS.get(str(self.ItemTypeCode or "").strip().lower(), "")

    @property
    def is_blocked(self) -> bool:
        """Whether AFAS refuses it on new lines."""
        return is_true(self.Blocked)


WORK_TYPE, ARTICLE, COSTS = "1", "2", "6"
ITEM_KINDS = {
    "1": WORK_TYPE,
    "wst": WORK_TYPE,
    "werksoort": WORK_TYPE,
    "work type": WORK_TYPE,
    "2": ARTICLE,
    "art": ARTICLE,
    "artikel": ARTICLE,
    "article": ARTICLE,
    "6": COSTS,
    "kst": COSTS,
    "kostensoort": COSTS,
    "costs": COSTS,
}
"""Type of an item → kind of an invoice line (the numbers of VaIt, the codes of KnSubjectLink)."""


def amsterdam(value: object) -> datetime | None:
    """AFAS's time as an aware one; its Z is not UTC. None for what is no time."""
    if not isinstance(value, str):
        return None
    try:
        moment = datetime.fromisoformat(value.strip().removesuffix("Z"))
    except ValueError:
        return None
    return moment.replace(tzinfo=AMSTERDAM)


def is_true(value: object) -> bool:
    """Whether AFAS means yes: true, 1, "1" or "true"."""
    return str(value).strip().lower() in ("true", "1")


def decode(content: bytes, kind: type[T]) -> T:
    """JSON as AFAS sends it, with exact fractions; raises msgspec.DecodeError."""
    value: T = _decoder(kind).decode(content.removeprefix(b"\xef\xbb\xbf"))
    return value


def decode_rows(raw: Sequence[bytes], row_type: type[T]) -> list[T | BadRow]:
    """One page; when it does not validate as a whole, row by row, so a bad row costs one row."""
    try:
        return list(_decoder(list[row_type]).decode(b"[" + b",".join(raw) + b"]"))  # type: ignore[valid-type]
    except msgspec.ValidationError:
        return [_row(row, row_type) for row in raw]


def _row(raw: bytes, row_type: type[T]) -> T | BadRow:
    try:
        value: T = _decoder(row_type).decode(raw)
    except msgspec.ValidationError as error:
        row = _decoder(Any).decode(raw)
        return BadRow(row if isinstance(row, dict) else {"": row}, str(error))
    return value


def key_of(raw: bytes, column: str) -> str | int | None:
    """A key column of a raw row; None when it is empty or no key."""
    row = _decoder(Any).decode(raw)
    value = row.get(column) if isinstance(row, dict) else None
    return value if isinstance(value, str | int) and str(value).strip() else None


def _decoder(kind: Any) -> msgspec.json.Decoder[Any]:
    return msgspec.json.Decoder(kind, float_hook=Decimal)


def _day(text: str) -> date | None:
    if found := ISO_DATE.match(text.strip()):
        year, month, day = map(int, found.groups())
    elif found := DUTCH_DATE.match(text.strip()):
        day, month, year = map(int, found.groups())
    else:
        return None
    try:
        return date(year, month, day)
    except ValueError:
        return None
