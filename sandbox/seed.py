"""Who may call this pretend AFAS, and what it holds when it is fresh. The names here are stable.

A *user token* is the whole XML text that AFAS shows a person once. `LIVE_TOKEN` and its
neighbours are such texts. All secrets are derived from a phrase: they are reproducible, and no
scanner takes them for real ones.
"""

import csv
import hashlib
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

DATA = Path(__file__).parent / "data"

GET_CONNECTORS = {
    "ProfitDebtor": "Debiteuren (eigen kopie)",
    "Profit_Debtor": "Debiteuren",
    "DDI_Profit_Administraties": "Administraties (eigen kopie)",
    "Profit_Administrations": "Administraties",
    "Profit_Article": "Artikelen",
    "Profit_Journals": "Dagboeken",
    "Profit_Accounts": "Grootboekrekeningen",
    "Profit_VAT_code": "Btw-codes",
    "Profit_periods_per_administration": "Perioden per administratie",
    "Profit_Debtor_Invoices": "Openstaande verkoopfacturen",
    "Uurwerk_DirectInvoices": "Directe facturen met hun referentie (eigen connector)",
    "Uurwerk_Entries": "Boekingen met hun referentie (eigen connector)",
}
UPDATE_CONNECTORS = {
    "KnSalesRelationOrg": "Verkooprelatie organisatie",
    "FbDirectInvoice": "Directe factuur",
    "FiEntries": "Financiële boeking",
    "KnSubject": "Dossieritem",
}
REFERENCE_CONNECTORS = ("Uurwerk_DirectInvoices", "Uurwerk_Entries")  # nobody has them at first
USUAL_GET_CONNECTORS = [name for name in GET_CONNECTORS if name not in REFERENCE_CONNECTORS]

# AFAS lets existing classic tokens expire on this day; an OAuth client's secret has its own.
CLASSIC_EXPIRY = "2027-05-01"
OAUTH_EXPIRY = "2027-02-15"


def _hex64(phrase: str) -> str:
    return hashlib.sha256(f"sandbox {phrase}".encode()).hexdigest().upper()


def user_token(data: str) -> str:
    """The text AFAS shows a person for the token whose 64 hexadecimal characters are `data`."""
    return f"<token><version>1</version><data>{data}</data></token>"


LIVE_TOKEN = user_token(_hex64("12345 live"))
TEST_TOKEN = user_token(_hex64("12345 test"))
EIK_TOKEN = user_token(_hex64("54321 live"))
REVOKED_TOKEN = user_token(_hex64("12345 revoked"))
LACKING_CONNECTORS_TOKEN = user_token(_hex64("12345 lacking connectors"))
REFUSED_IP_TOKEN = user_token(_hex64("12345 refused ip"))

BARE_TOKEN = user_token(_hex64("12345 bare"))
"""Grants the five connectors of the guide to customers, and no other."""
GUIDE_CONNECTORS = (
    "ProfitDebtor",
    "DDI_Profit_Administraties",
    "KnSalesRelationOrg",
    "FbDirectInvoice",
    "FiEntries",
)

LIVE_CLIENT_ID, LIVE_CLIENT_SECRET = "12345-LIVE-APP", _hex64("12345 live client")
TEST_CLIENT_ID, TEST_CLIENT_SECRET = "12345-TEST-APP", _hex64("12345 test client")
EIK_CLIENT_ID, EIK_CLIENT_SECRET = "54321-LIVE-APP", _hex64("54321 live client")


@dataclass(frozen=True)
class Environment:
    """One participant's live or test environment, as it stands when nothing has happened yet."""

    name: str  # as it stands in the path: participant number + "", "test" or "accept"
    environment_id: str  # AFAS's own id; O, T or A for live, test or accept
    administrations: tuple[tuple[int, str, str], ...]
    debtors: str  # file in data/
    debtor_limit: int  # take only so many of them
    token: str
    client_id: str
    client_secret: str


_VLIER = ((1, "Studio Vlier B.V.", "VLIER"), (2, "Studio Vlier Beheer B.V.", "BEHEER"))
_EIK = ((1, "Studio Eik B.V.", "EIK"), (2, "Studio Eik Beheer B.V.", "BEHEER"))

ENVIRONMENTS = {
    environment.name: environment
    for environment in (
        Environment(
            "12345",
            "O12345AA",
            _VLIER,
            "debtors_12345.csv",
            40,
            LIVE_TOKEN,
            LIVE_CLIENT_ID,
            LIVE_CLIENT_SECRET,
        ),
        Environment(
            "12345test",
            "T12345AA",
            _VLIER,
            "debtors_12345.csv",
            15,
            TEST_TOKEN,
            TEST_CLIENT_ID,
            TEST_CLIENT_SECRET,
        ),
        Environment(
            "54321",
            "O54321AA",
            _EIK,
            "debtors_54321.csv",
            12,
            EIK_TOKEN,
            EIK_CLIENT_ID,
            EIK_CLIENT_SECRET,
        ),
    )
}


@dataclass(frozen=True)
class Credential:
    """One token or OAuth client: where it belongs, what it may do, and what is wrong with it."""

    token: str
    environment: str
    purpose: str
    state: str = "active"  # active | revoked | refused_ip
    without: tuple[str, ...] = ()
    only: tuple[str, ...] = ()  # empty: all

    def granted(self, connectors: Collection[str]) -> list[str]:
        """Those of these connectors that it grants."""
        return [
            name
            for name in connectors
            if name not in self.without and name in (self.only or connectors)
        ]


CREDENTIALS = (
    Credential(LIVE_TOKEN, "12345", "everything it needs"),
    Credential(TEST_TOKEN, "12345test", "everything it needs"),
    Credential(EIK_TOKEN, "54321", "everything it needs"),
    Credential(REVOKED_TOKEN, "12345", "revoked", state="revoked"),
    Credential(
        LACKING_CONNECTORS_TOKEN,
        "12345",
        "lacks FbDirectInvoice, FiEntries and DDI_Profit_Administraties",
        without=("FbDirectInvoice", "FiEntries", "DDI_Profit_Administraties"),
    ),
    Credential(BARE_TOKEN, "12345", "only the five of the guide", only=GUIDE_CONNECTORS),
    Credential(REFUSED_IP_TOKEN, "12345", "its address is refused (403)", state="refused_ip"),
)


def debtors(environment: Environment) -> Iterator[dict[str, Any]]:
    """The seeded rows of Profit_Debtor, column by column as AFAS names them."""
    with (DATA / environment.debtors).open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))[: environment.debtor_limit]
    for row in rows:
        yield {
            **row,
            "CollectAccount": "1300",
            "Blocked": row["Blocked"] == "true",
            "CreditLimit": float(row["CreditLimit"]),
            "CurrencyId": "EUR",
            "AutoPayment": False,
        }


def items() -> Iterator[dict[str, Any]]:
    """The seeded items: kind (AFAS's VaIt), code, unit, VAT rate group and usual price in EUR."""
    with (DATA / "items.csv").open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)
