"""The example companies: what the README, the screenshots and the browser journeys rely on."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.apps import apps
from django.db import transaction
from django.db.models import Value
from django.db.models.functions import Concat
from django.test import Client
from django.utils import timezone

from accounts.models import Company, Membership, User
from core.tenancy import CompanyOwned
from integrations.models import AfasConnection, AfasDocument, ImportRun, State
from invoicing.models import CLAIMABLE, Claim
from registration.models import (
    BillingMethod,
    BillingStatus,
    Expense,
    Hour,
    Missing,
    Project,
    Ride,
)
from registration.services.billing_status import BILLABLE
from registration.services.valuation import Ladder, value
from relations.models import Customer
from sandbox import seed as pretend
from sandbox.store import FIRST_NUMBERS
from timechimp_afas import seeding
from timechimp_afas.seeding import eik
from timechimp_afas.seeding.vlier import make_vlier

pytestmark = pytest.mark.django_db
OWNED = [one for one in apps.get_models() if issubclass(one, CompanyOwned)]


@pytest.fixture(scope="module", autouse=True)
def _seeded(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    with django_db_blocker.unblock(), transaction.atomic():
        assert seeding.seed() == ["owner@vlier.example", "owner@eik.example"]
        yield
        transaction.set_rollback(True)


@pytest.fixture
def vlier() -> Company:
    return Company.objects.get(name="Studio Vlier B.V.")


@pytest.fixture
def eik_company() -> Company:
    return Company.objects.get(name="Studio Eik B.V.")


def test_seeding_again_changes_nothing() -> None:
    before = {model: list(model.objects.order_by("pk").values()) for model in OWNED}
    assert seeding.seed() == []
    assert {model: list(model.objects.order_by("pk").values()) for model in OWNED} == before


@pytest.mark.parametrize(
    ("email", "password"),
    [
        ("owner@vlier.example", "vlier-demo"),
        ("billing@vlier.example", "vlier-demo"),
        ("member@vlier.example", "vlier-demo"),
        ("owner@eik.example", "eik-demo"),
    ],
)
def test_the_cast_can_log_in(email: str, password: str) -> None:
    assert Client().login(email=email, password=password)


def test_studio_vlier_is_six_people_and_a_project_for_each_billing_method(vlier: Company) -> None:
    assert Membership.objects.of(vlier).count() == 6
    methods = Project.objects.of(vlier).values_list("billing_method", flat=True)
    assert set(methods) == set(BillingMethod.values)


def test_studio_vlier_is_not_linked_to_afas(vlier: Company) -> None:
    assert not AfasConnection.objects.of(vlier).exists()


@pytest.mark.parametrize("kind", [Hour, Expense, Ride])
def test_there_are_three_months_of_entries_up_to_today(kind: Any, vlier: Company) -> None:
    days = kind.objects.of(vlier).values_list("date", flat=True)
    today = timezone.localdate()
    assert min(days) <= today - timedelta(days=80)
    assert today - timedelta(days=10) <= max(days) <= today
    assert Hour.objects.of(vlier).filter(date=today).exists()


def test_every_month_has_entries_in_each_approval_state_or_is_long_approved(
    vlier: Company,
) -> None:
    states = set(Hour.objects.of(vlier).values_list("approval", flat=True))
    assert states == {"open", "submitted", "approved", "rejected"}


def test_one_hour_has_no_rate(vlier: Company) -> None:
    without = Hour.objects.of(vlier).filter(missing=Missing.NO_RATE)
    assert [one.activity.name for one in without] == ["Tekst en redactie"]


def test_the_stored_values_are_those_that_valuation_gives(vlier: Company) -> None:
    ladder = Ladder.of(vlier)
    for kind, related in ((Hour, ()), (Expense, ("category",)), (Ride, ())):
        for entry in kind.objects.of(vlier).select_related("project", *related):
            stored = (entry.rate, entry.amount, entry.missing, entry.billing)
            value([entry], ladder)
            assert (entry.rate, entry.amount, entry.missing, entry.billing) == stored


def test_numbered_customers_are_debtors_of_the_pretend_afas(
    vlier: Company, eik_company: Company
) -> None:
    for company, environment in ((vlier, "12345"), (eik_company, "54321")):
        debtors = {
            row["DebtorId"]: row["DebtorName"]
            for row in pretend.debtors(pretend.ENVIRONMENTS[environment])
        }
        ours = Customer.objects.of(company).exclude(number="").values_list("number", "name")
        assert ours
        assert all(debtors[number] == name for number, name in ours)


def test_some_customers_are_not_in_afas_and_one_cannot_go_there(vlier: Company) -> None:
    unknown = Customer.objects.of(vlier).filter(number="")
    assert {one.name: one.country for one in unknown} == {
        "Studio Noorderlicht V.O.F.": "NL",
        "Atelier Zuidas B.V.": "NL",
        "Kilbride Harbour Systems Ltd": "IE",
        "Verre Vrienden": "",
    }


def test_the_token_of_studio_eik_is_the_one_the_pretend_afas_knows(eik_company: Company) -> None:
    assert eik.user_token() == pretend.EIK_TOKEN
    connection = AfasConnection.objects.get(company=eik_company)
    assert connection.user_token == pretend.EIK_TOKEN
    assert connection.is_ready
    assert connection.secret_hint in pretend.EIK_TOKEN


def test_the_connectors_of_studio_eik_are_those_that_the_pretend_afas_grants(
    eik_company: Company,
) -> None:
    connection = AfasConnection.objects.get(company=eik_company)
    there = {*pretend.USUAL_GET_CONNECTORS, *pretend.UPDATE_CONNECTORS}
    for found in connection.findings:
        assert found["granted"] == (found["connector"] in there), found


def test_studio_eik_holds_a_document_in_each_state_and_an_import_history(
    eik_company: Company,
) -> None:
    documents = AfasDocument.objects.of(eik_company)
    assert set(documents.values_list("state", flat=True)) == set(State.values)
    tried = documents.exclude(state__in=[State.WAITING, State.CANCELLED])
    assert all(one.attempt_log.exists() for one in tried)
    assert set(ImportRun.objects.of(eik_company).values_list("status", flat=True)) == {
        "done",
        "failed",
    }


def test_the_order_numbers_in_the_history_are_below_those_the_pretend_afas_gives(
    eik_company: Company,
) -> None:
    numbers = AfasDocument.objects.of(eik_company).exclude(order_number="")
    assert max(int(one.order_number) for one in numbers) < FIRST_NUMBERS["OrNu"]


@pytest.mark.parametrize("kind", CLAIMABLE)
@pytest.mark.parametrize("name", ["Studio Vlier B.V.", "Studio Eik B.V."])
def test_what_is_reserved_or_invoiced_has_exactly_one_claim(name: str, kind: str) -> None:
    company = Company.objects.get(name=name)
    taken = (
        BILLABLE[kind]
        .objects.of(company)
        .filter(billing__in=[BillingStatus.RESERVED, BillingStatus.INVOICED])
    )
    held = Claim.objects.of(company).filter(released_at__isnull=True)
    claimed = held.filter(**{f"{kind}__isnull": False}).values_list(f"{kind}_id", flat=True)
    assert sorted(claimed) == sorted(taken.values_list("pk", flat=True))


def test_the_story_is_the_same_every_time() -> None:
    first, second = _story_on(date(2026, 3, 31)), _story_on(date(2026, 3, 31))
    assert first == second
    assert len(first) > 1000


def _story_on(day: date) -> list[Any]:
    """The hours of another Studio Vlier, which is forgotten again."""
    with transaction.atomic():
        User.objects.update(email=Concat("email", Value(".old")))
        EmailAddress.objects.all().delete()
        hours = Hour.objects.of(make_vlier(day)).order_by("pk")
        story = list(hours.values_list("date", "minutes", "note", "amount", "approval"))
        transaction.set_rollback(True)
    return story
