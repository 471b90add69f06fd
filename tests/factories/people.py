"""People in companies, the audit trail and customers."""

from __future__ import annotations

import factory

from accounts.models import (
    RIGHTS_OF_ROLE,
    ApiKey,
    IdempotentAnswer,
    Invitation,
    Membership,
    Role,
    Scope,
)
from core.models import AuditEvent
from relations.models import Contact, ContactLink, Customer
from tests.factories.base import OwnedFactory, UserFactory, same_company


class MembershipFactory(OwnedFactory):
    """A person's place in a company, with the rights of the role."""

    class Meta:
        model = Membership

    user = factory.SubFactory(UserFactory)
    role = Role.MEMBER
    rights = factory.LazyAttribute(lambda one: sorted(RIGHTS_OF_ROLE[one.role]))


class ApiKeyFactory(OwnedFactory):
    """A key whose text nobody knows."""

    class Meta:
        model = ApiKey

    membership = same_company(MembershipFactory, role=Role.OWNER)
    name = "Payroll"
    prefix = factory.Sequence(lambda number: f"{number:08x}")
    digest = "0" * 64
    scopes = [Scope.REGISTRATION_READ]


class IdempotentAnswerFactory(OwnedFactory):
    """What a program was answered."""

    class Meta:
        model = IdempotentAnswer

    membership = same_company(MembershipFactory)
    key = factory.Sequence(lambda number: f"key {number}")
    fingerprint = "0" * 64


class InvitationFactory(OwnedFactory):
    """An open invitation."""

    class Meta:
        model = Invitation

    email = factory.Sequence(lambda n: f"invited{n}@example.test")
    name = "Invited Person"
    role = Role.MEMBER
    rights = factory.LazyAttribute(lambda one: sorted(RIGHTS_OF_ROLE[one.role]))
    invited_by = factory.SubFactory(UserFactory)


class AuditEventFactory(OwnedFactory):
    """Something that was done."""

    class Meta:
        model = AuditEvent

    action = "customer.created"
    object_type = "relations.customer"
    object_id = "1"


class CustomerFactory(OwnedFactory):
    """A customer in the Netherlands without a number; `numbered=True` gives it one.

    `addressed=True` fills in all that an invoice of our own must say of it.
    """

    class Meta:
        model = Customer

    class Params:
        numbered = factory.Trait(number=factory.Sequence(lambda n: str(70001 + n)))
        addressed = factory.Trait(
            street="Oudegracht",
            house_number="12",
            postcode="3511 AB",
            city="Utrecht",
            vat_number="NL123456789B01",
            email="books@customer.test",
        )

    name = factory.Sequence(lambda n: f"Customer {n} B.V.")


class ContactFactory(OwnedFactory):
    """A person at no customer yet; see `ContactLinkFactory`."""

    class Meta:
        model = Contact

    name = factory.Sequence(lambda n: f"Contact {n}")


class ContactLinkFactory(OwnedFactory):
    """A contact at a customer."""

    class Meta:
        model = ContactLink

    contact = same_company(ContactFactory)
    customer = same_company(CustomerFactory)
