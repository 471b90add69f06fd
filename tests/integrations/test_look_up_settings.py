"""The card "When no answer comes": it says which of the two holds, and names are tried first."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from html import unescape
from typing import Any

import pytest
from django.core.cache import cache
from django.urls import reverse
from django.utils import timezone

from accounts.models import Company, User
from integrations.afas.client import Limits
from integrations.afas.posted import InvoiceMapping
from integrations.models import AfasConnection, AfasDocument
from integrations.services import clients, connecting
from integrations.services.connection_settings import look_up_mapping_of
from sandbox import seed
from sandbox.getconnectors import CONNECTORS
from tests.factories import AfasDocumentFactory, AppInstallationFactory
from tests.sandbox.conftest import invoice

pytestmark = pytest.mark.django_db
PAGE = "/settings/app-center/afas/"
SHOWN = "Uurwerk_DirectInvoices"
USUAL = CONNECTORS[SHOWN.lower()]


@pytest.fixture(autouse=True)
def _fresh(monkeypatch: pytest.MonkeyPatch) -> None:
    cache.clear()
    monkeypatch.setattr(connecting, "CHECKS", Limits(connect=2, read=3, total=4, tries=1))


@pytest.fixture
def browser(company: Company, owner: User, client_of: Callable[..., Any]) -> Any:
    AppInstallationFactory(company=company)
    return client_of(owner, company)


@pytest.fixture
def granted(sandbox: Any, connection: AfasConnection) -> str:
    """AFAS lets us read its invoices and has one; its number."""
    sandbox.order("grant", {"token": seed.LIVE_TOKEN, "add": [SHOWN]})
    made = clients.client_of(connection).create("FbDirectInvoice", invoice())
    return made.values["OrNu"]


@pytest.fixture
def elsewhere(granted: str, sandbox: Any, monkeypatch: pytest.MonkeyPatch) -> str:
    """The same list under a name and columns of the customer's own; its name."""
    columns = tuple(
        replace(column, name="Referentie") if column.name == "RfCs" else column
        for column in USUAL.columns
    )

    def row(record: Any) -> Any:
        shown = USUAL.row(record)
        return {**shown, "Referentie": shown["RfCs"]}

    own = replace(USUAL, name="Onze_Facturen", columns=columns, row=row)
    monkeypatch.setitem(CONNECTORS, "onze_facturen", own)
    monkeypatch.setitem(seed.GET_CONNECTORS, "Onze_Facturen", "Onze facturen")
    sandbox.order("grant", {"token": seed.LIVE_TOKEN, "add": ["Onze_Facturen"]})
    return "Onze_Facturen"


def card(answer: Any) -> str:
    """The words of the card alone."""
    found = re.search(
        r'<section class="card" id="look-up".*?</section>', answer.content.decode(), re.S
    )
    assert found
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", found[0])).split())


def names(connector: str = SHOWN, **columns: str) -> dict[str, str]:
    usual = look_up_mapping_of(AfasConnection())
    typed = {f"look_up_{name}": columns.get(name, usual[name]) for name in usual}
    return {"lookup_connector": connector, **typed}


def test_without_the_connector_a_person_has_to_look_and_it_says_what_to_grant(
    browser: Any, connection: AfasConnection
) -> None:
    shown = card(browser.post(reverse("afas_check_again"), follow=True))

    assert "A person has to look" in shown
    assert f"AFAS does not let us read {SHOWN}" in shown
    assert "nothing is sent twice" in shown
    assert "After 20 min" in shown
    for column in InvoiceMapping().columns():
        assert column in shown
    assert "How to make this connector" in shown


def test_once_it_is_proven_afas_is_asked_by_itself(browser: Any, granted: str) -> None:
    browser.post(reverse("afas_check_again"))
    AfasConnection.objects.update(sight_seconds=75)

    shown = card(browser.get(PAGE))

    assert "AFAS is asked by itself" in shown
    assert f"order {granted}" in shown
    assert "Longest delay 1 min 15 s" in shown
    assert "Quiet time 21 min 15 s" in shown
    assert "A person has to look" not in shown


def test_an_empty_list_says_that_the_first_invoice_proves_it(
    browser: Any, connection: AfasConnection, sandbox: Any
) -> None:
    sandbox.order("grant", {"token": seed.LIVE_TOKEN, "add": [SHOWN]})
    shown = card(browser.post(reverse("afas_check_again"), follow=True))
    assert "Not yet: it waits for an invoice" in shown
    assert "first one that we send and see there proves it" in shown


def test_a_missing_column_is_named_with_what_the_connector_has(
    browser: Any, granted: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    columns = tuple(one for one in USUAL.columns if one.name not in {"RfCs", "UnitId"})
    monkeypatch.setitem(CONNECTORS, SHOWN.lower(), replace(USUAL, columns=columns))
    shown = card(browser.post(reverse("afas_check_again"), follow=True))
    assert "by it we find it again. It is not in the connector. " in shown
    assert "only these books count. It is not in the connector; that is no harm." in shown
    assert "It has now: OrNu, SinOrNu" in shown


def test_the_guide_names_the_customers_own_connector_and_columns(
    browser: Any, connection: AfasConnection
) -> None:
    AfasConnection.objects.update(
        lookup_connector="Onze_Facturen", lookup_mapping={"reference": "Referentie"}
    )
    shown = browser.get(reverse("afas_look_up_guide")).content.decode()
    assert "Onze_Facturen" in shown
    assert "Referentie" in shown


def test_the_connector_is_listed_with_its_purpose(browser: Any, connection: AfasConnection) -> None:
    shown = browser.post(reverse("afas_check_again"), follow=True).content.decode()
    assert "what became of an invoice" in shown
    assert f"Connectors, add {SHOWN}" in shown


def test_a_column_of_ones_own_is_kept_and_proven_by_the_first_invoice_of_ours(
    browser: Any, connection: AfasConnection, granted: str, elsewhere: str
) -> None:
    browser.post(reverse("afas_check_again"))

    browser.post(reverse("afas_look_up"), names(elsewhere, reference="REFERENTIE"))

    connection.refresh_from_db()
    assert connection.lookup_connector == elsewhere
    assert connection.lookup_mapping == {"reference": "Referentie"}
    assert connection.lookup_proven_at is None
    assert f"{elsewhere} can be read" in card(browser.get(PAGE))

    document = AfasDocumentFactory(connection=connection, confirmed=True, seen_at=timezone.now())
    made = clients.client_of(connection).create("FbDirectInvoice", invoice(RfCs=document.reference))
    AfasDocument.objects.update(order_number=made.values["OrNu"])
    assert "AFAS is asked by itself" in card(browser.post(reverse("afas_check_again"), follow=True))
    connection.refresh_from_db()
    assert connection.lookup_control == granted


@pytest.mark.parametrize(
    ("columns", "word"),
    [
        ({"reference": "Kenmerk"}, f"{SHOWN} has no column Kenmerk. It has: OrNu"),
        ({"administration": "Boeken"}, "has no column Boeken"),
        ({"total": ""}, "Without this column nothing can be looked up"),
        ({"debtor": "OrNu"}, "Another line has this column already"),
        ({"reference": "CreateDate"}, "cannot hold it"),
        ({"order_number": "x" * 81}, "at most 80"),
    ],
)
def test_columns_that_cannot_be_are_refused_and_nothing_is_kept(
    browser: Any, connection: AfasConnection, granted: str, columns: dict[str, str], word: str
) -> None:
    browser.post(reverse("afas_check_again"))
    connection.refresh_from_db()
    proven = connection.lookup_proven_at

    answer = browser.post(reverse("afas_look_up"), names(**columns))

    assert answer.status_code == 422
    assert word in card(answer)
    connection.refresh_from_db()
    assert (connection.lookup_mapping, connection.lookup_proven_at) == ({}, proven)


def test_a_name_that_is_not_granted_is_kept_and_a_person_has_to_look(
    browser: Any, connection: AfasConnection, granted: str
) -> None:
    browser.post(reverse("afas_check_again"))
    browser.post(reverse("afas_look_up"), names("Later_Te_Maken"))
    connection.refresh_from_db()
    assert connection.lookup_proven_at is None
    assert "AFAS does not let us read Later_Te_Maken" in card(browser.get(PAGE))


def test_the_proof_of_the_old_name_does_not_hold_for_a_new_one(
    browser: Any,
    connection: AfasConnection,
    granted: str,
    elsewhere: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def breaks(*_args: Any) -> Any:
        raise RuntimeError("AFAS answers with an error that says nothing")

    browser.post(reverse("afas_check_again"))
    own = CONNECTORS[elsewhere.lower()]
    monkeypatch.setitem(CONNECTORS, elsewhere.lower(), replace(own, records=breaks))
    browser.post(reverse("afas_look_up"), names(elsewhere, reference="Referentie"))
    connection.refresh_from_db()
    assert connection.lookup_connector == elsewhere
    assert (connection.lookup_proven_at, connection.lookup_control) == (None, "")


def test_optional_columns_may_be_left_empty(
    browser: Any, connection: AfasConnection, granted: str
) -> None:
    browser.post(reverse("afas_look_up"), names("", invoice_number="", administration=""))
    connection.refresh_from_db()
    assert connection.lookup_connector == SHOWN
    assert connection.lookup_mapping == {"invoice_number": "", "administration": ""}
    assert connection.lookup_control == granted


def test_saving_while_afas_is_away_keeps_everything(
    browser: Any, connection: AfasConnection, granted: str, sandbox: Any
) -> None:
    sandbox.fault("unavailable", environment="12345", connector="metainfo")
    answer = browser.post(reverse("afas_look_up"), names(reference="Referentie"))
    assert answer.status_code == 422
    assert "AFAS is busy" in card(answer)
    connection.refresh_from_db()
    assert connection.lookup_mapping == {}


def test_another_name_of_the_debtors_does_not_forget_the_invoices(
    browser: Any, connection: AfasConnection, granted: str
) -> None:
    browser.post(reverse("afas_check_again"))
    connection.refresh_from_db()
    usual = {"number": "DebtorId", "name": "DebtorName"}
    typed = {f"column_{name}": column for name, column in usual.items()}

    browser.post(reverse("afas_names"), {"debtor_connector": "Profit_Debtor", **typed})

    connection.refresh_from_db()
    assert connection.debtor_connector == "Profit_Debtor"
    assert connection.lookup_control == granted
    assert connection.debtor_control == "010031"


def test_only_admins_may_change_it_or_read_the_guide(
    browser: Any,
    connection: AfasConnection,
    biller: User,
    company: Company,
    client_of: Callable[..., Any],
) -> None:
    other = client_of(biller, company)
    assert other.post(reverse("afas_look_up"), names()).status_code == 403
    assert other.get(reverse("afas_look_up_guide")).status_code == 403


def test_the_question_before_linking_elsewhere_counts_what_nobody_settled(
    browser: Any, connection: AfasConnection
) -> None:
    AfasDocumentFactory(connection=connection, unknown=True)
    AfasDocumentFactory(connection=connection, rejected=True)
    AfasDocumentFactory(connection=connection, confirmed=True)
    answer = browser.post(reverse("afas_administration"), {"administration": "2"})
    shown = answer.content.decode()
    assert "3 documents were sent" in shown
    assert "2 of them were refused or have no certain outcome" in shown
