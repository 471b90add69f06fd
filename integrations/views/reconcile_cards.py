"""The cards above the differences: what was compared when, and how much is equal."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from integrations.models import AfasConnection, Comparison, Kind, PaymentRun
from integrations.services import differences, open_items, proofs, readiness
from integrations.services.difference_rows import Group
from integrations.services.difference_sources import KINDS
from integrations.services.differences import PARTS, Differences, Part
from integrations.services.lists import list_for

TITLES: dict[str, str | Promise] = {
    Kind.SALES_BOOKING: gettext_lazy("Sales bookings"),
    Kind.DIRECT_INVOICE: gettext_lazy("Direct invoices"),
}
QUIET = (Group.UNSEEN,)
"""What is no matter yet."""


@dataclass(frozen=True, kw_only=True)
class Figure:
    """How much there is of one thing, and how loud it is said."""

    group: str
    label: str | Promise
    count: int
    dot: str


@dataclass
class ListCard:
    """One list of AFAS beside ours: bookings or direct invoices."""

    connection: AfasConnection
    kind: Kind
    found: Differences

    @property
    def title(self) -> str | Promise:
        """What it is called."""
        return TITLES[self.kind]

    @cached_property
    def why_not(self) -> str:
        """Why AFAS cannot be compared over this list, and what to grant; empty when it can."""
        of = list_for(self.kind)
        known = readiness.why_not_ready(self.connection)
        return known or (proofs.why_not(self.connection, of) if of else "")

    @cached_property
    def last(self) -> Comparison | None:
        """The newest comparison."""
        return differences.last_comparison(self.connection, self.kind)

    @property
    def is_busy(self) -> bool:
        """Whether one is under way at this moment."""
        last = self.last
        return bool(last and last.finished_at is None and not self.begins_again)

    @property
    def begins_again(self) -> datetime | None:
        """When it is tried again, since AFAS did not show what is certainly there."""
        last = self.last
        waits = last and last.finished_at is None and last.began_at > timezone.now()
        return last.began_at if last and waits else None

    @property
    def seconds(self) -> int | None:
        """How long the last one took, once it is over."""
        last = self.last
        if last is None or last.finished_at is None:
            return None
        return max(0, round((last.finished_at - last.began_at).total_seconds()))

    @property
    def problem(self) -> str:
        """Why the last one has no result; empty when it has one."""
        problem = self.last.problem if self.last else ""
        if problem == "not_granted":
            return _("AFAS did not let us read its list, so nothing was compared.")
        if problem:
            return _("AFAS could not be asked, so nothing was compared. Try again in a while.")
        return ""

    @cached_property
    def figures(self) -> list[Figure]:
        """Equal first, then what is not."""
        same = differences.equal(self.connection, self.kind)
        equal = Figure(group="", label=_("Equal"), count=same, dot="ok")
        parts = [one for one in PARTS if one.kind == self.kind and one.group != Group.PAYMENT]
        return [equal, *(_figure(one.group, self.found.counts[one]) for one in parts)]


def _figure(group: Group, count: int) -> Figure:
    dot = "idle" if not count or group in QUIET else "bad"
    return Figure(group=group.value, label=group.label, count=count, dot=dot)


@dataclass
class PaymentsCard:
    """What is paid according to AFAS, and when that was read."""

    connection: AfasConnection
    found: Differences

    @cached_property
    def why_not(self) -> str:
        """Why AFAS cannot be asked, and what to grant; empty when it can."""
        return open_items.why_not(self.connection)

    @cached_property
    def last(self) -> PaymentRun | None:
        """The newest reading."""
        return differences.last_reading(self.connection)

    @property
    def is_busy(self) -> bool:
        """Whether one is under way at this moment."""
        return bool(self.last and self.last.is_open)

    @property
    def is_empty(self) -> bool:
        """Whether AFAS showed nothing open at all, which may be a filter that hides it."""
        last = self.last
        return bool(last and last.status == PaymentRun.Status.DONE and not last.rows)

    @cached_property
    def figure(self) -> Figure:
        """Where it has another amount open than we."""
        part = Part(Group.PAYMENT, Kind.SALES_BOOKING)
        return _figure(part.group, self.found.counts[part])


def cards_of(connection: AfasConnection, found: Differences) -> tuple[list[ListCard], PaymentsCard]:
    """A card for each list, and the one of payments; `found` are all differences there are."""
    lists = [ListCard(connection, kind, found) for kind in KINDS]
    return lists, PaymentsCard(connection, found)
