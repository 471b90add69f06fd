"""Create invoice: from a selection to drafts of our own, through a check that a person confirms.

    check_drafts(...)   → what would be drawn up, per customer, and what is left out and why
    create_drafts(...)  → draws up exactly that; a refused invoice leaves the others be

The check carries a token over everything it showed, as *Invoice in AFAS* does: what is confirmed is
what was seen.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import Company, User
from core.errors import DomainError, StaleError
from invoicing.models import (
    Channel,
    DocumentStatus,
    Invoice,
    InvoiceLine,
    InvoiceSettings,
    InvoiceVat,
    LineKind,
)
from invoicing.selectors.settings import settings_of
from invoicing.services import claiming, pricing
from invoicing.services.bundling import Bundle, Options, bundles, lines_of
from invoicing.services.line_rules import check_day
from invoicing.services.pricing import PricedLine, Taxed, Totals
from invoicing.services.sifting import LeftOut, VatOf, no_item, sift, supply_of, vat_of
from invoicing.services.together import together
from registration.models import Selection
from relations.models import Customer

MOST_LINES = 1000
# So many share a transaction and its statements, until one of them is refused.
DRAFTS_TOGETHER = 50
# What the columns of an invoice hold: at most € 999,999,999,999.99.
TOTAL_BELOW = Decimal(10) ** 12


@dataclass(frozen=True, kw_only=True)
class Draft:
    """One invoice as it would be drawn up. `problem` says why it cannot be; empty when it can."""

    bundle: Bundle
    lines: Sequence[PricedLine]
    totals: Totals
    problem: str = ""

    @property
    def counts(self) -> dict[str, int]:
        """How many things of each kind it holds."""
        return {kind: len(ids) for kind, ids in self.bundle.versions.items()}


@dataclass(frozen=True, kw_only=True)
class DraftCheck:
    """What would be drawn up, and what is left out, with the token for having seen it."""

    drafts: Sequence[Draft]
    left_out: Sequence[LeftOut]
    token: str

    @property
    def ready(self) -> list[Draft]:
        """The invoices that can be drawn up now."""
        return [draft for draft in self.drafts if not draft.problem]

    @property
    def net(self) -> Decimal:
        """EUR excl. VAT of what can be drawn up."""
        return sum((draft.totals.net for draft in self.ready), Decimal(0))

    @property
    def total(self) -> Decimal:
        """EUR incl. VAT of what can be drawn up."""
        return sum((draft.totals.total for draft in self.ready), Decimal(0))


@dataclass(frozen=True, kw_only=True)
class Drawn:
    """What came of it: the drafts, and a sentence for each customer that was refused."""

    invoices: Sequence[Invoice]
    refusals: Sequence[tuple[Customer, str]]


def check_drafts(*, company: Company, selection: Selection, options: Options) -> DraftCheck:
    """Work out every draft of a selection without changing anything.

    Raises FieldsError for an invoice date that no invoice can have.
    """
    check_day(options.invoice_date)
    found, left_out = sift(company, selection)
    vat = vat_of(company)
    drafts = [draft_of(bundle, options, vat) for bundle in bundles(found, options)]
    return DraftCheck(drafts=drafts, left_out=left_out, token=_token(options, drafts))


def draft_of(bundle: Bundle, options: Options, vat: VatOf) -> Draft:
    """The draft that this bundle would become; nothing is changed."""
    lines = lines_of(bundle.rows, options, no_item, vat)
    totals = pricing.totals(pricing.taxed(lines))
    return Draft(bundle=bundle, lines=lines, totals=totals, problem=_problem(lines))


def _problem(lines: Sequence[PricedLine]) -> str:
    if len(lines) > MOST_LINES:
        return _(
            "This invoice would have %(count)s lines; at most %(most)s can be read by anybody. "
            "Choose fewer lines under Options, for instance one per activity, and send the "
            "specification along."
        ) % {"count": len(lines), "most": MOST_LINES}
    return ""


def _token(options: Options, drafts: Sequence[Draft]) -> str:
    """A hash over all that the check shows and all that could have changed since."""
    shown = [
        (
            draft.bundle.customer.pk,
            draft.bundle.reference,
            {kind: sorted(ids.items()) for kind, ids in draft.bundle.versions.items()},
            [(one.description, str(one.net), one.vat_code) for one in draft.lines],
            str(draft.totals.total),
            draft.problem,
        )
        for draft in drafts
    ]
    everything = json.dumps((options.as_json(), shown), sort_keys=True)
    return hashlib.sha256(everything.encode()).hexdigest()


def create_drafts(
    *, company: Company, selection: Selection, options: Options, token: str, by: User
) -> Drawn:
    """Draw up what was checked: per customer a draft that holds its entries, or a refusal.

    Pressing twice, or in two tabs, gives the drafts the selection has. Each stands or falls by
    itself, so others go on when one is refused. Raises StaleError when anything changed since the
    check and DomainError when nothing can be drawn up; then nothing at all is made.
    """
    if existing := drafts_of(selection):
        return Drawn(invoices=existing, refusals=[])
    check = check_drafts(company=company, selection=selection, options=options)
    if check.token != token:
        if existing := drafts_of(selection):  # the other tab was first, after we looked
            return Drawn(invoices=existing, refusals=[])
        raise StaleError(
            _(
                "Something changed since you checked, so nothing was made. Below is how it stands "
                "now; look once more and confirm."
            )
        )
    if not check.ready:
        raise DomainError(_("Nothing in this selection can be invoiced now, so nothing was made."))
    settings = settings_of(company)

    def drawn(drafts: Sequence[Draft]) -> list[Invoice]:
        return draw_up(company, selection, drafts, options, settings, by)

    invoices, refused = together(check.ready, drawn, most=DRAFTS_TOGETHER)
    refusals = [(one.bundle.customer, one.problem) for one in check.drafts if one.problem]
    refusals += [(draft.bundle.customer, error.message) for draft, error in refused]
    return Drawn(invoices=invoices or drafts_of(selection), refusals=refusals)


def drafts_of(selection: Selection) -> list[Invoice]:
    """The invoices that were drawn up from this selection."""
    return list(Invoice.objects.filter(selection=selection, channel=Channel.OURS).order_by("pk"))


def keep_refusals(selection: Selection, refusals: Iterable[tuple[Customer, str]]) -> None:
    """Beside the options, so that the result still tells them tomorrow."""
    told = [{"customer": customer.pk, "sentence": said} for customer, said in refusals]
    if told:
        kept = {**selection.options, "refusals": told}
        Selection.objects.filter(pk=selection.pk).update(options=kept)


def draw_up(
    company: Company,
    selection: Selection | None,
    drafts: Sequence[Draft],
    options: Options,
    settings: InvoiceSettings,
    by: User | None,
) -> list[Invoice]:
    """Drafts as they were worked out: their entries reserved as they were seen, and claimed.

    All or none: raises AlreadyBilledError or StaleError, and then nothing is saved.
    """
    heads = [_head(draft, selection, options, settings) for draft in drafts]
    with claiming.billing(), transaction.atomic():
        claiming.reserve_seen(company=company, versions=_versions(drafts))
        return claiming.draw_up_many(
            company=company,
            channel=Channel.OURS,
            drafts=[(head, draft.lines) for head, draft in zip(heads, drafts, strict=True)],
            by=by,
        )


def _versions(drafts: Sequence[Draft]) -> dict[str, dict[int, int]]:
    found: dict[str, dict[int, int]] = {}
    for draft in drafts:
        for kind, versions in draft.bundle.versions.items():
            found.setdefault(kind, {}).update(versions)
    return found


def _head(
    draft: Draft, selection: Selection | None, options: Options, settings: InvoiceSettings
) -> claiming.InvoiceHead:
    bundle, totals = draft.bundle, fitting(draft.totals)
    return claiming.InvoiceHead(
        customer=bundle.customer,
        project=bundle.project,
        invoice_date=options.invoice_date,
        reference=bundle.reference,
        more={
            **head_of(settings, bundle.customer),
            **_period(bundle),
            "selection": selection,
            "vat": totals.vat,
            "total": totals.total,
        },
    )


def _period(bundle: Bundle) -> dict[str, date]:
    first, last = supply_of(bundle.rows)
    return {"supply_from": first, "supply_until": last}


def head_of(settings: InvoiceSettings, customer: Customer) -> dict[str, Any]:
    """What a new invoice of ours takes from the settings and from its customer."""
    term = customer.payment_term
    return {
        "language": customer.language,
        "payment_term": settings.payment_term if term is None else term,
        "intro": getattr(settings, f"intro_{customer.language}", ""),
        "closing": getattr(settings, f"closing_{customer.language}", ""),
        "with_specification": settings.with_specification,
        "with_receipts": settings.with_receipts,
    }


def retotal(invoice: Invoice) -> Invoice:
    """Store net, VAT and total of a draft as its lines say now. Raises as `fitting`."""
    found = fitting_totals(invoice)
    invoice.net, invoice.vat, invoice.total = found.net, found.vat, found.total
    invoice.save(update_fields=["net", "vat", "total"])
    return invoice


def fitting_totals(invoice: Invoice) -> Totals:
    """`totals_of`; raises as `fitting`."""
    return fitting(totals_of(invoice))


def fitting(found: Totals) -> Totals:
    """The same totals; raises DomainError for more than can be kept."""
    if abs(found.net) >= TOTAL_BELOW or abs(found.total) >= TOTAL_BELOW:
        raise DomainError(
            _(
                "An invoice of € 1,000,000,000,000 or more cannot be kept, so nothing was saved. "
                "Check the quantities and prices."
            )
        )
    return found


def totals_of(invoice: Invoice, lines: Iterable[InvoiceLine] | None = None) -> Totals:
    """What the lines of an invoice of our own add up to; who has read them may give them along.

    The VAT of a credit note is what its invoice's credit notes together give back by now, less what
    earlier ones gave back: however an invoice is credited in parts, no cent of VAT is left over.
    """
    found = pricing.totals(
        Taxed(net=line.net, code=line.vat_code, percent=line.vat_percent or Decimal(0))
        for line in (invoice.lines.all() if lines is None else lines)
        if line.kind == LineKind.ITEM
    )
    return _after_earlier(invoice, found) if invoice.credits_id else found


def _after_earlier(note: Invoice, found: Totals) -> Totals:
    earlier = InvoiceVat.objects.filter(
        invoice__credits=note.credits_id, invoice__status=DocumentStatus.FINAL
    ).exclude(invoice=note.pk)
    before: dict[tuple[str, Decimal], tuple[Decimal, Decimal]] = {}
    for code, percent, base, vat in earlier.values_list("code", "percent", "base", "vat"):
        bases, vats = before.get((code, percent), (Decimal(0), Decimal(0)))
        before[code, percent] = bases + base, vats + vat
    groups = []
    for group in found.groups:
        base, vat = before.get((group.code, group.percent), (Decimal(0), Decimal(0)))
        together = pricing.vat_group(group.code, group.percent, base + group.base)
        groups.append(replace(group, vat=together.vat - vat))
    return Totals(groups=tuple(groups))
