"""What we send to AFAS. The only place that knows AFAS's field codes.

Pure functions from data to the bytes of a request: the same data gives the same bytes, so a frozen
payload can be repeated letter for letter. Text is cut to AFAS's lengths; a code or a number that
does not fit is refused with CannotBuild, never changed.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any

import msgspec

from integrations.afas import fieldlist
from integrations.afas.addresses import split_number
from integrations.afas.countries import COUNTRY_CODES
from integrations.afas.text import cut, exact, lines, one_line, units

DIRECT_INVOICE = "FbDirectInvoice"
INVOICE_LINES = "FbDirectInvoiceLines"
CUSTOMER = "KnSalesRelationOrg"
ORGANISATION = "KnOrganisation"
ADDRESS = "KnBasicAddressAdr"

ORDER_NUMBER = "OrNu"
INVOICE_NUMBER = "SinOrNu"
DEBTOR_NUMBER = "DbId"

NO_UNIT = "*****"
LONGEST_REFERENCE = 12
QUANTITY_DIGITS = 16
PRICE_DIGITS = 26
EURO = "EUR"
MATCH_BY_KVK, ALWAYS_NEW = "1", "6"
E_MAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")

MEANINGS: Mapping[str, Mapping[str, tuple[str, str]]] = {
    DIRECT_INVOICE: {
        "DbId": ("Debiteurnummer", "debtor number"),
        "OrDa": ("Orderdatum", "invoice date"),
        "Unit": ("Administratie", "administration"),
        "CuId": ("Valuta", "currency"),
        "InVa": ("Prijzen inclusief btw", "prices include VAT; ours never do"),
        "RfCs": ("Referentie klant", "the customer's order number and our reference"),
        "Re": ("Opmerking", "remark"),
        "OrNu": ("Ordernummer, de sleutel", "order number, the key in AFAS's answer"),
        "SinOrNu": ("Factuurnummer", "invoice number, where AFAS's answer has it"),
    },
    INVOICE_LINES: {
        "VaIt": ("Soort item", "kind of item, see ItemKind"),
        "ItCd": ("Itemcode", "item code; exists within its kind"),
        "Ds": ("Omschrijving", "description"),
        "BiUn": ("Eenheid", "unit; five asterisks for none"),
        "QuUn": ("Aantal eenheden", "quantity"),
        "Upri": ("Prijs per eenheid", "unit price excl. VAT; without it AFAS takes its own"),
    },
    CUSTOMER: {
        "DbId": ("Debiteurnummer, de sleutel", "debtor number, the key; AFAS numbers without it"),
        "IsDb": ("Is debiteur", "is a debtor; needed for any booking"),
        "CuId": ("Valuta", "currency"),
        "PaCd": ("Betalingsvoorwaarde", "payment condition"),
        "VaDu": ("Btw-plicht", "VAT duty"),
        "VaId": ("Btw-identificatienummer", "VAT number"),
        "ColA": ("Verzamelrekening", "collective account"),
    },
    ORGANISATION: {
        "PadAdr": ("Postadres is bezoekadres", "postal address is the visiting address"),
        "AutoNum": ("Automatisch nummeren", "AFAS numbers the organisation"),
        "MatchOga": ("Organisatie vergelijken op", "how AFAS looks for an organisation it has"),
        "Nm": ("Naam", "name"),
        "CcNr": ("KvK-nummer", "chamber of commerce number"),
        "EmAd": ("E-mailadres werk", "e-mail address"),
        "TeNr": ("Telefoonnummer werk", "telephone"),
    },
    ADDRESS: {
        "CoId": ("Land", "country, in AFAS's own codes"),
        "PbAd": ("Is postbusadres", "is a post-office box"),
        "Ad": ("Straat", "street"),
        "HmNr": ("Huisnummer", "house number, digits only"),
        "HmAd": ("Toevoeging aan huisnummer", "addition to the house number"),
        "ZpCd": ("Postcode", "postcode"),
        "Rs": ("Woonplaats", "town"),
        "ResZip": ("Woonplaats bij postcode zoeken", "look the town up by postcode"),
    },
}
"""Object and field → its Dutch and English meaning."""


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


class CannotBuild(ValueError):  # noqa: N818 - as in errors.py
    """A value does not fit what AFAS accepts.

    `field` is the name in our data, `reason` one of "missing", "too_long", "unknown", "invalid",
    "too_many_decimals" and "too_large", `line` the invoice line, counted from 1.
    """

    def __init__(self, field: str, reason: str, line: int | None = None) -> None:
        super().__init__(f"{field}: {reason}" + (f" (line {line})" if line else ""))
        self.field = field
        self.reason = reason
        self.line = line


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
    `administration` None leaves it to AFAS: the one last used by the connector's user.
    """

    debtor_number: str
    administration: int | None
    invoice_date: date
    reference: str
    lines: Sequence[InvoiceLineData]
    customer_reference: str = ""
    remark: str = ""


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
        "DbId": _code(data.debtor_number, DIRECT_INVOICE, "DbId", "debtor_number"),
        "OrDa": data.invoice_date.isoformat(),
        "CuId": EURO,
        "InVa": False,
        "RfCs": references(data.customer_reference, data.reference),
    }
    if data.administration is not None:
        fields["Unit"] = data.administration
    if remark := lines(data.remark):
        fields["Re"] = remark
    built = [{"Fields": _line(line, number)} for number, line in enumerate(data.lines, 1)]
    return _body(DIRECT_INVOICE, {"Fields": fields, **_objects(INVOICE_LINES, built)})


def direct_invoice_path(order_number: str) -> tuple[str, ...]:
    """Where a DELETE finds a direct invoice, for `AfasClient.delete(DIRECT_INVOICE, …)`."""
    return (DIRECT_INVOICE, f"@{ORDER_NUMBER}", order_number)


def customer(data: CustomerData) -> bytes:
    """The body of a POST to KnSalesRelationOrg. Raises CannotBuild."""
    fields = {
        "IsDb": True,
        "CuId": _code(data.currency, CUSTOMER, "CuId", "currency"),
        **_optional(data.payment_condition, CUSTOMER, "PaCd", "payment_condition"),
        **_optional(data.vat_duty, CUSTOMER, "VaDu", "vat_duty"),
        **_optional(_compact(data.vat_number).upper(), CUSTOMER, "VaId", "vat_number"),
        **_optional(data.collective_account, CUSTOMER, "ColA", "collective_account"),
    }
    key = _optional(data.number or "", CUSTOMER, "DbId", "number")
    element = {f"@{code}": value for code, value in key.items()}
    organisation = _objects(ORGANISATION, _organisation(data))
    return _body(CUSTOMER, {**element, "Fields": fields, **organisation})


def references(customer_reference: str, reference: str) -> str:
    """The customer's order number and ours in one field; only the customer's is ever cut."""
    ours = _code(reference, DIRECT_INVOICE, "RfCs", "reference")
    if units(ours) > LONGEST_REFERENCE:
        raise CannotBuild("reference", "too_long")
    theirs = one_line(customer_reference)
    if not theirs:
        return ours
    room = fieldlist.length(DIRECT_INVOICE, "RfCs") - units(f" / {ours}")
    return f"{cut(theirs, room)} / {ours}"


def _line(line: InvoiceLineData, number: int) -> dict[str, Any]:
    try:
        return {
            "VaIt": _kind(line.item_kind),
            "ItCd": _code(line.item_code, INVOICE_LINES, "ItCd", "item_code"),
            **_description(line.description),
            "BiUn": _code(line.unit or NO_UNIT, INVOICE_LINES, "BiUn", "unit"),
            "QuUn": _number(line.quantity, "QuUn", QUANTITY_DIGITS, "quantity"),
            "Upri": _number(line.unit_price, "Upri", PRICE_DIGITS, "unit_price"),
        }
    except CannotBuild as error:
        raise CannotBuild(error.field, error.reason, number) from None


def _kind(item_kind: str) -> str:
    if item_kind not in fieldlist.codes(INVOICE_LINES, "VaIt"):
        raise CannotBuild("item_kind", "unknown")
    return str(item_kind)


def _description(description: str) -> dict[str, str]:
    text = one_line(description)
    return {"Ds": cut(text, fieldlist.length(INVOICE_LINES, "Ds"))} if text else {}


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
        **_optional(kvk, ORGANISATION, "CcNr", "kvk"),
        **_optional(email, ORGANISATION, "EmAd", "email"),
        **_optional(data.phone, ORGANISATION, "TeNr", "phone"),
    }
    return {"Fields": fields, **_objects(ADDRESS, {"Fields": _address(data)})}


def _address(data: CustomerData) -> dict[str, Any]:
    number, addition = split_number(str(data.house_number))
    addition = one_line(f"{addition} {data.house_addition}")
    return {
        "CoId": _country(data.country),
        "PbAd": False,
        **_optional(data.street, ADDRESS, "Ad", "street"),
        **({"HmNr": int(number)} if number else {}),
        **_optional(addition, ADDRESS, "HmAd", "house_addition"),
        **_optional(data.postcode, ADDRESS, "ZpCd", "postcode"),
        "Rs": _code(data.city, ADDRESS, "Rs", "city"),
        "ResZip": False,
    }


def _country(iso: str) -> str:
    if not iso.strip():
        raise CannotBuild("country", "missing")
    if not (code := COUNTRY_CODES.get(iso.strip().upper())):
        raise CannotBuild("country", "unknown")
    return code


def _code(value: str, name: str, code: str, field: str) -> str:
    text = one_line(value)
    if not text:
        raise CannotBuild(field, "missing")
    if units(text) > fieldlist.length(name, code):
        raise CannotBuild(field, "too_long")
    return text


def _optional(value: str, name: str, code: str, field: str) -> dict[str, str]:
    return {code: _code(value, name, code, field)} if one_line(value) else {}


def _number(value: Decimal, code: str, digits: int, field: str) -> msgspec.Raw:
    if not value.is_finite():
        raise CannotBuild(field, "invalid")
    places = fieldlist.decimals(INVOICE_LINES, code)
    if value and value.adjusted() >= digits - places:
        raise CannotBuild(field, "too_large")
    try:
        return exact(value, places)
    except ValueError:
        raise CannotBuild(field, "too_many_decimals") from None


def _compact(text: str) -> str:
    return re.sub(r"[\s.-]", "", text)


def _objects(name: str, element: object) -> dict[str, Any]:
    return {"Objects": [{name: {"Element": element}}]}


def _body(root: str, element: Mapping[str, Any]) -> bytes:
    return msgspec.json.encode({root: {"Element": element}})
