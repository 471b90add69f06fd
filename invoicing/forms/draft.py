"""What people fill in about a draft: its head, its lines, and which one to start."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from accounts.models import Company
from core.errors import FieldsError
from core.forms import DateField, MoneyField, NumberField
from core.vat import VatCode
from invoicing.forms.options import GROUPINGS, PLACEHOLDER_HELP
from invoicing.models import CLAIMABLE, Invoice, InvoiceLine, LineKind
from invoicing.services.editing import HeadData, LineData
from registration.models import Project
from relations.models import Customer

HIGHEST = Decimal("9999999.99")
LONGEST_TERM = 365
THING = re.compile(rf"({'|'.join(CLAIMABLE)}):\d{{1,18}}:\d{{1,9}}")
HEAD_FIELDS = (
    "invoice_date",
    "payment_term",
    "supply_from",
    "supply_until",
    "reference",
    "language",
    "intro",
    "closing",
    "with_specification",
    "with_receipts",
)
ITEM_FIELDS = ("quantity", "unit", "unit_price", "discount", "vat_code")


class NewInvoiceForm(forms.Form):
    """For whom a free draft is started. A project alone is enough: it knows its customer."""

    customer = forms.ModelChoiceField(
        label=_("Customer"),
        queryset=Customer.objects.none(),
        required=False,
        empty_label=_("Choose a customer"),
        help_text=_("May stay empty when you choose a project."),
    )
    project = forms.ModelChoiceField(
        label=_("Project"),
        queryset=Project.objects.none(),
        required=False,
        empty_label=_("No project"),
        help_text=_("Optional; its reference is printed, and its page shows the invoice."),
    )

    def __init__(self, data: Any, *, company: Company, chosen: Mapping[str, Any]) -> None:
        """`chosen` may name a customer or a project to start from, as in an address."""
        super().__init__(data, initial=_ids(chosen))
        customers: Any = self.fields["customer"]
        projects: Any = self.fields["project"]
        customers.queryset = Customer.objects.of(company).filter(archived=False)
        projects.queryset = (
            Project.objects.of(company)
            .filter(customer__isnull=False, customer__archived=False)
            .select_related("customer")
            .order_by("customer__name", "name")
        )
        projects.label_from_instance = lambda one: f"{one.customer} · {one.name}"
        if customer := self.initial.get("customer"):
            projects.queryset = projects.queryset.filter(customer=customer)

    def clean(self) -> dict[str, Any]:
        """Customer and project belong together, and one of them is there."""
        data = super().clean() or {}
        customer, project = data.get("customer"), data.get("project")
        if project and not customer and "customer" not in self.errors:
            data["customer"] = project.customer
        elif project and customer and project.customer_id != customer.pk:
            self.add_error("project", _now("This project is of another customer."))
        elif not customer and not self.errors:
            self.add_error("customer", _now("Choose who gets the invoice."))
        return data


def _ids(chosen: Mapping[str, Any]) -> dict[str, int]:
    """The ids among `chosen`; the customer of a chosen project is filled in by the form itself."""
    found = {name: str(chosen.get(name, "")) for name in ("customer", "project")}
    return {name: int(text) for name, text in found.items() if text.isdecimal() and len(text) < 19}


class HeadForm(forms.Form):
    """What stands above and below the lines."""

    invoice_date = DateField(label=_("Invoice date"))
    payment_term = forms.IntegerField(
        label=_("Payment term, days"), min_value=0, max_value=LONGEST_TERM
    )
    supply_from = DateField(label=_("Supplied from"), required=False)
    supply_until = DateField(
        label=_("Supplied until"),
        required=False,
        help_text=_("Decides which VAT percentage holds. Empty: the invoice date."),
    )
    reference = forms.CharField(label=_("Reference"), required=False, max_length=60)
    language = forms.ChoiceField(label=_("Language of the invoice"), choices=settings.LANGUAGES)
    intro = forms.CharField(
        label=_("Text above the lines"),
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    closing = forms.CharField(
        label=_("Text below the lines"),
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    with_specification = forms.BooleanField(
        label=_("Specification of hours as an annex"), required=False
    )
    with_receipts = forms.BooleanField(label=_("Receipts as annexes"), required=False)

    @classmethod
    def of(cls, invoice: Invoice, data: Any = None) -> HeadForm:
        """The form over a draft as it stands."""
        return cls(data, initial={name: getattr(invoice, name) for name in HEAD_FIELDS})

    def clean(self) -> dict[str, Any]:
        """A period runs forward."""
        data = super().clean() or {}
        first, last = data.get("supply_from"), data.get("supply_until")
        if first and last and last < first:
            self.add_error("supply_until", _now("This day is before the first one."))
        return data

    def head(self) -> HeadData | None:
        """What was typed, once valid; None when nothing differs."""
        if all(self.cleaned_data[name] == self.initial[name] for name in HEAD_FIELDS):
            return None
        return HeadData(**{name: self.cleaned_data[name] for name in HEAD_FIELDS})


class LineForm(forms.Form):
    """One line; a heading or a text has its description only. Fields are named `quantity-12`."""

    kind = forms.ChoiceField(label=_("Kind"), choices=LineKind.choices, required=False)
    description = forms.CharField(
        label=_("Description"),
        max_length=255,
        required=False,
        widget=forms.Textarea(attrs={"rows": 1}),
    )
    quantity = NumberField(label=_("Quantity"), least=-HIGHEST, most=HIGHEST, required=False)
    unit = forms.CharField(label=_("Unit"), max_length=15, required=False)
    unit_price = MoneyField(label=_("Unit price"), places=4, least=-HIGHEST, required=False)
    discount = NumberField(label=_("Discount, %"), most=Decimal(100), required=False)
    vat_code = forms.ChoiceField(label=_("VAT"), choices=VatCode.choices, required=False)

    def __init__(
        self, data: Any, line: InvoiceLine | None = None, initial: dict[str, Any] | None = None
    ) -> None:
        self.line = line
        if line is not None:
            names = ("kind", "description", *ITEM_FIELDS)
            initial = {name: getattr(line, name) for name in names}
        super().__init__(data, prefix=str(line.pk) if line else "new", initial=initial)
        if line is not None:
            del self.fields["kind"]
            if line.kind != LineKind.ITEM:
                for name in ITEM_FIELDS:
                    del self.fields[name]
            elif line.credits_id:  # it gives back what its invoice asked, at that price
                for name in ITEM_FIELDS[1:]:
                    self.fields[name].disabled = True

    def add_prefix(self, field_name: str) -> str:
        """The name first, so that what belongs to a line ends with its number."""
        return f"{field_name}-{self.prefix}"

    @property
    def kind_typed(self) -> str:
        """The kind of this line, known or chosen."""
        return str(self.line.kind if self.line else self.cleaned_data.get("kind") or LineKind.ITEM)

    @property
    def is_untouched(self) -> bool:
        """Whether nothing was typed in the row for a new line."""
        typed = (self[name].data for name in ("description", "unit_price"))
        return not any(str(value or "").strip() for value in typed)

    def clean_description(self) -> str:
        """One line of text; a text keeps its own line ends."""
        text = str(self.cleaned_data["description"])
        keeps = self.line is not None and self.line.kind == LineKind.TEXT
        text = text.strip() if keeps else " ".join(text.split())
        if not text:
            raise forms.ValidationError(_now("Type what this line is about."))
        return text

    def clean(self) -> dict[str, Any]:
        """An amount needs its parts; an empty discount is none."""
        data = super().clean() or {}
        if self.kind_typed != LineKind.ITEM:
            return data
        for name in ("quantity", "unit_price"):
            if name in data and data[name] is None:
                self.add_error(name, _now("Type a number."))
        data["discount"] = data.get("discount") or Decimal(0)
        if "vat_code" in data and not data["vat_code"]:
            self.add_error("vat_code", _now("Choose how VAT treats this line."))
        return data

    def data_typed(self) -> LineData:
        """What was typed, once valid."""
        data, kind = self.cleaned_data, self.kind_typed
        if kind != LineKind.ITEM:
            return LineData(kind=kind, description=data["description"])
        amounts = {name: data[name] for name in ITEM_FIELDS}
        return LineData(kind=kind, description=data["description"], **amounts)

    @property
    def differs(self) -> bool:
        """Whether what was typed, once valid, is something else than the line that is there."""
        return any(
            self.cleaned_data[name] != self.initial[name]
            for name in ("description", *ITEM_FIELDS)
            if name in self.fields
        )

    def refuse(self, error: FieldsError) -> None:
        """Show a service's refusals beside their fields."""
        for name, sentence in error.errors.items():
            self.add_error(name if name in self.fields else None, sentence)


class RegroupForm(forms.Form):
    """Other lines over the same things."""

    grouping = forms.ChoiceField(label=_("Lines"), choices=GROUPINGS)
    template = forms.CharField(
        label=_("Description"), required=False, max_length=200, help_text=PLACEHOLDER_HELP
    )


class TakeUpForm(RegroupForm):
    """Which unbilled things are added, each as `kind:id:version`, as it was shown."""

    def __init__(self, data: Any = None) -> None:
        super().__init__(data)
        self.things = data.getlist("thing") if data is not None else []

    def clean(self) -> dict[str, Any]:
        """Something is ticked, and all of it can be read."""
        cleaned = super().clean() or {}
        if not self.things:
            raise forms.ValidationError(_now("Tick at least one entry; nothing was added."))
        if not all(THING.fullmatch(thing) for thing in self.things):
            raise forms.ValidationError(_now("This form could not be read. Open the page again."))
        return cleaned

    def versions(self) -> dict[str, dict[int, int]]:
        """Per kind the version of each ticked id, once valid."""
        found: dict[str, dict[int, int]] = {}
        for thing in self.things:
            kind, pk, version = thing.split(":")
            found.setdefault(kind, {})[int(pk)] = int(version)
        return found
