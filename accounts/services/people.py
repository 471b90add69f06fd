"""The people of a company: what they may do, and whether they still work there."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import (
    RIGHTS_OF_ROLE,
    Company,
    Invitation,
    Membership,
    Right,
    Role,
    User,
)
from core import audit
from core.errors import DomainError

AUDITED = ("role", "rights", "active")


@dataclass(frozen=True, kw_only=True)
class Place:
    """What somebody is in a company: a role, and the rights that go with it.

    An owner holds every right, whatever was ticked. Unknown roles and rights raise ValueError.
    """

    role: str
    rights: tuple[str, ...]

    @classmethod
    def of(cls, role: str, rights: Iterable[str]) -> Place:
        """The place with this role and these rights."""
        chosen = RIGHTS_OF_ROLE[Role.OWNER] if role == Role.OWNER else set(rights)
        return cls(role=Role(role).value, rights=tuple(sorted(Right(one).value for one in chosen)))


def change_place(*, membership: Membership, by: User, place: Place) -> Membership:
    """Give a person another role and rights.

    Raises DomainError when nobody would be left who may change settings and people.
    """
    changes = {"role": place.role, "rights": list(place.rights)}
    return _change(membership, by, "person.changed", changes)


def deactivate(*, membership: Membership, by: User) -> Membership:
    """Close the company to a person, at once. What they registered stays.

    Raises DomainError when nobody would be left who may change settings and people.
    """
    return _change(membership, by, "person.deactivated", {"active": False})


def reactivate(*, membership: Membership, by: User) -> Membership:
    """Let a person in again, with the role and rights they had."""
    return _change(membership, by, "person.reactivated", {"active": True})


def change_profile(*, user: User, values: dict[str, str]) -> User:
    """Save the name, language, time zone or appearance that a person chose for themselves."""
    for name, value in values.items():
        setattr(user, name, value)
    user.save(update_fields=list(values))
    return user


@transaction.atomic
def _change(
    membership: Membership, by: User, action: str, changes: Mapping[str, object]
) -> Membership:
    """Change a membership while the company's row is ours, so that two changes come in turn."""
    company = Company.objects.select_for_update().get(pk=membership.company_id)
    saved = Membership.objects.of(company).select_related("user", "company").get(pk=membership.pk)
    before = audit.values_of(saved, AUDITED)
    for name, value in changes.items():
        setattr(saved, name, value)
    change = audit.difference(before, audit.values_of(saved, AUDITED))
    if not change.after:
        return saved
    saved.save(update_fields=list(changes))
    _keep_somebody_in_charge(company)
    if not saved.active:
        _withdraw_invitations(saved)
    audit.record(company=company, by=by, action=action, obj=saved, change=change)
    return saved


def _keep_somebody_in_charge(company: Company) -> None:
    people = Membership.objects.of(company).filter(active=True, user__is_active=True)
    if not any(person.has(Right.ADMIN) for person in people):
        raise DomainError(
            _(
                "This is the last active person who may change settings and people, so nothing has "
                "been changed. Give somebody else the right Admin first."
            )
        )


def _withdraw_invitations(membership: Membership) -> None:
    """Somebody who was shown out does not come back in with an older letter."""
    letters = Invitation.objects.of(membership.company).filter(
        email__iexact=membership.user.email, accepted_at=None, withdrawn_at=None
    )
    letters.update(withdrawn_at=timezone.now())
