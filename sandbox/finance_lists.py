"""The columns and rows of the lists about the ledger: what a booking may name, and what is owed.

AFAS publishes the columns, and for the codes in them nothing: `README.md` says what we chose.
"""

from collections.abc import Iterator

from sandbox import ledger, receivables, settings
from sandbox.filters import Column, Row
from sandbox.ledger import Account, Period
from sandbox.store import Record, Store, Words

DATE_AND_TIME = 19
MONTHS = (
    "Januari",
    "Februari",
    "Maart",
    "April",
    "Mei",
    "Juni",
    "Juli",
    "Augustus",
    "September",
    "Oktober",
    "November",
    "December",
)

JOURNAL = (
    Column("UnitId", "int", "Administratie", 3),
    Column("JournalId", "string", "Dagboekcode", 6),
    Column("Description", "string", "Omschrijving", 50),
    Column("JournalType", "string", "Dagboeksoort code", 10),
    Column("Blocked", "boolean", "Geblokkeerd"),
)
ACCOUNT = (
    Column("Account", "string", "Rekeningnummer", 16),
    Column("Description", "string", "Omschrijving", 50),
    Column("Type", "string", "Type rekeningcode", 10),
    Column("Sort", "string", "Soort rekening code", 10),
    Column("Blocked", "boolean", "Geblokkeerd"),
    Column("CollectAccount", "boolean", "Verzamelrekening"),
    Column("CollectAccountType", "string", "Type verzamelrekening code", 10),
    Column("Feature", "string", "Kenmerk rekening code", 10),
    Column("CollectOn", "string", "Verzamelen op", 16),
    Column("VatAllowed", "boolean", "Btw toestaan"),
    Column("VatCode", "string", "Voorkeur btw-code", 3),
    Column("Budget", "string", "Budgetteren code", 10),
    Column("ToProject", "string", "Doorboeken projecten code", 10),
    *(
        Column(f"DimAx{axis}", "string", f"Verbijzonderingsas {axis} code", 10)
        for axis in ledger.AXES
    ),
)
VAT_CODE = (
    Column("VatCode", "string", "Btw-code", 3),
    Column("Description", "string", "Omschrijving", 50),
    Column("AccountNr", "string", "Rekening", 16),
    Column("VatPerc", "decimal", "Percentage"),
    Column("VatDuty", "string", "Btw-plicht", 3),
    Column("Blocked", "boolean", "Geblokkeerd"),
    Column("VatMethod", "string", "Berekeningsmethode", 10),
    Column("VatType", "string", "Code inkoop/verkoop code", 10),
)
PERIOD = (
    Column("Unit", "int", "Administratie zonder adm. filter", 3),
    Column("Year", "int", "Boekjaar", 4),
    Column("Period", "int", "Periode", 2),
    Column("PeriodDesc", "string", "Omschrijving", 50),
    Column("DateFrom", "date", "Datum van", DATE_AND_TIME),
    Column("DateTo", "date", "Datum t/m", DATE_AND_TIME),
    Column("Blocked", "boolean", "Geblokkeerd"),
    Column("Periodtable", "int", "Periodetabel", 5),
    Column("TableDesc", "string", "Omschrijving periodetabel", 50),
)
OPEN_ITEM = (
    Column("UnitId", "int", "Administratie", 3),
    Column("DebtorId", "string", "Debiteurennummer", 16),
    Column("InvoiceNr", "string", "Factuurnummer", 12),
    Column("NookPieceDate", "date", "Boekstukdatum", DATE_AND_TIME),
    Column("ExpDate", "date", "Vervaldatum", DATE_AND_TIME),
    Column("CurrencyId", "string", "Valuta", 3),
    Column("AmtInvoice", "decimal", "Factuurbedrag"),
    Column("AmtInvoiceCurr", "decimal", "Factuurbedrag valuta"),
    Column("Balance", "decimal", "Saldo"),
    Column("BalanceCurr", "decimal", "Saldo valuta"),
    Column("Description", "string", "Omschrijving factuur", 255),
)


def journals(store: Store, environment: str, _words: Words) -> list[Record]:
    """The journals of each administration."""
    blocked = ledger.blocked(store, environment, ledger.JOURNAL)
    return [
        {
            "UnitId": unit,
            "JournalId": journal.code,
            "Description": journal.description,
            "JournalType": journal.type,
            "Blocked": journal.code in blocked,
        }
        for unit in _units(store, environment)
        for journal in ledger.JOURNALS.values()
    ]


def accounts(store: Store, environment: str, _words: Words) -> list[Record]:
    """The ledger accounts, which all administrations share."""
    blocked = ledger.blocked(store, environment, ledger.ACCOUNT)
    return [
        _account(one) | {"Blocked": one.number in blocked} for one in ledger.accounts().values()
    ]


def _account(account: Account) -> Record:
    return {
        "Account": account.number,
        "Description": account.description,
        "Type": account.type,
        "Sort": account.sort,
        "CollectAccount": bool(account.collects),
        "CollectAccountType": account.collects,
        "Feature": "1",
        "VatAllowed": account.allows_vat,
        "VatCode": account.vat_code,
        "Budget": "N",
        "ToProject": "N",
    } | {f"DimAx{axis}": ledger.OBLIGATORY for axis in account.axes}


def vat_codes(store: Store, environment: str, _words: Words) -> list[Record]:
    """The VAT codes, which all administrations share."""
    blocked = ledger.blocked(store, environment, ledger.VAT_CODE)
    return [
        {
            "VatCode": one.code,
            "Description": one.description,
            "AccountNr": one.account,
            "VatPerc": str(one.percentage),
            "VatDuty": one.duty,
            "Blocked": one.code in blocked,
            "VatMethod": "E",
            "VatType": "V",
        }
        for one in ledger.vat_codes().values()
    ]


def periods(store: Store, environment: str, _words: Words) -> list[Record]:
    """The months of each administration."""
    blocked = ledger.blocked_periods(store, environment)
    return [
        _period(unit, period) | {"Blocked": period in blocked}
        for unit in _units(store, environment)
        for period in _months()
    ]


def _months() -> Iterator[Period]:
    return ((year, month) for year in ledger.years() for month in range(1, ledger.LAST_PERIOD + 1))


def _period(unit: int, period: Period) -> Record:
    first, last = ledger.days_of(period)
    return {
        "Unit": unit,
        "Year": first.year,
        "Period": first.month,
        "PeriodDesc": MONTHS[first.month - 1],
        "DateFrom": f"{first}T00:00:00Z",
        "DateTo": f"{last}T00:00:00Z",
        "Periodtable": 1,
        "TableDesc": "Maanden",
    }


def open_items(store: Store, environment: str, words: Words) -> list[Record]:
    """What debtors owe, or are owed; none where the environment is blind for them."""
    if settings.is_on(store, environment, "open_items_blind"):
        return []
    return receivables.seen(store, environment, words)


def open_item(item: Record) -> Row:
    """The row of an open item; the second currency is the first one."""
    dates = {name: f"{item[name]}T00:00:00Z" for name in ("NookPieceDate", "ExpDate")}
    amounts = {f"{name}Curr": item[name] for name in ("AmtInvoice", "Balance")}
    return item | dates | amounts


def _units(store: Store, environment: str) -> list[int]:
    return [int(one["AdminId"]) for one in store.all("administration", environment)]
