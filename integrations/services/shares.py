"""What a line of an own invoice bills, and how its net amount is shared over that.

A line may bill hours of several activities and projects, which go to accounts and cost centres of
their own: each gets what it was billed for. A credit note gives that back, a part of it in
proportion to what is left of each, in whole cents; so whatever the parts, an invoice that was given
back as a whole comes to nought on every account.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from decimal import Decimal
from typing import Any, NamedTuple

from django.db.models import Case, CharField, F, Q, Sum, Value, When
from django.db.models.functions import Coalesce

from core.money import allocate, cents
from invoicing.models import (
    CLAIMABLE,
    Claim,
    DocumentStatus,
    Invoice,
    InvoiceLine,
    LineKind,
)

Key = tuple[object, ...]


class Thing(NamedTuple):
    """A kind of thing that a line bills, by ids; `kind` is one of CLAIMABLE, or empty for what was
    typed. What does not apply is None."""

    kind: str = ""
    activity: int | None = None
    category: int | None = None
    instalment: int | None = None
    project: int | None = None


class Share(NamedTuple):
    """What a part of a line bills, and for how much: EUR excl. VAT, the sign that of the line."""

    thing: Thing
    net: Decimal


Shares = list[tuple[InvoiceLine, list[Share]]]
"""Every line that bills something, each with its shares, which add up to its net."""


def shares_of(invoice: Invoice) -> Shares:
    """The shares of one invoice."""
    return shares_of_many([invoice])[invoice.pk]


def shares_of_many(invoices: Collection[Invoice]) -> dict[int, Shares]:
    """The shares of invoices and credit notes by their keys, in two queries beside their lines."""
    billed = _billed({one.credits_id or one.pk for one in invoices})
    given_back = _given_back({one.credits_id for one in invoices if one.credits_id})
    return {one.pk: _shares(one, billed, given_back) for one in invoices}


def _shares(
    invoice: Invoice,
    billed: Mapping[int, Mapping[Thing, Decimal]],
    given_back: Mapping[int, Sequence[tuple[int, Decimal]]],
) -> Shares:
    found = []
    for line in invoice.lines.all():
        source = line.credits_id or line.pk
        left = dict(billed.get(source, {}))
        for note, net in given_back.get(source, ()):
            if left and note < invoice.pk:
                _take(-net, left)
        if line.kind == LineKind.ITEM and (shares := _shared(line, invoice, left)):
            found.append((line, shares))
    return found


def _given_back(invoices: Collection[int]) -> Mapping[int, Sequence[tuple[int, Decimal]]]:
    """By line: what credit notes gave back of it, EUR below zero, each with the key of the note.

    One is drawn up after another is final, so that they were in the order of their keys.
    """
    lines = InvoiceLine.objects.filter(
        invoice__credits__in=invoices, invoice__status=DocumentStatus.FINAL
    )
    found: dict[int, list[tuple[int, Decimal]]] = defaultdict(list)
    rows = lines.order_by("invoice_id", "position").values_list("credits_id", "invoice_id", "net")
    for source, note, net in rows:
        found[source].append((note, net))
    return found


def _billed(invoices: Collection[int]) -> Mapping[int, dict[Thing, Decimal]]:
    """By line: what it billed when it became final, each with what it was billed for.

    What a credit note released since stays what the invoice billed.
    """
    held = Q(released_at__isnull=True) | Q(released_at__gte=F("line__invoice__finalised_at"))
    claims = Claim.objects.filter(held, line__invoice__in=invoices)
    kinds = [When(**{f"{name}__isnull": False}, then=Value(name)) for name in CLAIMABLE]
    projects = [F(f"{name}__project") for name in CLAIMABLE]
    rows = claims.order_by().values(
        "line_id",
        kind=Case(*kinds, output_field=CharField()),
        activity=Coalesce("hour__activity", "instalment__activity"),
        category=F("expense__category"),
        of_instalment=F("instalment"),
        project=Coalesce(*projects),
    )
    found: dict[int, dict[Thing, Decimal]] = defaultdict(dict)
    for row in rows.annotate(billed=Sum("amount")):
        found[row["line_id"]][_thing(row)] = cents(Decimal(row["billed"]))
    return found


def _thing(row: Mapping[str, Any]) -> Thing:
    return Thing(
        kind=row["kind"],
        activity=row["activity"],
        category=row["category"],
        instalment=row["of_instalment"],
        project=row["project"],
    )


def _shared(line: InvoiceLine, invoice: Invoice, left: dict[Thing, Decimal]) -> list[Share]:
    if not left:
        typed = Thing(
            activity=line.activity_id, category=line.category_id, project=invoice.project_id
        )
        return [Share(typed, line.net)] if line.net else []
    sign = -1 if line.credits_id else 1
    parts = _take(sign * line.net, left)
    return [Share(thing, sign * part) for thing, part in parts.items() if part]


def _take(net: Decimal, left: dict[Thing, Decimal]) -> dict[Thing, Decimal]:
    """So much (EUR) of what is `left` of a line, which gets less by it: per thing how much."""
    things = sorted(left, key=_order)
    parts = dict(zip(things, _parts(net, [left[one] for one in things]), strict=True))
    for thing, part in parts.items():
        left[thing] -= part
    return parts


def _parts(net: Decimal, left: Sequence[Decimal]) -> list[Decimal]:
    """All of it where that is `net`, else in proportion, in whole cents; what stands below zero on
    a line stays so. The same parts whether given or given back, but for the sign."""
    whole = sum(left, Decimal(0))
    if net == whole:
        return list(left)
    sign = 1 if net > 0 else -1
    is_part = 0 < sign * net < sign * whole
    weights = [sign * one if is_part else abs(one) for one in left]
    return [sign * part for part in allocate(abs(net), weights)]


def _order(thing: Thing) -> Key:
    """The same for an invoice and its credit note, so that the same parts get the odd cents."""
    return tuple(value if isinstance(value, str) else value or 0 for value in thing)
