"""Keeping customers: by hand, and from a list that somebody else keeps."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from accounts import identifiers
from accounts.countries import country_choices
from accounts.models import Company, User
from accounts.services.holding import hold
from core import audit
from core.errors import DomainError, FieldsError
from core.rounding import STEPS, RoundingRule, rounding_changed
from core.vat import VatCode
from relations.models import Customer
from relations.selectors.customers import customer_by_number, look_alike
from relations.services.texts import tidy, too_long, wrong_addresses


@dataclass(frozen=True, kw_only=True)
class CustomerData:
    """What can be filled in about a customer; `country` is an ISO code or empty.

    `payment_term` is in days, None is the company's own; an empty `vat_code` follows the company.
    """

    name: str
    number: str = ""
    street: str = ""
    house_number: str = ""
    postcode: str = ""
    city: str = ""
    country: str = "NL"
    attention: str = ""
    email: str = ""
    invoice_email: str = ""
    phone: str = ""
    vat_number: str = ""
    kvk_number: str = ""
    iban: str = ""
    reference: str = ""
    language: str = "nl"
    payment_term: int | None = None
    vat_code: str = ""
    rounding_rule: str = RoundingRule.INHERIT
    rounding_step: int = 15
    blocked: bool = False


FIELDS = tuple(one.name for one in dataclasses.fields(CustomerData))
ROUNDING = frozenset({"rounding_rule", "rounding_step"})
LONGEST_TERM = 365


class Outcome(StrEnum):
    """What a merge did."""

    CREATED = "created"
    CHANGED = "changed"
    UNCHANGED = "unchanged"


@dataclass(frozen=True)
class Merge:
    """The customer that a row became, what that took, and a sentence when it needs a look."""

    customer: Customer
    outcome: Outcome
    warning: str = ""


def starting_values(company: Company) -> dict[str, str]:
    """What a new customer begins with unless something else is filled in: that of the company."""
    return {"country": company.country, "language": company.language}


def customer_save(
    *, company: Company, customer: Customer | None, data: CustomerData, by: User | None
) -> Customer:
    """Make a customer (None) or change one. The number may stay empty.

    Raises FieldsError, a sentence per field: no name, a number another customer has, a KvK, VAT or
    bank account number that cannot be right, a term over a year, a country that is none. A number
    that differs from another only in leading zeros is saved; `number_warning` has the sentence for
    it. Another rounding rule rounds the open hours that follow it again.
    """
    values = _checked(data)
    _refuse_taken_number(company, values["number"], customer)
    return _write(company, customer, values, by)[0]


def customer_merge(
    *, company: Company, number: str, fields: Mapping[str, Any], by: User | None
) -> Merge:
    """Let the customer with this number have these `fields` (names of CustomerData), or make it.

    What is not named stays as it is, and equal values write nothing. Numbers of authorities are
    taken as they come: whoever keeps the list answers for them. Raises DomainError for a row
    without number or name, and for a text that does not fit.
    """
    values = {name: tidy(value) for name, value in fields.items() if name in FIELDS}
    values["number"] = number.strip()
    customer = customer_by_number(company, values["number"])
    _refuse_incomplete_row(values if customer else {"name": "", **values})
    if customer is None:
        made, _changed = _write(company, None, values, by)
        return Merge(made, Outcome.CREATED, number_warning(company=company, customer=made))
    saved, changed = _write(company, customer, values, by)
    return Merge(saved, Outcome.CHANGED if changed else Outcome.UNCHANGED)


def number_warning(*, company: Company, customer: Customer) -> str:
    """A sentence when another customer's number differs only in leading zeros; else empty."""
    other = look_alike(company, customer)
    if other is None:
        return ""
    return _(
        "Numbers %(number)s and %(other)s (%(name)s) differ only in zeros. If they are the same "
        "organisation, archive one of them, so that its work does not end up on two invoices."
    ) % {"number": customer.number, "other": other.number, "name": other.name}


def customer_archive(*, company: Company, customer: Customer, by: User | None) -> Customer:
    """Hide a customer from the lists to choose from. What was written for it stays."""
    return _set_archived(company, customer, by, archived=True)


def customer_unarchive(*, company: Company, customer: Customer, by: User | None) -> Customer:
    """Bring an archived customer back."""
    return _set_archived(company, customer, by, archived=False)


@transaction.atomic
def _set_archived(
    company: Company, customer: Customer, by: User | None, *, archived: bool
) -> Customer:
    saved: Customer = Customer.objects.of(company).select_for_update().get(pk=customer.pk)
    if saved.archived != archived:
        saved.archived = archived
        saved.save(update_fields=["archived", "changed_at"])
        action = "customer.archived" if archived else "customer.unarchived"
        audit.record(company=company, by=by, action=action, obj=saved)
    return saved


def _write(
    company: Company, customer: Customer | None, values: dict[str, Any], by: User | None
) -> tuple[Customer, bool]:
    """Save what differs, record it, and say whether anything did.

    Somebody who took the number meanwhile is a refusal.
    """
    try:
        with transaction.atomic():
            if customer and ROUNDING & values.keys():
                hold(company)
            saved = _locked(company, customer)
            before = audit.values_of(saved, values) if customer else {}
            for name, value in values.items():
                setattr(saved, name, value)
            change = audit.difference(before, audit.values_of(saved, values))
            if change.after:
                saved.save()
                action = "customer.changed" if customer else "customer.created"
                audit.record(company=company, by=by, action=action, obj=saved, change=change)
            if customer and ROUNDING & change.after.keys():
                rounding_changed.send(Customer, company=company, customer=saved, by=by)
            return saved, bool(change.after)
    except IntegrityError:
        _refuse_taken_number(company, values["number"], customer)
        raise


def _locked(company: Company, customer: Customer | None) -> Customer:
    if customer is None:
        return Customer(company=company)
    found: Customer = Customer.objects.of(company).select_for_update().get(pk=customer.pk)
    return found


def _checked(data: CustomerData) -> dict[str, Any]:
    """The values with spaces tidied and numbers as they are written officially."""
    values = {name: tidy(value) for name, value in asdict(data).items()}
    country = values["country"]
    dutch = country in {"NL", ""}
    checks: dict[str, Callable[[str], str]] = {
        "kvk_number": identifiers.kvk_number if dutch else str,
        "vat_number": lambda text: identifiers.vat_number(text, country),
        "iban": identifiers.iban,
    }
    errors = {} if values["name"] else {"name": _("Type the customer's name.")}
    for name, check in checks.items():
        try:
            values[name] = check(values[name])
        except DomainError as error:
            errors[name] = error.message
    errors |= too_long(Customer, values) | _wrong_choices(values)
    errors |= wrong_addresses(values, "email", "invoice_email")
    if errors:
        raise FieldsError(errors)
    return values


def _wrong_choices(values: Mapping[str, Any]) -> dict[str, str]:
    errors = {}
    term = values["payment_term"]
    if term is not None and not 0 <= term <= LONGEST_TERM:
        errors["payment_term"] = _("Type a number of days from 0 to %(most)s.") % {
            "most": LONGEST_TERM
        }
    known: dict[str, list[Any]] = {
        "country": ["", *dict(country_choices())],
        "vat_code": ["", *VatCode.values],
        "rounding_rule": RoundingRule.values,
        "rounding_step": [step for step, _word in STEPS],
    }
    sentence = _("Choose one from the list.")
    wrong = {name: sentence for name, allowed in known.items() if values[name] not in allowed}
    return errors | wrong


def _refuse_taken_number(company: Company, number: str, customer: Customer | None) -> None:
    other = customer_by_number(company, number) if number else None
    if other is not None and (customer is None or other.pk != customer.pk):
        raise FieldsError(
            {
                "number": _(
                    "Number %(number)s belongs to %(name)s already. Two customers cannot share a "
                    "number; change one of them or leave this one empty."
                )
                % {"number": number, "name": other.name}
            }
        )


def _refuse_incomplete_row(values: Mapping[str, Any]) -> None:
    label = {"number": values["number"], "name": values.get("name", "")}
    if not values["number"]:
        raise DomainError(_("Row “%(name)s” has no number, so it was left out.") % label)
    if "name" in values and not values["name"]:
        raise DomainError(_("Row %(number)s has no name, so it was left out.") % label)
    for name, sentence in too_long(Customer, values).items():
        field: Any = Customer._meta.get_field(name)
        about = f"{label['number']} {label['name']} · {field.verbose_name}"
        raise DomainError(f"{about}: {sentence}")
