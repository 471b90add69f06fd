"""Before undoing: which whole invoices hang on what was chosen, and what of them can go alone.

    check_selection(...) / check_document(...)  → the invoices with their lines, and a token
    undo_run.undo(...)                          → does what was asked to exactly those

AFAS holds lines, not entries. A chosen entry goes alone when all that its line bills is chosen too;
where it shares its line with others, the whole line goes, or the whole invoice.
"""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from accounts.models import Company
from integrations.models import AfasDocument, Kind, State
from integrations.selectors import documents_of
from integrations.services import holding, undoing
from invoicing.models import CLAIMABLE, Channel, Claim, InvoiceLine
from registration.models import BillingStatus, Selection
from registration.selectors.entries import KINDS

SHOWN, SHOWN_IN_ALL = 50, 500
"""Entries of a line, and of all lines, that a page tells one by one; the rest is counted."""
DETAIL = (
    "hour__membership__user",
    "hour__activity",
    "hour__project",
    "expense__membership__user",
    "expense__category",
    "expense__project",
    "ride__membership__user",
    "ride__project",
    "instalment",
    "subscription_period",
)


@dataclass(frozen=True, kw_only=True)
class Line:
    """A line of the invoice: how many things it bills still, and how many of those are chosen."""

    line: InvoiceLine
    held: Sequence[int]
    chosen: frozenset[int]
    entries: Sequence[Claim]
    released: Claim | None = None

    @property
    def is_open(self) -> bool:
        """Whether it bills something still."""
        return bool(self.held)

    @property
    def is_own(self) -> bool:
        """Whether all that it bills is chosen, so that it can go by itself."""
        return self.is_open and len(self.chosen) == len(self.held)

    @property
    def others(self) -> int:
        """How many things beside the chosen ones would go with it; 0 when none of it is chosen."""
        return len(self.held) - len(self.chosen) if self.chosen else 0


@dataclass(frozen=True, kw_only=True)
class Undoable:
    """One invoice in AFAS with all its lines. `why_not_delete` is empty when AFAS can be asked."""

    document: AfasDocument
    lines: Sequence[Line]
    why_not_delete: str = ""

    @property
    def open_lines(self) -> list[Line]:
        """The lines that bill something still."""
        return [one for one in self.lines if one.is_open]

    @property
    def entries(self) -> int:
        """How many things it bills still."""
        return sum(len(one.held) for one in self.lines)

    @property
    def chosen(self) -> int:
        """How many of them are chosen."""
        return sum(len(one.chosen) for one in self.lines)

    @property
    def net(self) -> Decimal:
        """EUR excl. VAT of what it bills still."""
        return sum((one.line.net for one in self.open_lines), Decimal(0))

    @property
    def shares(self) -> bool:
        """Whether a chosen entry stands on a line with others that are not chosen."""
        return any(one.others for one in self.lines)


@dataclass(frozen=True, kw_only=True)
class Check:
    """The invoices that can be undone, what of the selection is on none, and a token over it."""

    undoables: Sequence[Undoable]
    left_out: Sequence[tuple[str, int]] = ()
    token: str = ""

    @property
    def lines(self) -> list[Line]:
        """The lines of all invoices that bill something still."""
        return [line for one in self.undoables for line in one.open_lines]

    @property
    def net(self) -> Decimal:
        """EUR excl. VAT of all invoices, as far as they bill something still."""
        return sum((one.net for one in self.undoables), Decimal(0))

    @property
    def entries(self) -> int:
        """How many things all invoices bill still."""
        return sum(one.entries for one in self.undoables)

    @property
    def chosen(self) -> int:
        """How many of them are chosen."""
        return sum(one.chosen for one in self.undoables)

    @property
    def own(self) -> list[Line]:
        """The lines that hold chosen entries and nothing else."""
        return [line for line in self.lines if line.is_own]

    @property
    def can_part(self) -> bool:
        """Whether there are several lines, so that some can go and others stay."""
        return len(self.lines) > 1

    def splits(self, lines: Collection[int]) -> bool:
        """Whether some invoice would lose these of its lines and keep others."""
        each = ([line.line.pk in lines for line in one.open_lines] for one in self.undoables)
        return any(any(going) and not all(going) for going in each)

    @property
    def deletable(self) -> list[Undoable]:
        """The invoices that AFAS can be asked to delete."""
        return [one for one in self.undoables if not one.why_not_delete]

    @property
    def targets(self) -> list[str]:
        """Environment and administration in words, each once."""
        return list(dict.fromkeys(one.document.connection.target for one in self.undoables))


def check_document(document: AfasDocument) -> Check:
    """One invoice that AFAS made, with all its lines and none of them chosen; without it when it
    cannot be undone."""
    is_ours = document.kind == Kind.DIRECT_INVOICE and undoing.can_be_undone(document)
    documents = [document] if is_ours else []
    return _check(documents, frozenset())


def check_selection(*, company: Company, selection: Selection) -> Check:
    """The invoices on which entries of a selection stand. Nothing is changed."""
    chosen = set(_claims_of(company, selection).values_list("pk", flat=True))
    documents = list(_undoable(company).filter(invoice__lines__claims__in=chosen).distinct())
    return _check(documents, frozenset(chosen), _left_out(company, selection))


def is_any_undoable(*, company: Company, selection: Selection) -> bool:
    """Whether something in the selection was invoiced in AFAS and not undone."""
    claims = _claims_of(company, selection)
    return _undoable(company).filter(invoice__in=claims.values("line__invoice")).exists()


def _undoable(company: Company) -> QuerySet[AfasDocument]:
    return documents_of(company, State.CONFIRMED).filter(kind=Kind.DIRECT_INVOICE)


def _claims_of(company: Company, selection: Selection) -> QuerySet[Claim]:
    """What bills the selected entries now, on invoices that AFAS made."""
    entries = Q(pk__in=())
    for kind in KINDS:
        if ids := getattr(selection, kind):
            entries |= Q(**{f"{kind.removesuffix('s')}__in": ids})
    claims = Claim.objects.of(company).filter(entries, released_at__isnull=True)
    return claims.filter(line__invoice__channel=Channel.AFAS)


def _check(
    documents: Sequence[AfasDocument],
    chosen: frozenset[int],
    left_out: Sequence[tuple[str, int]] = (),
) -> Check:
    lines = _lines_of([one.invoice_id for one in documents if one.invoice_id], chosen)
    deletions = _deletions_of(documents)
    undoables = [
        Undoable(
            document=one,
            lines=lines.get(one.invoice_id or 0, []),
            why_not_delete=_why_not_delete(one, deletions),
        )
        for one in documents
    ]
    return Check(undoables=undoables, left_out=left_out, token=_token(undoables, deletions))


def _why_not_delete(document: AfasDocument, deletions: dict[UUID, str]) -> str:
    """The rule's own sentence, asked only where there may be one."""
    link = document.connection
    doubtful = link.closed_at or holding.is_held(link) or document.pk in deletions
    return undoing.why_not_delete(document) if doubtful else ""


def _deletions_of(documents: Sequence[AfasDocument]) -> dict[UUID, str]:
    """By document the state of its deletion, where there ever was one."""
    found = AfasDocument.objects.filter(kind=Kind.DELETION, target__in=documents)
    rows = found.order_by("created_at").values_list("target_id", "state")
    return {target: state for target, state in rows if target}


def _lines_of(invoices: Collection[int], chosen: frozenset[int]) -> dict[int, list[Line]]:
    """The lines of each invoice, with what they bill and what was released."""
    claims = Claim.objects.filter(line__invoice__in=invoices).order_by("pk")
    held, released = defaultdict(list), {}
    for pk, line, released_at in claims.values_list("pk", "line_id", "released_at"):
        if released_at is None:
            held[line].append(pk)
        else:
            released[line] = pk
    told = _told(held, released)
    lines: dict[int, list[Line]] = defaultdict(list)
    for row in InvoiceLine.objects.filter(invoice__in=invoices).order_by("position"):
        mine = held.get(row.pk, [])
        lines[row.invoice_id].append(
            Line(
                line=row,
                held=mine,
                chosen=chosen & set(mine),
                entries=[told[pk] for pk in mine[:SHOWN] if pk in told],
                released=told.get(released.get(row.pk, 0)) if not mine else None,
            )
        )
    return lines


def _told(held: dict[int, list[int]], released: dict[int, int]) -> dict[int, Claim]:
    """The claims that are told one by one, with what a page says of them."""
    shown = [pk for mine in held.values() for pk in mine[:SHOWN]][:SHOWN_IN_ALL]
    told = Claim.objects.select_related(*DETAIL).in_bulk(shown)
    return {**Claim.objects.in_bulk(released.values()), **told}


def _left_out(company: Company, selection: Selection) -> list[tuple[str, int]]:
    """Of the selected entries that are on no such invoice: why, and how many."""
    counts: dict[str, int] = defaultdict(int)
    invoices = _undoable(company).values("invoice")
    claims = _claims_of(company, selection).filter(line__invoice__in=invoices)
    for kind, model in KINDS.items():
        if ids := getattr(selection, kind):
            name = kind.removesuffix("s")
            on_one = claims.filter(**{f"{name}__isnull": False}).values(name)
            rows = model.objects.of(company).filter(pk__in=ids).exclude(pk__in=on_one)
            for billing in rows.order_by().values_list("billing", flat=True):
                counts[_why_left_out(billing)] += 1
    return sorted(counts.items())


def _why_left_out(billing: str) -> str:
    if billing == BillingStatus.RESERVED:
        return _("On its way to AFAS: settle or cancel that document instead.")
    if billing == BillingStatus.INVOICED:
        return _("On an invoice that AFAS did not make: credit that one.")
    return _("Not invoiced, so there is nothing to undo.")


def _token(undoables: Iterable[Undoable], deletions: dict[UUID, str]) -> str:
    """A hash over the invoices, what their lines bill, and their deletions."""
    shown = sorted(
        (
            str(one.document.pk),
            deletions.get(one.document.pk, ""),
            [list(x.held) for x in one.lines],
        )
        for one in undoables
    )
    return hashlib.sha256(json.dumps(shown).encode()).hexdigest()


def thing_of(claim: Claim) -> object:
    """The hour, expense, ride, instalment or period that a claim bills."""
    name = next(name for name in CLAIMABLE if getattr(claim, f"{name}_id"))
    return getattr(claim, name)
