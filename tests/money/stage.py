"""A company that may invoice, and what it did, put into the database by the product's own rules."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from accounts.models import Company, Membership, User
from invoicing.models import InvoiceSettings, VatRate
from registration.models import (
    Activity,
    Entry,
    Expense,
    ExpenseCategory,
    Hour,
    Instalment,
    Project,
    Ride,
    Selection,
    SubscriptionPeriod,
)
from registration.services import valuation
from registration.services.billing_status import BILLABLE
from relations.models import Customer
from tests.factories import CompanyFactory, CustomerFactory, MembershipFactory, UserFactory
from tests.money.companies import Thing, Work

FIRST = date(2026, 12, 1)
NEW_YEAR = date(2027, 1, 1)
REVERSED = {"reverse": "NL001234567B01", "reverse_eu": "BE0123456749"}
ATTRIBUTES = {
    "hour": "hours",
    "expense": "expenses",
    "ride": "rides",
    "instalment": "instalments",
    "subscription_period": "periods",
}


def company_that_invoices(**fields: Any) -> Company:
    """All that an invoice must print is there."""
    return CompanyFactory(
        **{
            "name": "Studio Vlier B.V.",
            "street": "Vlierstraat",
            "house_number": "12",
            "postcode": "3511 AB",
            "city": "Utrecht",
            "kvk_number": "12345678",
            "vat_number": "NL123456789B01",
            "iban": "NL91ABNA0417164300",
            "language": "nl",
            **fields,
        }
    )


def customer_of(company: Company, treatment: str = "", vat_number: str = "") -> Customer:
    """A customer with an address, and with a VAT number where the treatment asks one."""
    return CustomerFactory(
        company=company,
        street="Kade",
        house_number="3",
        postcode="1012 AB",
        city="Amsterdam",
        country=vat_number[:2] or "NL",
        vat_code=treatment,
        vat_number=vat_number,
    )


@dataclass
class Stage:
    """One company with one customer; `made` holds the rows by the place of the thing."""

    work: Work
    company: Company
    by: User
    person: Membership
    projects: list[Project]
    activities: list[Activity]
    categories: list[ExpenseCategory]
    made: dict[int, Any] = field(default_factory=dict)

    @classmethod
    def of(cls, work: Work) -> Stage:
        """Everything is registered and valued; nothing is billed yet."""
        company = company_that_invoices(rounding_rule=work.rule, rounding_step=work.step)
        InvoiceSettings.objects.create(company=company, vat_code=work.company)
        if work.vat_from_january != 2100:
            VatRate.objects.create(
                company=company,
                code="high",
                percent=Decimal(work.vat_from_january) / 100,
                valid_from=NEW_YEAR,
            )
        customer = customer_of(company, work.customer, REVERSED.get(work.customer, ""))
        by = UserFactory()
        stage = cls(
            work=work,
            company=company,
            by=by,
            person=MembershipFactory(company=company, user=by, rights=["invoices"]),
            projects=_projects(customer),
            activities=_kinds(Activity, company, work),
            categories=_kinds(ExpenseCategory, company, work),
        )
        stage.register()
        return stage

    def register(self) -> None:
        """Put every thing in its table, worth what the valuation says."""
        rows = [self._row(place, thing) for place, thing in enumerate(self.work.things)]
        entries = [row for row in rows if isinstance(row, Entry)]
        valuation.value(entries, valuation.Ladder.of(self.company))
        for place, row in enumerate(rows):
            row.save()
            self.made[place] = row

    def selection(self) -> Selection:
        """Everything, ticked."""
        ids: dict[str, list[int]] = {name: [] for name in ATTRIBUTES.values()}
        for place, thing in enumerate(self.work.things):
            ids[ATTRIBUTES[thing.kind]].append(self.made[place].pk)
        return Selection.objects.create(company=self.company, user=self.by, **ids)

    def states(self) -> set[str]:
        """The billing states of all that was made."""
        return {
            state
            for model in BILLABLE.values()
            for state in model.objects.of(self.company).values_list("billing", flat=True)
        }

    def worths(self) -> dict[int, int]:
        """What each thing is worth now, in cents."""
        for row in self.made.values():
            row.refresh_from_db()
        return {place: int(row.amount * 100) for place, row in self.made.items()}

    def _row(self, place: int, thing: Thing) -> Any:
        common = {"company": self.company, "project": self.projects[thing.project]}
        day = FIRST + timedelta(days=thing.day)
        if thing.kind in {"instalment", "subscription_period"}:
            return _planned(place, thing, day, common)
        return _entry(self, thing, {**common, "membership": self.person, "date": day})


def _projects(customer: Customer) -> list[Project]:
    return [
        Project.objects.create(company=customer.company, customer=customer, name=f"Project {n}")
        for n in range(2)
    ]


def _kinds(model: Any, company: Company, work: Work) -> list[Any]:
    return [
        model.objects.create(company=company, name=f"Kind {n}", vat_code=code)
        for n, code in enumerate(work.treatments)
    ]


def _entry(stage: Stage, thing: Thing, common: dict[str, Any]) -> Entry:
    price = Decimal(thing.price) / 10_000
    if thing.kind == "hour":
        activity = stage.activities[thing.what]
        return Hour(activity=activity, minutes=thing.measure, rate_override=price, **common)
    if thing.kind == "expense":
        category, quantity = stage.categories[thing.what], Decimal(thing.measure) / 100
        return Expense(category=category, quantity=quantity, unit_cost=price, **common)
    return Ride(
        origin="Utrecht",
        destination="Amsterdam",
        distance=Decimal(thing.measure) / 10,
        is_return=thing.is_return,
        rate_override=price,
        **common,
    )


def _planned(place: int, thing: Thing, day: date, common: dict[str, Any]) -> Any:
    amount = Decimal(thing.price) / 100
    if thing.kind == "instalment":
        code = thing_treatment(common["company"], thing)
        return Instalment(
            description=f"Part {place}", amount=amount, due_on=day, vat_code=code, **common
        )
    first = date(2010, 1, 1) + timedelta(days=place)  # a project has one period a day
    return SubscriptionPeriod(
        description=f"Period {place}",
        amount=amount,
        due_on=day,
        starts_on=first,
        ends_on=day,
        **common,
    )


def thing_treatment(company: Company, thing: Thing) -> str:
    """An instalment is treated as the activity of its number."""
    found: str = Activity.objects.of(company).get(name=f"Kind {thing.what}").vat_code
    return found
