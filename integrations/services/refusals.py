"""AFAS's refusals as sentences of ours, with the place where each is mended.

Nothing here proves anything about the money: that is decided in `outcomes`, and an earlier attempt
of the same document may have ended without an answer. So the sentences speak of this attempt only.
Refusals that AFAS's own words are not known of have no sentence: they are shown as AFAS said them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy

from integrations.afas.refusals import UNKNOWN, Refusal, recognise
from integrations.models import AfasDocument
from integrations.services import booking_refusals
from integrations.services.payloads import FIELD_NAMES
from integrations.services.places import Place

__all__ = [
    "Place",
    "Refusal",
    "place_of",
    "recognise",
    "refusal_of",
    "sentence",
]

NOTHING: Mapping[str, str] = {}


NAMES: Mapping[str, Any] = {
    **FIELD_NAMES,
    **booking_refusals.NAMES,
    "administration": gettext_lazy("administration"),
    "invoice_date": gettext_lazy("invoice date"),
    "reference": gettext_lazy("reference"),
    "currency": gettext_lazy("currency"),
    "organisation": gettext_lazy("organisation"),
    "house_number": gettext_lazy("house number"),
}
"""Our word for a field → what people call it."""

FIELD_PLACES: Mapping[str, Place] = {
    **booking_refusals.PLACES,
    **dict.fromkeys(("item_code", "item_kind", "unit"), Place.ITEM),
    **dict.fromkeys(("payment_condition", "vat_duty", "collective_account"), Place.SETTINGS),
    **dict.fromkeys(("debtor_number", "organisation", "name", "country", "street"), Place.CUSTOMER),
    **dict.fromkeys(("house_number", "house_addition", "postcode", "city"), Place.CUSTOMER),
    **dict.fromkeys(("email", "phone", "vat_number", "kvk"), Place.CUSTOMER),
    **booking_refusals.FIELD_PLACES,
    "currency": Place.AFAS,
    "administration": Place.ADMINISTRATION,
    "invoice_date": Place.INVOICE_DATE,
}
"""The place of a refusal that names a field, by our word for it."""

PLACES: Mapping[str, Place] = {
    **booking_refusals.PLACES,
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
    **booking_refusals.SAID,
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
    **booking_refusals.TO_DO,
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
        "Correct the AFAS item of the activity, expense category or project, or that of the AFAS "
        "settings, then try again."
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


def place_of(code: str, values: Mapping[str, str] = NOTHING, kind: str = "") -> Place:
    """Where this is mended. For codes that name a field, `values` says which; else NOWHERE.

    `kind` is what the refused document is about, since an entry is mended elsewhere than an invoice
    that AFAS makes.
    """
    other = booking_refusals.OTHER_PLACES.get(kind, {})
    by_field = FIELD_PLACES.get(str(values.get("field", "")), Place.NOWHERE)
    return other.get(code) or PLACES.get(code, by_field)


def sentence(code: str, values: Mapping[str, str] = NOTHING, kind: str = "") -> str:
    """What is wrong, what it means for the money and what to do, in the reader's language.

    "" for a code without a sentence of ours: show what AFAS said. Values that are missing show as
    "…"; never raises.
    """
    return " ".join(said_and_advised(code, values, kind)).strip()


def said_and_advised(
    code: str, values: Mapping[str, str] = NOTHING, kind: str = ""
) -> tuple[str, str]:
    """The same in its two halves: what is wrong, with what it means; and what to do."""
    if code not in SAID:
        return "", ""
    said = booking_refusals.OTHER_SAID.get(kind, {}).get(code, SAID[code])
    return str(said) % _shown(values), _advised(code, place_of(code, values, kind), kind)


def _advised(code: str, place: Place, kind: str) -> str:
    """Of the code where it has advice of its own, else of its place."""
    other = booking_refusals.OTHER_TO_DO.get(kind, {})
    return str(other.get(code) or TO_DO.get(code) or other.get(place) or TO_DO[place])


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
