"""The lists in which AFAS shows documents of ours: their connectors and columns."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from integrations.forms.connection import CODE, LONGEST_CONNECTOR
from integrations.models import AfasConnection, Kind
from integrations.services.connection_settings import LookUpNames, look_up_mapping_of
from integrations.services.lists import INVOICES, PostedList

CONNECTOR_LABELS: Mapping[str, Any] = {
    Kind.DIRECT_INVOICE: _("Connector of the invoices"),
    Kind.SALES_BOOKING: _("Connector of the bookings"),
}
LOOK_UP_LABELS: Mapping[str, Mapping[str, Any]] = {
    Kind.DIRECT_INVOICE: {
        "reference": _("Our reference"),
        "order_number": _("Order number"),
        "invoice_number": _("Invoice number"),
        "debtor": _("Debtor number"),
        "total": _("Amount excluding VAT"),
        "administration": _("Administration"),
    },
    Kind.SALES_BOOKING: {
        "reference": _("Our reference"),
        "entry_number": _("Entry number"),
        "invoice_number": _("Invoice number"),
        "debtor": _("Debtor number"),
        "total": _("Debit amount"),
        "credit": _("Credit amount"),
        "administration": _("Administration"),
        "journal": _("Journal"),
    },
}


class LookUpForm(forms.Form):
    """The connector of one list, and its columns."""

    def __init__(
        self,
        data: Any = None,
        *,
        connection: AfasConnection | None,
        of: PostedList = INVOICES,
    ) -> None:
        shown = connection or AfasConnection()
        self.of, mapping = of, look_up_mapping_of(shown, of)
        initial = {f"look_up_{name}": text for name, text in mapping.items()}
        initial["lookup_connector"] = of.connector(shown)
        super().__init__(data, initial=initial, auto_id=f"id_{of.prefix}_%s")
        self.fields["lookup_connector"] = forms.CharField(
            label=CONNECTOR_LABELS[of.kind], required=False, max_length=LONGEST_CONNECTOR
        )
        for name in mapping:
            self.fields[f"look_up_{name}"] = self._column(name)
        for field in self.fields.values():
            field.widget.attrs |= CODE

    def _column(self, name: str) -> forms.CharField:
        return forms.CharField(
            label=LOOK_UP_LABELS[self.of.kind][name],
            required=name in self.of.mapping.NEEDED,
            max_length=LONGEST_CONNECTOR,
            error_messages={"required": _("Without this column nothing can be looked up.")},
        )

    @property
    def names(self) -> LookUpNames:
        """What was filled in."""
        given = self.cleaned_data
        names = LOOK_UP_LABELS[self.of.kind]
        mapping = {name: given[f"look_up_{name}"] for name in names}
        return LookUpNames(connector=given["lookup_connector"], mapping=mapping)

    @property
    def columns(self) -> list[forms.BoundField]:
        """The fields of the columns, in order."""
        return [self[f"look_up_{name}"] for name in LOOK_UP_LABELS[self.of.kind]]
