"""What people fill in about a contact."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Company, User
from core.errors import DomainError, FieldsError
from relations.models import Contact, Customer
from relations.selectors.customers import customers_to_choose
from relations.services.contacts import FACTS, ContactData, contact_save

LONGEST_ID = 18  # digits


class ContactForm(forms.ModelForm):
    """One contact: the customers it has stand there to be unticked, one more can be chosen.

    `seen` are those that stood there, so that one which a colleague adds meanwhile stays.
    """

    customers = forms.TypedMultipleChoiceField(
        label=_("Customers"), required=False, coerce=int, widget=forms.CheckboxSelectMultiple
    )
    another = forms.ModelChoiceField(
        Customer.objects.none(), label=_("Add a customer"), required=False, empty_label="–"
    )
    seen = forms.TypedMultipleChoiceField(
        required=False, coerce=int, widget=forms.MultipleHiddenInput
    )

    class Meta:
        model = Contact
        fields = FACTS

    def __init__(self, *args: Any, company: Company, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.company = company
        self.offered = {one.pk: one for one in self._ticked()}
        fields: Any = self.fields
        for name in ("customers", "seen"):
            fields[name].choices = [(pk, str(one)) for pk, one in self.offered.items()]
            fields[name].initial = list(self.offered)
        chosen = str(self.initial.get("another") or "")
        own = int(chosen) if _is_id(chosen) else None
        fields["another"].queryset = customers_to_choose(company, own=own).exclude(
            pk__in=self.offered
        )
        for field in self.fields.values():
            field.label = str(field.label)[:1].upper() + str(field.label)[1:]

    def save_by(self, user: User) -> Contact | None:
        """Save what was typed; None when the service refused, with its sentences on the fields."""
        typed = self.cleaned_data
        customers = [self.offered[pk] for pk in typed["customers"]]
        another = [typed["another"]] if typed["another"] else []
        data = ContactData(
            **{name: typed[name] for name in FACTS}, customers=(*customers, *another)
        )
        known = self.instance if self.instance.pk else None
        try:
            return contact_save(
                company=self.company, contact=known, data=data, by=user, seen=typed["seen"]
            )
        except FieldsError as refusal:
            for name, sentence in refusal.errors.items():
                self.add_error(name, sentence)
        except DomainError as refusal:
            self.add_error(None, refusal.message)
        return None

    def _ticked(self) -> Any:
        """The customers that it has, and those that stood there when the form was sent."""
        posted: Any = self.data
        sent = posted.getlist("seen") if self.is_bound else []
        seen = [int(one) for one in sent if _is_id(one)]
        # 0 is nobody: without an id this would be the customers without a contact.
        known = Q(contacts=self.instance.pk or 0) | Q(pk__in=seen)
        return Customer.objects.of(self.company).filter(known).distinct().order_by("name", "pk")


def _is_id(text: str) -> bool:
    return text.isdecimal() and text.isascii() and len(text) <= LONGEST_ID
