"""The rows of the mapping: each thing of ours, the codes of AFAS that it has, and what it lacks.

There are five tables. A row's key names its thing in forms and files: "activity-3", "category-8",
"vat-high-21.00", "project-7", "item-1-UREN".
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from typing import Any
from urllib.parse import quote

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from integrations.models import AccountUse, AfasConnection, ItemUse
from integrations.services.account_links import GENERAL_ACCOUNTS, AccountPlace
from integrations.services.accounts import Codes
from integrations.services.item_settings import KINDS, Place, place_of
from integrations.services.ledger_checks import Ledger
from integrations.services.mapping_vat import Taxed, taxed_by
from integrations.services.shares import Thing
from registration.models import Activity, ExpenseCategory, Project


class Table(StrEnum):
    """What is mapped."""

    ACTIVITIES = "activities"
    PRODUCTS = "products"
    VAT = "vat"
    PROJECTS = "projects"
    ITEMS = "items"


@dataclass(frozen=True)
class Column:
    """A code that a row may have: its name, what people call it, and AFAS's longest."""

    name: str
    label: str | Promise
    longest: int


ITEM_COLUMNS = (
    Column("code", gettext_lazy("Item"), 40),
    Column("kind", gettext_lazy("Kind"), 4),
    Column("unit", gettext_lazy("Unit"), 15),
)
ACCOUNT = Column("account", gettext_lazy("Ledger account"), 16)
COLUMNS: Mapping[str, tuple[Column, ...]] = {
    Table.ACTIVITIES: (*ITEM_COLUMNS, ACCOUNT),
    Table.PRODUCTS: (*ITEM_COLUMNS, ACCOUNT),
    Table.VAT: (
        Column("code", pgettext_lazy("label", "VAT code"), 3),
        Column("account", pgettext_lazy("label", "VAT account"), 16),
        Column("revenue_account", gettext_lazy("Revenue account"), 16),
    ),
    Table.PROJECTS: (
        Column("cost_centre", gettext_lazy("Cost centre"), 16),
        Column("afas_project", gettext_lazy("Project in AFAS"), 15),
    ),
    Table.ITEMS: (ACCOUNT,),
}
LABELS: Mapping[str, str | Promise] = {
    Table.ACTIVITIES: gettext_lazy("Activities"),
    Table.PRODUCTS: gettext_lazy("Products"),
    Table.VAT: pgettext_lazy("label", "VAT rates"),
    Table.PROJECTS: gettext_lazy("Projects"),
    Table.ITEMS: gettext_lazy("Items"),
}
KIND_OF_USE = {
    ItemUse.ACTIVITY: "hour",
    ItemUse.CATEGORY: "expense",
    ItemUse.INSTALMENT: "instalment",
    ItemUse.PROJECT: "subscription_period",
    ItemUse.HOURS: "hour",
    ItemUse.EXPENSES: "expense",
    ItemUse.RIDES: "ride",
    ItemUse.FIXED: "instalment",
    ItemUse.SUBSCRIPTION: "subscription_period",
}


BY_VAT = "by_vat"
"""Stands for an account where there is none of its own, since each VAT rate has one."""


@dataclass(frozen=True, kw_only=True)
class Row:
    """One thing of ours. `otherwise` is what an empty column gets by the ladder; without what is in
    `needs` nothing can be invoiced or booked. A `quiet` row is archived, and shown on demand."""

    key: str
    label: str
    detail: str = ""
    values: Mapping[str, str]
    otherwise: Mapping[str, str] = field(default_factory=dict)
    needs: Sequence[str] = ()
    quiet: bool = False
    of: Any = None

    @property
    def lacks(self) -> list[str]:
        """The columns that it needs and gets nowhere."""
        return [one for one in self.needs if not self.values[one] and not self.otherwise.get(one)]

    @property
    def is_missing(self) -> bool:
        """Whether somebody has to fill in something."""
        return bool(self.lacks) and not self.quiet

    @property
    def is_empty(self) -> bool:
        """Whether it has no code of its own at all."""
        return not any(self.values.values())

    @property
    def is_listed(self) -> bool:
        """Whether it stands in the table without being looked for."""
        return not self.quiet or not self.is_empty


def rows_of(connection: AfasConnection, table: str) -> list[Row]:
    """Every row of a table, archived things too. Codes are those of the linked administration."""
    return _Book(connection).rows(table)


def all_rows(connection: AfasConnection) -> dict[str, list[Row]]:
    """Every row of every table, by table."""
    book = _Book(connection)
    return {table.value: book.rows(table) for table in Table}


class _Book:
    """The rows of one connection; what several tables need is read once."""

    def __init__(self, connection: AfasConnection) -> None:
        self.connection = connection
        self.company = connection.company
        self.codes = Codes.of(connection)

    def rows(self, table: str) -> list[Row]:
        builders = {
            Table.ACTIVITIES: self._activities,
            Table.PRODUCTS: self._products,
            Table.VAT: self._vat,
            Table.PROJECTS: self._projects,
            Table.ITEMS: self._items,
        }
        return list(builders[Table(table)]())

    def _activities(self) -> Iterable[Row]:
        for one in Activity.objects.of(self.company).order_by("name", "pk"):
            yield self._subject(one, Thing("hour", activity=one.pk), ItemUse.HOURS)

    def _products(self) -> Iterable[Row]:
        for one in ExpenseCategory.objects.of(self.company).order_by("name", "pk"):
            yield self._subject(one, Thing("expense", category=one.pk), ItemUse.EXPENSES)

    def _subject(self, subject: Activity | ExpenseCategory, thing: Thing, use: ItemUse) -> Row:
        place = place_of(subject)
        item = self.codes.items.by_subject.get((place.use, subject.pk))
        usual = self.codes.items.by_use.get(use) or self.codes.items.by_use.get(ItemUse.DEFAULT)
        own = self.codes.accounts.get((str(place.use), subject.pk), "")
        return Row(
            key=place.key,
            label=subject.name,
            detail=self._detail_of(subject),
            values={
                "code": item.code if item else "",
                "kind": item.kind if item else "",
                "unit": item.unit if item else "",
                "account": own,
            },
            otherwise={
                "code": usual.code if usual else "",
                "account": "" if own else self._usual_account(thing),
            },
            needs=("code", "account") if self._has_items else ("account",),
            quiet=subject.archived,
            of=subject,
        )

    def _detail_of(self, subject: Activity | ExpenseCategory) -> str:
        archived = _("archived") if subject.archived else ""
        code = subject.code if isinstance(subject, Activity) else ""
        return " · ".join(part for part in (code, archived) if part)

    @property
    def _has_items(self) -> bool:
        """Whether the company works with AFAS's items; who only books own invoices does not."""
        return bool(self.codes.items.by_use or self.codes.items.by_subject)

    def _usual_account(self, thing: Thing) -> str:
        return self.codes.account_of(thing, None) or (BY_VAT if self._by_vat else "")

    @cached_property
    def _by_vat(self) -> bool:
        """Whether every VAT rate in use has a revenue account, so that no line is without one."""
        used = [one for one in self._taxed if one.used]
        links = self.codes.vat
        return bool(used) and all(
            (link := links.get((one.code, one.percent))) and link.revenue_account for one in used
        )

    @cached_property
    def _taxed(self) -> list[Taxed]:
        return taxed_by(self.company, self.codes.vat)

    def _vat(self) -> Iterable[Row]:
        for one in self._taxed:
            link = self.codes.vat.get((one.code, one.percent))
            columns = COLUMNS[Table.VAT]
            default = self.codes.accounts.get(str(AccountUse.DEFAULT), "")
            yield Row(
                key=one.key,
                label=one.label,
                detail="" if one.used else _("not used so far"),
                values={column.name: getattr(link, column.name, "") for column in columns},
                otherwise={"revenue_account": default},
                needs=one.needs if one.used else (),
                of=one,
            )

    def _projects(self) -> Iterable[Row]:
        projects = Project.objects.of(self.company).order_by("customer__name", "name", "pk")
        names = ("pk", "name", "code", "active", "customer__name")
        needs = ("cost_centre",) if self._wants_cost_centres else ()
        for pk, name, code, active, customer in projects.values_list(*names):
            link = self.codes.allocations.get(pk)
            closed = "" if active else _("closed")
            detail = " · ".join(part for part in (customer or _("internal"), code, closed) if part)
            yield Row(
                key=f"project-{pk}",
                label=name,
                detail=detail,
                values={
                    "cost_centre": link.cost_centre if link else "",
                    "afas_project": link.afas_project if link else "",
                },
                otherwise={"cost_centre": self.codes.settings.cost_centre},
                needs=needs,
                quiet=not active or customer is None,
                of=pk,
            )

    @cached_property
    def _wants_cost_centres(self) -> bool:
        """Whether AFAS wants the axis of cost centres on an account that revenue goes to here."""
        ledger, axis = Ledger(self.connection), self.codes.settings.cost_centre_axis
        numbers = {*self.codes.accounts.values()}
        numbers |= {link.revenue_account for link in self.codes.vat.values()}
        found = (ledger.account(number) for number in numbers if number)
        return any(account and axis in account.axes for account in found)

    def _items(self) -> Iterable[Row]:
        items, codes = self.codes.items, self.codes.accounts
        uses: dict[tuple[str, str], list[tuple[str, Thing]]] = {}
        for use, item in items.by_use.items():
            uses.setdefault((item.kind, item.code), []).append((use, _thing_of(use)))
        for (use, pk), item in items.by_subject.items():
            uses.setdefault((item.kind, item.code), []).append((use, _thing_of(use, pk)))
        mapped = {
            (name[1], name[2]) for name in codes if isinstance(name, tuple) and name[0] == "item"
        }
        for kind, code in sorted(uses.keys() | mapped):
            yield self._item(kind, code, uses.get((kind, code), []))

    def _item(self, kind: str, code: str, uses: list[tuple[str, Thing]]) -> Row:
        own = self.codes.accounts.get(("item", kind, code), "")
        found = [self._account_of_item(use, thing) for use, thing in uses]
        return Row(
            key=f"item-{kind}-{quote(code, safe='')}",
            label=code,
            detail=_words_of(kind, [use for use, _thing in uses]),
            values={"account": own},
            otherwise={"account": "" if own or not all(found) else next(iter(found), "")},
            needs=("account",) if uses else (),
            of=(kind, code),
        )

    def _account_of_item(self, use: str, thing: Thing) -> str:
        """What a line with this item gets; the default item counts for every kind of line."""
        if use != ItemUse.DEFAULT:
            return self._usual_account(thing)
        general = [self.codes.accounts.get(str(one), "") for one in GENERAL_ACCOUNTS]
        return general[0] or (general[1] if all(general[1:]) else "")


def _thing_of(use: str, pk: int | None = None) -> Thing:
    """A thing that a line with the item of this use bills."""
    named = {use: pk} if use in Thing._fields else {}
    return Thing(KIND_OF_USE.get(ItemUse(use), ""), **named)


def _words_of(kind: str, uses: Iterable[str]) -> str:
    """What an item is, and what for: "Work type (hours) · Hours, 3 × Activity"."""
    counts: dict[str, int] = {}
    for use in uses:
        counts[str(ItemUse(use).label)] = counts.get(str(ItemUse(use).label), 0) + 1
    words = [label if count == 1 else f"{count} × {label}" for label, count in counts.items()]
    kind_words = str(dict(KINDS).get(kind, kind))
    return " · ".join(part for part in (kind_words, ", ".join(words)) if part)


def place_of_item(row: Row) -> Place:
    """Where the item of an activity or expense category is kept."""
    return place_of(row.of)


def place_of_account(row: Row) -> AccountPlace:
    """Where the account of an activity, expense category or item is kept."""
    if isinstance(row.of, Activity):
        return AccountPlace(AccountUse.ACTIVITY, row.of)
    if isinstance(row.of, ExpenseCategory):
        return AccountPlace(AccountUse.CATEGORY, row.of)
    kind, code = row.of
    return AccountPlace(AccountUse.ITEM, item_kind=kind, item_code=code)
