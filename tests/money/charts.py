"""Where everything of an office lands in AFAS, by luck: kept as rows and as plain codes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from core.vat import VatCode
from integrations.models import (
    AccountLink,
    AccountUse,
    AfasConnection,
    BookingSettings,
    CustomerLink,
    ItemLink,
    ItemUse,
    ProjectLink,
    VatLink,
)
from tests.factories import AfasConnectionFactory
from tests.money.offices import Office

PERCENTAGES = {"high": (2100, 2150, 2200), "low": (900,)}
ITEM_USES = ("hours", "expenses", "rides", "fixed", "subscription")
NO_LISTS = [{"connector": "FiEntries", "access": "write", "granted": True}]
"""What the token may do: it reads nothing, so that what is typed is believed."""


@dataclass
class Chart:
    """The codes by what they are for, with ids of ours; percentages are in 0.01 %.

    `accounts` by ("activity", id), ("category", id), ("item", code) or a use; `items` likewise and
    by ("project", id) and ("instalment", id); `vat` (code, account, revenue account) by treatment
    and percentage; `places` (cost centre, project) by project.
    """

    accounts: dict[Any, str] = field(default_factory=dict)
    items: dict[Any, str] = field(default_factory=dict)
    vat: dict[tuple[str, int], tuple[str, str, str]] = field(default_factory=dict)
    places: dict[int, tuple[str, str]] = field(default_factory=dict)
    centre: str = ""
    axis: int = 1

    @classmethod
    def of(cls, office: Office) -> Chart:
        """Some of everything is filled in; what may not be empty always is."""
        luck, chart = office.luck, cls()
        chart.centre, chart.axis = luck.choice(["", "WEST"]), luck.randint(1, 5)
        chart.items = dict(_some(office, _subjects(office), [f"ITEM-{n}" for n in range(5)]))
        codes = {("item", code) for code in chart.items.values()}
        named = [one for one in _subjects(office) if one[0] in {"activity", "category"}]
        keys = [*named, *sorted(codes), *ITEM_USES]
        chart.accounts = dict(_some(office, keys, [f"80{n}0" for n in range(6)]))
        chart.accounts["default"] = "8999"
        for treatment in VatCode.values:
            for percent in PERCENTAGES.get(treatment, (0,)):
                code = "" if treatment == "outside" else str(len(chart.vat) + 1)
                revenue = luck.choice(["", "", f"81{luck.randint(0, 9)}0"])
                chart.vat[treatment, percent] = (code, f"15{len(chart.vat) % 7:02}", revenue)
        for project in office.projects:
            centre = luck.choice(["", "NOORD", "ZUID"]), luck.choice(["", "", "P-1", "P-2"])
            if any(centre):
                chart.places[project.pk] = centre
        return chart

    def keep(self, office: Office) -> AfasConnection:
        """All of it as rows of a link that is ready; every customer is a debtor."""
        same = {"company": office.company, "environment": "12345"}
        books = {**same, "administration": 1}
        connection: AfasConnection = AfasConnectionFactory(
            company=office.company, findings=NO_LISTS
        )
        BookingSettings.objects.create(
            **books, journal="20", cost_centre=self.centre, cost_centre_axis=self.axis
        )
        items = [(_of_item(key), code) for key, code in self.items.items()]
        ItemLink.objects.bulk_create(
            ItemLink(**same, **key, kind="1", code=code, unit="st") for key, code in items
        )
        AccountLink.objects.bulk_create(
            AccountLink(**books, **_of_account(key), account=account)
            for key, account in self.accounts.items()
        )
        VatLink.objects.bulk_create(_vat_links(self, books))
        ProjectLink.objects.bulk_create(
            ProjectLink(**books, project_id=pk, cost_centre=centre, afas_project=project)
            for pk, (centre, project) in self.places.items()
        )
        CustomerLink.objects.bulk_create(
            CustomerLink(**same, customer=one, debtor_number=debtor(one.pk))
            for one in office.customers
        )
        return connection


def debtor(customer: int) -> str:
    """What AFAS calls a customer."""
    return str(10_000 + customer)


def _subjects(office: Office) -> list[Any]:
    """All that may have an item of its own."""
    return [
        *ITEM_USES,
        "default",
        *(("activity", one.pk) for one in office.activities),
        *(("category", one.pk) for one in office.categories),
        *(("project", one.pk) for one in office.projects),
        *(("instalment", one.pk) for one in office.made["instalment"]),
    ]


def _some(office: Office, keys: Iterable[Any], values: list[str]) -> Iterator[tuple[Any, str]]:
    chance = office.luck.choice([0.2, 0.6])
    for key in keys:
        if office.luck.random() < chance:
            yield key, office.luck.choice(values)


def _of_item(key: Any) -> dict[str, Any]:
    if isinstance(key, str):
        return {"use": ItemUse(key)}
    kind, pk = key
    return {"use": ItemUse(kind), f"{kind}_id": pk}


def _of_account(key: Any) -> dict[str, Any]:
    if isinstance(key, str):
        return {"use": AccountUse(key)}
    kind, what = key
    if kind == "item":
        return {"use": AccountUse.ITEM, "item_kind": "1", "item_code": what}
    return {"use": AccountUse(kind), f"{kind}_id": what}


def _vat_links(chart: Chart, books: dict[str, Any]) -> Iterator[VatLink]:
    for (treatment, percent), (code, account, revenue) in chart.vat.items():
        yield VatLink(
            **books,
            vat_code=treatment,
            percent=Decimal(percent) / 100,
            code=code,
            account=account,
            revenue_account=revenue,
        )
