"""Studio Vlier's people, customers and projects, as they would be typed in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from accounts.models import Role
from core.vat import VatCode
from registration.models import BillingMethod
from timechimp_afas.seeding.people import Person

PASSWORD = "vlier-demo"  # noqa: S105 - printed by `make run`, of an example company

VLIER = {
    "name": "Studio Vlier B.V.",
    "street": "Vlierstraat",
    "house_number": "18",
    "postcode": "3512 AB",
    "city": "Utrecht",
    "kvk_number": "81234567",
    "vat_number": "NL812345605B01",
    "iban": "NL91ABNA0417164300",
    "bic": "ABNANL2A",
    "email": "administratie@vlier.example",
    "phone": "030 231 45 60",
    "website": "www.vlier.example",
}
PEOPLE = (
    Person("owner@vlier.example", "Marit Hoekstra", Role.OWNER),
    Person("billing@vlier.example", "Joris Vermeer", Role.BILLING),
    Person("noor@vlier.example", "Noor van Dijk", Role.MANAGER),
    Person("member@vlier.example", "Bram Kuiper", Role.MEMBER),
    Person("sanne@vlier.example", "Sanne de Wit", Role.MEMBER),
    Person("fleur@vlier.example", "Fleur Postma", Role.MEMBER),
)
# Whoever has a number stands in the pretend AFAS with this very address.
CUSTOMERS: tuple[dict[str, Any], ...] = (
    {
        "number": "10001",
        "name": "Bakkerij De Gouden Aar B.V.",
        "street": "Lindenlaan",
        "house_number": "12",
        "postcode": "3511 AB",
        "city": "Utrecht",
        "email": "administratie@goudenaar.example",
        "phone": "0702295684",
        "kvk_number": "34567890",
        "vat_number": "NL908958948B01",
    },
    {
        "number": "10002",
        "name": "Waterschap Lindevaart",
        "street": "Dijkgraafplein",
        "house_number": "1",
        "postcode": "8017 JE",
        "city": "Zwolle",
        "attention": "Crediteurenadministratie",
        "email": "administratie@lindevaart.example",
        "phone": "0505932004",
        "kvk_number": "82722367",
        "vat_number": "NL987799976B01",
        "reference": "INK-2207",
    },
    {
        "number": "10003",
        "name": "Van Dijk & Zonen Installatietechniek B.V.",
        "street": "Ambachtsweg",
        "house_number": "27",
        "postcode": "3899 AL",
        "city": "Zeewolde",
        "email": "administratie@vandijkzonen.example",
        "phone": "0386517400",
        "kvk_number": "10533071",
        "vat_number": "NL168270511B01",
    },
    {
        "number": "10004",
        "name": "'t Hoekje Boeken V.O.F.",
        "street": "Kerkstraat",
        "house_number": "4",
        "postcode": "7411 JA",
        "city": "Deventer",
        "email": "administratie@hoekjeboeken.example",
        "phone": "0207332038",
        "kvk_number": "53582776",
        "vat_number": "NL622132301B01",
        "payment_term": 14,
    },
    {
        "number": "10005",
        "name": "Gemeente Westerveen",
        "street": "Raadhuisplein",
        "house_number": "1",
        "postcode": "9405 AB",
        "city": "Assen",
        "email": "administratie@westerveen.example",
        "phone": "0703942517",
        "kvk_number": "68435564",
        "vat_number": "NL733033398B01",
    },
    {
        "name": "Studio Noorderlicht V.O.F.",
        "street": "Oosterhamrikkade",
        "house_number": "77",
        "postcode": "9714 BD",
        "city": "Groningen",
        "email": "facturen@noorderlicht.example",
        "phone": "050 549 12 30",
        "kvk_number": "86123451",
        "vat_number": "NL861234509B01",
    },
    {
        "name": "Atelier Zuidas B.V.",
        "street": "Strawinskylaan",
        "house_number": "301",
        "postcode": "1077 XX",
        "city": "Amsterdam",
        "email": "administratie@atelierzuidas.example",
        "phone": "020 549 44 10",
        "kvk_number": "82345672",
        "vat_number": "NL823456717B01",
    },
    {
        "name": "Kilbride Harbour Systems Ltd",
        "street": "Custom House Quay",
        "house_number": "9",
        "postcode": "D01 KF84",
        "city": "Dublin",
        "country": "IE",
        "attention": "Ms Aoife Brennan",
        "email": "accounts@kilbride.example",
        "vat_number": "IE3628914D",
        "vat_code": VatCode.REVERSE_EU,
        "language": "en",
        "reference": "PO 40-1187",
    },
    {"name": "Verre Vrienden", "city": "Den Haag", "country": ""},
)

# The contacts whom Vlier knows, and the names of the customers where.
CONTACTS: tuple[tuple[dict[str, Any], tuple[str, ...]], ...] = (
    (
        {
            "name": "Anneke de Boer",
            "job_title": "Eigenaar",
            "email": "anneke@goudenaar.example",
            "phone": "06 12 45 78 90",
        },
        ("Bakkerij De Gouden Aar B.V.",),
    ),
    (
        {
            "name": "Ruud Lindeman",
            "job_title": "Crediteurenadministratie",
            "email": "crediteuren@lindevaart.example",
            "phone": "038 455 10 22",
            "receives_invoices": True,
        },
        ("Waterschap Lindevaart",),
    ),
    (
        {
            "name": "Esra Yılmaz",
            "job_title": "Accountmanager",
            "email": "esra@bureaubrug.example",
            "phone": "06 31 22 08 64",
        },
        ("Atelier Zuidas B.V.", "Studio Noorderlicht V.O.F."),
    ),
    (
        {
            "name": "Niamh Kilbride",
            "job_title": "Finance Director",
            "email": "niamh@kilbride.example",
            "phone": "+353 1 555 01 42",
            "receives_invoices": True,
        },
        ("Kilbride Harbour Systems Ltd",),
    ),
)


@dataclass(frozen=True, kw_only=True)
class Plan:
    """One project: for whom (by the customer's name), how it is billed, and its extras."""

    code: str
    name: str
    customer: str
    method: BillingMethod
    extras: Mapping[str, Any] = field(default_factory=dict)


PLANS = (
    Plan(code="INTERN", name="Intern", customer="", method=BillingMethod.NONE),
    Plan(
        code="WEBSHOP",
        name="Webshop vernieuwen",
        customer="Bakkerij De Gouden Aar B.V.",
        method=BillingMethod.HOURLY_ACTIVITY,
    ),
    Plan(
        code="PEIL",
        name="Dashboard waterstanden",
        customer="Waterschap Lindevaart",
        method=BillingMethod.HOURLY_PERSON,
        extras={"rounding_rule": "nearest", "rounding_step": 15},
    ),
    Plan(
        code="NOORD",
        name="Nieuwe website",
        customer="Studio Noorderlicht V.O.F.",
        method=BillingMethod.HOURLY_PROJECT,
        extras={"reference": "NL-0412"},
    ),
    Plan(
        code="BOEKEN",
        name="Catalogus en kassa",
        customer="'t Hoekje Boeken V.O.F.",
        method=BillingMethod.HOURLY_CUSTOMER,
    ),
    Plan(
        code="HUISSTIJL",
        name="Huisstijl gemeente",
        customer="Gemeente Westerveen",
        method=BillingMethod.FIXED_PROJECT,
        extras={"price": Decimal(14500), "only_approved": True},
    ),
    Plan(
        code="ZUIDAS",
        name="Zalenplanner",
        customer="Atelier Zuidas B.V.",
        method=BillingMethod.FIXED_ACTIVITY,
    ),
    Plan(
        code="HOSTING",
        name="Hosting en beheer",
        customer="Verre Vrienden",
        method=BillingMethod.SUBSCRIPTION,
        extras={"price": Decimal(185)},
    ),
    Plan(
        code="PORTAAL",
        name="Onderhoud klantportaal",
        customer="Van Dijk & Zonen Installatietechniek B.V.",
        method=BillingMethod.SUBSCRIPTION,
        extras={"price": Decimal("245")},
    ),
)
