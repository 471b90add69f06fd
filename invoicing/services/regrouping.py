"""What a draft bills: grouped into other lines, added to, and priced again from today's rates.

A draft keeps the rates, the VAT and the rounding of the day it was drawn up, whatever changes
since; `changed_since` says what did, and only `refresh` takes it over.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import User
from core import audit
from core.errors import DomainError
from invoicing.models import CLAIMABLE, Claim, Invoice, InvoiceLine, LineKind
from invoicing.selectors.settings import VatBook
from invoicing.services import claiming
from invoicing.services.bundling import Options, Rows
from invoicing.services.draft_lines import (
    free_line_day,
    place,
    refuse_too_many,
    share_out,
    tax_free_lines,
)
from invoicing.services.holding import changing, hold_draft, refuse_credit_note, save_draft
from invoicing.services.pricing import Grouping, PricedLine, discounted, price
from invoicing.services.sifting import (
    ATTRIBUTES,
    LeftOut,
    VatOf,
    as_billable,
    no_item,
    sift,
    supplied_on,
    vat_of,
)
from registration.models import BillingStatus, Entry, Selection
from registration.services import billing_status, subscriptions, valuation
from registration.services.billing_status import BILLABLE, RELATED


@dataclass(frozen=True)
class Held:
    """A line that bills registrations, with the things and the claims on them."""

    line: InvoiceLine
    things: Sequence[tuple[str, Any]]
    claims: Sequence[Claim]


def regroup(*, invoice: Invoice, grouping: str, template: str = "", by: User | None) -> Invoice:
    """Put what is billed on other lines, at the rates and the VAT it was drawn up with.

    What was typed on those lines is worked out anew; free lines stay. Raises DomainError for a
    credit note, a final invoice, one that bills nothing, or too many lines.
    """
    with changing():
        held = hold_draft(invoice)
        refuse_credit_note(held)
        lines = _held_lines(held)
        if not lines:
            raise DomainError(_("There are no registrations on this draft, so nothing changed."))
        things = [thing for one in lines for thing in one.things]
        priced = _priced(held, things, Grouping(grouping), (template, _vat_as_held(lines)))
        _replace(held, [one.line for one in lines], priced)
        change = audit.Change(
            before={"lines": len(lines)}, after={"lines": len(priced), "grouping": grouping}
        )
        audit.record(
            company=held.company, by=by, action="invoice.regrouped", obj=held, change=change
        )
        return save_draft(held)


def take_up(
    *, invoice: Invoice, versions: claiming.Versions, options: Options, by: User | None
) -> Invoice:
    """Add unbilled things of the same customer, as they were seen, below the lines there are.

    The supply period grows with them. Raises AlreadyBilledError or StaleError as `reserve` does,
    and DomainError for what cannot be invoiced or belongs to another customer.
    """
    with claiming.billing(), transaction.atomic():
        held = hold_draft(invoice)
        refuse_credit_note(held)
        _refuse_unfit(held, versions)
        taken = claiming.reserve(company=held.company, versions=versions)
        things = [(kind, row) for kind, rows in taken.items() for row in rows]
        if not things:
            raise DomainError(_("Nothing was ticked, so nothing was added."))
        words = (options.template, vat_of(held.company))
        priced = _priced(held, things, options.grouping, words)
        refuse_too_many(held, len(priced))
        last = held.lines.order_by("position").values_list("position", flat=True).last() or 0
        claiming.add_lines(held, priced, after=last)
        held.supply_from, held.supply_until = _wider(held, things)
        tax_free_lines(held)
        counts = {kind: len(rows) for kind, rows in taken.items()}
        change = audit.Change(after=counts)
        audit.record(
            company=held.company, by=by, action="invoice.added_to", obj=held, change=change
        )
        return save_draft(held, supply_from=held.supply_from, supply_until=held.supply_until)


def refresh(*, invoice: Invoice, by: User | None) -> Invoice:
    """Price what is billed again, from today's rates, rounding and VAT.

    Each line keeps its words and its discount; where its registrations no longer share a rate it
    becomes several. Raises DomainError when one of them cannot be invoiced any more.
    """
    with claiming.billing(), transaction.atomic():
        held = hold_draft(invoice)
        refuse_credit_note(held)
        before = held.total
        old = _held_lines(held)
        current = _valued_again(held, by) if old else {}
        vat, priced, discounts = vat_of(held.company), [], []
        for one in old:
            things = [(kind, current[kind, row.pk]) for kind, row in one.things]
            lines = _priced(held, things, Grouping.ONE, ("", vat))
            priced += [replace(line, description=one.line.description) for line in lines]
            discounts += [one.line.discount] * len(lines)
        _discount(_replace(held, [one.line for one in old], priced), discounts)
        tax_free_lines(held)
        saved = save_draft(held)
        change = audit.Change(before={"total": before}, after={"total": saved.total})
        audit.record(
            company=held.company, by=by, action="invoice.refreshed", obj=held, change=change
        )
        return saved


def changed_since(invoice: Invoice) -> list[str]:
    """What would be otherwise if this draft were drawn up today, in sentences; mostly none."""
    if not invoice.is_draft or invoice.is_credit_note:
        return []
    lines = _held_lines(invoice)
    priced = _count_otherwise_priced(invoice, lines) if lines else 0
    periods = _count_periods_otherwise_priced(invoice, lines)
    taxed = _count_otherwise_taxed(invoice, lines)
    sentences = []
    if priced:
        text = ngettext(
            "%(count)d registration on this draft would have another rate or duration today.",
            "%(count)d registrations on this draft would have another rate or duration today.",
            priced,
        )
        sentences.append(text % {"count": priced})
    if periods:
        text = ngettext(
            "%(count)d period of a subscription on this draft would have another price today.",
            "%(count)d periods of a subscription on this draft would have another price today.",
            periods,
        )
        sentences.append(text % {"count": periods})
    if taxed:
        text = ngettext(
            "%(count)d line carries other VAT than it would be given today.",
            "%(count)d lines carry other VAT than they would be given today.",
            taxed,
        )
        sentences.append(text % {"count": taxed})
    return sentences


def _selection(invoice: Invoice, ids: Mapping[str, Any]) -> Selection:
    """As if somebody had ticked these; not saved."""
    ticked = {ATTRIBUTES[kind]: list(pks) for kind, pks in ids.items()}
    return Selection(company=invoice.company, **ticked)


def _held_lines(invoice: Invoice) -> list[Held]:
    """The lines that bill registrations, in order, with the rows as they stand."""
    claims: dict[int, list[Claim]] = {}
    for claim in Claim.objects.filter(line__invoice=invoice, released_at__isnull=True):
        claims.setdefault(claim.line_id, []).append(claim)
    rows = _rows(invoice, claiming.claimed_ids(invoice))
    lines = invoice.lines.filter(pk__in=claims).order_by("position")
    return [
        Held(line, [_thing(claim, rows) for claim in claims[line.pk]], claims[line.pk])
        for line in lines
    ]


def _rows(invoice: Invoice, ids: Mapping[str, Sequence[int]]) -> dict[tuple[str, int], Any]:
    found = {}
    for kind, pks in ids.items():
        rows = BILLABLE[kind].objects.of(invoice.company_id).filter(pk__in=pks)
        for row in rows.select_related(*RELATED[kind]):
            found[kind, row.pk] = row
    return found


def _thing(claim: Claim, rows: Mapping[tuple[str, int], Any]) -> tuple[str, Any]:
    kind, pk = next((kind, pk) for kind in CLAIMABLE if (pk := getattr(claim, f"{kind}_id")))
    return kind, rows[kind, pk]


def _vat_as_held(lines: Sequence[Held]) -> VatOf:
    """How each thing is taxed on the line it stands on."""
    known = {
        (kind, row.pk): (one.line.vat_code, one.line.vat_percent or Decimal(0))
        for one in lines
        for kind, row in one.things
    }
    return lambda kind, row: known[kind, row.pk]


def _priced(
    held: Invoice, things: Rows, grouping: Grouping, words: tuple[str, VatOf]
) -> list[PricedLine]:
    """The lines of things, in the language of the draft."""
    template, vat = words
    with translation.override(held.language):
        return price([as_billable(*thing, no_item, vat) for thing in things], grouping, template)


def _replace(
    held: Invoice, old: Sequence[InvoiceLine], priced: Sequence[PricedLine]
) -> list[InvoiceLine]:
    """Put `priced` where the first of `old` stood; the other lines keep their order around them."""
    if not old:
        return []
    gone = {line.pk for line in old}
    first = min(line.position for line in old)
    others = held.lines.exclude(pk__in=gone).order_by("position").values_list("pk", "position")
    above = [pk for pk, position in others if position < first]
    below = [pk for pk, position in others if position > first]
    claiming.drop_lines(held, gone)
    refuse_too_many(held, len(priced))
    place(held, below, start=len(above) + len(priced) + 1)
    place(held, above)
    return claiming.add_lines(held, priced, after=len(above))


def _discount(lines: Sequence[InvoiceLine], discounts: Sequence[Decimal]) -> None:
    for line, discount in zip(lines, discounts, strict=True):
        if discount:
            line.discount = discount
            line.net = discounted(line.quantity, line.unit_price, discount)
            line.save(update_fields=["discount", "net"])
            share_out(line)


def _valued_again(held: Invoice, by: User | None) -> dict[tuple[str, int], Any]:
    """Give everything back and take it again at what it is worth now; nobody gets in between."""
    ids = claiming.claimed_ids(held)
    Claim.objects.filter(line__invoice=held).delete()
    for kind, pks in ids.items():
        billing_status.release(company=held.company, kind=kind, ids=pks, by=by)
    found, left_out = sift(held.company, _selection(held, ids))
    _refuse_left_out(left_out)
    versions: dict[str, dict[int, int]] = {}
    for kind, row in found:
        versions.setdefault(kind, {})[row.pk] = row.version
    taken = claiming.reserve(company=held.company, versions=versions)
    return {(kind, row.pk): row for kind, rows in taken.items() for row in rows}


def _refuse_left_out(left_out: Sequence[LeftOut]) -> None:
    if left_out:
        first = left_out[0]
        raise DomainError(
            ngettext(
                "%(count)d registration cannot be invoiced now, so nothing was changed. "
                "%(first)s: %(why)s",
                "%(count)d registrations cannot be invoiced now, so nothing was changed. "
                "%(first)s: %(why)s",
                len(left_out),
            )
            % {"count": len(left_out), "first": first.entry, "why": first.sentence}
        )


def _refuse_unfit(held: Invoice, versions: claiming.Versions) -> None:
    """What is taken already, or changed, `reserve` refuses in its own words."""
    found, left_out = sift(held.company, _selection(held, versions))
    _refuse_left_out([one for one in left_out if one.reason not in {"billed", "written_off"}])
    others = [row for _kind, row in found if row.project.customer_id != held.customer_id]
    if others:
        raise DomainError(
            _(
                "%(entry)s is of %(customer)s, and this invoice is for another customer, so "
                "nothing was added."
            )
            % {"entry": others[0], "customer": others[0].project.customer}
        )


def _wider(held: Invoice, things: Rows) -> tuple[Any, Any]:
    days = [day for kind, row in things for day in supplied_on(kind, row)]
    days += [day for day in (held.supply_from, held.supply_until) if day]
    return min(days), max(days)


def _count_otherwise_priced(invoice: Invoice, lines: Sequence[Held]) -> int:
    ladder = valuation.Ladder.of(invoice.company)
    return sum(
        1
        for one in lines
        for claim, (kind, row) in zip(one.claims, one.things, strict=True)
        if _worth_today(kind, row, ladder) != (claim.rate, claim.quantity)
    )


def _count_periods_otherwise_priced(invoice: Invoice, lines: Sequence[Held]) -> int:
    things = [thing for one in lines for thing in one.things]
    rows = [row for kind, row in things if kind == "subscription_period"]
    now = subscriptions.amounts_now(invoice.company, rows) if rows else {}
    return sum(1 for row in rows if now.get(row.pk, row.amount) != row.amount)


def _worth_today(
    kind: str, row: Any, ladder: valuation.Ladder
) -> tuple[Decimal | None, Decimal | None]:
    """The price and the quantity that a thing would be claimed with now."""
    if not isinstance(row, Entry):
        return row.amount, Decimal(1)
    today = copy.copy(row)
    today.billing = BillingStatus.UNBILLED
    valuation.value([today], ladder)
    if today.rate is None:
        return None, None
    with_vat: Callable[..., Any] = lambda *_thing: ("", Decimal(0))  # noqa: E731
    thing = as_billable(kind, today, no_item, with_vat)
    exact = thing.measure / 60 if kind == "hour" else thing.measure
    return today.rate, exact.quantize(Decimal("0.0001"))


def _count_otherwise_taxed(invoice: Invoice, lines: Sequence[Held]) -> int:
    vat = vat_of(invoice.company)
    billed = sum(
        1
        for one in lines
        if any(vat(*thing) != (one.line.vat_code, one.line.vat_percent) for thing in one.things)
    )
    book, day = VatBook.of(invoice.company), free_line_day(invoice)
    free = invoice.lines.filter(kind=LineKind.ITEM, claims__isnull=True)
    return billed + sum(1 for one in free if one.vat_percent != book.percent(one.vat_code, day))
