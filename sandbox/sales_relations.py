"""KnSalesRelationOrg: an organisation that AFAS may invoice, with its debtor number."""

from collections.abc import Iterator
from typing import Any

from sandbox import clock, directory, documents, sentences
from sandbox.answers import Answer
from sandbox.payloads import Received
from sandbox.sentences import Refusal
from sandbox.store import Record, Store

# MatchOga: what AFAS compares a new organisation with. Code → (our column, the field sent).
MATCHED_ON = {
    "0": ("BcCo", "BcCo"),
    "1": ("ChOfCommNr", "CcNr"),
    "2": ("FiscalNr", "FiNr"),
    "3": ("DebtorName", "Nm"),
    "4": ("AdressLine1", "Ad"),
    "5": ("AdressLine1", "Ad"),
}
ALWAYS_NEW, PARENT = "6", "9"
COUNTRIES = {"NL": "Nederland", "B": "België", "D": "Duitsland", "F": "Frankrijk"}


def insert(store: Store, environment: str, relation: Received) -> Answer:
    """Makes a debtor, on an organisation that matches or on a new one. Answers DbId and BcCo.

    A DbId that is given is used, and refused when in use; absent, AFAS numbers. Raises Refusal.
    Runs inside the caller's transaction.
    """
    directory.check_codes(relation)
    organisation = relation.first("KnOrganisation")
    if organisation is None:
        raise Refusal(sentences.ENTER_A_VALUE, relation.element.objects["KnOrganisation"])
    number = _debtor_number(store, environment, relation)
    known = _matched(store, environment, organisation)
    _check_complete(relation, organisation, known)
    debtor: Record = dict(known) if known else _new_organisation(store, environment, organisation)
    debtor |= {"DebtorId": number, "CreateDate": clock.now()}
    debtor |= {"Blocked": False, "CreditLimit": 0.0, "AutoPayment": False}
    _apply(debtor, relation)
    debtor["IsDb"] = relation.flag("IsDb")
    documents.keep(store, environment, documents.DEBTOR, debtor | {"number": number})
    return _answer(debtor)


def update(store: Store, environment: str, relation: Received) -> Answer:
    """Changes only what is sent; an empty value empties the field. Answers DbId and BcCo."""
    directory.check_codes(relation)
    number = relation.text("DbId")
    if not number:
        raise Refusal(sentences.ENTER_A_VALUE, relation.field("DbId"))
    debtor = store.get("debtor", environment, number)
    if debtor is None:
        raise Refusal(sentences.DOES_NOT_EXIST, relation.field("DbId"))
    changed = dict(debtor)
    _apply(changed, relation)
    organisation = relation.first("KnOrganisation")
    if organisation is not None:
        _apply_organisation(changed, organisation)
    changed["changes"] = [*debtor.get("changes", []), _told(debtor, changed)]
    store.put("debtor", environment, number, changed)
    return _answer(changed)


def _answer(debtor: Record) -> Answer:
    keys = {"DbId": str(debtor["DebtorId"]), "BcCo": str(debtor["BcCo"])}
    return Answer(201, {"results": {"KnSalesRelationOrg": keys}})


def _told(debtor: Record, changed: Record) -> Record:
    what = [
        f"{column}: {_written(debtor.get(column))} → {_written(value)}"
        for column, value in changed.items()
        if column != "ModifiedDate" and value != debtor.get(column)
    ]
    return {"at": clock.now(), "what": what}


def _written(value: Any) -> str:
    return "—" if value in (None, "") else str(value)


def _debtor_number(store: Store, environment: str, relation: Received) -> str:
    number = relation.text("DbId")
    if not number:
        return _next_free(store, environment, "DbId", "DebtorId")
    if store.get("debtor", environment, number):
        raise Refusal(sentences.ALREADY_EXISTS, relation.field("DbId"), number)
    return number


def _next_free(store: Store, environment: str, series: str, column: str) -> str:
    used = {debtor[column] for debtor in store.all("debtor", environment)}
    while True:
        number = str(store.next_number(environment, series))
        if number not in used:
            return number


def _matched(store: Store, environment: str, organisation: Received) -> Record | None:
    """The organisation that AFAS finds by MatchOga; several are an error, as AFAS says."""
    match = organisation.text("MatchOga")
    if match not in MATCHED_ON:
        return None
    column, code = MATCHED_ON[match]
    wanted = _street(organisation) if code == "Ad" else organisation.text(code)
    hits = {
        debtor["BcCo"]: debtor
        for debtor in store.all("debtor", environment)
        if wanted and str(debtor.get(column) or "").casefold() == wanted.casefold()
    }
    if len(hits) > 1:
        raise Refusal(sentences.SEVERAL_ORGANISATIONS, organisation.field(code))
    if match == "0" and not hits:
        raise Refusal(sentences.DOES_NOT_EXIST, organisation.field("BcCo"))
    return next(iter(hits.values()), None)


def _check_complete(relation: Received, organisation: Received, known: Record | None) -> None:
    needed = [(relation, "PaCd")] if relation.flag("IsDb") else []
    if known is None:
        needed += [(relation, "VaDu")] if relation.flag("IsDb") else []
        needed += [(organisation, code) for code in ("PadAdr", "AutoNum", "Nm")]
        needed += [] if organisation.flag("AutoNum") else [(organisation, "BcCo")]
    for received, code in needed:
        if received.values.get(code) is None:
            raise Refusal(sentences.ENTER_A_VALUE, received.field(code))


def _new_organisation(store: Store, environment: str, organisation: Received) -> Record:
    number = organisation.text("BcCo")
    if organisation.flag("AutoNum") or not number:
        number = _next_free(store, environment, "BcCo", "BcCo")
    elif any(debtor["BcCo"] == number for debtor in store.all("debtor", environment)):
        raise Refusal(sentences.ALREADY_EXISTS, organisation.field("BcCo"), number)
    made: Record = {"DebtorName": None, "SearchName": None, "BcCo": number, "VatDuty": "1"}
    _apply_organisation(made, organisation)
    return made


def _apply(debtor: Record, relation: Received) -> None:
    columns = {
        "VaId": "VatNr",
        "ColA": "CollectAccount",
        "PaCd": "PayCon",
        "VaDu": "VatDuty",
        "CuId": "CurrencyId",
        "Bl": "Blocked",
        "Krli": "CreditLimit",
        "Iban": "IBAN",
        "IsDb": "IsDb",
    }
    debtor |= _columns(relation, columns)
    debtor["ModifiedDate"] = clock.now()


def _apply_organisation(debtor: Record, organisation: Received) -> None:
    columns = {
        "Nm": "DebtorName",
        "SeNm": "SearchName",
        "CcNr": "ChOfCommNr",
        "FiNr": "FiscalNr",
        "TeNr": "TelNr",
        "EmAd": "Email",
    }
    debtor |= _columns(organisation, columns)
    address = organisation.first("KnBasicAddressAdr") or organisation.first("KnBasicAddressPad")
    if address is not None:
        debtor |= _address(address)
    bank = organisation.first("KnBankAccount")
    if bank is not None and bank.text("Iban"):
        debtor["IBAN"] = bank.text("Iban")


def _columns(received: Received, columns: dict[str, str]) -> dict[str, Any]:
    sent = received.as_sent()
    named: Iterator[tuple[str, str]] = ((c, n) for c, n in columns.items() if c in received.values)
    return {name: sent.get(code) for code, name in named}


def _address(address: Received) -> dict[str, str]:
    country = address.text("CoId")
    return {
        "AdressLine1": _street_of(address),
        "AdressLine3": f"{address.text('ZpCd')} {address.text('Rs')}".strip(),
        "AdressLine4": COUNTRIES.get(country, country),
    }


def _street(organisation: Received) -> str:
    address = organisation.first("KnBasicAddressAdr")
    return _street_of(address) if address else ""


def _street_of(address: Received) -> str:
    number = f"{address.text('HmNr')}{address.text('HmAd')}"
    street = "Postbus" if address.flag("PbAd") else address.text("Ad")
    return f"{street} {number}".strip()
