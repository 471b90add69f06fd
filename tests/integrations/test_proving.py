"""A look-up counts once it is proven: granted, with our columns, and with a row. Over real HTTP."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from django.utils import timezone

from integrations.afas.client import AfasClient
from integrations.models import AfasConnection, AfasDocument
from integrations.services import clients, looking, proving, seeing
from integrations.services.lists import INVOICES
from integrations.services.looking import Sight
from integrations.services.proofs import Problem, Proof, detail_of, why_not
from sandbox import filters, seed
from sandbox.filters import Column
from sandbox.getconnectors import CONNECTORS
from tests.factories import AfasAttemptFactory, AfasDocumentFactory
from tests.sandbox.conftest import invoice

pytestmark = pytest.mark.django_db
SHOWN = "Uurwerk_DirectInvoices"
FIRST_DEBTOR = "010031"
USUAL = CONNECTORS[SHOWN.lower()]
Ask = Callable[[], Proof | None]


@pytest.fixture
def client(connection: AfasConnection) -> AfasClient:
    return clients.client_of(connection)


@pytest.fixture
def granted(sandbox: Any, connection: AfasConnection) -> AfasConnection:
    """The connection, which AFAS lets read the direct invoices."""
    sandbox.order("grant", {"token": seed.LIVE_TOKEN, "add": [SHOWN]})
    return connection


@pytest.fixture
def in_afas(client: AfasClient) -> Callable[..., str]:
    """`in_afas(RfCs="…")`: an invoice in AFAS, not by us; returns its number."""

    def make(**header: Any) -> str:
        return client.create("FbDirectInvoice", invoice(**header)).values["OrNu"]

    return make


@pytest.fixture
def prove(connection: AfasConnection, client: AfasClient) -> Ask:
    """Check as it stands in the database now."""

    def go() -> Proof | None:
        connection.refresh_from_db()
        proofs = proving.prove(connection, client)
        connection.refresh_from_db()
        return proofs[INVOICES] if proofs else None

    return go


def ours(connection: AfasConnection, number: str, **fields: Any) -> AfasDocument:
    """Our document of an invoice that stands in AFAS."""
    made: AfasDocument = AfasDocumentFactory(
        connection=connection,
        confirmed=True,
        **{"order_number": number, "seen_at": timezone.now(), **fields},
    )
    return made


def shown_as(monkeypatch: pytest.MonkeyPatch, **changes: Any) -> None:
    """AFAS shows the direct invoices through this other definition of the connector."""
    monkeypatch.setitem(CONNECTORS, SHOWN.lower(), replace(USUAL, **changes))


def without(*names: str) -> tuple[Column, ...]:
    return tuple(column for column in USUAL.columns if column.name not in names)


def test_what_is_not_granted_is_said_and_proves_nothing(
    prove: Ask, connection: AfasConnection
) -> None:
    proof = prove()
    assert proof
    assert proof.problem == Problem.NOT_GRANTED
    assert connection.lookup_proven_at is None
    assert SHOWN in why_not(connection)
    assert connection.debtor_control == FIRST_DEBTOR


def test_a_row_proves_it_and_the_oldest_one_is_pinned(
    prove: Ask, granted: AfasConnection, in_afas: Callable[..., str]
) -> None:
    first, _second = in_afas(), in_afas()

    prove()
    assert granted.lookup_proven_at
    assert (granted.lookup_control, granted.lookup_problem) == (first, "")
    assert why_not(granted) == ""


def test_the_pinned_row_stays_while_it_is_shown_and_only_a_check_pins_another(
    prove: Ask, granted: AfasConnection, in_afas: Callable[..., str], sandbox: Any
) -> None:
    first, second = in_afas(), in_afas()
    AfasConnection.objects.update(lookup_control=second)
    prove()
    assert granted.lookup_control == second

    sandbox.order("remove", {"environment": "12345", "kind": "invoice", "key": second})
    document = AfasDocumentFactory(connection=granted, unknown=True)
    assert looking.look_for(document).sight == Sight.BLIND
    granted.refresh_from_db()
    assert granted.lookup_control == second

    prove()
    assert granted.lookup_control == first
    document = AfasDocument.objects.get(pk=document.pk)
    assert looking.look_for(document).sight == Sight.ABSENT


def test_an_invoice_that_we_undid_is_no_witness(
    prove: Ask, granted: AfasConnection, in_afas: Callable[..., str]
) -> None:
    first, second, third = in_afas(), in_afas(), in_afas()
    AfasDocumentFactory(connection=granted, undone=True, order_number=first)
    leaving = ours(granted, second, seen_at=None)
    AfasDocumentFactory(
        connection=granted, kind="deletion", target=leaving, invoice=None, customer=None
    )
    AfasConnection.objects.update(lookup_control=second)

    prove()
    assert granted.lookup_control == third


def test_of_two_administrations_the_row_is_one_of_our_books(
    prove: Ask, granted: AfasConnection, in_afas: Callable[..., str]
) -> None:
    elsewhere, here = in_afas(Unit=2), in_afas()
    prove()
    assert granted.lookup_control == here

    AfasConnection.objects.update(administration=2)
    prove()
    assert granted.lookup_control == elsewhere


def test_an_empty_list_proves_nothing_until_our_first_invoice_is_seen(
    prove: Ask, granted: AfasConnection, in_afas: Callable[..., str]
) -> None:
    prove()
    assert (granted.lookup_proven_at, granted.lookup_problem) == (None, Problem.NO_ROW)

    document = ours(granted, "-", seen_at=None, next_look_at=timezone.now())
    number = in_afas(RfCs=document.reference)
    AfasDocument.objects.update(order_number=number)
    seeing.see_confirmed()

    granted.refresh_from_db()
    assert granted.lookup_proven_at
    assert (granted.lookup_control, granted.lookup_problem) == (number, "")


def test_a_list_that_went_blind_is_not_proven_any_more(
    prove: Ask, granted: AfasConnection, in_afas: Callable[..., str], sandbox: Any
) -> None:
    in_afas()
    prove()
    sandbox.setting("blind", True)
    prove()
    assert (granted.lookup_proven_at, granted.lookup_control) == (None, "")
    assert granted.lookup_problem == Problem.NO_ROW


def test_missing_columns_are_named(
    prove: Ask,
    granted: AfasConnection,
    in_afas: Callable[..., str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    in_afas()
    shown_as(monkeypatch, columns=without("RfCs", "AmtExcl", "SinOrNu", "UnitId"))

    proof = prove()

    assert proof
    assert (proof.problem, proof.lacks) == (Problem.COLUMNS, ("reference", "total"))
    assert detail_of(granted)["lacks"] == ["reference", "total"]
    assert "OrNu" in detail_of(granted)["has"]
    assert granted.lookup_proven_at is None


def test_without_invoice_number_and_administration_it_works(
    prove: Ask,
    granted: AfasConnection,
    in_afas: Callable[..., str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    number = in_afas()
    shown_as(monkeypatch, columns=without("SinOrNu", "UnitId"))
    prove()
    assert granted.lookup_control == number


@pytest.mark.parametrize(
    ("column", "name"),
    [
        (Column("RfCs", "int", "Referentie"), "reference"),
        (Column("RfCs", "string", "Referentie", 10), "reference"),
        (Column("OrNu", "boolean", "Pakbonnummer"), "order_number"),
        (Column("DebtorId", "date", "Debiteur"), "debtor"),
        (Column("AmtExcl", "boolean", "Bedrag"), "total"),
    ],
)
def test_a_column_that_cannot_hold_it_is_named(
    prove: Ask,
    granted: AfasConnection,
    monkeypatch: pytest.MonkeyPatch,
    column: Column,
    name: str,
) -> None:
    shown_as(monkeypatch, columns=(*without(column.name), column))
    proof = prove()
    assert proof
    assert (proof.problem, proof.unfit) == (Problem.COLUMNS, (name,))


@pytest.mark.parametrize("emptied", ["AmtExcl", "DebtorId"])
def test_rows_that_say_too_little_prove_nothing(
    prove: Ask,
    granted: AfasConnection,
    in_afas: Callable[..., str],
    monkeypatch: pytest.MonkeyPatch,
    emptied: str,
) -> None:
    in_afas()
    shown_as(monkeypatch, row=lambda record: {**USUAL.row(record), emptied: None})
    proof = prove()
    assert proof
    assert proof.problem == Problem.UNREADABLE
    assert "no debtor" in why_not(granted)


def test_another_field_in_the_column_of_the_reference_is_found_out(
    prove: Ask,
    granted: AfasConnection,
    in_afas: Callable[..., str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    document = ours(granted, "-")
    AfasDocument.objects.update(order_number=in_afas(RfCs=f"Uren {document.reference}"))
    prove()
    assert granted.lookup_control == AfasDocument.objects.get().order_number

    shown_as(monkeypatch, row=lambda record: {**USUAL.row(record), "RfCs": "PO 4711"})

    proof = prove()
    assert proof
    assert proof.problem == Problem.REFERENCE
    assert granted.lookup_proven_at is None


def test_a_number_that_a_person_typed_need_not_bear_our_reference(
    prove: Ask, granted: AfasConnection, in_afas: Callable[..., str]
) -> None:
    document = ours(granted, in_afas(RfCs="by hand"), seen_at=None)
    prove()
    assert granted.lookup_proven_at

    AfasAttemptFactory(document=document, company=granted.company, key=document.order_number)
    prove()
    assert granted.lookup_problem == Problem.REFERENCE


def test_a_connector_with_a_row_per_line_is_found_out(
    prove: Ask,
    granted: AfasConnection,
    in_afas: Callable[..., str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    in_afas()
    shown_as(
        monkeypatch,
        records=lambda store, environment, kind: USUAL.records(store, environment, kind) * 2,
    )
    proof = prove()
    assert proof
    assert proof.problem == Problem.SEVERAL


def test_of_ten_thousand_rows_only_a_few_are_read(
    prove: Ask,
    granted: AfasConnection,
    in_afas: Callable[..., str],
    monkeypatch: pytest.MonkeyPatch,
    sandbox: Any,
) -> None:
    number = in_afas()
    answered: list[int] = []
    select = filters.select

    def counted(*args: Any) -> Any:
        found = select(*args)
        answered.append(len(found[2]))
        return found

    def many(store: Any, environment: str, kind: str) -> Any:
        one = USUAL.records(store, environment, kind)[0]
        return [{**one, "number": str(int(number) + n)} for n in range(10_000)]

    shown_as(monkeypatch, records=many)
    monkeypatch.setattr(filters, "select", counted)
    prove()
    assert granted.lookup_control == number
    assert sum(answered) <= 2 * proving.FEW

    prove()
    assert sum(answered) <= 2 * proving.FEW + 2  # the two control rows, by their numbers


@pytest.mark.parametrize("fault", ["unavailable", "slow", "hang_up_before_commit", "half_answer"])
def test_no_answer_leaves_what_was_proven(
    prove: Ask,
    granted: AfasConnection,
    in_afas: Callable[..., str],
    sandbox: Any,
    fault: str,
) -> None:
    number = in_afas()
    prove()
    proven = granted.lookup_proven_at
    more = {"seconds": 4} if fault == "slow" else {}

    sandbox.fault(fault, environment="12345", connector=SHOWN, times=4, **more)
    assert prove() is None

    assert (granted.lookup_proven_at, granted.lookup_control) == (proven, number)
    assert granted.debtor_control == FIRST_DEBTOR


def test_what_afas_says_of_an_unreadable_connector_is_kept(
    prove: Ask, granted: AfasConnection, in_afas: Callable[..., str], sandbox: Any
) -> None:
    in_afas()
    sandbox.fault("rubbish", environment="12345", connector=SHOWN)
    proof = prove()
    assert proof
    assert proof.problem == Problem.UNREADABLE
    assert "not AFAS" in why_not(granted)


def test_the_debtor_that_proves_stays_while_it_is_shown(
    prove: Ask, granted: AfasConnection, sandbox: Any
) -> None:
    AfasConnection.objects.update(debtor_control="10005")
    prove()
    assert granted.debtor_control == "10005"

    sandbox.order("remove", {"environment": "12345", "kind": "debtor", "key": "10005"})
    prove()
    assert granted.debtor_control == FIRST_DEBTOR

    sandbox.order("grant", {"token": seed.LIVE_TOKEN, "drop": ["ProfitDebtor"]})
    prove()
    assert granted.debtor_control == ""


def test_a_check_that_names_overtook_changes_nothing(
    granted: AfasConnection,
    in_afas: Callable[..., str],
    client: AfasClient,
) -> None:
    in_afas()
    granted.refresh_from_db()
    AfasConnection.objects.update(lookup_connector="Onze_Facturen")

    proving.prove(granted, client)

    granted.refresh_from_db()
    assert granted.lookup_proven_at is None
    assert granted.lookup_control == ""


def test_a_check_does_not_take_away_what_was_pinned_meanwhile(
    granted: AfasConnection, client: AfasClient
) -> None:
    granted.refresh_from_db()
    AfasConnection.objects.update(lookup_control="70000150", lookup_proven_at=timezone.now())

    proving.prove(granted, client)

    granted.refresh_from_db()
    assert granted.lookup_control == "70000150"
    assert granted.lookup_proven_at
