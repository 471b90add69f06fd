"""Companies and the people in them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from allauth.account.models import EmailAddress
from django.contrib.auth.hashers import make_password

from accounts.models import RIGHTS_OF_ROLE, Company, Membership, Role, User


@dataclass(frozen=True)
class Person:
    """Somebody of the cast. The pages greet them in English, as the README does."""

    email: str
    name: str
    role: Role


def make_company(
    details: Mapping[str, str], people: Sequence[Person], password: str
) -> tuple[Company, dict[str, Membership]]:
    """A company with its people, who can all log in with `password`; people by first name."""
    company = Company.objects.create(**details)
    secret = make_password(password)
    members = {}
    for person in people:
        user = User.objects.create(
            email=person.email, name=person.name, password=secret, language="en"
        )
        EmailAddress.objects.create(user=user, email=person.email, verified=True, primary=True)
        members[person.name.split()[0]] = Membership.objects.create(
            company=company,
            user=user,
            role=person.role,
            rights=sorted(RIGHTS_OF_ROLE[person.role]),
        )
    return company, members
