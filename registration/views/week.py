"""The week of one person as a grid: rows of project and activity, a cell for each day."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import NamedTuple

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from accounts.models import Membership
from core import formats
from core.errors import DomainError, FieldsError
from registration.models import Activity, ApprovalStatus, Hour, Project
from registration.selectors.entries import (
    activities_for_entries,
    entries_of,
    projects_for_entries,
)
from registration.selectors.periods import Period, monday_of
from registration.selectors.reach import Reach, reach_of
from registration.services.entries import HourData, hour_change, hour_delete, hour_log
from registration.services.refusals import change_refusal

CELL = "cell"
SEEN = "seen"


class Place(NamedTuple):
    """Which cell: a project, an activity and a day."""

    project: int
    activity: int
    day: date

    def __str__(self) -> str:
        return f"{self.project}-{self.activity}-{self.day:%Y%m%d}"

    @classmethod
    def read(cls, text: str) -> Place | None:
        """The place that `str` wrote; None for anything else."""
        parts = text.split("-")
        if len(parts) != 3 or not all(part.isdecimal() and len(part) < 19 for part in parts):
            return None
        try:
            day = date(int(parts[2][:4]), int(parts[2][4:6]), int(parts[2][6:8]))
        except ValueError:
            return None
        return cls(int(parts[0]), int(parts[1]), day)


@dataclass(frozen=True)
class Cell:
    """One day of a row. `why_locked` is the reason that nothing can be typed."""

    place: Place
    entries: list[Hour]
    why_locked: str
    typed: str | None = None
    error: str = ""

    @property
    def minutes(self) -> int:
        """What was worked."""
        return sum(entry.minutes for entry in self.entries)

    @property
    def text(self) -> str:
        """What stands in the box: what was refused as it was typed, else the duration."""
        if self.typed is not None:
            return self.typed
        return formats.write_minutes(self.minutes) if self.minutes else ""

    @property
    def seen(self) -> str:
        """The one entry behind the box, as it was when the page was made."""
        return f"{self.entries[0].pk}.{self.entries[0].version}" if len(self.entries) == 1 else ""

    @property
    def note(self) -> str:
        """The notes of the day."""
        return " · ".join(entry.note for entry in self.entries if entry.note)


@dataclass(frozen=True)
class WeekRow:
    """A project and an activity with seven cells."""

    project: Project
    activity: Activity
    cells: list[Cell]

    @property
    def minutes(self) -> int:
        """What was worked in the week."""
        return sum(cell.minutes for cell in self.cells)

    @property
    def why_locked(self) -> str:
        """A reason that holds for every day on which something was worked."""
        filled = [cell for cell in self.cells if cell.entries]
        reasons = {cell.why_locked if len(cell.entries) == 1 else "" for cell in filled}
        return reasons.pop() if len(reasons) == 1 else ""

    @property
    def key(self) -> str:
        """How the address asks for this row while it is empty."""
        return f"{self.project.pk}-{self.activity.pk}"


class WeekDay(NamedTuple):
    """A day in the strip and in the head of the grid."""

    day: date
    minutes: int
    is_chosen: bool
    is_off: bool


@dataclass
class Typed:
    """What was typed in the cells, and the sentences for what was refused."""

    texts: dict[Place, str] = field(default_factory=dict)
    errors: dict[Place, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Week:
    """Seven days from `monday`; `entries` are the person's hours in them."""

    monday: date
    entries: list[Hour]
    rows: list[WeekRow]
    days: list[WeekDay]

    @property
    def sunday(self) -> date:
        """The last day."""
        return self.monday + timedelta(days=6)

    @property
    def number(self) -> int:
        """The ISO week number."""
        return self.monday.isocalendar().week

    @property
    def minutes(self) -> int:
        """What was worked in the week."""
        return sum(entry.minutes for entry in self.entries)

    def in_state(self, *states: str) -> int:
        """How many hours have one of these approval states."""
        return sum(entry.approval in states for entry in self.entries)

    @property
    def status(self) -> tuple[str, str]:
        """The dot and the word for the week as a whole."""
        if not self.entries:
            return ("", "")
        if self.in_state(ApprovalStatus.REJECTED):
            return ("bad", _("Rejected in part"))
        if self.in_state(ApprovalStatus.OPEN):
            return ("open", _("Not submitted"))
        if self.in_state(ApprovalStatus.SUBMITTED):
            return ("busy", _("Submitted"))
        return ("ok", _("Approved"))


def week_of(
    membership: Membership, day: date, keys: Iterable[str] = (), typed: Typed | None = None
) -> Week:
    """The week around `day`; `keys` ("project-activity") are rows to show even when empty."""
    monday = monday_of(day)
    hours = list(_hours(membership, monday))
    pairs = {(hour.project, hour.activity): None for hour in reversed(hours)}
    pairs |= dict.fromkeys(_asked(membership, keys))
    reach = reach_of(membership)
    by_place = _by_place(hours)
    rows = [
        _row(reach, monday, pair, by_place, typed or Typed()) for pair in sorted(pairs, key=_order)
    ]
    days = [
        WeekDay(
            one,
            sum(hour.minutes for hour in hours if hour.date == one),
            one == day,
            one.weekday() > 4,
        )
        for one in _days(monday)
    ]
    return Week(monday, hours, rows, days)


def keys_of_week(membership: Membership, day: date) -> list[str]:
    """The rows of the week around `day`, for copying them."""
    found = _hours(membership, monday_of(day)).filter(project__active=True)
    pairs = found.values_list("project", "activity").order_by().distinct()
    return [f"{project}-{activity}" for project, activity in pairs]


def save_cells(membership: Membership, day: date, posted: dict[str, str]) -> tuple[int, Typed]:
    """Save what was typed in the grid, cell by cell; returns how many changed, and the refusals.

    A refused cell keeps its text and gets a sentence; the others are saved.
    """
    monday = monday_of(day)
    hours = {hour.pk: hour for hour in _hours(membership, monday)}
    taken = set(_by_place(list(hours.values())))
    typed, saved = Typed(), 0
    for name, text in posted.items():
        place = Place.read(name.removeprefix(f"{CELL}-")) if name.startswith(CELL) else None
        if place is None or not monday <= place.day <= monday + timedelta(days=6):
            continue
        try:
            seen = posted.get(f"{SEEN}-{place}", "")
            saved += _save(membership, place, text.strip(), _known(seen, hours, place in taken))
        except (DomainError, formats.UnreadableError) as error:
            typed.texts[place] = text
            typed.errors[place] = _sentence(error)
    return saved, typed


class _Seen(NamedTuple):
    """The entry behind a cell and the version the person saw; None for an empty cell."""

    hour: Hour | None
    version: int


def _known(seen: str, hours: dict[int, Hour], is_taken: bool) -> _Seen:  # noqa: FBT001  a plain fact
    pk, _dot, version = seen.partition(".")
    if not pk.isdecimal() or not version.isdecimal():
        return _Seen(None, -1 if is_taken else 0)
    hour = hours.get(int(pk))
    return _Seen(hour, int(version) if hour else -1)


def _save(membership: Membership, place: Place, text: str, seen: _Seen) -> bool:
    """Whether the cell changed anything."""
    minutes = formats.parse_minutes(text) if text else 0
    if seen.hour is None:
        if not minutes:
            return False
        if seen.version < 0:
            raise DomainError(
                _("This day was changed in another tab, so nothing was saved. Type it again.")
            )
        hour_log(by=membership, data=_new(membership, place, minutes))
        return True
    if minutes == seen.hour.minutes:
        return False
    if not minutes:
        hour_delete(by=membership, hour=seen.hour, version=seen.version)
        return True
    data = _changed(seen.hour, minutes)
    hour_change(by=membership, hour=seen.hour, version=seen.version, data=data)
    return True


def _new(membership: Membership, place: Place, minutes: int) -> HourData:
    company = membership.company
    project = projects_for_entries(company).filter(pk=place.project).first()
    activity = activities_for_entries(company).filter(pk=place.activity).first()
    if project is None or activity is None:
        raise DomainError(_("This project or activity is not there any more. Choose another one."))
    return HourData(
        date=place.day,
        project=project,
        activity=activity,
        minutes=minutes,
        billable=activity.billable,
    )


def _changed(hour: Hour, minutes: int) -> HourData:
    return HourData(
        date=hour.date,
        project=hour.project,
        activity=hour.activity,
        minutes=minutes,
        note=hour.note,
        billable=hour.billable,
    )


def _sentence(error: Exception) -> str:
    if isinstance(error, FieldsError):
        return " ".join(error.errors.values())
    return str(error)


def _hours(membership: Membership, monday: date) -> QuerySet[Hour]:
    return entries_of("hours", membership, Period(monday, monday + timedelta(days=6)))


def _days(monday: date) -> list[date]:
    return [monday + timedelta(days=step) for step in range(7)]


def _by_place(hours: list[Hour]) -> dict[Place, list[Hour]]:
    places = defaultdict(list)
    for hour in hours:
        places[Place(hour.project_id, hour.activity_id, hour.date)].append(hour)
    return places


def _asked(membership: Membership, keys: Iterable[str]) -> list[tuple[Project, Activity]]:
    """The rows the address asks for, where they exist in this company."""
    wanted = [key.split("-") for key in keys]
    pairs = [(int(p), int(a)) for p, a in (w for w in wanted if len(w) == 2) if _both(p, a)]
    if not pairs:
        return []
    company = membership.company
    projects = projects_for_entries(company).in_bulk([project for project, _activity in pairs])
    activities = activities_for_entries(company).in_bulk([activity for _project, activity in pairs])
    return [(projects[p], activities[a]) for p, a in pairs if p in projects and a in activities]


def _both(project: str, activity: str) -> bool:
    return all(part.isdecimal() and len(part) < 19 for part in (project, activity))


def _row(
    reach: Reach,
    monday: date,
    pair: tuple[Project, Activity],
    by_place: dict[Place, list[Hour]],
    typed: Typed,
) -> WeekRow:
    project, activity = pair
    places = [Place(project.pk, activity.pk, day) for day in _days(monday)]
    cells = [
        Cell(
            place=place,
            entries=by_place.get(place, []),
            why_locked=_why_locked(reach, project, by_place.get(place, [])),
            typed=typed.texts.get(place),
            error=typed.errors.get(place, ""),
        )
        for place in places
    ]
    return WeekRow(project, activity, cells)


def _why_locked(reach: Reach, project: Project, hours: list[Hour]) -> str:
    if len(hours) > 1:
        return _("%(count)s entries; change them in the day") % {"count": len(hours)}
    if hours:
        return change_refusal(reach, hours[0])
    return "" if project.active else _("the project is not active")


def _order(pair: tuple[Project, Activity]) -> tuple[str, str, int]:
    project, activity = pair
    return (project.name.lower(), activity.name.lower(), activity.pk)
