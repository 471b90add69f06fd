"""Studio Eik's people, customers and what they work on, as they would be typed in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from accounts.models import Role
from integrations.models import ItemUse
from timechimp_afas.seeding.diary import Cost, Script, Trip, Work
from timechimp_afas.seeding.people import Person

PASSWORD = "eik-demo"  # noqa: S105 - printed by `make run`, of an example company
HISTORY = timedelta(days=75)
ENVIRONMENT = "54321"

EIK = {
    "name": "Studio Eik B.V.",
    "street": "Eikenlaan",
    "house_number": "5",
    "postcode": "2312 AB",
    "city": "Leiden",
    "kvk_number": "82154321",
    "vat_number": "NL821543209B01",
    "iban": "NL02ABNA0123456789",
}
PEOPLE = (
    Person("owner@eik.example", "Wouter Eikelboom", Role.OWNER),
    Person("lotte@eik.example", "Lotte Bos", Role.MEMBER),
)
NEWCOMER = "Kwekerij De Kas B.V."  # not known to AFAS yet


@dataclass(frozen=True, kw_only=True)
class Client:
    """A customer with its project. Whoever has a number stands in the pretend AFAS with it."""

    code: str
    project: str
    name: str
    number: str = ""
    vat_number: str = ""
    address: tuple[str, str, str, str]  # street, house number, postcode, city


CUSTOMERS = (
    Client(
        code="KOFFIE",
        project="Bestelapp",
        name="Koffiebranderij Zwart Goud B.V.",
        number="20001",
        vat_number="NL212002399B01",
        address=("Havenstraat", "15", "2312 AB", "Leiden"),
    ),
    Client(
        code="HART",
        project="Donateurs",
        name="Stichting Het Groene Hart",
        number="20002",
        vat_number="NL889336118B01",
        address=("Oudeweg", "3", "2771 BB", "Boskoop"),
    ),
    Client(
        code="HOUT",
        project="Werkbonnen",
        name="Timmerbedrijf Houtman",
        number="20003",
        vat_number="NL981105580B01",
        address=("Zaagmolen", "22", "1502 AA", "Zaandam"),
    ),
    Client(
        code="ZAAK",
        project="Zaaksysteem",
        name="Gemeente Oosterwolde",
        number="20005",
        vat_number="NL535811123B01",
        address=("Snellingerdijk", "31", "8431 EJ", "Oosterwolde"),
    ),
    Client(
        code="REDERIJ",
        project="Kaartverkoop",
        name="Rederij De Zeemeeuw B.V.",
        number="20007",
        vat_number="NL838756141B01",
        address=("Veerkade", "2", "8861 AA", "Harlingen"),
    ),
    Client(
        code="KAS",
        project="Oogstplanner",
        name=NEWCOMER,
        address=("Tuinderspad", "40", "2671 ND", "Naaldwijk"),
    ),
    Client(
        code="ATELIER",
        project="Webwinkel",
        name="Atelier Zonneveld",
        address=("Lijnbaan", "8", "2311 PA", "Leiden"),
    ),
    Client(
        code="FYSIO",
        project="Afspraken",
        name="Fysio Beter Bewegen",
        address=("Gezondheidslaan", "12", "5611 AB", "Eindhoven"),
    ),
)
OWN = Client(  # whom it invoices itself; nobody keeps a diary of it
    code="BEHEER",
    project="Planbord",
    name="Stukadoorsbedrijf 't Witte Huis",
    number="20009",
    vat_number="NL107295635B01",
    address=("Kalkoven", "6", "7332 BD", "Apeldoorn"),
)
# Use, kind, code and unit of the items in AFAS.
ITEMS: tuple[tuple[ItemUse, str, str, str], ...] = (
    (ItemUse.DEFAULT, "1", "UREN-ALG", "uur"),
    (ItemUse.HOURS, "1", "UREN-ALG", "uur"),
    (ItemUse.EXPENSES, "6", "VERSCHOT", "*****"),
    (ItemUse.RIDES, "6", "KM", "km"),
)
CODES = [one.code for one in CUSTOMERS]
KNOWN = [one.code for one in CUSTOMERS if one.number]
BUILD = Work("Bouw", ("Scherm gebouwd", "Koppeling", "Fouten opgelost"))
RESEARCH = Work("Onderzoek", ("Interviews uitgewerkt", "Metingen"))
SCRIPT = Script(
    work={code: (RESEARCH,) if code == "HOUT" else (BUILD,) for code in CODES},
    costs={"KOFFIE": (Cost("Onkosten", "Parkeren", 4, 12),)},
    trips={"REDERIJ": (Trip("Leiden", "Harlingen", "146", "Naar de haven"),)},
    shares={"Wouter": dict.fromkeys(CODES, 1), "Lotte": dict.fromkeys(CODES, 2)},
)
