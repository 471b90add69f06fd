"""A running sandbox per test, and a person who calls it with a token."""

import base64
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import requests

from sandbox import seed
from sandbox.testing import Running, running


def afas_token(token: str) -> str:
    """The Authorization header of a classic user token."""
    return "AfasToken " + base64.b64encode(token.encode()).decode()


@dataclass
class Client:
    """Calls one environment of the sandbox as a careful client would."""

    base: str
    token: str = seed.LIVE_TOKEN
    language: str = "en-us"
    headers: dict[str, str] = field(default_factory=dict)

    def call(self, method: str, path: str, **more: Any) -> requests.Response:
        headers = {
            "Authorization": afas_token(self.token),
            "Accept-Language": self.language,
            **self.headers,
        }
        return requests.request(method, f"{self.base}/{path}", headers=headers, timeout=10, **more)

    def get(self, path: str, **query: Any) -> requests.Response:
        return self.call("GET", path, params=query)

    def rows(self, connector: str, **query: Any) -> list[dict[str, Any]]:
        answer = self.get(f"connectors/{connector}", **query)
        assert answer.status_code == 200, answer.text
        return answer.json()["rows"]

    def post(self, connector: str, body: Any) -> requests.Response:
        return self.call("POST", f"connectors/{connector}", data=json.dumps(body))

    def put(self, connector: str, body: Any) -> requests.Response:
        return self.call("PUT", f"connectors/{connector}", data=json.dumps(body))


@pytest.fixture
def sandbox(tmp_path: Path) -> Iterator[Running]:
    with running(tmp_path / "sandbox.sqlite3") as started:
        yield started


@pytest.fixture
def afas(sandbox: Running) -> Client:
    return Client(f"{sandbox.url}/12345/ProfitRestServices")


def invoice(*lines: dict[str, Any], **header: Any) -> dict[str, Any]:
    """A direct invoice that AFAS takes, but for what the test changes."""
    fields = {"DbId": "10001", "OrDa": "2026-03-31", "Unit": 1, "CuId": "EUR", "InVa": False}
    elements = [{"Fields": one} for one in lines or (line(),)]
    return {
        "FbDirectInvoice": {
            "Element": {
                "Fields": fields | header,
                "Objects": [{"FbDirectInvoiceLines": {"Element": elements}}],
            }
        }
    }


def line(**changes: Any) -> dict[str, Any]:
    """Two hours of development, but for what the test changes."""
    fields = {"VaIt": "1", "ItCd": "UREN-DEV", "BiUn": "uur", "QuUn": 2, "Upri": 95.5}
    return fields | {"Ds": "Development"} | changes


def entry(*lines: dict[str, Any], **header: Any) -> dict[str, Any]:
    """A sales entry of 1000 + 21 % that AFAS takes, but for what the test changes."""
    fields = {"Year": 2026, "Peri": 3, "UnId": 1, "JoCo": "20"}
    elements = [{"Fields": one} for one in lines or (owed(), earned(), vat())]
    return {
        "FiEntryPar": {
            "Element": {
                "Fields": fields | header,
                "Objects": [{"FiEntries": {"Element": elements}}],
            }
        }
    }


def lines_of(body: dict[str, Any]) -> list[dict[str, Any]]:
    """The lines of an entry, to change them or to hang something under them."""
    return body["FiEntryPar"]["Element"]["Objects"][0]["FiEntries"]["Element"]


def allocated(account: str, *parts: dict[str, Any]) -> dict[str, Any]:
    """An entry whose revenue of 1000 on this account is spread over the parts."""
    body = entry(owed(), earned(AcNr=account), vat())
    elements = [{"Fields": part} for part in parts]
    lines_of(body)[1]["Objects"] = [{"FiDimEntries": {"Element": elements}}]
    return body


def owed(**changes: Any) -> dict[str, Any]:
    """The line of the debtor."""
    return _booked("2", "10001", AmDe=1210.00, DaEx="2026-04-30") | changes


def earned(**changes: Any) -> dict[str, Any]:
    """The line of the revenue."""
    return _booked("1", "8000", AmCr=1000.00, VaId="1") | changes


def vat(**changes: Any) -> dict[str, Any]:
    """The line of the VAT over it."""
    return _booked("1", "1510", AmCr=210.00, VaId="1") | changes


PDF = b"%PDF-1.7\n<</Type /Pages /Count 2>>\n<</Type /Page>>\n<</Type/Page/Rotate 90>>\n%%EOF"


def subject(*files: dict[str, Any], link: Any = None, **header: Any) -> dict[str, Any]:
    """The PDF of the invoice of `entry`, as a dossier item; `link` changes where it is filed."""
    to = {"DoCRM": True, "SfTp": "4", "SfId": "10001", "SiUn": 1, "SiTp": 1, "SiId": "20260042"}
    fields = {"StId": 5, "Ds": "Verkoopfactuur INV-2026-0042", "Da": "2026-03-31T10:00:00"}
    attached = [{"Fields": one} for one in files or (pdf(),)]
    parts = [
        {"KnSubjectLink": {"Element": {"Fields": to | (link or {})}}},
        {"KnSubjectAttachment": {"Element": attached}},
    ]
    return {"KnSubject": {"Element": {"Fields": fields | header, "Objects": parts}}}


def pdf(**changes: Any) -> dict[str, Any]:
    """A file of two pages."""
    stream = base64.b64encode(PDF).decode()
    return {"FileName": "INV-2026-0042.pdf", "FileStream": stream} | changes


def _booked(kind: str, account: str, **more: Any) -> dict[str, Any]:
    dated = {"EnDa": "2026-03-31", "BpDa": "2026-03-31"}
    named = {"InId": "20260042", "BpNr": "INV-2026-0042", "Ds": "Factuur INV-2026-0042"}
    return {"VaAs": kind, "AcNr": account, "AmDe": 0, "AmCr": 0} | dated | named | more


def debtor(
    organisation: dict[str, Any] | None = None,
    address: dict[str, Any] | None = None,
    **header: Any,
) -> dict[str, Any]:
    """A new organisation debtor that AFAS takes, but for what the test changes."""
    fields = {"IsDb": True, "CuId": "EUR", "PaCd": "14", "VaDu": "1", "LgId": "NL", "ColA": "1300"}
    organisation_fields = {
        "PadAdr": True,
        "AutoNum": True,
        "MatchOga": "6",
        "Nm": "Studio Noorderlicht V.O.F.",
        "CcNr": "87654321",
    }
    address_fields = {
        "CoId": "NL",
        "PbAd": False,
        "Ad": "Kadeweg",
        "HmNr": 12,
        "HmAd": "a",
        "ZpCd": "9711 AB",
        "Rs": "Groningen",
        "ResZip": False,
    }
    address_part = {"Element": {"Fields": address_fields | (address or {})}}
    return {
        "KnSalesRelationOrg": {
            "Element": {
                "Fields": fields | header,
                "Objects": [
                    {
                        "KnOrganisation": {
                            "Element": {
                                "Fields": organisation_fields | (organisation or {}),
                                "Objects": [{"KnBasicAddressAdr": address_part}],
                            }
                        }
                    }
                ],
            }
        }
    }
