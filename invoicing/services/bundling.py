"""From things that can be billed to bundles, one for each invoice, and their lines.

Shared by both ways of invoicing: the invoice that AFAS makes and the one that we draw up.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from enum import StrEnum
from typing import Any, Self

from django.utils import translation

from invoicing.services.pricing import Grouping, PricedLine, price
from invoicing.services.sifting import ItemOf, VatOf, as_billable
from registration.models import Project
from relations.models import Customer

Rows = Sequence[tuple[str, Any]]


class Per(StrEnum):
    """What makes one invoice."""

    CUSTOMER = "customer"
    PROJECT = "project"


@dataclass(frozen=True, kw_only=True)
class Options:
    """What the person chose in the first step. `template` may be empty: the grouping's own text.

    What goes along with an invoice that AFAS makes is chosen here too; our own say it themselves.
    """

    invoice_date: date
    per: Per = Per.CUSTOMER
    grouping: Grouping = Grouping.ACTIVITY
    template: str = ""
    reference: str = ""
    with_specification: bool = False
    with_receipts: bool = False

    def as_json(self) -> dict[str, Any]:
        """For the selection row, which keeps it between the steps."""
        return {**asdict(self), "invoice_date": self.invoice_date.isoformat()}

    @classmethod
    def from_json(cls, stored: dict[str, Any]) -> Self:
        """What `as_json` gave; raises KeyError or ValueError when it is something else."""
        return cls(
            invoice_date=date.fromisoformat(stored["invoice_date"]),
            per=Per(stored["per"]),
            grouping=Grouping(stored["grouping"]),
            template=stored["template"],
            reference=stored["reference"],
            with_specification=bool(stored.get("with_specification")),
            with_receipts=bool(stored.get("with_receipts")),
        )


@dataclass(frozen=True, kw_only=True)
class Bundle:
    """What goes on one invoice. `project` is filled in when all of it is of one project."""

    customer: Customer
    project: Project | None
    reference: str
    rows: Rows

    @property
    def versions(self) -> dict[str, dict[int, int]]:
        """Per kind the version of each id, as it is seen now."""
        found: dict[str, dict[int, int]] = {}
        for kind, row in self.rows:
            found.setdefault(kind, {})[row.pk] = row.version
        return found


def bundles(found: Iterable[tuple[str, Any]], options: Options) -> list[Bundle]:
    """One bundle per customer or per project, by name of the customer and then of the project."""
    groups: dict[tuple[int, int], list[tuple[str, Any]]] = {}
    for kind, row in found:
        project = row.project
        key = (project.customer_id, project.pk if options.per is Per.PROJECT else 0)
        groups.setdefault(key, []).append((kind, row))
    ordered = sorted(groups.values(), key=lambda rows: _sort_name(rows[0][1].project))
    return [_bundle(rows, options) for rows in ordered]


def _sort_name(project: Project) -> tuple[str, str]:
    return (str(project.customer).casefold(), project.name.casefold())


def _bundle(rows: Rows, options: Options) -> Bundle:
    first = rows[0][1].project
    project = first if len({row.project_id for _kind, row in rows}) == 1 else None
    reference = options.reference or (project and project.reference) or first.customer.reference
    return Bundle(customer=first.customer, project=project, reference=reference, rows=rows)


def lines_of(rows: Rows, options: Options, item_of: ItemOf, vat_of: VatOf) -> list[PricedLine]:
    """The lines of one invoice, in the language of its customer."""
    with translation.override(rows[0][1].project.customer.language):
        things = [as_billable(kind, row, item_of, vat_of) for kind, row in rows]
        return price(things, options.grouping, options.template)
