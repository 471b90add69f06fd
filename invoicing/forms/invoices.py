"""The filters of the list of invoices, as they stand in its address, and what was ticked there."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext as _

from accounts.models import Company
from core.errors import DomainError
from core.formats import write_number
from invoicing.models import DeliveryStatus, Invoice
from invoicing.selectors.invoices import NEWEST, SORTS, TABS, InvoiceFilter, invoices_of, picked
from registration.forms.overviews import Chip, Option, address, read_period

MOST_AT_ONCE = 500
LONGEST_ID = 18  # digits that fit a 64-bit key


def with_all_dates(params: QueryDict) -> QueryDict:
    """The address with its default spelt out: unlike work, invoices stay of interest for years."""
    full = params.copy()
    full.setdefault("period", "all")
    return full


def read_filter(params: QueryDict, today: date) -> InvoiceFilter:
    """The filter in an address. What cannot be read narrows to nothing rather than to all."""
    tab = params.get("status", "")
    return InvoiceFilter(
        tab=tab if tab in TABS else "",
        period=read_period(with_all_dates(params), today),
        customer=tuple(_number(text) for text in params.getlist("customer")),
        delivery=tuple(params.getlist("delivery")),
        search=params.get("q", "").strip()[:100],
    )


def read_sort(params: QueryDict) -> str:
    """The column to sort by; newest first when the address asks for none that exists."""
    sort = params.get("sort", NEWEST)
    return sort if sort.removeprefix("-") in SORTS else NEWEST


def chips(params: QueryDict, customers: list[tuple[int, str]]) -> list[Chip]:
    """The filters beside the period, with what is chosen."""
    deliveries = [(value, str(label)) for value, label in DeliveryStatus.choices]
    return [
        _chip("customer", _("Customer"), [(str(pk), name) for pk, name in customers], params),
        _chip("delivery", _("Delivery"), deliveries, params),
    ]


def _chip(name: str, label: str, choices: list[tuple[str, str]], params: QueryDict) -> Chip:
    chosen = set(params.getlist(name))
    options = [Option(value, text, value in chosen) for value, text in choices]
    words = [option.label for option in options if option.is_chosen]
    shown = words[0] if len(words) == 1 else str(len(words) or "")
    return Chip(name, label, shown, options, address(params, name))


def is_narrowed(params: QueryDict) -> bool:
    """Whether anything is filtered beside the tab."""
    named = any(params.getlist(name) for name in ("customer", "delivery"))
    return named or bool(params.get("q")) or params.get("period", "all") != "all"


def _number(text: str) -> int:
    return int(text) if text.isdecimal() and len(text) <= LONGEST_ID else 0


class TickedForm(forms.Form):
    """Invoices ticked in the list: `pick` by id, or with `all` whatever matches its filter.

    `newest` is the newest invoice when the page was made, so that `all` takes none that came since.
    """

    everything = forms.BooleanField(required=False)
    newest = forms.IntegerField(required=False, min_value=0, max_value=10**LONGEST_ID)

    def __init__(self, data: QueryDict, company: Company, where: QueryDict, today: date) -> None:
        super().__init__(data)
        self.company = company
        self.wanted = read_filter(where, today)
        self.ids = {_number(text) for text in data.getlist("pick")}

    def invoices(self) -> list[Invoice]:
        """What was ticked, oldest first.

        Raises DomainError when nothing was, or more than can be done at once.
        """
        self.is_valid()
        found: Any = picked(self.company, self.ids)
        if self.cleaned_data.get("everything"):
            found = invoices_of(self.company, self.wanted).order_by("pk")
            newest = self.cleaned_data.get("newest")
            found = found.filter(pk__lte=newest) if newest else found
        rows = list(found[: MOST_AT_ONCE + 1])
        if not rows:
            raise DomainError(_("Tick the invoices first; nothing was done."))
        if len(rows) > MOST_AT_ONCE:
            raise DomainError(
                _(
                    "More than %(most)s invoices is too much at once, so nothing was done. "
                    "Choose a shorter period or a customer, and do it in parts."
                )
                % {"most": write_number(MOST_AT_ONCE)}
            )
        return rows
