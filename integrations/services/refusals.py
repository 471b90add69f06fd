"""AFAS's refusals as sentences of ours, with the place where each is mended.

Nothing here proves anything about the money: that is decided in `outcomes`, and an earlier attempt
of the same document may have ended without an answer. So the sentences speak of this attempt only.
Refusals that AFAS's own words are not known of have no sentence: they are shown as AFAS said them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, NamedTuple

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from integrations.afas.refusals import UNKNOWN, Refusal, recognise
from integrations.models import AfasDocument, Kind
from integrations.services.items import ItemLadder
from integrations.services.payloads import FIELD_NAMES
from invoicing.models import InvoiceLine

__all__ = [
    "Fix",
    "Place",
    "Refusal",
    "links_for",
    "place_of",
    "recognise",
    "refusal_of",
    "sentence",
]

MOST_LINKS = 5
NOTHING: Mapping[str, str] = {}


class Place(StrEnum):
    """Where a refusal is mended."""

    CUSTOMER = "customer"
    ITEM = "item"
    """The item of an activity, an expense category, a kind of line, or the default item."""
    SETTINGS = "settings"
    ADMINISTRATION = "administration"
    INVOICE_DATE = "invoice_date"
    """Fixed with the invoice: cancelled, its entries are billed again with another date."""
    AFAS = "afas"
    """Only somebody in AFAS can."""
    NOWHERE = "nowhere"


@dataclass(frozen=True)
class Fix:
    """A page where a refusal is mended: its words, the name of its URL and the card on it."""

    label: str
    url_name: str
    args: tuple[int | str, ...] = ()
    anchor: str = ""

    @property
    def url(self) -> str:
        """Its address, at the right card of the page."""
        url = reverse(self.url_name, args=self.args)
        return f"{url}#{self.anchor}" if self.anchor else url


NAMES: Mapping[str, Any] = {
    **FIELD_NAMES,
    "administration": gettext_lazy("administration"),
    "invoice_date": gettext_lazy("invoice date"),
    "reference": gettext_lazy("reference"),
    "currency": gettext_lazy("currency"),
    "organisation": gettext_lazy("organisation"),
    "house_number": gettext_lazy("house number"),
}
"""Our word for a field → what people call it."""

FIELD_PLACES: Mapping[str, Place] = {
    **dict.fromkeys(("item_code", "item_kind", "unit"), Place.ITEM),
    **dict.fromkeys(("payment_condition", "vat_duty", "collective_account"), Place.SETTINGS),
    **dict.fromkeys(("debtor_number", "organisation", "name", "country", "street"), Place.CUSTOMER),
    **dict.fromkeys(("house_number", "house_addition", "postcode", "city"), Place.CUSTOMER),
    **dict.fromkeys(("email", "phone", "vat_number", "kvk"), Place.CUSTOMER),
    **dict.fromkeys(("currency", "account", "vat_code", "period"), Place.AFAS),
    "administration": Place.ADMINISTRATION,
    "invoice_date": Place.INVOICE_DATE,
}
"""The place of a refusal that names a field, by our word for it."""

PLACES: Mapping[str, Place] = {
    **dict.fromkeys(("item_unknown", "item_blocked", "unit_mismatch"), Place.ITEM),
    **dict.fromkeys(("debtor_unknown", "debtor_blocked", "not_a_debtor"), Place.CUSTOMER),
    **dict.fromkeys(("several_organisations", "email_invalid"), Place.CUSTOMER),
    **dict.fromkeys(("connector_missing", "address_refused", "field_unknown"), Place.SETTINGS),
    **dict.fromkeys(("period_blocked", "date_outside_period"), Place.INVOICE_DATE),
    **dict.fromkeys(("connector_blocked", "axis_missing", "vat_not_allowed"), Place.AFAS),
    **dict.fromkeys(("invoice_number_used", "gone", "processed", "reconciled"), Place.AFAS),
    "cannot_build": Place.ITEM,  # ours, not AFAS's: a value of a line does not fit
}
"""The place of a refusal whose field does not matter; of others it is that of the field."""

SAID: Mapping[str, Any] = {
    "item_unknown": gettext_lazy(
        "AFAS does not know an item of this invoice, so this attempt booked nothing."
    ),
    "item_blocked": gettext_lazy(
        "Item %(item)s is blocked in AFAS, so this attempt booked nothing."
    ),
    "unit_mismatch": gettext_lazy(
        "AFAS does not allow the unit “%(unit)s” for item %(item)s, so this attempt booked nothing."
    ),
    "debtor_unknown": gettext_lazy(
        "AFAS does not know the debtor of this customer, so this attempt booked nothing."
    ),
    "debtor_blocked": gettext_lazy(
        "Debtor %(debtor)s is blocked in AFAS, so this attempt booked nothing."
    ),
    "not_a_debtor": gettext_lazy(
        "In AFAS %(debtor)s is a relation but not a debtor, so this attempt booked nothing."
    ),
    "several_organisations": gettext_lazy(
        "AFAS has several organisations with this %(field)s and does not choose, so this attempt "
        "made no debtor."
    ),
    "email_invalid": gettext_lazy(
        "AFAS does not take the e-mail address of this customer, so this attempt made no debtor."
    ),
    "connector_missing": gettext_lazy(
        "The connector is not in the app connector of AFAS, or its user has no right to it, so "
        "this attempt changed nothing in AFAS."
    ),
    "connector_blocked": gettext_lazy(
        "AFAS has blocked this connector, so this attempt changed nothing in AFAS."
    ),
    "field_unknown": gettext_lazy(
        "The connector in AFAS has no field “%(field)s”, so this attempt changed nothing in AFAS."
    ),
    "period_blocked": gettext_lazy(
        "In AFAS the period of the invoice date is blocked (%(when)s), so this attempt booked "
        "nothing."
    ),
    "date_outside_period": gettext_lazy(
        "In AFAS the date %(date)s is not in period %(period)s of %(year)s, so this attempt booked "
        "nothing."
    ),
    "axis_missing": gettext_lazy(
        "In AFAS account %(account)s needs a code for “%(axis)s”, so this attempt booked nothing."
    ),
    "vat_not_allowed": gettext_lazy(
        "In AFAS account %(account)s allows no VAT, so this attempt booked nothing."
    ),
    "invoice_number_used": gettext_lazy(
        "AFAS has an invoice with number %(number)s already, so this attempt booked nothing."
    ),
    "gone": gettext_lazy(
        "AFAS has nothing under this order number, so this attempt deleted nothing."
    ),
    "processed": gettext_lazy(
        "AFAS has processed this invoice already, so this attempt changed nothing in AFAS."
    ),
    "reconciled": gettext_lazy(
        "In AFAS this entry is reconciled or paid, so this attempt deleted nothing."
    ),
    "code_unknown": gettext_lazy(
        "AFAS does not know the value of “%(field)s”, so this attempt booked nothing."
    ),
    "mandatory_missing": gettext_lazy(
        "AFAS wants a value for “%(field)s”, so this attempt booked nothing."
    ),
    "too_long": gettext_lazy(
        "The value of “%(field)s” is too long for AFAS, which takes %(most)s characters; this "
        "attempt booked nothing."
    ),
    "too_many_decimals": gettext_lazy(
        "The value of “%(field)s” has more than the %(most)s decimals that AFAS takes, so this "
        "attempt booked nothing."
    ),
    "type_mismatch": gettext_lazy(
        "AFAS cannot read a number or date (“%(field)s”), so this attempt booked nothing."
    ),
    "already_exists": gettext_lazy(
        "AFAS has the value of “%(field)s” already, so this attempt booked nothing."
    ),
}
"""What is wrong. The other codes have no sentence of ours that would help more than AFAS's."""

TO_DO: Mapping[str, Any] = {
    "item_blocked": gettext_lazy(
        "Have it unblocked in AFAS or choose another item, then try again."
    ),
    "debtor_unknown": gettext_lazy(
        "Look the debtor up in AFAS and import the customers again, then try again."
    ),
    "debtor_blocked": gettext_lazy(
        "Have the block taken away in AFAS, then try again; or cancel this and settle it with the "
        "customer first."
    ),
    "not_a_debtor": gettext_lazy("Have it marked as a debtor in AFAS, then try again."),
    "several_organisations": gettext_lazy(
        "Look there which one it is and correct the customer; or cancel this and import the "
        "customers."
    ),
    "connector_missing": gettext_lazy(
        "Let the AFAS administrator add the connector and give the user the right to it, test the "
        "link in the AFAS settings, then try again."
    ),
    "field_unknown": gettext_lazy(
        "Let the AFAS administrator add the field, or correct its name in the AFAS settings, then "
        "try again."
    ),
    "period_blocked": gettext_lazy(
        "Have the period opened in AFAS and try again; or cancel this and bill its entries again "
        "with another invoice date, since this one is fixed."
    ),
    "invoice_number_used": gettext_lazy(
        "It may be this very invoice: look it up in AFAS before you try again."
    ),
    "gone": gettext_lazy(
        "Somebody may have deleted it there: look for the reference in AFAS before you bill its "
        "entries again."
    ),
    "processed": gettext_lazy(
        "Have it credited in AFAS, then undo the invoicing as corrected in AFAS."
    ),
    "reconciled": gettext_lazy(
        "Have the payment taken off it in AFAS and try again, or have it credited there."
    ),
    "already_exists": gettext_lazy(
        "It may have been made by an earlier attempt or by somebody there: look it up in AFAS "
        "before you try again."
    ),
    Place.CUSTOMER: gettext_lazy("Correct the customer, then try again."),
    Place.ITEM: gettext_lazy(
        "Correct the AFAS item of the activity or expense category, or that of the AFAS settings, "
        "then try again."
    ),
    Place.SETTINGS: gettext_lazy("Correct it in the AFAS settings, then try again."),
    Place.ADMINISTRATION: gettext_lazy(
        "Cancel this, choose the administration in the AFAS settings, and bill its entries again."
    ),
    Place.INVOICE_DATE: gettext_lazy(
        "The invoice date is fixed: cancel this and bill its entries again with another one."
    ),
    Place.AFAS: gettext_lazy("Have it put right in AFAS, then try again."),
    Place.NOWHERE: gettext_lazy(
        "Ask the AFAS administrator with the number of AFAS's log; when nothing can be put right, "
        "cancel this to release its entries."
    ),
}
"""What to do now: of a code where it has advice of its own, else of its place."""


def place_of(code: str, values: Mapping[str, str] = NOTHING) -> Place:
    """Where this is mended. For codes that name a field, `values` says which; else NOWHERE."""
    by_field = FIELD_PLACES.get(str(values.get("field", "")), Place.NOWHERE)
    return PLACES.get(code, by_field)


def sentence(code: str, values: Mapping[str, str] = NOTHING) -> str:
    """What is wrong, what it means for the money and what to do, in the reader's language.

    "" for a code without a sentence of ours: show what AFAS said. Values that are missing show as
    "…"; never raises.
    """
    return " ".join(said_and_advised(code, values)).strip()


def said_and_advised(code: str, values: Mapping[str, str] = NOTHING) -> tuple[str, str]:
    """The same in its two halves: what is wrong, with what it means; and what to do."""
    if code not in SAID:
        return "", ""
    advice = TO_DO.get(code) or TO_DO[place_of(code, values)]
    return str(SAID[code]) % _shown(values), str(advice)


class _Shown(dict[str, str]):
    """The words of a sentence; the one that is not there is an ellipsis."""

    def __missing__(self, _name: str) -> str:
        return "…"


def _shown(values: Mapping[str, str]) -> _Shown:
    shown = _Shown(values)
    shown["field"] = str(NAMES.get(str(values.get("field", "")), values.get("label") or "…"))
    period = "/".join(str(values[name]) for name in ("period", "year") if name in values)
    shown["when"] = str(values.get("date") or period or "…")
    return shown


def refusal_of(document: AfasDocument) -> Refusal:
    """The refusal of a document: its code as kept, and what AFAS's sentence on it names.

    One that was kept as merely "refused" is recognised anew, so older documents gain by new rows.
    """
    found = recognise(document.message)
    if document.problem in {found.code, "", UNKNOWN}:
        return found
    return Refusal(code=document.problem)


def links_for(document: AfasDocument) -> list[Fix]:
    """Where the cause of a refusal is mended, at most five pages; [] when no page of ours helps.

    Two queries for a refused item (and one for the company where it is not loaded), none for
    anything else. The pages of items and settings are for administrators.
    """
    refusal = refusal_of(document)
    place = place_of(refusal.code, refusal.values)
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
    return []


def _settings(anchor: str) -> Fix:
    return Fix(_("Open the AFAS settings"), "afas_settings", anchor=anchor)


class _Subject(NamedTuple):
    """What gave a line its item: an activity or an expense category."""

    name: str
    url_name: str
    pk: int


def _items(document: AfasDocument, code: str) -> list[Fix]:
    """The pages that say which item these lines get; the settings too where one came from."""
    subjects = _subjects(document, code)
    ladder = ItemLadder.of(document.company, document.environment)
    own = {"activity": ladder.by_activity, "category": ladder.by_category}
    known = sorted(one for one in subjects if one)
    from_settings = not known or len(known) < len(subjects)
    if from_settings or any(one.pk not in own[one.url_name] for one in known):
        return [*map(_item_page, known[: MOST_LINKS - 1]), _settings("items")]
    return [_item_page(one) for one in known[:MOST_LINKS]]


def _item_page(subject: _Subject) -> Fix:
    label = _("AFAS item of %(name)s") % {"name": subject.name}
    return Fix(label, subject.url_name, (subject.pk,), "afas-item")


ACTIVITY = (
    *("claims__hour__activity", "claims__hour__activity__name"),
    *("activity", "activity__name"),
)
CATEGORY = (
    *("claims__expense__category", "claims__expense__category__name"),
    *("category", "category__name"),
)


def _subjects(document: AfasDocument, code: str) -> set[_Subject | None]:
    """Of the lines with this item, or of every line when none has it; None for a line without."""
    lines = InvoiceLine.objects.of(document.company).filter(invoice=document.invoice_id)
    rows = set(lines.order_by().values_list("item_code", *ACTIVITY, *CATEGORY).distinct())
    named = {row for row in rows if code and row[0].casefold() == code.casefold()}
    return {_subject(row[1:]) for row in named or rows}


def _subject(row: Iterable[Any]) -> _Subject | None:
    """The first that is there: of the claimed entry, else of the line."""
    pk_and_name = list(row)
    for at, url_name in ((0, "activity"), (2, "activity"), (4, "category"), (6, "category")):
        if pk_and_name[at]:
            return _Subject(pk_and_name[at + 1], url_name, pk_and_name[at])
    return None
