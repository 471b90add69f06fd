"""The dashboard: calm, and only what waits for this person."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe

from accounts.doors import CompanyRequest, member_required
from registration.selectors import home as selectors
from registration.selectors.reach import Reach, reach_of
from registration.views.rows import counted

FULL_DAY = 8 * 60
TWO_HOURS = 2 * 60


@dataclass(frozen=True)
class Task:
    """Something that waits for this person, and where it is done."""

    dot: str
    title: str
    detail: str
    url: str
    button: str


class Bar(NamedTuple):
    """A day in the plot of the week, in parts of 100 high."""

    day: selectors.DayOfWork
    x: int
    billable: int
    other: int
    is_today: bool

    @property
    def top(self) -> int:
        """Where the billable part begins."""
        return 100 - self.billable

    @property
    def other_top(self) -> int:
        """Where the other part begins."""
        return 100 - self.billable - self.other


@require_safe
@member_required
def home(request: CompanyRequest) -> HttpResponse:
    """This week, what waits, and what higher apps add to it."""
    reach = reach_of(request.membership)
    today = timezone.localdate()
    days = selectors.week_of_work(request.membership, today)
    context = {
        "reach": reach,
        "today": today,
        "week_number": today.isocalendar().week,
        "greeting": _greeting(),
        "first_name": str(request.user).split()[0],
        "days": days,
        "minutes": sum(day.minutes for day in days),
        "today_minutes": days[today.weekday()].minutes,
        "billable": sum(day.billable for day in days),
        "tasks": _tasks(reach, today),
        **_plot(days, today),
    }
    return render(request, "registration/home/home.html", context)


def _greeting() -> str:
    hour = timezone.localtime().hour
    if hour < 6 or hour >= 18:
        return _("Good evening")
    return _("Good morning") if hour < 12 else _("Good afternoon")


def _tasks(reach: Reach, today: Any) -> list[Task]:
    """What waits, most pressing first."""
    tasks = [_no_rate(one) for one in (selectors.without_rate(reach) if reach.sees_money else [])]
    tasks += [_approval(one) for one in selectors.to_approve(reach)]
    tasks += [
        _submission(one, reach.membership.pk)
        for one in selectors.to_submit(reach.membership, today)
    ]
    return tasks


def _no_rate(waiting: selectors.Waiting) -> Task:
    words = ngettext("%(what)s has no rate", "%(what)s have no rate", waiting.number)
    return Task(
        "warn",
        words % {"what": counted(*waiting)},
        _("No rate is no amount: it stays off every invoice until there is one."),
        f"{reverse(f'overview_{waiting.kind}')}?period=all&worth=no_rate",
        _("Show"),
    )


def _approval(waiting: selectors.Waiting) -> Task:
    words = ngettext(
        "%(what)s waits for your approval", "%(what)s wait for your approval", waiting.number
    )
    return Task(
        "busy",
        words % {"what": counted(*waiting)},
        "",
        f"{reverse(f'overview_{waiting.kind}')}?period=all&approval=submitted",
        _("Approve"),
    )


def _submission(waiting: selectors.Waiting, person: int) -> Task:
    words = ngettext(
        "%(what)s of yours is not submitted", "%(what)s of yours are not submitted", waiting.number
    )
    query = f"?period=all&approval=open&approval=rejected&person={person}"
    url = f"{reverse(f'overview_{waiting.kind}')}{query}"
    return Task("open", words % {"what": counted(*waiting)}, "", url, _("Look"))


def _plot(days: list[selectors.DayOfWork], today: Any) -> dict[str, Any]:
    """The bars of the week, against a day of eight hours or the longest one."""
    longest = max(FULL_DAY, *(day.minutes for day in days))
    most = -(-longest // TWO_HOURS) * TWO_HOURS
    bars = [
        Bar(
            day,
            4 + index * 14,
            round(day.billable / most * 100),
            round(day.other / most * 100),
            day.day == today,
        )
        for index, day in enumerate(days)
    ]
    return {"bars": bars, "most": most, "half": most // 2}
