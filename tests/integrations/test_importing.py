"""Debtors of AFAS become customers: matched, held, told, resumed. Over real HTTP."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection as database
from django.test.utils import CaptureQueriesContext

from accounts.models import Company, User
from core.models import AuditEvent
from integrations.models import AfasConnection, CustomerLink, ImportRow, ImportRun, State
from integrations.services import importing
from integrations.services.matching import names_differ
from relations.models import Customer
from sandbox import seed
from tests.factories import (
    AfasConnectionFactory,
    AfasDocumentFactory,
    CustomerFactory,
    CustomerLinkFactory,
)

pytestmark = pytest.mark.django_db
Do = Callable[..., ImportRun]


@pytest.fixture
def link(company: Company, sandbox: Any) -> AfasConnection:
    """The company linked with participant 12345."""
    return AfasConnectionFactory(company=company, user_token=seed.LIVE_TOKEN)


@pytest.fixture
def run(link: AfasConnection, owner: User) -> Do:
    """Press the button and let the worker do it."""

    def go(connection: AfasConnection | None = None) -> ImportRun:
        made = importing.request_import(connection=connection or link, trigger="button", by=owner)
        importing.run_import(made.pk)
        made.refresh_from_db()
        return made

    return go


def counts(run: ImportRun) -> dict[str, int]:
    return {name: getattr(run, name) for name in ("new", "changed", "unchanged", "skipped")}


def only(sandbox: Any, *rows: dict[str, Any]) -> None:
    """Let AFAS hold these debtors and no others."""
    for debtor in sandbox.state()["debtors"]:
        order = {"environment": "12345", "kind": "debtor", "key": debtor["DebtorId"]}
        sandbox.order("remove", order)
    sandbox.order("debtors", {"environment": "12345", "debtors": list(rows)})


def row(number: str, name: str = "", **columns: Any) -> dict[str, Any]:
    return {"DebtorId": number, "DebtorName": name or f"Debtor {number}", **columns}


def told(run: ImportRun, reason: str) -> list[ImportRow]:
    return list(run.rows.filter(reason=reason))


def test_a_first_import_brings_every_debtor_with_address_numbers_and_block(
    run: Do, company: Company
) -> None:
    done = run()

    assert done.status == ImportRun.Status.DONE
    assert counts(done) == {"new": 39, "changed": 0, "unchanged": 0, "skipped": 1}
    assert [one.debtor_number for one in told(done, "no_name")] == ["10016"]
    assert done.seen == done.expected == 40
    bakery = Customer.objects.get(company=company, number="10001")
    assert (bakery.name, bakery.street, bakery.house_number) == (
        "Bakkerij De Gouden Aar B.V.",
        "Lindenlaan",
        "12",
    )
    assert (bakery.postcode, bakery.city, bakery.country) == ("3511 AB", "Utrecht", "NL")
    assert (bakery.vat_number, bakery.kvk_number) == ("NL908958948B01", "34567890")
    blocked = CustomerLink.objects.get(company=company, blocked_in_afas=True)
    assert blocked.customer.blocked


def test_a_second_import_changes_nothing_and_writes_no_customer(run: Do, company: Company) -> None:
    run()
    before = list(Customer.objects.values_list("pk", "changed_at"))
    trail = AuditEvent.objects.filter(object_type="relations.customer").count()

    again = run()

    assert counts(again) == {"new": 0, "changed": 0, "unchanged": 39, "skipped": 1}
    assert list(Customer.objects.values_list("pk", "changed_at")) == before
    assert AuditEvent.objects.filter(object_type="relations.customer").count() == trail
    assert not again.rows.exclude(reason="no_name").exists()


def test_what_afas_changed_is_taken_over_and_told(run: Do, sandbox: Any, owner: User) -> None:
    run()
    sandbox.order("debtor", {"environment": "12345", "debtor": row("10001", "Bakkerij Nieuw")})

    again = run()

    assert counts(again)["changed"] == 1
    assert Customer.objects.get(number="10001").name == "Bakkerij Nieuw"
    assert again.rows.get(outcome="changed").detail == {"fields": ["name"]}
    event = AuditEvent.objects.get(action="customer.changed")
    assert event.before == {"name": "Bakkerij De Gouden Aar B.V."}
    assert event.by == owner


def test_afas_leads_so_what_was_changed_here_is_put_back_and_told(run: Do) -> None:
    run()
    Customer.objects.filter(number="10001").update(city="Elders")

    again = run()

    assert Customer.objects.get(number="10001").city == "Utrecht"
    assert [one.debtor_number for one in told(again, "changed_here")] == ["10001"]


def test_where_we_lead_existing_customers_are_only_linked(
    run: Do, link: AfasConnection, company: Company
) -> None:
    AfasConnection.objects.update(lead="us")
    link.refresh_from_db()
    ours = CustomerFactory(company=company, number="10001", name="De Gouden Aar", city="Elders")

    done = run(link)

    ours.refresh_from_db()
    assert (ours.name, ours.city) == ("De Gouden Aar", "Elders")
    assert CustomerLink.objects.get(customer=ours).debtor_number == "10001"
    assert counts(done) == {"new": 38, "changed": 1, "unchanged": 0, "skipped": 1}
    assert counts(run(link))["unchanged"] == 39


def test_a_customer_with_the_same_number_is_linked_and_completed(run: Do, company: Company) -> None:
    ours = CustomerFactory(company=company, number="10001", name="Bakkerij de Gouden Aar")

    done = run()

    ours.refresh_from_db()
    assert ours.city == "Utrecht"
    assert [one.customer for one in told(done, "linked")] == [ours]
    assert Customer.objects.filter(company=company, number="10001").count() == 1


def test_the_same_number_with_another_name_is_held_for_a_person(run: Do, company: Company) -> None:
    ours = CustomerFactory(company=company, number="10001", name="Zeilmakerij Vrouwenzand")

    done = run()

    ours.refresh_from_db()
    assert ours.name == "Zeilmakerij Vrouwenzand"
    assert not CustomerLink.objects.filter(customer=ours).exists()
    held = told(done, "name_differs")
    assert [one.customer for one in held] == [ours]
    assert held[0].detail["theirs"] == "Bakkerij De Gouden Aar B.V."
    assert counts(done)["skipped"] == 2


def test_numbers_that_differ_only_in_zeros_are_two_customers_and_a_warning(
    run: Do, sandbox: Any, company: Company
) -> None:
    only(sandbox, row("0077", "De Oude Molen"), row("77", "Garage Snel"))

    done = run()

    assert counts(done)["new"] == 2
    assert set(Customer.objects.of(company).values_list("number", flat=True)) == {"0077", "77"}
    [warning] = told(done, "zeros")
    assert {warning.debtor_number, warning.detail["number"]} == {"0077", "77"}
    assert warning.detail["name"] in {"De Oude Molen", "Garage Snel"}


def test_a_bad_row_costs_one_row(run: Do, sandbox: Any) -> None:
    only(
        sandbox,
        row("10", "Good"),
        {"DebtorId": "11", "DebtorName": None},
        {"key": "none", "DebtorId": None, "DebtorName": "Nobody"},
        row("12", "Dollars", CurrencyId="USD"),
        row("13", "Long", TelNr="0" * 31),
        row("14", "Also good"),
    )

    done = run()

    assert counts(done) == {"new": 2, "changed": 0, "unchanged": 0, "skipped": 4}
    reasons = dict(done.rows.exclude(reason="").values_list("debtor_number", "reason"))
    assert reasons == {"11": "no_name", "": "no_number", "12": "currency", "13": "too_long"}


def test_a_missing_country_stays_empty_and_a_country_of_ours_is_kept(
    run: Do, sandbox: Any, company: Company
) -> None:
    CustomerFactory(company=company, number="21", name="Debtor 21", country="BE")
    bare = {"AdressLine3": "Utrecht", "AdressLine4": None}
    only(sandbox, row("20", **bare), row("21", **bare))

    run()

    countries = dict(Customer.objects.of(company).values_list("number", "country"))
    assert countries == {"20": "", "21": "BE"}


def test_a_debtor_that_may_be_our_own_new_one_is_held(
    run: Do, link: AfasConnection, sandbox: Any, company: Company
) -> None:
    ours = CustomerFactory(company=company, number="", name="Nieuw B.V.", kvk_number="81920374")
    document = AfasDocumentFactory(
        connection=link, of_customer=True, customer=ours, sending=True, kind="customer"
    )
    only(sandbox, row("30001", "Nieuw", ChOfCommNr="81920374"), row("30002"))

    done = run()

    assert [one.customer for one in told(done, "being_created")] == [ours]
    assert counts(done) == {"new": 1, "changed": 0, "unchanged": 0, "skipped": 1}

    document.state = State.CANCELLED
    document.save()
    assert counts(run())["new"] == 1


def test_a_document_that_waits_for_its_customer_goes_on_after_the_import(
    run: Do, link: AfasConnection, company: Company
) -> None:
    ours = CustomerFactory(company=company, number="10001", name="Bakkerij De Gouden Aar B.V.")
    waiting = AfasDocumentFactory(connection=link, waiting=True, invoice__customer=ours)

    run()

    waiting.refresh_from_db()
    assert waiting.state != State.WAITING


def test_a_debtor_that_is_gone_is_marked_missing_and_comes_back(run: Do, sandbox: Any) -> None:
    run()
    keep = next(one for one in sandbox.state()["debtors"] if one["DebtorId"] == "10001")
    sandbox.order("remove", {"environment": "12345", "kind": "debtor", "key": "10001"})

    run()
    assert CustomerLink.objects.get(missing_since__isnull=False).debtor_number == "10001"

    sandbox.order("debtor", {"environment": "12345", "debtor": keep})
    run()
    assert not CustomerLink.objects.filter(missing_since__isnull=False).exists()


def test_a_linked_debtor_whose_row_is_bad_is_not_missing(run: Do, sandbox: Any) -> None:
    run()
    nameless = {"DebtorId": "10001", "DebtorName": None}
    sandbox.order("debtor", {"environment": "12345", "debtor": nameless})

    assert counts(run())["skipped"] == 2
    assert not CustomerLink.objects.filter(missing_since__isnull=False).exists()


def test_a_page_costs_some_queries_whatever_it_holds(
    run: Do, sandbox: Any, company: Company
) -> None:
    def queries(count: int) -> int:
        only(sandbox, *(row(f"{count}{n:04}") for n in range(count)))
        with CaptureQueriesContext(database) as captured:
            run()
        return len(captured)

    few = queries(5)
    assert queries(450) < few + 25  # SQLite takes large statements in parts


@pytest.mark.parametrize(
    ("ours", "theirs", "differ"),
    [
        ("Bakkerij De Gouden Aar", "Bakkerij De Gouden Aar B.V.", False),
        ("Café Zoë", "Cafe Zoe v.o.f.", False),
        ("Van Dijk & Zonen", "Van Dijk en Zonen Installatietechniek B.V.", False),
        ("Waterschap Lindevaart", "Waterschap Lindvaart", False),
        ("Zeilmakerij Vrouwenzand", "Bakkerij De Gouden Aar B.V.", True),
        ("Bakkerij Jansen", "Garage Jansen", True),
        ("De Kikker", "Theater De Kikker", False),
    ],
)
def test_names_are_compared_without_legal_forms_and_accents(
    ours: str, theirs: str, differ: bool
) -> None:
    assert names_differ(ours, theirs) is differ


def test_the_links_of_another_company_stay_what_they_are(run: Do) -> None:
    stranger = CustomerLinkFactory(debtor_number="10001", environment="12345")
    run()
    stranger.refresh_from_db()
    assert stranger.seen_at is None
    assert Customer.objects.filter(company=stranger.company).count() == 1
