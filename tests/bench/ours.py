"""Our way: a selection of every hour, checked, drawn up per customer and made final."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.db import connection

from accounts.models import Company, Membership, User
from invoicing.models import Channel, DocumentStatus, Invoice
from invoicing.services import drafting, finalising
from invoicing.services.bundling import Options
from invoicing.services.together import together
from registration.models import Activity, Hour, Project, Selection
from relations.models import Customer

FIRST = date(2026, 1, 1)
ACTIVITIES = 5
PEOPLE = 10
RATE = Decimal("95.00")
OPTIONS = Options(invoice_date=date(2026, 11, 1))


def company_with(hours: int, customers: int) -> tuple[Company, User]:
    """A company whose `hours` are spread evenly over `customers`, all of them billable."""
    company = Company.objects.create(
        name="Bench B.V.",
        street="Kade",
        house_number="1",
        postcode="3511 AB",
        city="Utrecht",
        kvk_number="12345678",
        vat_number="NL123456789B01",
        iban="NL91ABNA0417164300",
    )
    people = [_person(company, number) for number in range(PEOPLE)]
    activities = Activity.objects.bulk_create(
        Activity(company=company, name=f"Activity {number}") for number in range(ACTIVITIES)
    )
    projects = [_project(company, number) for number in range(customers)]
    Hour.objects.bulk_create(
        (_hour(number, projects, people, activities) for number in range(hours)), batch_size=2000
    )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    return company, people[0].user


def _person(company: Company, number: int) -> Membership:
    user = User.objects.create(email=f"person{number}@bench.test", name=f"Person {number}")
    return Membership.objects.create(company=company, user=user)


def _project(company: Company, number: int) -> Project:
    customer = Customer.objects.create(
        company=company,
        number=f"{10000 + number}",
        name=f"Customer {number} B.V.",
        street="Straat",
        house_number=str(number + 1),
        postcode="1012 AB",
        city="Amsterdam",
    )
    return Project.objects.create(company=company, customer=customer, name=f"Project {number}")


def _hour(
    number: int, projects: list[Project], people: list[Membership], activities: list[Activity]
) -> Hour:
    minutes = 15 * (1 + number % 32)
    return Hour(
        company=projects[0].company,
        project=projects[number % len(projects)],
        membership=people[number % PEOPLE],
        activity=activities[number // len(projects) % ACTIVITIES],
        date=FIRST + timedelta(days=number % 300),
        minutes=minutes,
        billable_minutes=minutes,
        rate=RATE,
        amount=RATE * minutes / 60,
        note=f"Ticket {number}",
    )


def seen(company: Company, by: User) -> tuple[Selection, str]:
    """Everything there is, ticked, and the token of the check page that showed it."""
    selection = Selection.objects.create(
        company=company,
        user=by,
        hours=list(Hour.objects.of(company).order_by("pk").values_list("pk", flat=True)),
    )
    check = drafting.check_drafts(company=company, selection=selection, options=OPTIONS)
    return selection, check.token


def invoice_all(selection: Selection, token: str) -> None:
    """What confirming Create invoice, and then Finalise for all, do: it is checked once more."""
    company, by = selection.company, selection.user
    drawn = drafting.create_drafts(
        company=company, selection=selection, options=OPTIONS, token=token, by=by
    )
    seen = [(invoice, invoice.version) for invoice in drawn.invoices]
    final, refused = together(
        seen,
        lambda some: finalising.finalise_all(seen=some, by=by),
        most=finalising.FINAL_TOGETHER,
    )
    if len(final) != len(drawn.invoices) or drawn.refusals or refused:
        raise SystemExit(f"Refused: {[*drawn.refusals, *refused]}")


def outcome(company: Company) -> tuple[int, Decimal, Decimal, int]:
    """How many invoices, their net and VAT (EUR), and how many hours were forgotten."""
    final = Invoice.objects.of(company).filter(channel=Channel.OURS, status=DocumentStatus.FINAL)
    amounts = list(final.values_list("net", "vat"))
    left = Hour.objects.of(company).exclude(billing="invoiced").count()
    net = sum((one[0] for one in amounts), Decimal(0))
    return len(amounts), net, sum((one[1] for one in amounts), Decimal(0)), left


@contextmanager
def counted() -> Iterator[Counter[str]]:
    """Count the statements by their first word."""
    words: Counter[str] = Counter()

    def note(execute: Any, sql: str, params: Any, many: Any, context: Any) -> Any:
        words[sql.split(None, 1)[0].upper()] += len(params) if many else 1
        return execute(sql, params, many, context)

    with connection.execute_wrapper(note):
        yield words
