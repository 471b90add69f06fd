"""What lists of invoices and mails can be narrowed to."""

from __future__ import annotations

from datetime import datetime

import django_filters
from django.db.models import QuerySet
from django.utils import timezone
from drf_spectacular.utils import extend_schema_field

from core.api.filters import Day, Id, Since, TrueFalse
from invoicing.models import (
    Delivery,
    DeliveryStatus,
    DocumentStatus,
    Invoice,
    InvoiceKind,
    PaymentStatus,
)
from invoicing.selectors.invoices import TABS, in_tab, matching, touched_since

Rows = QuerySet[Invoice]


class InvoiceFilter(django_filters.FilterSet):
    """As the list of invoices is filtered, and by each axis of its status."""

    tab = django_filters.ChoiceFilter(
        choices=[(tab, tab) for tab in TABS if tab],
        method="in_tab",
        label="As the tabs of the list: `sent` waits for its money, `final` was not sent yet.",
    )
    status = django_filters.ChoiceFilter(choices=DocumentStatus.choices)
    kind = django_filters.ChoiceFilter(choices=InvoiceKind.choices)
    delivery = django_filters.ChoiceFilter(choices=DeliveryStatus.choices)
    payment = django_filters.ChoiceFilter(choices=PaymentStatus.choices)
    overdue = TrueFalse(method="is_overdue", label="To be paid, and its due date is over.")
    customer = Id("customer", label="Of this customer, by id.")
    project = Id("project", label="As a whole of this project, by id.")
    credits = Id("credits", label="Credit notes of this invoice, by id.")
    selection = django_filters.UUIDFilter(label="Drawn up from this selection.")
    date_from = Day("invoice_date", "gte", label="Dated this day or later.")
    date_until = Day("invoice_date", "lte", label="Dated this day or earlier.")
    number = django_filters.CharFilter(max_length=12, label="With exactly this number.")
    search = extend_schema_field({"type": "string", "maxLength": 100})(
        django_filters.CharFilter(
            method="found",
            max_length=100,
            label="In the number, the reference or the name of the customer.",
        )
    )
    modified_since = Since(method="changed")

    class Meta:
        model = Invoice
        fields = ()

    def in_tab(self, rows: Rows, _name: str, tab: str) -> Rows:
        """As the list has it."""
        return rows.filter(in_tab(tab, timezone.localdate()))

    def is_overdue(self, rows: Rows, _name: str, wanted: bool) -> Rows:  # noqa: FBT001
        """As the list has it."""
        late = in_tab("overdue", timezone.localdate())
        return rows.filter(late) if wanted else rows.exclude(late)

    def found(self, rows: Rows, _name: str, words: str) -> Rows:
        """As the search box finds."""
        return rows.filter(matching(words))

    def changed(self, rows: Rows, _name: str, moment: datetime) -> Rows:
        """To which anything happened since."""
        return rows.filter(touched_since(moment))


class DeliveryFilter(django_filters.FilterSet):
    """By what became of a mail, and of which invoice it is."""

    state = django_filters.ChoiceFilter(choices=Delivery.State.choices)
    invoice = Id("invoice", label="With this invoice, by id.")

    class Meta:
        model = Delivery
        fields = ()
