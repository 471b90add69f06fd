"""What a line of an own invoice bills, and how its net amount is shared over that.

A line may bill hours of several activities and projects, which go to accounts and cost centres of
their own. Its net, which the customer holds on paper, is shared over them in whole cents by what
each was billed for; a credit note shares as the line that it gives back, so that both come to
nought on every account.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any, NamedTuple

from django.db.models import Case, CharField, F, Q, Sum, Value, When
from django.db.models.functions import Coalesce

from core.money import allocate, cents
from invoicing.models import CLAIMABLE, Claim, Invoice, InvoiceLine, LineKind

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


def shares_of(invoice: Invoice) -> list[tuple[InvoiceLine, list[Share]]]:
    """Every line with an amount, each with its shares, which add up to its net. Two queries."""
    lines = [line for line in invoice.lines.all() if line.kind == LineKind.ITEM and line.net]
    weights = _weights(invoice, lines)
    return [(line, _shared(line, invoice, weights.get(_source(line), {}))) for line in lines]


def _source(line: InvoiceLine) -> int:
    """The line whose entries tell what it bills: of a credit note that which it gives back."""
    return line.credits_id or line.pk


def _weights(invoice: Invoice, lines: Iterable[InvoiceLine]) -> Mapping[int, dict[Thing, Decimal]]:
    """By line: what it billed when it became final, each with what it was billed for."""
    final_at = (invoice.credits or invoice).finalised_at
    held = Q(released_at__isnull=True)
    if final_at:  # what a credit note released since stays what the invoice billed
        held |= Q(released_at__gte=final_at)
    claims = Claim.objects.filter(held, line__in={_source(line) for line in lines})
    kinds = [When(**{f"{name}__isnull": False}, then=Value(name)) for name in CLAIMABLE]
    projects = [F(f"{name}__project") for name in CLAIMABLE]
    rows = claims.order_by().values(
        "line_id",
        kind=Case(*kinds, output_field=CharField()),
        activity=F("hour__activity"),
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


def _shared(line: InvoiceLine, invoice: Invoice, weights: Mapping[Thing, Decimal]) -> list[Share]:
    if not weights:
        typed = Thing(
            activity=line.activity_id, category=line.category_id, project=invoice.project_id
        )
        return [Share(typed, line.net)]
    things = sorted(weights, key=_order)
    parts = _in_proportion(line.net, [abs(weights[thing]) for thing in things])
    return [Share(thing, part) for thing, part in zip(things, parts, strict=True) if part]


def _in_proportion(net: Decimal, weights: Sequence[Decimal]) -> list[Decimal]:
    """The same parts whether given or given back, but for the sign."""
    parts = allocate(abs(net), weights)
    return parts if net > 0 else [-part for part in parts]


def _order(thing: Thing) -> Key:
    """The same for an invoice and its credit note, so that the same parts get the odd cents."""
    return tuple(value if isinstance(value, str) else value or 0 for value in thing)
