"""Error codes of documents, in a few words each: for filters and lists."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _

WORDS: Mapping[str, Any] = {
    "refused": _("Refused in AFAS's own words"),
    "cannot_build": _("Does not fit AFAS"),
    "look_alike": _("A debtor looks alike"),
    "number_reused": _("Number used anew in AFAS"),
    "connector_missing": _("Connector missing"),
    "connector_blocked": _("Connector blocked"),
    "address_refused": _("Address refused"),
    "field_unknown": _("Field unknown"),
    "item_unknown": _("Item unknown"),
    "item_blocked": _("Item blocked"),
    "unit_mismatch": _("Unit not allowed"),
    "debtor_unknown": _("Debtor unknown"),
    "debtor_blocked": _("Debtor blocked"),
    "not_a_debtor": _("Not a debtor"),
    "several_organisations": _("Several organisations"),
    "email_invalid": _("E-mail address not valid"),
    "period_blocked": _("Period blocked"),
    "date_outside_period": _("Date outside the period"),
    "axis_missing": _("Cost centre missing"),
    "vat_not_allowed": _("VAT not allowed"),
    "invoice_number_used": _("Invoice number used"),
    "gone": _("Not in AFAS any more"),
    "processed": _("Processed already"),
    "reconciled": _("Reconciled or paid"),
    "code_unknown": _("Value unknown"),
    "mandatory_missing": _("Value missing"),
    "too_long": _("Value too long"),
    "too_many_decimals": _("Too many decimals"),
    "type_mismatch": _("Not a number or date"),
    "already_exists": _("Exists already"),
    "no_lines": _("No lines"),
    "account_blocked": _("Account blocked"),
    "account_unknown": _("Account unknown"),
    "vat_code_blocked": _("VAT code blocked"),
    "vat_code_unknown": _("VAT code unknown"),
    "journal_blocked": _("Journal blocked"),
    "journal_unknown": _("Journal unknown"),
    "axis_unknown": _("Cost centre unknown"),
    "project_unknown": _("Project unknown"),
    "allocation_differs": _("Cost centres do not add up"),
    "not_balanced": _("Debit and credit differ"),
    "both_sides": _("Amount on both sides"),
    "too_many_lines": _("Too many lines"),
    "one_invoice_number": _("More than one invoice number"),
    "subject_type_unknown": _("Type of dossier item unknown"),
    "destination_invalid": _("Type of dossier item does not fit"),
}


def in_words(code: str) -> str:
    """The code in a few words of the reader's language; the code itself when it has none."""
    return str(WORDS.get(code, code.replace("_", " ")))
