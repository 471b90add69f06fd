"""Direct invoices and debtors as we send them to AFAS.

Only this module and its sisters, bookings and subjects, know AFAS's field codes; meanings explains
them. Pure functions from data to the bytes of a request: the same data gives the same bytes, so a
frozen payload can be repeated letter for letter. Text is cut to AFAS's lengths; a code or a number
that does not fit is refused with CannotBuild, never changed.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any

import msgspec

from integrations.afas import fieldlist
from integrations.afas.addresses import split_number
from integrations.afas.building import (
    LONGEST_REFERENCE,
    CannotBuild,
    body,
    described,
    number,
    objects,
    optional,
    own_reference,
    required,
)
from integrations.afas.countries import COUNTRY_CODES
from integrations.afas.meanings import MEANINGS
from integrations.afas.text import cut, lines, one_line, units

__all__ = [
    "ADDRESS",
    "CUSTOMER",
    "DEBTOR_NUMBER",
    "DIRECT_INVOICE",
    "INVOICE_LINES",
    "INVOICE_NUMBER",
    "LONGEST_REFERENCE",
    "MEANINGS",
    "NO_UNIT",
    "ORDER_NUMBER",
    "ORGANISATION",
    "CannotBuild",
    "CustomerData",
    "DirectInvoiceData",
    "InvoiceLineData",
    "ItemKind",
    "customer",
    "direct_invoice",
    "direct_invoice_path",
    "references",
]

DIRECT_INVOICE = "FbDirectInvoice"
INVOICE_LINES = "FbDirectInvoiceLines"
CUSTOMER = "KnSalesRelationOrg"
ORGANISATION = "KnOrganisation"
ADDRESS = "KnBasicAddressAdr"

ORDER_NUMBER = "OrNu"
INVOICE_NUMBER = "SinOrNu"
DEBTOR_NUMBER = "DbId"

NO_UNIT = "*****"
QUANTITY_DIGITS = 16
PRICE_DIGITS = 26
EURO = "EUR"
MATCH_BY_KVK, ALWAYS_NEW = "1", "6"
E_MAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")


class ItemKind(StrEnum):
    """Kinds of item on an invoice line (VaIt)."""

    WORK_TYPE = "1"
    ARTICLE = "2"
    TEXT = "3"
    SUBTOTAL = "4"
    SURCHARGE = "5"
    COSTS = "6"
    COMPOSITION = "7"
    COURSE = "8"


@dataclass(frozen=True, kw_only=True)
class InvoiceLineData:
    """One line: an item of AFAS, how many units of it, and the price of one in EUR excl. VAT.

    `item_kind` is an ItemKind or its number. An empty `unit` is AFAS's "no unit". A credit has a
    negative quantity.
    """

    description: str
    item_kind: str
    item_code: str
    unit: str
    quantity: Decimal
    unit_price: Decimal


@dataclass(frozen=True, kw_only=True)
class DirectInvoiceData:
    """An invoice that AFAS makes, numbers and books.

    `reference` is ours, at most 12 characters; `customer_reference` the customer's order number.
    `administration` None leaves it to AFAS: the one last used by the connector's user. `attachment`
    is the number of a dossier item that AFAS has already (subjects.SUBJECT_NUMBER).
    """

    debtor_number: str
    administration: int | None
    invoice_date: date
    reference: str
    lines: Sequence[InvoiceLineData]
    customer_reference: str = ""
    remark: str = ""
    attachment: int | None = None


@dataclass(frozen=True, kw_only=True)
class CustomerData:
    """An organisation that becomes a debtor. `country` is ISO's two letters.

    Without `number` AFAS gives one. `house_number` may hold an addition too. Payment condition, VAT
    duty and collective account are AFAS's codes, which differ per customer of AFAS.
    """

    name: str
    city: str
    country: str
    number: str | None = None
    street: str = ""
    house_number: str | int = ""
    house_addition: str = ""
    postcode: str = ""
    email: str = ""
    phone: str = ""
    vat_number: str = ""
    kvk: str = ""
    currency: str = EURO
    payment_condition: str = ""
    vat_duty: str = ""
    collective_account: str = ""


def direct_invoice(data: DirectInvoiceData) -> bytes:
    """The body of a POST to FbDirectInvoice. Raises CannotBuild."""
    if not data.lines:
        raise CannotBuild("lines", "missing")
    fields: dict[str, Any] = {
        "DbId": required(data.debtor_number, DIRECT_INVOICE, "DbId", "debtor_number"),
        "OrDa": data.invoice_date.isoformat(),
        "CuId": EURO,
        "InVa": False,
        "RfCs": references(data.customer_reference, data.reference),
    }
    if data.administration is not None:
        fields["Unit"] = data.administration
    if remark := lines(data.remark):
        fields["Re"] = remark
    if data.attachment is not None:
        fields["SbAt"] = data.attachment
    built = [{"Fields": _line(line, place)} for place, line in enumerate(data.lines, 1)]
    return body(DIRECT_INVOICE, {"Fields": fields, **objects(INVOICE_LINES, built)})


def direct_invoice_path(order_number: str) -> tuple[str, ...]:
    """Where a DELETE finds a direct invoice, for `AfasClient.delete(DIRECT_INVOICE, …)`."""
    return (DIRECT_INVOICE, f"@{ORDER_NUMBER}", order_number)


def customer(data: CustomerData) -> bytes:
    """The body of a POST to KnSalesRelationOrg. Raises CannotBuild."""
    fields = {
        "IsDb": True,
        "CuId": required(data.currency, CUSTOMER, "CuId", "currency"),
        **optional(data.payment_condition, CUSTOMER, "PaCd", "payment_condition"),
        **optional(data.vat_duty, CUSTOMER, "VaDu", "vat_duty"),
        **optional(_compact(data.vat_number).upper(), CUSTOMER, "VaId", "vat_number"),
        **optional(data.collective_account, CUSTOMER, "ColA", "collective_account"),
    }
    key = optional(data.number or "", CUSTOMER, "DbId", "number")
    element = {f"@{code}": value for code, value in key.items()}
    organisation = objects(ORGANISATION, _organisation(data))
    return body(CUSTOMER, {**element, "Fields": fields, **organisation})


def references(customer_reference: str, reference: str) -> str:
    """The customer's order number and ours in one field; only the customer's is ever cut."""
    ours = own_reference(reference, DIRECT_INVOICE, "RfCs")
    theirs = one_line(customer_reference)
    if not theirs:
        return ours
    room = fieldlist.length(DIRECT_INVOICE, "RfCs") - units(f" / {ours}")
    return f"{cut(theirs, room)} / {ours}"


def _line(line: InvoiceLineData, place: int) -> dict[str, Any]:
    try:
        return {
            "VaIt": _kind(line.item_kind),
            "ItCd": required(line.item_code, INVOICE_LINES, "ItCd", "item_code"),
            **described(line.description, INVOICE_LINES),
            "BiUn": required(line.unit or NO_UNIT, INVOICE_LINES, "BiUn", "unit"),
            "QuUn": _number(line.quantity, "QuUn", QUANTITY_DIGITS, "quantity"),
            "Upri": _number(line.unit_price, "Upri", PRICE_DIGITS, "unit_price"),
        }
    except CannotBuild as error:
        raise CannotBuild(error.field, error.reason, place) from None


def _kind(item_kind: str) -> str:
    if item_kind not in fieldlist.codes(INVOICE_LINES, "VaIt"):
        raise CannotBuild("item_kind", "unknown")
    return str(item_kind)


def _organisation(data: CustomerData) -> dict[str, Any]:
    name, kvk = one_line(data.name), _compact(data.kvk)
    email = one_line(data.email)
    if not name:
        raise CannotBuild("name", "missing")
    if email and not E_MAIL.fullmatch(email):
        raise CannotBuild("email", "invalid")
    fields = {
        "PadAdr": True,
        "AutoNum": True,
        "MatchOga": MATCH_BY_KVK if kvk else ALWAYS_NEW,
        "Nm": cut(name, fieldlist.length(ORGANISATION, "Nm")),
        **optional(kvk, ORGANISATION, "CcNr", "kvk"),
        **optional(email, ORGANISATION, "EmAd", "email"),
        **optional(data.phone, ORGANISATION, "TeNr", "phone"),
    }
    return {"Fields": fields, **objects(ADDRESS, {"Fields": _address(data)})}


def _address(data: CustomerData) -> dict[str, Any]:
    digits, addition = split_number(str(data.house_number))
    addition = one_line(f"{addition} {data.house_addition}")
    return {
        "CoId": _country(data.country),
        "PbAd": False,
        **optional(data.street, ADDRESS, "Ad", "street"),
        **({"HmNr": int(digits)} if digits else {}),
        **optional(addition, ADDRESS, "HmAd", "house_addition"),
        **optional(data.postcode, ADDRESS, "ZpCd", "postcode"),
        "Rs": required(data.city, ADDRESS, "Rs", "city"),
        "ResZip": False,
    }


def _country(iso: str) -> str:
    if not iso.strip():
        raise CannotBuild("country", "missing")
    if not (code := COUNTRY_CODES.get(iso.strip().upper())):
        raise CannotBuild("country", "unknown")
    return code


def _number(value: Decimal, code: str, digits: int, field: str) -> msgspec.Raw:
    places = fieldlist.decimals(INVOICE_LINES, code)
    return number(value, whole=digits - places, places=places, field=field)


def _compact(text: str) -> str:
    return re.sub(r"[\s.-]", "", text)
