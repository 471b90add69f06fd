"""Studio Eik: linked to participant 54321, with a history of imports and documents in each state.

Its bills are drawn up by the services that draw up everybody's. Only what AFAS would have answered,
and when, is written straight into the rows: it is history.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.utils import timezone

from accounts.models import Company, Membership, User
from integrations.models import (
    AfasConnection,
    AppInstallation,
    CustomerLink,
    InvoicingRun,
    ItemLink,
    ItemUse,
)
from integrations.services.billing import check_selection, invoice_in_afas
from integrations.services.granting import NEEDS
from invoicing.services.bundling import Options
from registration.models import (
    Activity,
    BillingMethod,
    ExpenseCategory,
    Hour,
    Project,
    ProjectActivity,
    ProjectMember,
    Rate,
    Selection,
)
from registration.services.rates import RateSubject, rate_set
from relations.models import Customer
from timechimp_afas.seeding import eik_bookings, eik_history, eik_reconciled
from timechimp_afas.seeding.desk import Desk
from timechimp_afas.seeding.diary import Diary, Stage
from timechimp_afas.seeding.eik_books import keep_books
from timechimp_afas.seeding.eik_cast import (
    CODES,
    CUSTOMERS,
    EIK,
    ENVIRONMENT,
    HISTORY,
    ITEMS,
    KNOWN,
    OWN,
    PASSWORD,
    PEOPLE,
    SCRIPT,
)
from timechimp_afas.seeding.eik_invoices import make_invoices
from timechimp_afas.seeding.people import make_company


@dataclass(frozen=True)
class Eik:
    """What the history is told about."""

    company: Company
    owner: User
    connection: AfasConnection
    today: date


def make_eik(today: date) -> Company:
    """Make Studio Eik with its history up to `today`."""
    company, people = make_company(EIK, PEOPLE, PASSWORD)
    eik = Eik(company, people["Wouter"].user, _connect(company), today)
    stage = _stage(company, people)
    _link(eik, stage)
    Diary(SCRIPT, stage, today, seed="Studio Eik").write(today - HISTORY)
    eik_history.import_runs(eik.connection, eik.owner)
    _bill(eik)
    _book(eik, stage)
    return company


def user_token() -> str:
    """The token of the pretend AFAS's participant 54321; a test holds it to the sandbox's own."""
    data = hashlib.sha256(f"sandbox {ENVIRONMENT} live".encode()).hexdigest().upper()
    return f"<token><version>1</version><data>{data}</data></token>"


def findings() -> list[dict[str, Any]]:
    """What the last check found: everything but the two lists that show our references."""
    return [
        {
            "connector": need.connector,
            "access": need.access,
            "granted": need.setting not in {"lookup_connector", "booking_connector"},
        }
        for need in NEEDS
    ]


def _connect(company: Company) -> AfasConnection:
    token, now = user_token(), timezone.now()
    AppInstallation.objects.create(company=company, app="afas")
    return AfasConnection.objects.create(
        company=company,
        participant=ENVIRONMENT,
        environment=ENVIRONMENT,
        user_token=token,
        secret_hint=token.removesuffix("</data></token>")[-4:],
        secret_set_at=now - HISTORY,
        expires_on=date(2027, 5, 1),
        checked_at=now - timedelta(hours=6),
        findings=findings(),
        administration=1,
        administration_name="Studio Eik B.V.",
        payment_condition="14",
        vat_duty="1",
        nightly_import=True,
        debtor_control="20001",
        lookup_problem="not_granted",
        booking_problem="not_granted",
    )


def _stage(company: Company, people: Mapping[str, Membership]) -> Stage:
    build, research = Activity.objects.bulk_create(
        [Activity(company=company, name="Bouw"), Activity(company=company, name="Onderzoek")]
    )
    costs = ExpenseCategory.objects.create(company=company, name="Onkosten")
    projects = {code: _project(company, people, code) for code in (*CODES, OWN.code)}
    ProjectActivity.objects.bulk_create(
        [
            ProjectActivity(company=company, project=project, activity=activity)
            for project in projects.values()
            for activity in (build, research)
        ]
    )
    for activity, rate in ((build, "98"), (research, "110")):
        _rate(company, RateSubject(activity=activity), Rate.Unit.HOUR, rate)
    _rate(company, RateSubject(), Rate.Unit.KM, "0.23")
    return Stage(
        people=people,
        projects=projects,
        activities={"Bouw": build, "Onderzoek": research},
        categories={"Onkosten": costs},
        approvers=(people["Wouter"], people["Wouter"]),
    )


def _project(company: Company, people: Mapping[str, Membership], code: str) -> Project:
    client = next(one for one in (*CUSTOMERS, OWN) if one.code == code)
    street, house_number, postcode, city = client.address
    customer = Customer.objects.create(
        company=company,
        number=client.number,
        name=client.name,
        street=street,
        house_number=house_number,
        postcode=postcode,
        city=city,
        vat_number=client.vat_number,
    )
    project = Project.objects.create(
        company=company,
        customer=customer,
        code=code,
        name=client.project,
        billing_method=BillingMethod.HOURLY_ACTIVITY,
    )
    for membership in people.values():
        ProjectMember.objects.create(company=company, project=project, membership=membership)
    return project


def _rate(company: Company, subject: RateSubject, unit: str, rate: str) -> None:
    rate_set(company=company, by=None, subject=subject, unit=unit, amount=Decimal(rate))


def _link(eik: Eik, stage: Stage) -> None:
    """Customers to debtors, uses to items. Research points at an item that AFAS does not have."""
    CustomerLink.objects.bulk_create(
        [
            CustomerLink(
                company=eik.company,
                environment=ENVIRONMENT,
                customer=customer,
                debtor_number=customer.number,
                seen_at=timezone.now(),
            )
            for customer in Customer.objects.of(eik.company).exclude(number="")
        ]
    )
    links = [
        ItemLink(
            company=eik.company, environment=ENVIRONMENT, use=use, kind=kind, code=code, unit=unit
        )
        for use, kind, code, unit in ITEMS
    ]
    wrong = ItemLink(
        company=eik.company,
        environment=ENVIRONMENT,
        use=ItemUse.ACTIVITY,
        activity=stage.activities["Onderzoek"],
        kind="1",
        code="ONDERZOEK",
        unit="uur",
    )
    ItemLink.objects.bulk_create([*links, wrong])


def _bill(eik: Eik) -> None:
    """Three runs: one that AFAS took whole, one that stands still, and one under way."""
    early, middle = eik.today - timedelta(days=40), eik.today - timedelta(days=20)
    first = _run(eik, ("KOFFIE", "HART", "HOUT", "REDERIJ"), eik.today - HISTORY, early)
    eik_history.take(first, eik.owner, timezone.now() - timedelta(days=40))
    eik_history.stands_still(_run(eik, CODES, early, middle), eik.owner)
    latest = _run(eik, KNOWN, middle, eik.today - timedelta(days=7))
    eik_history.is_under_way(latest)


def _book(eik: Eik, stage: Stage) -> None:
    """Its own invoices, and what became of them in the books."""
    desk = Desk(stage, eik.today, stage.people["Wouter"])
    keep_books(eik.connection, stage.projects)
    booked = eik_bookings.tell(eik.connection, desk, make_invoices(desk))
    eik_reconciled.tell(eik.connection, desk, booked)


def _run(eik: Eik, codes: Sequence[str], after: date, until: date) -> InvoicingRun:
    """Invoice the hours on these projects later than `after`, up to and including `until`."""
    hours = Hour.objects.of(eik.company).filter(
        project__code__in=codes, date__gt=after, date__lte=until
    )
    selection = Selection.objects.create(
        company=eik.company,
        user=eik.owner,
        hours=list(hours.order_by("pk").values_list("pk", flat=True)),
        frozen_at=timezone.now(),
    )
    options = Options(invoice_date=until)
    wish: dict[str, Any] = {"connection": eik.connection, "selection": selection}
    check = check_selection(**wish, options=options)
    return invoice_in_afas(**wish, options=options, token=check.token, by=eik.owner)
