"""Consecutive numbers of own invoices, from a counter that is locked while one is given.

A number is given in the transaction that makes its invoice final, so a number that is not used does
not exist: no gaps, no doubles (DOMAIN §9). A series is the prefix with its year filled in.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import BigIntegerField, Case, Max, When
from django.db.models.functions import Cast, Substr
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import Company, User
from core import audit
from core.errors import DomainError, FieldsError
from invoicing.models import (
    Channel,
    DocumentStatus,
    Invoice,
    InvoiceKind,
    InvoiceSettings,
    NumberCounter,
)
from invoicing.selectors.settings import settings_of
from registration.services import valuation

LONGEST = 12  # DECISIONS D: it is AFAS's invoice number too
DIGITS = range(1, 9)
LONGEST_TERM = 365
HIGHEST = 2_147_483_647  # what the counter's column holds
PLACES = re.compile(r"\{(year|yy)\}")
PREFIX = re.compile(r"(?:[A-Za-z0-9./_-]|\{year\}|\{yy\})*")


def next_number(company: Company, kind: str, day: date) -> str:
    """The number that the next document would get; somebody else may get it first."""
    counter = counter_of(company, kind, day)
    return _number(counter.series, counter.last + 1, settings_of(company).number_digits)


def counter_of(company: Company, kind: str, day: date) -> NumberCounter:
    """The counter of a document of `kind`, dated `day`, as it stands; a new one is not saved."""
    settings = settings_of(company)
    series = _series(settings, kind, day)
    counter: NumberCounter | None = NumberCounter.objects.of(company).filter(series=series).first()
    return counter or _new_counter(settings, series)


def give_number(company: Company, kind: str, day: date) -> str:
    """`give_numbers` for one document of `kind`, dated `day`."""
    [number] = give_numbers(company, [(kind, day)])
    return number


def give_numbers(company: Company, documents: Sequence[tuple[str, date]]) -> list[str]:
    """The next numbers, given for good: one per document, each a kind and a date, in this order.

    Inside the transaction that stores them. Raises DomainError while a counter waits to be
    confirmed, and for a number that is too long or in use; then none is given.
    """
    settings = settings_of(company)
    counters: dict[str, NumberCounter] = {}
    numbers = []
    for kind, day in documents:
        series = _series(settings, kind, day)
        if series not in counters:
            counters[series] = _locked(settings, series)
            refuse_unconfirmed(counters[series])
        counters[series].last += 1
        numbers.append(_number(series, counters[series].last, settings.number_digits))
    refuse_unusable(company, numbers)
    for counter in counters.values():
        counter.save(update_fields=["last"])
    return numbers


def refuse_unconfirmed(counter: NumberCounter) -> None:
    """Raise DomainError after a restored backup, until somebody said what the last number was."""
    if counter.to_confirm:
        raise DomainError(
            _(
                "A backup was restored, and numbers may have been given since it was made. Say "
                "first, under Settings → Invoicing, which number of %(series)s was the last."
            )
            % {"series": counter.series or _("the invoices")}
        )


def refuse_unusable(company: Company, numbers: Sequence[str]) -> None:
    """Raise DomainError for the first number that is too long, or that another series used."""
    if long := next((one for one in numbers if len(one) > LONGEST), None):
        raise DomainError(
            _(
                "The next number would be %(number)s, and a number has at most %(most)s "
                "characters. Choose a shorter beginning under Settings → Invoicing."
            )
            % {"number": long, "most": LONGEST}
        )
    used = Invoice.objects.of(company).filter(number__in=numbers).order_by("number")
    if number := used.values_list("number", flat=True).first():
        raise DomainError(
            _(
                "The next number would be %(number)s, and there is an invoice with that number. "
                "Change how numbers begin, or raise the last number, under Settings → Invoicing."
            )
            % {"number": number}
        )


def highest_used(company: Company, series: str) -> int:
    """The highest counter among the numbers that were given in a series; nought for none.

    Numbers beyond what a counter reaches are of other series and cannot be met.
    """
    shape = f"^{re.escape(series)}[0-9]+$"
    rest = Cast(Substr("number", len(series) + 1), BigIntegerField())
    counter = Case(When(number__regex=shape, then=rest))  # the database may cast nothing else
    rows = Invoice.objects.of(company).filter(number__startswith=series)
    used = rows.annotate(used=counter).filter(used__lt=HIGHEST)
    found: int | None = used.aggregate(highest=Max("used"))["highest"]
    return found or 0


def latest_date(company: Company, series: str) -> date | None:
    """The date of the invoice that got the last number of a series."""
    counter = NumberCounter.objects.of(company).filter(series=series).first()
    if counter is None:
        return None
    number = _number(series, counter.last, settings_of(company).number_digits)
    rows = Invoice.objects.of(company).filter(number=number)
    found: date | None = rows.values_list("invoice_date", flat=True).first()
    return found


def counters_of(company: Company, day: date | None = None) -> list[NumberCounter]:
    """The counters as they stand, those in use on `day` (today) first, then those that drafts need;
    new ones are not saved."""
    settings, today = settings_of(company), day or timezone.localdate()
    known = {row.series: row for row in NumberCounter.objects.of(company).order_by("-series")}
    days = [today, *_years_of_drafts(company)]
    needed = list(
        dict.fromkeys(_series(settings, kind, one) for one in days for kind in InvoiceKind.values)
    )
    for series in needed:
        if series not in known:
            known[series] = _new_counter(settings, series)
    return [known.pop(series) for series in needed] + list(known.values())


def raise_counter(*, company: Company, series: str, last: int, by: User | None) -> NumberCounter:
    """Let numbers of a series go on after `last`; never below the highest that was used.

    Raises FieldsError (field "last").
    """
    return _set_counter(company, series, last, by, "counter.raised")


def confirm_counter(*, company: Company, series: str, last: int, by: User | None) -> NumberCounter:
    """After a restored backup: `last` was the last number given in a series.

    Raises FieldsError (field "last") as `raise_counter` does.
    """
    return _set_counter(company, series, last, by, "counter.number_confirmed")


def require_confirmation(companies: Iterable[Company]) -> None:
    """A backup was restored: nothing becomes final before somebody confirms its counter.

    That holds for a series without a counter too, whenever it gets one: after the backup numbers
    may have been given in a year, or with a beginning, that it knows nothing of.
    """
    for company in companies:
        with transaction.atomic():
            valuation.hold(company)
            today = timezone.localdate()
            InvoiceSettings.objects.update_or_create(
                company=company, defaults={"restored_on": today}
            )
            for counter in counters_of(company):
                counter.to_confirm = True
                counter.save()


@transaction.atomic
def settings_save(*, company: Company, data: Mapping[str, Any], by: User | None) -> InvoiceSettings:
    """Store the given columns of the settings. Raises FieldsError, a sentence per field."""
    valuation.hold(company)
    settings = settings_of(company)
    before = audit.values_of(settings, data)
    for name, value in data.items():
        setattr(settings, name, value)
    errors = _wrong_columns(settings) or _wrong_numbers(settings)
    if errors:
        raise FieldsError(errors)
    change = audit.difference(before, audit.values_of(settings, data))
    if change.after or settings.pk is None:
        settings.save()
        audit.record(
            company=company, by=by, action="invoice_settings.changed", obj=settings, change=change
        )
    return settings


def _series(settings: InvoiceSettings, kind: str, day: date) -> str:
    credit = kind == InvoiceKind.CREDIT_NOTE and settings.credit_prefix
    return _filled(settings.credit_prefix if credit else settings.number_prefix, day)


def _filled(prefix: str, day: date) -> str:
    year = {"year": f"{day.year:04d}", "yy": f"{day.year % 100:02d}"}
    return PLACES.sub(lambda found: year[found[1]], prefix)


def _number(series: str, counter: int, digits: int) -> str:
    return f"{series}{counter:0{digits}d}"


def _locked(settings: InvoiceSettings, series: str) -> NumberCounter:
    """The counter's row, ours until the transaction ends; a new one as `_new_counter` says."""
    rows = NumberCounter.objects.select_for_update()
    counter: NumberCounter | None = rows.filter(company=settings.company, series=series).first()
    if counter is None:
        new = _new_counter(settings, series)
        start = {"last": new.last, "to_confirm": new.to_confirm}
        counter, _made = rows.get_or_create(company=settings.company, series=series, defaults=start)
    return counter


def _new_counter(settings: InvoiceSettings, series: str) -> NumberCounter:
    """A counter, not saved, that goes on after what was used; in doubt after a restored backup."""
    company = settings.company
    last = highest_used(company, series)
    return NumberCounter(company=company, series=series, last=last, to_confirm=_in_doubt(settings))


def _in_doubt(settings: InvoiceSettings) -> bool:
    """Whether a new series may have been used between the backup and its restore.

    Invoices may be dated ahead, so the year after the restore is in doubt as well; no later one.
    """
    restored = settings.restored_on
    return restored is not None and timezone.localdate().year <= restored.year + 1


def _years_of_drafts(company: Company) -> list[date]:
    """A day of every year in which a draft of our own is dated."""
    drafts = Invoice.objects.of(company).filter(channel=Channel.OURS, status=DocumentStatus.DRAFT)
    return list(drafts.dates("invoice_date", "year", order="DESC"))


@transaction.atomic
def _set_counter(
    company: Company, series: str, last: int, by: User | None, action: str
) -> NumberCounter:
    valuation.hold(company)
    counter = _locked(settings_of(company), series)
    used = highest_used(company, series)
    if last < used:
        raise FieldsError(
            {
                "last": _(
                    "Number %(used)s was given already, so the last number cannot be lower: the "
                    "next invoice would get a number that exists."
                )
                % {"used": _number(series, used, 1)}
            }
        )
    if last >= HIGHEST or len(_number(series, last + 1, 1)) > LONGEST:
        raise FieldsError(
            {
                "last": _("The next number would be longer than %(most)s characters.")
                % {"most": LONGEST}
            }
        )
    before = audit.values_of(counter, ("last", "to_confirm"))
    counter.last, counter.to_confirm = last, False
    counter.save(update_fields=["last", "to_confirm"])
    change = audit.difference(before, audit.values_of(counter, ("last", "to_confirm")))
    if change.after:
        audit.record(company=company, by=by, action=action, obj=counter, change=change)
    return counter


def _wrong_numbers(settings: InvoiceSettings) -> dict[str, str]:
    errors = {}
    for name in ("number_prefix", "credit_prefix"):
        if sentence := _wrong_prefix(getattr(settings, name), settings.number_digits):
            errors[name] = sentence
    if settings.number_digits not in DIGITS:
        errors["number_digits"] = _("Type a number from 1 to 8.")
    if not 0 <= settings.payment_term <= LONGEST_TERM:
        errors["payment_term"] = _("Type a number of days from 0 to %(most)s.") % {
            "most": LONGEST_TERM
        }
    return errors


def _wrong_prefix(prefix: str, digits: int) -> str:
    if not PREFIX.fullmatch(prefix):
        return _(
            "Use letters, figures and - . / _ only; {year} and {yy} stand for the year of the "
            "invoice date."
        )
    if len(_filled(prefix, date(2000, 1, 1))) + digits > LONGEST:
        return _(
            "With %(digits)s digits the numbers would be longer than %(most)s characters, which "
            "AFAS does not take. Choose a shorter beginning or fewer digits."
        ) % {"digits": digits, "most": LONGEST}
    return ""


def _wrong_columns(settings: InvoiceSettings) -> dict[str, str]:
    """What the columns themselves refuse: a colour that is none, too long a text, no address."""
    try:
        settings.clean_fields(exclude=["company"])
    except ValidationError as error:
        return {name: " ".join(sentences) for name, sentences in error.message_dict.items()}
    return {}
