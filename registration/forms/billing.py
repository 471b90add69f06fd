"""What people fill in about how a project is billed: its subscription, or another method."""

from __future__ import annotations

import hashlib
from dataclasses import asdict

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from core.errors import DomainError, FieldsError
from core.formats import write_money
from core.forms import DateField, MoneyField
from core.vat import VatCode
from registration.forms.planned import AS_CUSTOMER
from registration.models import (
    BillingMethod,
    BillingStatus,
    Broken,
    Frequency,
    Instalment,
    Project,
    SubscriptionPeriod,
)
from registration.services.methods import (
    PRICED,
    MethodData,
    MethodPreview,
    has_claimed,
    method_change,
    method_preview,
)
from registration.services.planned import billed_of
from registration.services.subscriptions import SubscriptionData, subscription_save

WHEN = ((True, _("In advance, on its first day")), (False, _("In arrears, on its last day")))
COUNTED = (
    (False, _("From the first day")),
    (True, _("By the calendar: from the 1st of the month, or Monday")),
)


def _as_bool(value: object) -> bool:
    return str(value) == "True"


class SubscriptionForm(forms.Form):
    """What a subscription promises."""

    price = MoneyField(label=_("Amount per period, excl. VAT"))
    price_from = DateField(
        label=_("This amount counts from"),
        required=False,
        help_text=_("Periods that begin before keep theirs. Empty: the amount is corrected."),
    )
    frequency = forms.ChoiceField(label=_("Frequency"), choices=Frequency.choices)
    starts_on = DateField(label=_("First day"))
    ends_on = DateField(label=_("Last day"), required=False)
    in_advance = forms.TypedChoiceField(
        label=_("A period is invoiced"), choices=WHEN, coerce=_as_bool
    )
    by_calendar = forms.TypedChoiceField(
        label=_("Periods are counted"), choices=COUNTED, coerce=_as_bool
    )
    broken = forms.ChoiceField(
        label=_("A broken first or last period costs"), choices=Broken.choices
    )
    vat_code = forms.ChoiceField(
        label=_("VAT"), required=False, choices=[AS_CUSTOMER, *VatCode.choices]
    )
    template = forms.CharField(
        label=_("Text on the invoice"),
        max_length=200,
        help_text=_("{project}, {customer}, {period}, {from} and {until} are filled in."),
    )

    def __init__(self, data: QueryDict | None, *, project: Project) -> None:
        known = getattr(project, "subscription", None)
        names = [name for name in self.base_fields if name not in {"price", "price_from"}]
        initial = {name: getattr(known, name) for name in names} if known else {}
        super().__init__(data, initial={**initial, "price": project.price})
        self.project = project

    def save_by(self, user: User) -> bool:
        """Save what was typed; False when the service refused, with its sentences on the fields."""
        data = SubscriptionData(**self.cleaned_data)
        try:
            subscription_save(
                company=self.project.company, project=self.project, data=data, by=user
            )
        except FieldsError as refusal:
            for name, sentence in refusal.errors.items():
                self.add_error(name, sentence)
        return not self.errors


class MethodForm(forms.Form):
    """Another billing method: only the boxes that this method needs, and what becomes of the old.

    The page shows a preview first; `token` says which preview was confirmed.
    """

    method = forms.ChoiceField(choices=BillingMethod.choices, widget=forms.HiddenInput)
    price = MoneyField(label=_("Price, excl. VAT"))
    starts = DateField(
        label=_("First day of the new method"),
        required=False,
        help_text=_("Empty: it counts for all work, also what is done already."),
    )
    keep_planned = forms.TypedChoiceField(
        label=_("What the old method still asks"),
        choices=((False, _("is not invoiced any more")), (True, _("stays to be invoiced"))),
        coerce=_as_bool,
        widget=forms.RadioSelect,
    )
    token = forms.CharField(widget=forms.HiddenInput, required=False)

    def __init__(self, data: QueryDict | None, *, project: Project, method: BillingMethod) -> None:
        super().__init__(data, initial={"method": method})
        self.project = project
        self.preview: MethodPreview | None = None
        self.is_stale = False
        if method not in PRICED:
            del self.fields["price"]
        if method in PRICED:
            self.fields["price"].initial = project.price
        if not _asks_still(project):
            del self.fields["keep_planned"]
        if has_claimed(project.company, project):
            self.fields["starts"].required = True
            self.fields["starts"].help_text = _("Earlier work keeps the method it has.")
        if method is BillingMethod.FIXED_PROJECT and (billed := billed_of(project)):
            text = _("The whole price: %(billed)s of it is invoiced already, only the rest is not.")
            self.fields["price"].help_text = text % {"billed": write_money(billed)}
        if method is BillingMethod.SUBSCRIPTION:
            self.fields["price"].label = _("Amount per period, excl. VAT")

    def look(self) -> bool:
        """Work out what the change would do; False when it is refused."""
        try:
            self.preview = method_preview(self.project.company, self.project, self._data())
        except DomainError as refusal:
            self._refuse(refusal)
        return self.preview is not None

    @property
    def seen(self) -> str:
        """The token of the preview that `look` made: everything it shows."""
        shown = (self._data(), asdict(self.preview) if self.preview else None)
        return hashlib.sha256(repr(shown).encode()).hexdigest()

    def confirm_by(self, user: User) -> bool:
        """Save what was seen; False when it was refused, or when it is something else by now."""
        if not self.look():
            return False
        self.is_stale = self.cleaned_data["token"] != self.seen
        if self.is_stale:
            return False
        try:
            method_change(
                company=self.project.company, project=self.project, data=self._data(), by=user
            )
        except DomainError as refusal:
            self._refuse(refusal)
        return not self.errors

    def _data(self) -> MethodData:
        return MethodData(
            method=BillingMethod(self.cleaned_data["method"]),
            starts=self.cleaned_data.get("starts"),
            price=self.cleaned_data.get("price"),
            keep_planned=self.cleaned_data.get("keep_planned", False),
        )

    def _refuse(self, refusal: DomainError) -> None:
        if not isinstance(refusal, FieldsError):
            self.add_error(None, refusal.message)
            return
        for name, sentence in refusal.errors.items():
            self.add_error(name if name in self.fields else None, sentence)


def _asks_still(project: Project) -> bool:
    """Whether anything planned of the project is not invoiced yet, or will be until it ends."""
    if project.method is BillingMethod.SUBSCRIPTION:
        return True
    unbilled = {"project": project, "billing": BillingStatus.UNBILLED}
    return any(
        kind.objects.of(project.company_id).filter(**unbilled).exists()
        for kind in (Instalment, SubscriptionPeriod)
    )
