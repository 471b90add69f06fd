"""Which AFAS item the lines get: a kind, a code and a unit together (DECISIONS B)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import Company, User
from core import audit
from core.errors import FieldsError
from integrations.afas.records import Item as AfasItem
from integrations.models import AfasConnection, ItemLink, ItemUse
from integrations.models.links import SUBJECTS
from integrations.services.book_links import hold
from integrations.services.picking import items_of
from registration.models import Activity, ExpenseCategory, Instalment, Project

KINDS = (
    ("1", gettext_lazy("Work type (hours)")),
    ("2", gettext_lazy("Article")),
    ("6", gettext_lazy("Costs")),
    ("7", gettext_lazy("Composition")),
    ("8", gettext_lazy("Course")),
)
"""AFAS's kinds of item (VaIt) that a line with a quantity and a price can have."""
WITHOUT_UNIT = "*****"
"""What AFAS wants where an item has no unit."""
GENERAL_USES = (
    ItemUse.DEFAULT,
    ItemUse.HOURS,
    ItemUse.EXPENSES,
    ItemUse.RIDES,
    ItemUse.FIXED,
    ItemUse.SUBSCRIPTION,
)


@dataclass(frozen=True, kw_only=True)
class Chosen:
    """What was filled in for one use; without a code there is no item."""

    kind: str = ""
    code: str = ""
    unit: str = ""

    @property
    def is_empty(self) -> bool:
        """Whether nothing was typed."""
        return not self.code.strip()


Subject = Activity | ExpenseCategory | Project | Instalment


@dataclass(frozen=True)
class Place:
    """For what an item is: a general use, or the one `subject` that has it for itself."""

    use: str
    subject: Subject | None = None

    @property
    def key(self) -> str:
        """A name for it, as in form fields: "rides", "activity-3"."""
        return f"{self.use}-{self.subject.pk}" if self.subject else str(self.use)

    @property
    def columns(self) -> dict[str, Any]:
        """How a link says it: the use, and the subject in the column of its kind."""
        return {"use": self.use, **dict.fromkeys(SUBJECTS), **self._subject}

    @property
    def _subject(self) -> dict[str, Any]:
        return {str(self.use): self.subject} if self.subject else {}

    def links(self, company: Company, environment: str) -> Any:
        """The rows that say so now: none or one."""
        return ItemLink.objects.of(company).filter(environment=environment, **self.columns)


USES: dict[type[Any], ItemUse] = {
    Activity: ItemUse.ACTIVITY,
    ExpenseCategory: ItemUse.CATEGORY,
    Project: ItemUse.PROJECT,
    Instalment: ItemUse.INSTALMENT,
}


def place_of(subject: Subject) -> Place:
    """The place of an activity, expense category, instalment, or project for its price."""
    return Place(USES[type(subject)], subject)


def general_places() -> list[Place]:
    """The places of the settings page itself."""
    return [Place(use) for use in GENERAL_USES]


def subject_places(company: Company) -> list[Place]:
    """Every activity and expense category that is in use, by name."""
    activities: Any = Activity.objects.of(company).filter(archived=False).order_by("name")
    categories: Any = ExpenseCategory.objects.of(company).filter(archived=False).order_by("name")
    return [place_of(one) for one in (*activities, *categories)]


def chosen_items(company: Company, environment: str) -> dict[str, Chosen]:
    """What is chosen now, by the key of its place; one query."""
    links = ItemLink.objects.of(company).filter(environment=environment)
    return {_key(one): Chosen(kind=one.kind, code=one.code, unit=one.unit) for one in links}


def _key(link: ItemLink) -> str:
    """The key of the place of a link."""
    subjects = [pk for name in SUBJECTS if (pk := getattr(link, f"{name}_id"))]
    return "-".join([link.use, *map(str, subjects)])


def save_items(
    *, connection: AfasConnection, items: Mapping[Place, Chosen], by: User
) -> list[Place]:
    """Keep these items, all or none; an empty one is taken away. Returns what changed.

    Raises what `check_items` raises.
    """
    tidy = check_items(connection, items)
    return keep_items(connection=connection, items=tidy, by=by)


@transaction.atomic
def keep_items(
    *, connection: AfasConnection, items: Mapping[Place, Chosen], by: User
) -> list[Place]:
    """Keep items as `check_items` gave them; returns the places of those that changed.

    Raises DomainError when the company was linked elsewhere meanwhile.
    """
    hold(connection)
    return [place for place, chosen in items.items() if _keep(connection, place, chosen, by)]


def check_items(connection: AfasConnection, items: Mapping[Place, Chosen]) -> dict[Place, Chosen]:
    """These items as they would be kept, when AFAS would take them all.

    Where AFAS's items can be read, kind and unit may be left empty and are taken from there. Raises
    FieldsError with keys like "rides-code", "activity-3-unit".
    """
    known = items_of(connection) if any(not one.is_empty for one in items.values()) else None
    errors: dict[str, str] = {}
    tidy: dict[Place, Chosen] = {}
    for place, chosen in items.items():
        tidy[place] = _completed(chosen, known)
        problems = _problems(tidy[place], known)
        errors |= {f"{place.key}-{name}": sentence for name, sentence in problems.items()}
    if errors:
        raise FieldsError(errors)
    return tidy


def _completed(chosen: Chosen, known: Iterable[AfasItem] | None) -> Chosen:
    if chosen.is_empty:
        return Chosen()
    code = " ".join(chosen.code.split())
    of_afas = _find(known or (), code, chosen.kind)
    if of_afas is None:
        return Chosen(kind=chosen.kind, code=code, unit=chosen.unit.strip() or WITHOUT_UNIT)
    return Chosen(
        kind=chosen.kind or of_afas.kind,
        code=of_afas.ItemCode,
        unit=chosen.unit.strip() or of_afas.UnitId or WITHOUT_UNIT,
    )


def _problems(chosen: Chosen, known: list[AfasItem] | None) -> dict[str, str]:
    if chosen.is_empty:
        return {}
    problems = {}
    if chosen.kind not in dict(KINDS):
        problems["kind"] = _("Choose what kind of item %(code)s is.") % {"code": chosen.code}
    for name, most in (("code", 40), ("unit", 15)):
        if len(getattr(chosen, name)) > most:
            problems[name] = _("At most %(most)s signs fit in AFAS.") % {"most": most}
    return problems or _unknown_to_afas(chosen, known or [])


def _unknown_to_afas(chosen: Chosen, known: list[AfasItem]) -> dict[str, str]:
    """What AFAS's own list says against it; a kind that the list does not hold is not judged."""
    of_afas = _find(known, chosen.code, chosen.kind)
    if of_afas and of_afas.is_blocked:
        return {"code": _("AFAS has blocked this item; it would refuse the invoice.")}
    if of_afas:
        return {}
    other = next((one for one in known if _same(one.ItemCode, chosen.code) and one.kind), None)
    if other:
        kind = dict(KINDS).get(other.kind, other.kind)
        return {
            "kind": _("In AFAS %(code)s is of the kind “%(kind)s”.")
            % {"code": other.ItemCode, "kind": kind}
        }
    if any(one.kind == chosen.kind for one in known):
        return {"code": _("AFAS knows no item with this code.")}
    return {}


def _find(known: Iterable[AfasItem], code: str, kind: str) -> AfasItem | None:
    fits = [one for one in known if _same(one.ItemCode, code) and kind in {"", one.kind}]
    return fits[0] if fits else None


def _same(one: str, other: str) -> bool:
    return one.strip().casefold() == other.strip().casefold()


def _keep(connection: AfasConnection, place: Place, chosen: Chosen, by: User) -> bool:
    company, environment = connection.company, connection.environment
    link = place.links(company, environment).select_for_update().first()
    before = Chosen(kind=link.kind, code=link.code, unit=link.unit) if link else Chosen()
    if before == chosen:
        return False
    if chosen.is_empty:
        link.delete()
    else:
        ItemLink.objects.update_or_create(
            company=company,
            environment=environment,
            **place.columns,
            defaults={"kind": chosen.kind, "code": chosen.code, "unit": chosen.unit},
        )
    change = audit.Change(before={place.key: before.code}, after={place.key: chosen.code})
    audit.record(company=company, by=by, action="afas_item.changed", obj=connection, change=change)
    return True
