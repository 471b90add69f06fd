"""The first steps with AFAS, each done or missing by the facts, until all are done or hidden."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import Company, Right, User
from core import audit
from integrations.models import (
    AfasConnection,
    AfasDocument,
    CustomerLink,
    HiddenChecklist,
    ImportRun,
    ItemLink,
    ItemUse,
    Kind,
    State,
)
from integrations.selectors import connection_of
from integrations.services import apps

LIKE_THE_DEFAULT = (ItemUse.DEFAULT, ItemUse.HOURS)
"""Either of them gives an hour its item."""
REFUSED = (AfasConnection.Pause.CREDENTIALS, AfasConnection.Pause.ADDRESS)
WAS_BOOKED = (State.CONFIRMED, State.UNDONE)


@dataclass(frozen=True, kw_only=True)
class Step:
    """One step: its words, whether the facts say that it is done, and where it is done.

    `url` is empty for a step that the steps before it do not allow yet; `right` is what its page
    asks.
    """

    label: str
    done: bool
    url: str = ""
    detail: str = ""
    right: str = Right.ADMIN


def steps(company: Company) -> list[Step]:
    """Every step towards the first invoice, in the reader's language; the last done means ready.

    Items, links and the test invoice are those of the environment that the company is linked with
    now: after a trial in a test environment, the live one has steps of its own.
    """
    is_on = apps.is_on(company)
    link = connection_of(company) if is_on else None
    accepted = bool(link and link.has_credentials and link.paused_because not in REFUSED)
    chosen = bool(link and link.administration is not None)
    has_item = bool(link and _has_item(link))
    # The VAT codes of sales bookings get their step after the item, once there are bookings.
    return [
        Step(label=_("Activate AFAS Profit"), done=is_on, url=reverse("app_center")),
        Step(
            label=_("Save the credentials; AFAS tests them"),
            done=accepted,
            url=_card("credentials") if is_on else "",
        ),
        Step(
            label=_("Choose the administration"),
            done=chosen,
            url=_card("administration") if accepted else "",
        ),
        Step(
            label=_("Choose the default item"),
            done=has_item,
            url=_card("items") if accepted and chosen else "",
        ),
        _import(link, may_begin=accepted and chosen),
        _test_invoice(link, may_begin=accepted and chosen and has_item),
    ]


def remaining(company: Company) -> list[Step]:
    """The steps, all of them, while one is missing and nobody hid them; else none."""
    if is_hidden(company):
        return []
    found = steps(company)
    return found if any(not step.done for step in found) else []


def is_hidden(company: Company) -> bool:
    """Whether the company put the first steps away."""
    return HiddenChecklist.objects.of(company).exists()


def hide(*, company: Company, by: User) -> bool:
    """Put the first steps away for everybody in the company; False when they were already."""
    try:
        with transaction.atomic():
            hidden = HiddenChecklist.objects.create(company=company, hidden_by=by)
            audit.record(company=company, by=by, action="checklist.hidden", obj=hidden)
    except IntegrityError:  # one_hidden_checklist_per_company
        return False
    return True


@transaction.atomic
def show(*, company: Company, by: User) -> bool:
    """Bring them back; False when they were not hidden."""
    hidden = HiddenChecklist.objects.of(company).first()
    if hidden is None:
        return False
    audit.record(company=company, by=by, action="checklist.shown", obj=hidden)
    hidden.delete()
    return True


def _card(name: str) -> str:
    return f"{reverse('afas_settings')}#{name}"


def _has_item(link: AfasConnection) -> bool:
    items = ItemLink.objects.of(link.company).filter(environment=link.environment)
    return bool(items.filter(use__in=LIKE_THE_DEFAULT).exists())


def _import(link: AfasConnection | None, *, may_begin: bool) -> Step:
    return Step(
        label=_("Import your customers"),
        done=bool(link and _was_imported(link)),
        url=reverse("imports") if may_begin else "",
        detail=_linked(link) if link else "",
    )


def _was_imported(link: AfasConnection) -> bool:
    runs = ImportRun.objects.of(link.company).filter(status=ImportRun.Status.DONE)
    return bool(runs.filter(connection__environment=link.environment).exists())


def _linked(link: AfasConnection) -> str:
    links = CustomerLink.objects.of(link.company).filter(environment=link.environment)
    count = links.count()
    words = ngettext("%(count)s customer linked", "%(count)s customers linked", count)
    return words % {"count": count} if count else ""


def _test_invoice(link: AfasConnection | None, *, may_begin: bool) -> Step:
    return Step(
        label=_("Invoice one entry as a test"),
        done=bool(link and _was_booked(link)),
        url=f"{reverse('overview_hours')}?period=all&billing=unbilled" if may_begin else "",
        detail=_("Tick one, choose Invoice in AFAS, look at it there; then you can undo it."),
        right=Right.INVOICES,
    )


def _was_booked(link: AfasConnection) -> bool:
    invoices = AfasDocument.objects.of(link.company).filter(kind=Kind.DIRECT_INVOICE)
    booked = invoices.filter(environment=link.environment, state__in=WAS_BOOKED)
    return bool(booked.exists())
