"""Contacts of a company, and whom invoices are mailed to."""

from __future__ import annotations

from django.db.models import Exists, OuterRef, Q
from django.shortcuts import get_object_or_404

from accounts.models import Company
from core.tenancy import CompanyQuerySet
from relations.models import Contact, ContactLink, Customer

SEARCHED = ("name", "job_title", "email", "phone")


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
    wanted = [customer.invoice_email, *receivers.values_list("email", flat=True)]
    found: dict[str, str] = {}
    for address in [one for one in wanted if one] or [customer.email]:
        found.setdefault(address.casefold(), address)
    return [one for one in found.values() if one]
