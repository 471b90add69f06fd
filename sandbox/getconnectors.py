"""The get connectors: their columns and where their rows come from."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sandbox import documents, filters, finance_lists, receivables, seed
from sandbox.answers import Answer
from sandbox.filters import Column, Row
from sandbox.ledger import DEBTOR_LINE
from sandbox.store import Record, Store, Words

DATE_AND_TIME = 19


Source = Callable[[Store, str, Words], list[Record]]


def _stored(kind: str) -> Source:
    return lambda store, environment, words: store.all(kind, environment, words)


def _seen(kind: str) -> Source:
    return lambda store, environment, words: documents.seen(store, environment, kind, words)


def _referred(kind: str) -> Source:
    """Of a reference connector."""
    return lambda store, environment, words: documents.seen_by_reference(
        store, environment, kind, words
    )


def _as_stored(record: Record) -> Row:
    return record


@dataclass(frozen=True)
class GetConnector:
    """One readable list: its columns in AFAS's order and how a stored record becomes a row.

    `is_verbatim` says that every text in a row stands letter for letter in its record.
    """

    name: str
    columns: tuple[Column, ...]
    records: Source
    row: Callable[[Record], Row] = _as_stored
    is_verbatim: bool = True

    def by_name(self) -> Mapping[str, Column]:
        """The columns by lower-case name, as filters look them up."""
        return {column.name.lower(): column for column in self.columns}

    def rows(self, store: Store, environment: str, words: Words) -> list[Row]:
        """Every row that holds one of the words: all columns, an empty field as None."""
        narrowed = words if self.is_verbatim else ()
        rows = (self.row(record) for record in self.records(store, environment, narrowed))
        return [{c.name: _null(row.get(c.name), c) for c in self.columns} for row in rows]


def read(store: Store, connector: GetConnector, environment: str, query: dict[str, str]) -> Answer:
    """`GET connectors/{name}`: the asked page. Query parameters that AFAS does not know are
    ignored; names are taken in any capitals. Raises Refusal."""
    known = {name.lower(): value for name, value in query.items()}
    columns = connector.by_name()
    call = store.next_number(environment, "calls without an order")
    rows = connector.rows(store, environment, filters.words(columns, known))
    skip, take, page = filters.select(rows, columns, known, call)
    return Answer(200, {"skip": skip, "take": take, "rows": page})


def find(name: str) -> GetConnector | None:
    """The get connector of this name, in any capitals."""
    return CONNECTORS.get(name.lower())


def _null(value: Any, column: Column) -> Any:
    if value is None or value == "":
        return None
    return float(value) if column.type == "decimal" else value


def _article(item: Record) -> Row:
    return {
        "ItemCode": item["ItemCode"],
        "Description": item["Description"],
        "UnitId": item["UnitId"],
        "Factor": 1,
        "ArtGroup": {"1": "UREN", "2": "ARTIKEL", "6": "KOSTEN"}[item["Kind"]],
        "Blocked": item.get("Blocked", False),
        "VATGroup": item["VATGroup"],
        "ItemSortCode": item["Kind"],
        "ItemTypeCode": item["Kind"],
        "Stock": False,
        "BitDecimals": 2,
        "CreateDate": "2019-01-02T09:00:00Z",
        "ModifiedDate": item.get("ModifiedDate", "2026-01-05T09:00:00Z"),
    }


def _direct_invoice(invoice: Record) -> Row:
    header, totals = invoice["header"], invoice["totals"]
    return {
        "OrNu": invoice["number"],
        "SinOrNu": invoice["invoice_number"],
        "DebtorId": header["DbId"],
        "UnitId": header["Unit"],
        "OrDa": f"{header['OrDa']}T00:00:00Z",
        "RfCs": header.get("RfCs"),
        "Fref": header.get("Fref"),
        "AmtExcl": totals["excl_vat"],
        "AmtIncl": totals["incl_vat"],
        "CreateDate": invoice["received_at"],
    }


def _entry(entry: Record) -> Row:
    """One row per booking; what the debtor owes is debit, of a credit note it is credit."""
    lines = sorted(entry["lines"], key=lambda line: line["VaAs"] != DEBTOR_LINE)
    total = receivables.owed(entry)
    return {
        "UnitId": entry["header"]["UnId"],
        "JournalId": entry["header"]["JoCo"],
        "EntryNr": int(entry["number"]),
        "InvoiceNr": entry["invoice_number"],
        "VoucherNo": _first(lines, "BpNr"),
        "AccountNr": entry["debtor"],
        "AmtDebit": str(max(total, Decimal(0))),
        "AmtCredit": str(max(-total, Decimal(0))),
        "Fref": _first(lines, "Fref"),
        "CreateDate": entry["received_at"],
    }


def _first(lines: list[Record], code: str) -> str | None:
    return next((line[code] for line in lines if line.get(code)), None)


_DEBTOR = (
    Column("DebtorId", "string", "Nummer debiteur", 16),
    Column("DebtorName", "string", "Naam debiteur", 80),
    Column("BcCo", "string", "Nummer org./pers.", 15),
    Column("SearchName", "string", "Zoeknaam", 10),
    Column("AdressLine1", "string", "Adresregel 1 (straat - huisnummer)", 255),
    Column("AdressLine3", "string", "Adresregel 3 (postcode - woonplaats)", 255),
    Column("AdressLine4", "string", "Adresregel 4 (land)", 255),
    Column("TelNr", "string", "Telefoonnr. werk", 255),
    Column("Email", "string", "E-mail werk", 255),
    Column("IBAN", "string", "IBAN-nummer", 40),
    Column("VatNr", "string", "Btw-identificatienummer", 21),
    Column("ChOfCommNr", "string", "KvK-nummer", 30),
    Column("CollectAccount", "string", "Verzamelrekening", 16),
    Column("PayCon", "string", "Betalingsvoorwaarde", 5),
    Column("VatDuty", "string", "Btw-plicht", 3),
    Column("Blocked", "boolean", "Geblokkeerd voor levering"),
    Column("CreditLimit", "decimal", "Kredietlimiet"),
    Column("CurrencyId", "string", "Valuta", 3),
    Column("AutoPayment", "boolean", "Automatisch incasseren"),
    Column("CreateDate", "date", "Aangemaakt op", DATE_AND_TIME),
    Column("ModifiedDate", "date", "Gewijzigd op", DATE_AND_TIME),
)
_ADMINISTRATION = (
    Column("AdminId", "int", "Administratie", 3),
    Column("AdminNm", "string", "Naam administratie", 80),
    Column("AdminCd", "string", "Administratiecode", 10),
)
_ARTICLE = (
    Column("ItemCode", "string", "Itemcode", 40),
    Column("Description", "string", "Omschrijving", 80),
    Column("ExtraDescription", "string", "Extra omschrijving", 255),
    Column("UnitId", "string", "Basiseenheid", 15),
    Column("Factor", "int", "Prijsfactor", 5),
    Column("ArtGroup", "string", "Artikelgroep", 15),
    Column("Blocked", "boolean", "Geblokkeerd"),
    Column("Barcode", "string", "Barcode", 30),
    Column("VATGroup", "string", "Btw-tariefgroep", 4),
    Column("ItemSortCode", "string", "Artikelsoort code", 10),
    Column("ItemTypeCode", "string", "Artikeltype code", 10),
    Column("Stock", "boolean", "Voorraad bijhouden"),
    Column("BitDecimals", "int", "Aantal decimalen", 2),
    Column("PriceGroup", "string", "Prijsgroep", 15),
    Column("StockCode", "string", "Voorraadcontrole code", 10),
    Column("StockDimId1", "string", "Artikeldimensie 1", 15),
    Column("StockDimId2", "string", "Artikeldimensie 2", 15),
    Column("CreateDate", "date", "Aangemaakt op", DATE_AND_TIME),
    Column("ModifiedDate", "date", "Gewijzigd op", DATE_AND_TIME),
)
_DIRECT_INVOICE = (
    Column("OrNu", "string", "Pakbonnummer", 12),
    Column("SinOrNu", "string", "Factuurnummer", 12),
    Column("DebtorId", "string", "Nummer debiteur", 16),
    Column("UnitId", "int", "Administratie", 3),
    Column("OrDa", "date", "Datum", DATE_AND_TIME),
    Column("RfCs", "string", "Ordernummer/referentie", 100),
    Column("Fref", "string", "Factuurreferentie", 32),
    Column("AmtExcl", "decimal", "Bedrag excl. btw"),
    Column("AmtIncl", "decimal", "Bedrag incl. btw"),
    Column("CreateDate", "date", "Aangemaakt op", DATE_AND_TIME),
)

_ENTRY = (
    Column("UnitId", "int", "Administratie", 3),
    Column("JournalId", "string", "Dagboek", 6),
    Column("EntryNr", "int", "Nummer journaalpost", 9),
    Column("InvoiceNr", "string", "Factuurnummer", 12),
    Column("VoucherNo", "string", "Boekstuknummer", 32),
    Column("AccountNr", "string", "Rekeningnummer", 16),
    Column("AmtDebit", "decimal", "Bedrag debet"),
    Column("AmtCredit", "decimal", "Bedrag credit"),
    Column("Fref", "string", "Factuurreferentie", 32),
    Column("CreateDate", "date", "Aangemaakt op", DATE_AND_TIME),
)

# ProfitDebtor and DDI_Profit_Administraties are copies that a customer made; nothing is published
# about them, so they answer the columns of the connector they were copied from.
CONNECTORS = {
    connector.name.lower(): connector
    for connector in (
        GetConnector("ProfitDebtor", _DEBTOR, _seen(documents.DEBTOR)),
        GetConnector("Profit_Debtor", _DEBTOR, _seen(documents.DEBTOR)),
        GetConnector("DDI_Profit_Administraties", _ADMINISTRATION, _stored("administration")),
        GetConnector("Profit_Administrations", _ADMINISTRATION, _stored("administration")),
        GetConnector("Profit_Article", _ARTICLE, _stored("item"), _article, is_verbatim=False),
        GetConnector("Profit_Journals", finance_lists.JOURNAL, finance_lists.journals),
        GetConnector("Profit_Accounts", finance_lists.ACCOUNT, finance_lists.accounts),
        GetConnector("Profit_VAT_code", finance_lists.VAT_CODE, finance_lists.vat_codes),
        GetConnector(
            "Profit_periods_per_administration", finance_lists.PERIOD, finance_lists.periods
        ),
        GetConnector(
            "Profit_Debtor_Invoices",
            finance_lists.OPEN_ITEM,
            finance_lists.open_items,
            finance_lists.open_item,
        ),
        GetConnector(
            "Uurwerk_DirectInvoices",
            _DIRECT_INVOICE,
            _referred(documents.INVOICE),
            _direct_invoice,
        ),
        GetConnector("Uurwerk_Entries", _ENTRY, _referred(documents.ENTRY), _entry),
    )
}


def description(name: str) -> str:
    """What metainfo says about a get connector."""
    return seed.GET_CONNECTORS.get(name, name)
