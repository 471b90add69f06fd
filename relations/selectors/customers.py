"""Customers of a company."""

from __future__ import annotations

from django.db.models import Q
from django.shortcuts import get_object_or_404

from accounts.models import Company
from core.tenancy import CompanyQuerySet
from relations.models import Customer

SEARCHED = ("name", "number", "city", "kvk_number")
LONGEST_NUMBER = 16


def customers_of(company: Company, *, search: str = "", state: str = "active") -> CompanyQuerySet:
    """The customers by name; each word of `search` must be in name, number, city or KvK number.

    `state` is "active", "archived" or anything else for all.
    """
    customers = Customer.objects.of(company).order_by("name", "id")
    if state in {"active", "archived"}:
        customers = customers.filter(archived=state == "archived")
    return found_by(customers, search)


def found_by(customers: CompanyQuerySet, search: str) -> CompanyQuerySet:
    """Those with each word of `search` in name, number, city or KvK number."""
    for word in search.split():
        hit = Q()
        for name in SEARCHED:
            hit |= Q(**{f"{name}__icontains": word})
        customers = customers.filter(hit)
    return customers


def customers_to_choose(company: Company, *, own: int | None = None) -> CompanyQuerySet:
    """The customers that a project can be for; `own` is the one it has, archived or not."""
    return Customer.objects.of(company).filter(Q(archived=False) | Q(pk=own))


def customer_of(company: Company, pk: int) -> Customer:
    """One customer of this company; Http404 for any other."""
    found: Customer = get_object_or_404(Customer.objects.of(company), pk=pk)
    return found


def customer_by_number(company: Company, number: str) -> Customer | None:
    """The customer with exactly this number, if there is one."""
    found: Customer | None = Customer.objects.of(company).filter(number=number).first()
    return found


def look_alike(company: Company, customer: Customer) -> Customer | None:
    """Another customer, not archived, whose number differs only in leading zeros."""
    if not customer.number:
        return None
    core = customer.number.lstrip("0")
    variants = {"0" * zeros + core for zeros in range(LONGEST_NUMBER - len(core) + 1)}
    variants -= {"", customer.number}
    others = Customer.objects.of(company).filter(number__in=variants, archived=False)
    found: Customer | None = others.exclude(pk=customer.pk).first()
    return found
