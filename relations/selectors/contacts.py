"""Contacts of a company, and whom invoices are mailed to."""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import Exists, OuterRef, Q
from django.shortcuts import get_object_or_404

from accounts.models import Company
from core.tenancy import CompanyQuerySet
from relations.models import Contact, ContactLink, Customer

SEARCHED = ("name", "job_title", "email", "phone")
MOST_RECIPIENTS = 10
"""Addresses that one invoice is mailed to."""


def contacts_of(company: Company, *, search: str = "") -> CompanyQuerySet:
    """The contacts by name, with their customers; each word of `search` must be in what is known
    of the contact, or in the name of a customer."""
    contacts = Contact.objects.of(company).prefetch_related("customers").order_by("name", "id")
    return found_by(contacts, search)


def found_by(contacts: CompanyQuerySet, search: str) -> CompanyQuerySet:
    """Those with each word of `search` in name, job title, address, telephone or customer."""
    for word in search.split():
        links = ContactLink.objects.filter(contact=OuterRef("pk"))
        hit = Q(Exists(links.filter(customer__name__icontains=word)))
        for name in SEARCHED:
            hit |= Q(**{f"{name}__icontains": word})
        contacts = contacts.filter(hit)
    return contacts


def contacts_at(customer: Customer) -> CompanyQuerySet:
    """The contacts whom we know at `customer`, by name."""
    return Contact.objects.of(customer.company_id).filter(customers=customer)


def contact_of(company: Company, pk: int) -> Contact:
    """One contact of this company; Http404 for any other."""
    found: Contact = get_object_or_404(Contact.objects.of(company), pk=pk)
    return found


def recipients_of(customer: Customer) -> list[str]:
    """The addresses that invoices of `customer` are mailed to, each once.

    These are its address for invoices and those of the contacts that receive invoices; its general
    address only where there is neither. Empty when no address is known at all.
    """
    receivers = contacts_at(customer).filter(receives_invoices=True)
    return addresses_for(customer, receivers.values_list("email", flat=True))


def addresses_for(customer: Customer, receivers: Iterable[str]) -> list[str]:
    """The same, when the addresses of the contacts that receive its invoices are known."""
    wanted = [one for one in (customer.invoice_email, *receivers) if one]
    found: dict[str, str] = {}
    for address in wanted or [customer.email]:
        found.setdefault(address.casefold(), address)
    return [one for one in found.values() if one]


def receivers_by_customer(links: CompanyQuerySet, customers: Iterable[int]) -> dict[int, list[str]]:
    """By customer: the addresses of those of `links` that receive its invoices, by the name of the
    contact; one query."""
    links = links.filter(contact__receives_invoices=True, customer__in=set(customers))
    found: dict[int, list[str]] = {}
    rows = links.order_by("contact__name", "contact_id").values_list("customer", "contact__email")
    for customer, address in rows:
        found.setdefault(customer, []).append(address)
    return found
