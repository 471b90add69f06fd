"""A company with a batch of invoices and a chart of accounts, all of it by the luck of one seed.

Everything is made by the product's own rules: registered, drawn up, changed, made final, credited.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from random import Random
from typing import Any

from django.db import transaction
from django.db.models import Count

from accounts.models import Company, User
from core.errors import DomainError
from invoicing.models import Invoice, InvoiceSettings, VatRate
from invoicing.services import crediting, drafting, editing, finalising
from invoicing.services.bundling import Options
from invoicing.services.editing import LineData
from invoicing.services.pricing import Grouping
from registration.models import (
    Activity,
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
from relations.models import Customer
from tests.factories import MembershipFactory, UserFactory
from tests.money.companies import CUSTOMERS, STEPS, TREATMENTS
from tests.money.stage import ATTRIBUTES, FIRST, NEW_YEAR, company_that_invoices, customer_of

KINDS = ("hour", "hour", "hour", "expense", "expense", "ride", "instalment", "subscription_period")
FREE = ("", "high", "low", "zero", "exempt", "outside", "export")
VAT_NUMBERS = {"reverse": "NL001234567B01", "reverse_eu": "BE0123456749"}
PRICES = ("95", "100", "87.3333", "0.225", "12.35", "0.01")
DISCOUNTS = ("2.5", "10", "33.33", "100")


MODELS: dict[str, Any] = {
    "hour": Hour,
    "expense": Expense,
    "ride": Ride,
    "instalment": Instalment,
    "subscription_period": SubscriptionPeriod,
}


@dataclass
class Office:
    """The company with its customers; `made` has the things by kind, not billed yet."""

    luck: Random
    company: Company
    by: User
    customers: list[Customer] = field(default_factory=list)
    projects: list[Project] = field(default_factory=list)
    activities: list[Activity] = field(default_factory=list)
    categories: list[ExpenseCategory] = field(default_factory=list)
    made: dict[str, list[Any]] = field(default_factory=dict)
    periods: int = 0
    alike: bool = False  # much shares a line

    @classmethod
    def open(cls, luck: Random, customers: int) -> Office:
        """With so many customers, each with work to bill."""
        rule, step = luck.choice(["none", "nearest", "up"]), luck.choice(STEPS)
        company = company_that_invoices(rounding_rule=rule, rounding_step=step)
        usual = luck.choice(["high", "high", "low", "exempt"])
        InvoiceSettings.objects.create(company=company, vat_code=usual)
        raised = Decimal(luck.choice(["21", "22", "21.5"]))
        VatRate.objects.create(company=company, code="high", percent=raised, valid_from=NEW_YEAR)
        office = cls(luck, company, UserFactory(), alike=luck.random() < 0.6)
        office._hire()
        office._acquire(customers)
        office._register()
        return office

    def _hire(self) -> None:
        for model, named in ((Activity, self.activities), (ExpenseCategory, self.categories)):
            for n in range(4):
                code = "" if self.alike else self.luck.choice(TREATMENTS)
                named.append(
                    model.objects.create(company=self.company, name=f"Kind {n}", vat_code=code)
                )

    def _acquire(self, count: int) -> None:
        for _ in range(count):
            code = self.luck.choice(CUSTOMERS)
            customer = customer_of(self.company, code, VAT_NUMBERS.get(code, ""))
            self.customers.append(customer)
            own = {"company": self.company, "customer": customer}
            self.projects += Project.objects.bulk_create(
                Project(name=f"Project {n}", **own) for n in range(self.luck.randint(1, 3))
            )

    def _register(self) -> None:
        self.person = MembershipFactory(company=self.company, user=self.by, rights=["invoices"])
        rows: list[Any] = []
        for customer in self.customers:
            projects = [one for one in self.projects if one.customer_id == customer.pk]
            prices = self.luck.sample(PRICES, 1 if self.alike else 2)
            for _ in range(self.luck.choice([0, 1, 3, 6, 10, 15])):
                rows.append(self._thing(self.luck.choice(projects), self.luck.choice(prices)))
        entries = [row for row in rows if isinstance(row, Hour | Expense | Ride)]
        valuation.value(entries, valuation.Ladder.of(self.company))
        for kind, model in MODELS.items():
            self.made[kind] = model.objects.bulk_create(r for r in rows if type(r) is model)

    def _thing(self, project: Project, price: str) -> Any:
        luck, kind = self.luck, self.luck.choice(KINDS)
        day = FIRST + timedelta(days=luck.randint(0, 60))
        common = {"company": self.company, "project": project}
        if kind in {"instalment", "subscription_period"}:
            return self._planned(kind, day, common)
        common |= {"membership": self.person, "date": day}
        if kind == "hour":
            given = {"activity": luck.choice(self.activities), "rate_override": Decimal(price)}
            minutes = luck.choice([60, 90, luck.randint(1, 900)])
            return Hour(minutes=minutes, **given, **common)
        if kind == "expense":
            cost, quantity = round(Decimal(price), 2), Decimal(luck.randint(-300, 900) or 1) / 100
            given = {"category": luck.choice(self.categories), "unit_cost": cost}
            return Expense(quantity=quantity, **given, **common)
        distance = Decimal(luck.randint(1, 5000)) / 10
        places = {"origin": "Utrecht", "destination": "Amsterdam"}
        return Ride(distance=distance, rate_override=Decimal(price), **places, **common)

    def _planned(self, kind: str, day: date, common: dict[str, Any]) -> Any:
        amount = Decimal(self.luck.randint(-30_000, 900_000) or 1) / 100
        given = {"description": kind, "amount": amount, "due_on": day, **common}
        if kind == "instalment":
            activity = self.luck.choice([None, *self.activities])
            return Instalment(vat_code=self.luck.choice(TREATMENTS), activity=activity, **given)
        self.periods += 1  # a project has one period a day
        first = date(2010, 1, 1) + timedelta(days=self.periods)
        return SubscriptionPeriod(starts_on=first, ends_on=day, **given)

    def invoices(self) -> list[Invoice]:
        """All that can be made final, final: one of the things of each customer or typed lines."""
        day = FIRST + timedelta(days=self.luck.randint(0, 60))
        drafts = self._drawn(day)
        billed = {one.customer_id for one in drafts}
        for customer in self.customers:
            if customer.pk not in billed:
                drafts.append(self._typed(customer, day))
        for draft in drafts:
            self._edit(draft)
        seen = [Invoice.objects.get(pk=one.pk) for one in drafts]
        fit = [one for one in seen if not any(o.blocking for o in finalising.obstacles(one))]
        return finalising.finalise_all(seen=[(one, one.version) for one in fit], by=self.by)

    def _drawn(self, day: date) -> list[Invoice]:
        ids = {ATTRIBUTES[kind]: [one.pk for one in rows] for kind, rows in self.made.items()}
        selection = Selection.objects.create(company=self.company, user=self.by, **ids)
        given = {"company": self.company, "selection": selection}
        grouping = self.luck.choice(list(Grouping))
        given["options"] = Options(invoice_date=day, grouping=grouping)
        check = drafting.check_drafts(**given)
        assert not check.left_out
        if not check.ready:
            return []
        drawn = drafting.create_drafts(**given, token=check.token, by=self.by)
        return sorted(drawn.invoices, key=lambda one: one.customer_id)  # names are of no seed

    def _typed(self, customer: Customer, day: date) -> Invoice:
        own = [one for one in self.projects if one.customer_id == customer.pk]
        project = self.luck.choice([None, *own])
        draft = editing.draft_new(
            company=self.company, customer=customer, project=project, by=self.by
        )
        Invoice.objects.filter(pk=draft.pk).update(invoice_date=day)
        for _ in range(self.luck.randint(1, 4)):
            self._type(draft)
        return draft

    def _edit(self, draft: Invoice) -> None:
        """Some get a typed line, some a discount or another price on what is billed."""
        if self.luck.random() < 0.25:
            self._type(draft)
        if self.luck.random() < 0.25:
            line = self.luck.choice(list(draft.lines.select_related("invoice")))
            changed = {"discount": Decimal(self.luck.choice(DISCOUNTS))}
            if self.luck.random() < 0.3:
                changed["unit_price"] = line.unit_price * self.luck.randint(-1, 3)
            data = LineData(**{**vars(LineData.of(line)), **changed})
            editing.line_change(line=line, data=data, version=line.invoice.version, by=self.by)

    def _type(self, draft: Invoice) -> None:
        own = [draft.customer.vat_code] if draft.customer.vat_number else []
        data = LineData(
            description="Typed",
            quantity=Decimal(self.luck.randint(-200, 900)) / 100,
            unit_price=Decimal(self.luck.randint(0, 2_000_000)) / 10_000,
            discount=Decimal(self.luck.choice(["0", "0", "12.5"])),
            vat_code=self.luck.choice([*FREE, *own]),
        )
        editing.line_add(invoice=draft, data=data, by=self.by)

    def credit(self, invoice: Invoice) -> list[Invoice]:
        """Nothing of it, all of it, or in parts; the credit notes are final."""
        way = self.luck.choice(["nothing", "whole", "whole", "lines", "quantities"])
        notes: list[Invoice] = []
        if way == "lines":
            notes += self._given(invoice, self._some_lines(invoice))
        for _ in range(self.luck.randint(1, 2) if way == "quantities" else 0):
            notes += self._part(invoice)
        return notes if way == "nothing" else [*notes, *self._given(invoice, None)]

    def _some_lines(self, invoice: Invoice) -> list[int]:
        lines = list(invoice.lines.values_list("pk", flat=True))
        return self.luck.sample(lines, self.luck.randint(1, len(lines)))

    def _given(
        self, invoice: Invoice, lines: list[int] | None, part: Decimal | None = None
    ) -> list[Invoice]:
        """A credit note over these lines, or `part` of its only one; none where it would ask money
        or give back more than there was: then all is given back at once."""
        try:
            with transaction.atomic():
                now = Invoice.objects.get(pk=invoice.pk)
                note = crediting.credit(invoice=now, lines=lines, reason="Wrong", by=self.by)
                if part:
                    line = note.lines.select_related("invoice").get()
                    less = {"quantity": round(line.quantity * part, 2)}
                    data = LineData(**{**vars(LineData.of(line)), **less})
                    editing.line_change(line=line, data=data, version=note.version, by=self.by)
                    note.refresh_from_db()
                return [finalising.finalise(invoice=note, version=note.version, by=self.by)]
        except DomainError:
            return []

    def _part(self, invoice: Invoice) -> list[Invoice]:
        """Mostly of the line that bills most: there cents can be left over."""
        billed = invoice.lines.annotate(things=Count("claims")).order_by("-things", "pk")
        lines = [line.pk for line in billed]
        line = lines[0] if self.luck.random() < 0.7 else self.luck.choice(lines)
        return self._given(invoice, [line], Decimal(self.luck.randint(1, 99)) / 100)
