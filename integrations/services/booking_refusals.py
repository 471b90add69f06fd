"""What AFAS refuses of journal entries and dossier items, and what it says otherwise of these.

The same rules as in `refusals`: a sentence speaks of this attempt only.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy

from integrations.models import Kind
from integrations.services.places import Place

NAMES: Mapping[str, Any] = {
    "account": gettext_lazy("account number"),
    "amount": gettext_lazy("amount"),
    "cost_centre": gettext_lazy("cost centre"),
    "due_date": gettext_lazy("due date"),
    "entry_date": gettext_lazy("entry date"),
    "entry_number": gettext_lazy("entry number"),
    "file": gettext_lazy("file"),
    "file_name": gettext_lazy("file name"),
    "invoice_number": gettext_lazy("invoice number"),
    "journal": gettext_lazy("journal"),
    "period": gettext_lazy("period"),
    "project": gettext_lazy("project in AFAS"),
    "subject": gettext_lazy("subject of the dossier item"),
    "subject_type": gettext_lazy("type of dossier item"),
    "vat_code": gettext_lazy("VAT code"),
    "year": gettext_lazy("financial year"),
}
"""Our word for a field of an entry or a dossier item → what people call it."""

FIELD_PLACES: Mapping[str, Place] = {
    "account": Place.ACCOUNTS,
    "vat_code": Place.VAT_CODES,
    **dict.fromkeys(("cost_centre", "project"), Place.PROJECTS),
    **dict.fromkeys(("journal", "subject_type"), Place.BOOKING),
    **dict.fromkeys(("period", "year", "entry_date", "due_date"), Place.AFAS),
}

PLACES: Mapping[str, Place] = {
    **dict.fromkeys(("account_blocked", "account_unknown", "too_many_lines"), Place.ACCOUNTS),
    **dict.fromkeys(("vat_code_blocked", "vat_code_unknown"), Place.VAT_CODES),
    **dict.fromkeys(("axis_unknown", "project_unknown"), Place.PROJECTS),
    **dict.fromkeys(("journal_blocked", "journal_unknown"), Place.BOOKING),
    **dict.fromkeys(("subject_type_unknown", "destination_invalid"), Place.BOOKING),
    **dict.fromkeys(("not_balanced", "both_sides", "allocation_differs"), Place.NOWHERE),
}

SAID: Mapping[str, Any] = {
    "account_blocked": gettext_lazy(
        "Ledger account %(account)s is blocked in AFAS, so this attempt booked nothing."
    ),
    "account_unknown": gettext_lazy(
        "AFAS does not know the account of a line (a ledger account, or a debtor that is none "
        "there), so this attempt booked nothing."
    ),
    "vat_code_blocked": gettext_lazy(
        "VAT code %(vat_code)s is blocked in AFAS, so this attempt booked nothing."
    ),
    "vat_code_unknown": gettext_lazy(
        "AFAS does not know a VAT code of this entry, so this attempt booked nothing."
    ),
    "journal_blocked": gettext_lazy(
        "Journal %(journal)s is blocked in AFAS, so this attempt booked nothing."
    ),
    "journal_unknown": gettext_lazy(
        "AFAS does not know the journal in this administration, so this attempt booked nothing."
    ),
    "axis_unknown": gettext_lazy(
        "AFAS does not know a cost centre of this entry, so this attempt booked nothing."
    ),
    "project_unknown": gettext_lazy(
        "AFAS does not know a project of this entry, so this attempt booked nothing."
    ),
    "allocation_differs": gettext_lazy(
        "AFAS finds that the cost centres of account %(account)s do not add up to its amount, so "
        "this attempt booked nothing."
    ),
    "not_balanced": gettext_lazy(
        "AFAS finds that debit and credit of this entry differ, so this attempt booked nothing."
    ),
    "both_sides": gettext_lazy(
        "AFAS finds a line with an amount on both sides, so this attempt booked nothing."
    ),
    "too_many_lines": gettext_lazy(
        "This entry has more lines than the %(most)s that AFAS takes, so this attempt booked "
        "nothing."
    ),
    "subject_type_unknown": gettext_lazy(
        "AFAS does not know the type of dossier item, so this attempt attached nothing."
    ),
    "destination_invalid": gettext_lazy(
        "In AFAS a dossier item of this type cannot stand at a debtor, or takes no file, so this "
        "attempt attached nothing."
    ),
}

TELL_US = gettext_lazy(
    "That should not happen: tell us, with the number of AFAS's log. Meanwhile somebody can book "
    "it by hand in AFAS: then choose “It is in AFAS” and type its entry number."
)
CREDIT_IT = gettext_lazy(
    "AFAS keeps what is paid or processed. Make a credit note of the invoice, send it and book it: "
    "together the two come to nought. Or have the payment taken off in AFAS, then try again."
)
TO_DO: Mapping[str, Any] = {
    **dict.fromkeys(("not_balanced", "both_sides", "allocation_differs"), TELL_US),
    "account_unknown": gettext_lazy(
        "Look at the accounts in the mapping, and at the debtor in AFAS, then try again."
    ),
    "too_many_lines": gettext_lazy(
        "Let activities share an account or a cost centre, then try again; or book it by hand in "
        "AFAS, choose “It is in AFAS” and type its entry number."
    ),
    **dict.fromkeys(
        ("subject_type_unknown", "destination_invalid"),
        gettext_lazy(
            "Choose another type of dossier item in the AFAS settings, then try again. What is "
            "booked stays booked."
        ),
    ),
    Place.ACCOUNTS: gettext_lazy(
        "Choose another account in the mapping, or have it put right in AFAS, then try again."
    ),
    Place.VAT_CODES: gettext_lazy(
        "Choose another VAT code in the mapping, or have it put right in AFAS, then try again."
    ),
    Place.PROJECTS: gettext_lazy(
        "Correct the cost centre or the project in the mapping, or the usual cost centre in the "
        "AFAS settings, then try again."
    ),
    Place.BOOKING: gettext_lazy(
        "Choose another one in the AFAS settings, or have it put right in AFAS, then try again."
    ),
    Place.CREDIT_NOTE: CREDIT_IT,
}

PLACES_OF_BOOKINGS: Mapping[str, Place] = {
    "period_blocked": Place.BOOKING,
    "date_outside_period": Place.AFAS,
    "axis_missing": Place.PROJECTS,
    "vat_not_allowed": Place.ACCOUNTS,
    "cannot_build": Place.NOWHERE,  # the entry itself says what is missing
    **dict.fromkeys(("processed", "reconciled"), Place.CREDIT_NOTE),
}
"""Of bookings and their deletions these are mended elsewhere."""

SAID_OF_BOOKINGS: Mapping[str, Any] = {
    "period_blocked": gettext_lazy(
        "In AFAS the period of this entry is closed (%(when)s), so this attempt booked nothing."
    ),
    "invoice_number_used": gettext_lazy(
        "AFAS has an entry with invoice number %(number)s already, so this attempt booked nothing."
    ),
    "gone": gettext_lazy("AFAS has no entry under this number, so this attempt deleted nothing."),
    "processed": gettext_lazy(
        "AFAS has processed this entry already, so this attempt changed nothing in AFAS."
    ),
}

TO_DO_OF_BOOKINGS: Mapping[str, Any] = {
    "period_blocked": gettext_lazy(
        "Have the period opened in AFAS, or let the AFAS settings book it in the next open period, "
        "then try again."
    ),
    "date_outside_period": gettext_lazy(
        "Have the periods of that year looked at in AFAS, then try again."
    ),
    "invoice_number_used": gettext_lazy(
        "Look it up in AFAS. Did somebody book this invoice by hand, then choose “It is in AFAS” "
        "and type its entry number. Else have that number corrected there, then try again."
    ),
    "gone": gettext_lazy(
        "Somebody may have deleted it there: look for the reference in AFAS. When it is gone, "
        "cancel this and reverse the booking as already deleted."
    ),
    "reconciled": CREDIT_IT,
    "processed": CREDIT_IT,
    Place.ADMINISTRATION: gettext_lazy(
        "Cancel this, choose the administration in the AFAS settings, and book the invoice again."
    ),
    Place.INVOICE_DATE: gettext_lazy(
        "The invoice date is fixed: book the invoice by hand in AFAS, choose “It is in AFAS” and "
        "type its entry number."
    ),
    Place.NOWHERE: gettext_lazy(
        "Ask the AFAS administrator with the number of AFAS's log; when nothing can be put right, "
        "cancel this and book the invoice by hand in AFAS."
    ),
}

TO_DO_OF_ATTACHMENTS: Mapping[str, Any] = {
    Place.NOWHERE: gettext_lazy(
        "Ask the AFAS administrator with the number of AFAS's log; when nothing can be put right, "
        "cancel this: it is about the file alone."
    ),
    **dict.fromkeys(
        ("period_blocked", "gone", Place.ADMINISTRATION, Place.INVOICE_DATE),
        gettext_lazy("Have it put right in AFAS, then try again."),
    ),
}

OTHER_PLACES: Mapping[str, Mapping[str, Place]] = {Kind.SALES_BOOKING: PLACES_OF_BOOKINGS}
OTHER_SAID: Mapping[str, Mapping[str, Any]] = {Kind.SALES_BOOKING: SAID_OF_BOOKINGS}
OTHER_TO_DO: Mapping[str, Mapping[str, Any]] = {
    Kind.SALES_BOOKING: TO_DO_OF_BOOKINGS,
    Kind.ATTACHMENT: TO_DO_OF_ATTACHMENTS,
}
"""By the kind of document that a refusal is about; what is not here holds for all kinds."""
