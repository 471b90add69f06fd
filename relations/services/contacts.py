"""Keeping contacts: the people whom we know at customers."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Set
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import Company, User
from core import audit
from core.errors import FieldsError, StaleError
from relations.models import Contact, ContactLink, Customer
from relations.selectors.contacts import (
    MOST_RECIPIENTS,
    addresses_for,
    receivers_by_customer,
)
from relations.services.texts import tidy, too_long, wrong_addresses


@dataclass(frozen=True, kw_only=True)
class ContactData:
    """What can be filled in about a contact. Whoever `receives_invoices` gets those of all their
    `customers` by mail."""

    name: str
    job_title: str = ""
    email: str = ""
    phone: str = ""
    receives_invoices: bool = False
    customers: tuple[Customer, ...] = ()


FACTS = ("name", "job_title", "email", "phone", "receives_invoices")
MOST_CUSTOMERS = 100


@transaction.atomic
def contact_save(
    *,
    company: Company,
    contact: Contact | None,
    data: ContactData,
    by: User | None,
    seen: Collection[int] | None = None,
) -> Contact:
    """Make a contact (None) or change one; its customers become exactly those of `data`.

    With `seen`, the ids of the customers that the person looked at, others that were added
    meanwhile stay. Raises FieldsError, a sentence per field: no name, a text that does not fit, no
    address for who is to receive invoices, too many customers, or a customer whose invoices would
    go to too many addresses. Raises StaleError when somebody deleted it meanwhile.
    """
    values = _checked(data)
    saved = _locked(contact) if contact else Contact(company=company)
    before, known = (_told(saved), _linked(saved)) if contact else ({}, {})
    unseen = {} if seen is None else {pk: one for pk, one in known.items() if pk not in seen}
    wanted = {**unseen, **{one.pk: one for one in data.customers}}
    _refuse_strangers(company, saved, *wanted.values())
    _refuse_too_many(saved, values, wanted)
    for name, value in values.items():
        setattr(saved, name, value)
    after = {**audit.values_of(saved, FACTS), "customers": _names(wanted.values())}
    change = audit.difference(before, after)
    if change.after or known.keys() != wanted.keys():
        saved.save()
        _link(saved, known.keys(), wanted.keys())
        action = "contact.changed" if contact else "contact.created"
        audit.record(company=company, by=by, action=action, obj=saved, change=change)
    return saved


@transaction.atomic
def contact_delete(*, contact: Contact, by: User | None) -> None:
    """Forget a contact. What was mailed to them stays in the history of the invoices.

    Raises StaleError when somebody deleted it meanwhile.
    """
    saved = _locked(contact)
    audit.record(
        company=saved.company,
        by=by,
        action="contact.deleted",
        obj=saved,
        change=audit.Change(before=_told(saved)),
    )
    saved.delete()


def _locked(contact: Contact) -> Contact:
    rows = Contact.objects.of(contact.company_id).select_for_update()
    found: Contact | None = rows.filter(pk=contact.pk).first()
    if found is None:
        raise StaleError(_("Somebody deleted this contact meanwhile, so nothing was saved."))
    return found


def _checked(data: ContactData) -> dict[str, Any]:
    values = {name: tidy(getattr(data, name)) for name in FACTS}
    errors = {} if values["name"] else {"name": _("Type the contact's name.")}
    if values["receives_invoices"] and not values["email"]:
        errors["email"] = _(
            "Type the e-mail address that invoices go to, or let this contact receive none."
        )
    errors |= too_long(Contact, values) | wrong_addresses(values, "email")
    if errors:
        raise FieldsError(errors)
    return values


def _refuse_strangers(company: Company, *rows: Contact | Customer) -> None:
    for row in rows:
        if row.company_id != company.pk:
            raise ValueError(f"{row!r} belongs to another company.")


def _linked(contact: Contact) -> dict[int, Customer]:
    """Its customers by id."""
    return {one.pk: one for one in contact.customers.all()}


def _refuse_too_many(
    contact: Contact, values: Mapping[str, Any], wanted: Mapping[int, Customer]
) -> None:
    if len(wanted) > MOST_CUSTOMERS:
        sentence = _("A contact is at most at %(most)s customers.") % {"most": MOST_CUSTOMERS}
        raise FieldsError({"customers": sentence})
    if not values["receives_invoices"]:
        return
    others = ContactLink.objects.of(contact.company_id).exclude(contact=contact.pk)
    known = receivers_by_customer(others, wanted)
    for customer in wanted.values():
        receivers = [*known.get(customer.pk, []), values["email"]]
        if len(addresses_for(customer, receivers)) > MOST_RECIPIENTS:
            sentence = _(
                "Invoices of %(name)s go to %(most)s addresses already, and more cannot be. Let "
                "another contact there receive none first."
            )
            values_of = {"name": customer.name, "most": MOST_RECIPIENTS}
            raise FieldsError({"receives_invoices": sentence % values_of})


def _link(contact: Contact, known: Set[int], wanted: Set[int]) -> None:
    contact.links.filter(customer__in=known - wanted).delete()
    ContactLink.objects.bulk_create(
        ContactLink(company_id=contact.company_id, contact=contact, customer_id=pk)
        for pk in sorted(wanted - known)
    )


def _told(contact: Contact) -> dict[str, Any]:
    names = _names(contact.customers.all())
    return {**audit.values_of(contact, FACTS), "customers": names}


def _names(customers: Any) -> list[str]:
    return sorted(f"{one.number} {one.name}".strip() for one in customers)
