"""AFAS's field list for the update connectors we pretend to have.

The list itself is `data/update_connectors.json`: a trimmed copy of AFAS's published OpenAPI text,
with its date and what was left out written inside.
"""

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

FIELD_LIST = Path(__file__).parent / "data" / "update_connectors.json"

# AFAS's published text has English labels; a Dutch environment answers with Dutch ones. The label
# goes first: VaId is a VAT number in one connector and a VAT code in another.
DUTCH_OF_LABEL = {
    "VAT code": "Btw-code",
    "Sales order number": "Verkoopordernummer",
    "Description entry": "Omschrijving boeking",
    "Journal": "Dagboek",
    "Dossier item type": "Type dossieritem",
    "Subject": "Onderwerp",
    "FileName": "Naam bestand",
    "Administration (Sales)": "Administratie (verkoop)",
    "Invoice type (sales)": "Factuurtype (verkoop)",
    "Sales invoice": "Verkoopfactuur",
    "File as byte-array": "Bestand",
}
DUTCH = {
    "DbId": "Verkooprelatie",
    "FaTo": "Factuur aan",
    "OrNu": "Pakbonnummer",
    "OrDa": "Datum",
    "Unit": "Administratie",
    "CuId": "Valuta",
    "PaCd": "Betalingsvoorwaarde",
    "PaTp": "Betaalwijze",
    "VaDu": "Btw-plicht",
    "RfCs": "Ordernummer/referentie",
    "Fref": "Factuurreferentie",
    "SbAt": "Bijlage",
    "PrId": "Project",
    "VeId": "Vertegenwoordiger",
    "War": "Magazijn",
    "InVa": "Prijs incl. btw",
    "CrOr": "Creditorder",
    "DeCo": "Leveringsconditie",
    "GuLi": "GUID regel",
    "V1Cd": "Verbijzonderingscode as 1",
    "DiC1": "Verbijzonderingscode as 1",
    "DiC2": "Verbijzonderingscode as 2",
    "IsDb": "Is debiteur",
    "Bl": "Geblokkeerd voor levering",
    "HmAd": "Toevoeging aan huisnummer",
    "TeNr": "Telefoonnr. werk",
    "VaIt": "Type item",
    "ItCd": "Itemcode",
    "BiUn": "Eenheid",
    "QuUn": "Aantal eenheden",
    "Upri": "Prijs per eenheid",
    "Ds": "Omschrijving",
    "VaRc": "Btw-tariefgroep",
    "ColA": "Verzamelrekening",
    "LgId": "Taal",
    "InPv": "Voorkeur wijze van verstrekken",
    "VaId": "Btw-identificatienummer",
    "CoId": "Land",
    "CcNr": "KvK-nummer",
    "FiNr": "Fiscaal nummer",
    "BcCo": "Nummer",
    "Nm": "Naam",
    "SeNm": "Zoeknaam",
    "Ad": "Straat",
    "HmNr": "Huisnummer",
    "ZpCd": "Postcode",
    "Rs": "Woonplaats",
    "EmAd": "E-mail werk",
    "PbAd": "Postbusadres",
    "ResZip": "Zoek woonplaats bij postcode",
    "PadAdr": "Postadres is adres",
    "AutoNum": "Autonummering",
    "MatchOga": "Organisatie vergelijken op",
    "KnOrganisation": "Organisatie",
    "Year": "Boekjaar",
    "Peri": "Periode",
    "UnId": "Nummer administratie",
    "JoCo": "Dagboek factuur",
    "EnNo": "Nummer journaalpost",
    "VaAs": "Kenmerk rekening",
    "AcNr": "Rekeningnummer",
    "EnDa": "Datum boeking",
    "BpDa": "Boekstukdatum",
    "BpNr": "Boekstuknummer",
    "InId": "Factuurnummer",
    "AmDe": "Bedrag debet",
    "AmCr": "Bedrag credit",
    "DaEx": "Vervaldatum",
    "PaId": "Betalingskenmerk",
}


@dataclass(frozen=True)
class Field:
    """One field of an update connector, by AFAS's code (`RfCs`) with its label and limits."""

    code: str
    type: str  # string | int | decimal | boolean | date | blob
    label: str
    length: int | None = None
    decimals: int | None = None
    required: bool = False
    key: bool = False
    email: bool = False
    timed: bool = False  # a date with a time of day
    values: dict[str, str] | None = None  # the allowed codes and their meaning

    def name(self, language: str) -> str:
        """The label a person sees in an error, in "nl" or "en"."""
        if language != "nl":
            return self.label
        return DUTCH_OF_LABEL.get(self.label) or DUTCH.get(self.code, self.label)


@dataclass(frozen=True)
class Element:
    """A connector or one of its objects: its fields, and the objects that may hang under it.

    `root` is what a message to the connector opens with: its own name, but for FiEntries.
    """

    code: str
    root: str
    fields: dict[str, Field]
    objects: dict[str, "Element"]

    def name(self, language: str) -> str:
        """What an error calls it."""
        return DUTCH.get(self.code, self.code) if language == "nl" else self.code


@cache
def connectors() -> dict[str, Element]:
    """Every update connector on the list, by its exact name."""
    listed = json.loads(FIELD_LIST.read_text(encoding="utf-8"))
    return {name: _element(name, body) for name, body in listed["connectors"].items()}


def connector(name: str) -> Element | None:
    """The update connector of this name in any capitals; our papers write KnSalesrelationOrg."""
    return next((e for code, e in connectors().items() if code.lower() == name.lower()), None)


def _element(code: str, body: dict[str, Any]) -> Element:
    return Element(
        code,
        body.get("root", code),
        {name: Field(name, **row) for name, row in body["fields"].items()},
        {name: _element(name, part) for name, part in body.get("objects", {}).items()},
    )
