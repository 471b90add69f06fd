"""From a refused document to the pages where its cause is mended."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from django.utils.translation import gettext as _

from accounts.models import Right
from integrations.models import AfasDocument, Kind
from integrations.services.booking_links import links_of_entry, links_of_place
from integrations.services.fixes import Fix
from integrations.services.items import ItemLadder
from integrations.services.refusals import Place, place_of, refusal_of
from invoicing.models import InvoiceLine

MOST_LINKS = 5


def links_for(document: AfasDocument) -> list[Fix]:
    """Where the cause of a refusal is mended, at most five pages; [] when no page of ours helps.

    Two queries for a refused item (and one for the company where it is not loaded); what a booking
    lacks is worked out anew, and may wait for AFAS's lists; none for anything else. The pages of
    items and settings are for administrators.
    """
    if document.kind == Kind.SALES_BOOKING and document.problem == "cannot_build":
        return links_of_entry(document)
    refusal = refusal_of(document)
    place = place_of(refusal.code, refusal.values, document.about.kind)
    if document.kind == Kind.CUSTOMER and place in {Place.ITEM, Place.NOWHERE}:
        place = Place.CUSTOMER
    match place:
        case Place.CUSTOMER if document.customer_id and document.problem != "look_alike":
            return [Fix(_("Edit the customer"), "customer_edit", (document.customer_id,))]
        case Place.ITEM:
            return _items(document, refusal.values.get("item", ""))
        case Place.SETTINGS:
            return [_settings("customers" if "field" in refusal.values else "")]
        case Place.ADMINISTRATION:
            return [_settings("administration")]
    return links_of_place(place, document)


def _settings(anchor: str) -> Fix:
    return Fix(_("Open the AFAS settings"), "afas_settings", anchor=anchor)


class _Subject(NamedTuple):
    """What an item may belong to: its name, its page, and how the ladder knows it."""

    name: str
    url_name: str
    pk: int
    key: tuple[str, int]


class _Columns(NamedTuple):
    """Where a line tells a subject, which ladder key it has, and the page of its item."""

    pk: str
    name: str
    kind: str
    url_name: str
    page: str


def _columns(way: str, kind: str, url_name: str, named: str = "name", page: str = "") -> _Columns:
    return _Columns(way, f"{way}__{named}", kind, url_name, f"{way}__{page}" if page else way)


# The most particular first, as on the ladder: of what is claimed, else of the line.
CANDIDATES = (
    _columns("claims__instalment", "instalment", "project", "description", "project"),
    _columns("claims__instalment__project", "project", "project"),
    _columns("claims__subscription_period__project", "project", "project"),
    _columns("claims__hour__activity", "activity", "activity"),
    _columns("activity", "activity", "activity"),
    _columns("claims__expense__category", "category", "category"),
    _columns("category", "category", "category"),
)


def _items(document: AfasDocument, code: str) -> list[Fix]:
    """The pages that say which item these lines get; the settings too where one came from."""
    ladder = ItemLadder.of(document.company, document.environment)
    subjects = _subjects(document, code, ladder)
    known = sorted(one for one in subjects if one)
    from_settings = not known or len(known) < len(subjects)
    if from_settings or any(one.key not in ladder.by_subject for one in known):
        return [*map(_item_page, known[: MOST_LINKS - 1]), _settings("items")]
    return [_item_page(one) for one in known[:MOST_LINKS]]


def _item_page(subject: _Subject) -> Fix:
    label = _("AFAS item of %(name)s") % {"name": subject.name}
    return Fix(label, subject.url_name, (subject.pk,), "afas-item", right=Right.ADMIN)


def _subjects(document: AfasDocument, code: str, ladder: ItemLadder) -> set[_Subject | None]:
    """Of the lines with this item, or of every line when none has it; None for a line without."""
    lines = InvoiceLine.objects.of(document.company).filter(invoice=document.invoice_id)
    columns = [name for one in CANDIDATES for name in (one.pk, one.name, one.page)]
    rows = set(lines.order_by().values_list("item_code", *columns).distinct())
    named = {row for row in rows if code and row[0].casefold() == code.casefold()}
    return {_subject(row[1:], ladder) for row in named or rows}


def _subject(row: Sequence[Any], ladder: ItemLadder) -> _Subject | None:
    """Whose item the line got; where it came from the settings, whose it could be."""
    found = []
    for at, one in enumerate(CANDIDATES):
        pk, name, page = row[3 * at : 3 * at + 3]
        if pk:
            found.append(_Subject(name, one.url_name, page, (one.kind, pk)))
    given = (one for one in found if one.key in ladder.by_subject)
    return next(given, _widest(found))


def _widest(found: Sequence[_Subject]) -> _Subject | None:
    """Rather the project than one instalment of it, since its item is for all of them."""
    wider = (one for one in found if one.key[0] != "instalment")
    return next(wider, None)
