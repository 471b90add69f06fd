"""Months of hours, expenses and rides as people really write them down. The same every time."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from django.utils import timezone

from accounts.models import Membership
from registration.models import (
    Activity,
    ApprovalStatus,
    Entry,
    Expense,
    ExpenseCategory,
    Hour,
    Project,
    Ride,
)
from registration.services.valuation import Ladder, value

WEEKEND = 5  # date.weekday() of Saturday
STRETCHES = (30, 45, 60, 60, 90, 90, 120, 120, 150, 180, 240)  # minutes
FULL_DAY = 480  # minutes
SETTLED_AFTER = 14  # days; by then somebody has approved it
SUBMITTED_AFTER = 6  # days
OPEN, SUBMITTED = ApprovalStatus.OPEN, ApprovalStatus.SUBMITTED
APPROVED, REJECTED = ApprovalStatus.APPROVED, ApprovalStatus.REJECTED


@dataclass(frozen=True)
class Work:
    """What is done on a project: an activity and the notes people write with it."""

    activity: str
    notes: tuple[str, ...]


@dataclass(frozen=True)
class Cost:
    """An expense that occurs: category, note, and the least and most it costs (EUR excl. VAT)."""

    category: str
    note: str
    least: int
    most: int


@dataclass(frozen=True)
class Trip:
    """A ride that occurs: where from and to, km one way, what for, and why."""

    origin: str
    destination: str
    distance: str
    note: str
    purpose: str = Ride.Purpose.BUSINESS


@dataclass(frozen=True, kw_only=True)
class Script:
    """Everything that may be written: per project (by code) the work, the costs and the trips.

    `shares` says who (first name) works on which project, and how much of the time.
    """

    work: Mapping[str, Sequence[Work]]
    costs: Mapping[str, Sequence[Cost]]
    trips: Mapping[str, Sequence[Trip]]
    shares: Mapping[str, Mapping[str, int]]
    part_time: Mapping[str, int] = field(default_factory=dict)  # days a week, from Monday on


@dataclass(frozen=True, kw_only=True)
class Stage:
    """The rows that the script's names stand for. `approvers` sign, the second for the first."""

    people: Mapping[str, Membership]
    projects: Mapping[str, Project]
    activities: Mapping[str, Activity]
    categories: Mapping[str, ExpenseCategory]
    approvers: tuple[Membership, Membership]


@dataclass
class Diary:
    """Writes a script's days for the people on the stage; `seed` makes it the same every time."""

    script: Script
    stage: Stage
    today: date
    seed: str

    def __post_init__(self) -> None:
        self._dice = random.Random(self.seed)  # noqa: S311 - a story, not a secret

    def write(self, first_day: date) -> None:
        """Store every entry from `first_day` up to today, valued by the rates as they are."""
        days = [
            first_day + timedelta(days=past) for past in range((self.today - first_day).days + 1)
        ]
        workdays = [day for day in days if day.weekday() < WEEKEND]
        hours = [hour for day in workdays for hour in self._hours_on(day)]
        expenses = [one for day in workdays for one in self._expenses_on(day)]
        rides = [one for day in workdays for one in self._rides_on(day)]
        store(hours, expenses, rides)

    def hour(self, person: str, code: str, day: date, work: Work, minutes: int) -> Hour:
        """An hour that is not stored or valued yet."""
        activity = self.stage.activities[work.activity]
        entry = Hour(
            **self._common(person, code, day, self._dice.choice(work.notes)),
            activity=activity,
            minutes=minutes,
        )
        entry.billable = activity.billable and self._dice.random() < 0.96
        return entry

    def _hours_on(self, day: date) -> Iterator[Hour]:
        for person, shares in self.script.shares.items():
            days_a_week = self.script.part_time.get(person, WEEKEND)
            if day.weekday() >= days_a_week or self._dice.random() < 0.05:
                continue
            left = FULL_DAY // 2 if day == self.today else FULL_DAY
            while left > 0:
                minutes = min(self._dice.choice(STRETCHES), left)
                left -= minutes if self._dice.random() < 0.93 else FULL_DAY
                (code,) = self._dice.choices(list(shares), list(shares.values()))
                yield self.hour(
                    person, code, day, self._dice.choice(self.script.work[code]), minutes
                )

    def _expenses_on(self, day: date) -> Iterator[Expense]:
        for code, costs in self.script.costs.items():
            if self._dice.random() < 0.12:
                cost = self._dice.choice(costs)
                spent = Decimal(self._dice.randint(cost.least * 20, cost.most * 20)) / 20
                yield Expense(
                    **self._common(self._someone_on(code), code, day, cost.note),
                    category=self.stage.categories[cost.category],
                    unit_cost=spent,
                )

    def _rides_on(self, day: date) -> Iterator[Ride]:
        for code, trips in self.script.trips.items():
            if self._dice.random() < 0.13:
                trip = self._dice.choice(trips)
                yield Ride(
                    **self._common(self._someone_on(code), code, day, trip.note),
                    origin=trip.origin,
                    destination=trip.destination,
                    distance=Decimal(trip.distance),
                    is_return=self._dice.random() < 0.85,
                    purpose=trip.purpose,
                )

    def _someone_on(self, code: str) -> str:
        return self._dice.choice([one for one, on in self.script.shares.items() if code in on])

    def _common(self, person: str, code: str, day: date, note: str) -> dict[str, Any]:
        membership, project = self.stage.people[person], self.stage.projects[code]
        return {
            "company": project.company,
            "membership": membership,
            "project": project,
            "date": day,
            "note": note,
            **self._approval(membership, day),
        }

    def _approval(self, membership: Membership, day: date) -> dict[str, Any]:
        age, luck = (self.today - day).days, self._dice.random()
        if age < SUBMITTED_AFTER or luck < 0.02:
            return {"approval": OPEN}
        if luck < 0.035:
            return {"approval": REJECTED, "approval_comment": "Graag op het juiste project boeken."}
        if age < SETTLED_AFTER and luck < 0.8:
            return {"approval": SUBMITTED}
        first, second = self.stage.approvers
        signed = datetime.combine(day + timedelta(days=5), time(9, 30))
        return {
            "approval": APPROVED,
            "approved_by": (second if membership == first else first).user,
            "approved_at": timezone.make_aware(signed),
        }


def store(*batches: Sequence[Entry]) -> None:
    """Value entries by the company's rates and store them, one batch per kind of entry."""
    for batch in batches:
        if batch:
            value(batch, Ladder.of(batch[0].company))
            type(batch[0]).objects.bulk_create(batch, batch_size=200)
