"""Reads the worked examples of docs/how/twenty-invoices-by-hand.md, and puts their entries in."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from invoicing.models import VatRate
from registration.models import (
    Activity,
    Expense,
    ExpenseCategory,
    Hour,
    Instalment,
    Project,
    Ride,
    Subscription,
    SubscriptionPeriod,
)
from registration.services import subscriptions, valuation
from tests.factories import MembershipFactory, UserFactory
from tests.money.stage import company_that_invoices, customer_of

PAGE = Path("docs/how/twenty-invoices-by-hand.md")
DAY = "2026-06-15"
AMOUNT = r"(-?[\d.]+)"
TREATMENT = r"(?: (high|low|zero|reverse|reverse_eu|export|exempt|outside))?"
GIVEN = {
    "hour": rf"hour (\w+) (\d+) min at {AMOUNT}{TREATMENT}(?: on (\S+))?",
    "expense": rf"expense (\w+) {AMOUNT} × {AMOUNT}{TREATMENT}",
    "ride": rf"ride {AMOUNT} km( return)? at {AMOUNT}",
    "instalment": rf"instalment {AMOUNT} (.+)",
    "subscription": rf"subscription {AMOUNT} a month from (\S+) for (\S+)",
    "free": rf"free {AMOUNT} × {AMOUNT} - (\d+) % (\w+)",
    "customer": r"customer (\w+) (\w+)",
    "rounding": r"rounding (\w+) (\d+)",
    "rate": rf"rate (\w+) {AMOUNT} % from (\S+)",
    "credit": r"credit (\d+)",
}
EXPECTED = {
    "claim": AMOUNT,
    "line": rf"{AMOUNT} × {AMOUNT} = {AMOUNT}",
    "vat": rf"(\w+) {AMOUNT} % of {AMOUNT} = {AMOUNT}",
    "total": rf"{AMOUNT} \+ {AMOUNT} = {AMOUNT}",
}


@dataclass
class Said:
    """What the page says of one document: the invoice, or one of its credit notes."""

    credits: int = 0
    claim: list[tuple[Decimal, ...]] = field(default_factory=list)
    line: list[tuple[Decimal, ...]] = field(default_factory=list)
    vat: list[tuple[str, Decimal, Decimal, Decimal]] = field(default_factory=list)
    total: list[tuple[Decimal, ...]] = field(default_factory=list)


@dataclass
class Example:
    """One block: what was done, and the documents that come of it."""

    title: str
    given: list[tuple[str, tuple[str, ...]]] = field(default_factory=list)
    said: list[Said] = field(default_factory=lambda: [Said()])

    def first(self, word: str) -> tuple[str, ...] | None:
        """What follows `word`, where it is given."""
        return next((found for name, found in self.given if name == word), None)


def examples() -> list[Example]:
    """All blocks of the page, in its order."""
    page = PAGE.read_text(encoding="utf-8")
    found = re.findall(r"^## (.+?)$.*?^```\n(.+?)^```", page, re.M | re.S)
    return [_example(title, block.splitlines()) for title, block in found]


def _example(title: str, lines: list[str]) -> Example:
    example = Example(title)
    for line in lines:
        word, _space, rest = line.partition(" ")
        if word in EXPECTED:
            values = re.fullmatch(EXPECTED[word], rest)
            assert values, f"{title}: {line}"
            getattr(example.said[-1], word).append(tuple(map(_figure, values.groups())))
            continue
        found = re.fullmatch(GIVEN[word], line)
        assert found, f"{title}: {line}"
        if word == "credit":
            example.said.append(Said(credits=int(found[1])))
        else:
            example.given.append((word, tuple(one or "" for one in found.groups())))
    return example


def _figure(text: str) -> Any:
    return Decimal(text) if re.fullmatch(AMOUNT, text) else text


class Book:
    """The company of one example, with everything that it did registered and valued."""

    def __init__(self, example: Example) -> None:
        rule, step = example.first("rounding") or ("none", "15")
        self.company = company_that_invoices(rounding_rule=rule, rounding_step=int(step))
        treatment, number = example.first("customer") or ("", "")
        self.customer = customer_of(self.company, treatment, number)
        self.by = UserFactory()
        self.person = MembershipFactory(company=self.company, user=self.by, rights=["invoices"])
        self.project = Project.objects.create(
            company=self.company, customer=self.customer, name="Werk"
        )
        self.ids: dict[str, list[int]] = {}
        self.free: list[tuple[str, ...]] = []
        for word, values in example.given:
            getattr(self, f"_{word}", lambda *_values: None)(*values)

    def _keep(self, attribute: str, row: Any) -> None:
        if not isinstance(row, Instalment | SubscriptionPeriod):
            valuation.value([row], valuation.Ladder.of(self.company))
        row.save()
        self.ids.setdefault(attribute, []).append(row.pk)

    @property
    def _common(self) -> dict[str, Any]:
        return {"company": self.company, "project": self.project}

    def _kind(self, model: Any, name: str, treatment: str) -> Any:
        return model.objects.get_or_create(
            company=self.company, name=name, defaults={"vat_code": treatment}
        )[0]

    def _hour(self, name: str, minutes: str, rate: str, treatment: str, day: str) -> None:
        hour = Hour(
            **self._common,
            membership=self.person,
            activity=self._kind(Activity, name, treatment),
            date=date.fromisoformat(day or DAY),
            minutes=int(minutes),
            rate_override=Decimal(rate),
        )
        self._keep("hours", hour)

    def _expense(self, name: str, quantity: str, cost: str, treatment: str) -> None:
        expense = Expense(
            **self._common,
            membership=self.person,
            category=self._kind(ExpenseCategory, name, treatment),
            date=date.fromisoformat(DAY),
            quantity=Decimal(quantity),
            unit_cost=Decimal(cost),
        )
        self._keep("expenses", expense)

    def _ride(self, km: str, is_return: str, rate: str) -> None:
        ride = Ride(
            **self._common,
            membership=self.person,
            date=date.fromisoformat(DAY),
            origin="Utrecht",
            destination="Zwolle",
            distance=Decimal(km),
            is_return=bool(is_return),
            rate_override=Decimal(rate),
        )
        self._keep("rides", ride)

    def _instalment(self, amount: str, text: str) -> None:
        part = Instalment(
            **self._common,
            description=text,
            amount=Decimal(amount),
            due_on=date.fromisoformat(DAY),
        )
        self._keep("instalments", part)

    def _subscription(self, amount: str, first: str, month: str) -> None:
        project = Project.objects.create(
            company=self.company,
            customer=self.customer,
            name="Beheer",
            billing_method="subscription",
            price=Decimal(amount),
        )
        start = date.fromisoformat(first)
        Subscription.objects.create(
            company=self.company, project=project, starts_on=start, by_calendar=True
        )
        subscriptions.periods_due(self.company, start)
        periods = SubscriptionPeriod.objects.filter(project=project)
        rows = [row for row in periods if f"{row.starts_on:%Y-%m}" == month]
        self.ids["periods"] = [row.pk for row in rows]

    def _free(self, *values: str) -> None:
        self.free.append(values)

    def _rate(self, code: str, percent: str, day: str) -> None:
        VatRate.objects.create(
            company=self.company,
            code=code,
            percent=Decimal(percent),
            valid_from=date.fromisoformat(day),
        )
