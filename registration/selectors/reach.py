"""Whose entries somebody may see, approve and bill (DOMAIN §11)."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Q

from accounts.models import Company, Membership, Right
from registration.models import Entry, ProjectMember


@dataclass(frozen=True)
class Reach:
    """How far one person's arm is in one company. `managed` are the projects they manage."""

    membership: Membership
    managed: frozenset[int] = frozenset()

    @property
    def company(self) -> Company:
        """The company this is about."""
        return self.membership.company

    @property
    def is_admin(self) -> bool:
        """Whether every rule about one's own entries is lifted."""
        return self.membership.has(Right.ADMIN)

    @property
    def sees_all(self) -> bool:
        """Whether everybody's entries are shown."""
        return any(
            self.membership.has(right) for right in (Right.ALL_PROJECTS, Right.INVOICES)
        ) or self.membership.has(Right.ADMIN)

    @property
    def sees_money(self) -> bool:
        """Whether rates and amounts are shown."""
        return self.membership.has(Right.COSTS) or self.membership.has(Right.INVOICES)

    @property
    def bills(self) -> bool:
        """Whether this person decides what is invoiced and what is written off."""
        return self.membership.has(Right.INVOICES)

    @property
    def approves_all(self) -> bool:
        """Whether this person approves on every project."""
        return self.is_admin or self.membership.has(Right.ALL_PROJECTS)

    @property
    def approves_any(self) -> bool:
        """Whether there is a project on which this person approves."""
        return self.approves_all or bool(self.managed)

    def is_own(self, entry: Entry) -> bool:
        """Whether it is this person's own work."""
        return entry.membership_id == self.membership.pk

    def approves(self, entry: Entry) -> bool:
        """Whether this person may approve it. One's own entries only an admin approves."""
        if self.is_admin:
            return True
        return not self.is_own(entry) and (self.approves_all or entry.project_id in self.managed)

    def shown(self) -> Q:
        """The entries that this person may see: all, or their own and those they manage."""
        if self.sees_all:
            return Q()
        return Q(membership=self.membership) | Q(project_id__in=self.managed)

    def approved_by_me(self) -> Q:
        """The entries that `approves` would allow, as a condition."""
        allowed = Q() if self.approves_all else Q(project_id__in=self.managed)
        return allowed if self.is_admin else allowed & ~Q(membership=self.membership)


def reach_of(membership: Membership) -> Reach:
    """How far `membership` reaches, in one query."""
    managed = ProjectMember.objects.of(membership.company_id).filter(
        membership=membership, is_manager=True
    )
    return Reach(membership, frozenset(managed.values_list("project_id", flat=True)))
