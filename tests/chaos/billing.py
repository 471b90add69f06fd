"""Work comes in and is billed in waves, along the path that a page takes: check, then confirm."""

from __future__ import annotations

from collections.abc import Iterable
from random import Random
from typing import Any

from core.errors import DomainError
from integrations.models import AfasDocument
from integrations.services import billing
from invoicing.services.bundling import Options, Per
from invoicing.services.pricing import Grouping
from registration.models import BillingStatus, Expense, Hour, Ride
from relations.models import Customer
from tests.chaos.books import OwnInvoices
from tests.chaos.companies import DAY, TURNS, Site, newcomer, twin
from tests.chaos.world import World
from tests.factories import SelectionFactory

KINDS: dict[str, Any] = {"hours": Hour, "expenses": Expense, "rides": Ride}
MOST_AT_ONCE = 4
RELEASED_AT_ONCE = 12


def bill_a_wave(world: World, step: int) -> None:
    """One company bills a few customers, and what was released since."""
    dice = world.plan.dice("billing", step)
    site = world.sites[TURNS[step % len(TURNS)]]
    customers = _customers(world, site, dice)
    ids = _together([site.work_for(customer, dice) for customer in customers])
    ids = _together([ids, _released(site, ids)])
    _bill(world, site, ids, dice)
    OwnInvoices(world, site, world.plan.dice("own", step)).wave(customers)


def documents_made() -> int:
    """Of all kinds."""
    return AfasDocument.objects.count()


def _customers(world: World, site: Site, dice: Random) -> list[Customer]:
    """Mostly known ones; sometimes one that AFAS lacks, or one that two companies have."""
    chosen = dice.sample(site.customers, k=dice.randint(1, MOST_AT_ONCE))
    if dice.random() < 0.22:
        new = newcomer(site, dice)
        site.customers.append(new)
        chosen.append(new)
        if site is world.sites[0] and dice.random() < 0.3:
            world.sites[1].customers.append(twin(world.sites[1], new))
    return chosen


def _released(site: Site, but: dict[str, list[int]]) -> dict[str, list[int]]:
    """What was billed once and is unbilled again: it goes onto a new invoice."""
    found = {}
    for name, model in KINDS.items():
        again = model.objects.of(site.company).filter(
            billing=BillingStatus.UNBILLED, claims__isnull=False
        )
        ids = again.exclude(pk__in=but[name]).order_by("pk").values_list("pk", flat=True)
        found[name] = list(ids.distinct()[:RELEASED_AT_ONCE])
    return found


def _together(parts: Iterable[dict[str, list[int]]]) -> dict[str, list[int]]:
    parts = list(parts)
    return {name: [pk for part in parts for pk in part[name]] for name in KINDS}


def _bill(world: World, site: Site, ids: dict[str, list[int]], dice: Random) -> None:
    selection = SelectionFactory(company=site.company, user=site.biller, **ids)
    options = Options(
        invoice_date=DAY,
        per=dice.choice((Per.CUSTOMER, Per.CUSTOMER, Per.PROJECT)),
        grouping=dice.choice(tuple(Grouping)),
        reference=dice.choice(("", f"PO {dice.randrange(10_000)}")),
    )
    site.connection.refresh_from_db()
    try:
        check = billing.check_selection(
            connection=site.connection, selection=selection, options=options
        )
        run = billing.invoice_in_afas(
            connection=site.connection,
            selection=selection,
            options=options,
            token=check.token,
            by=site.biller,
        )
        world.tally.count("invoices refused at billing", len(run.refusals))
    except DomainError as error:  # the link is paused, or a colleague was first
        world.tally.told("billing", error)
