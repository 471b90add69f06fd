"""AFAS's journals, ledger accounts and VAT codes as the options of a list to pick from."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.doors import CompanyRequest
from core.formats import write_number
from integrations.models import AfasConnection
from integrations.services import picking
from integrations.views.afas_settings import linked_view


class Option(NamedTuple):
    """A code to pick, and what stands beside it."""

    code: str
    words: str


@require_safe
@linked_view
def options(request: CompanyRequest, connection: AfasConnection) -> HttpResponse:
    """The list that `?list=` names; empty where AFAS gives none."""
    read = LISTS.get(request.GET.get("list", ""))
    known = read(connection) if read else []
    return render(request, "integrations/mapping/options.html", {"options": known})


def _journals(connection: AfasConnection) -> list[Option]:
    known = picking.journals_of(connection) or ()
    return [Option(one.code, one.name) for one in known if not one.is_blocked]


def _accounts(connection: AfasConnection) -> list[Option]:
    known = picking.accounts_of(connection) or ()
    usable = (one for one in known if not one.is_blocked and not one.is_collective)
    return [Option(one.number, one.name) for one in usable]


def _vat_codes(connection: AfasConnection) -> list[Option]:
    known = picking.vat_codes_of(connection) or ()
    return [
        Option(one.code, _with_percentage(one.name, write_number(one.percentage)))
        for one in known
        if not one.is_blocked
    ]


def _with_percentage(name: str, percentage: str) -> str:
    return f"{name} · {percentage} %"


LISTS: dict[str, Callable[[AfasConnection], list[Option]]] = {
    "journals": _journals,
    "accounts": _accounts,
    "vat-codes": _vat_codes,
}
