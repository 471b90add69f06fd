"""What people fill in about a contact."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.models import Company, User
from core.errors import DomainError, FieldsError
from relations.models import Contact, Customer
from relations.selectors.customers import customers_to_choose
from relations.services.contacts import FACTS, ContactData, contact_save


class ContactForm(forms.ModelForm):
    """One contact: the customers it has stand there to be unticked, one more can be chosen."""

    customers = forms.ModelMultipleChoiceField(
        Customer.objects.none(),
        label=_("Customers"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    another = forms.ModelChoiceField(
        Customer.objects.none(), label=_("Add a customer"), required=False, empty_label="–"
    )

    class Meta:
        model = Contact
        fields = FACTS

    def __init__(self, *args: Any, company: Company, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.company = company
        # 0 is nobody: without an id this would be the customers without a contact.
        own = Customer.objects.of(company).filter(contacts=self.instance.pk or 0)
        self._offer("customers", own)
        self._offer("another", customers_to_choose(company).exclude(pk__in=own.values("pk")))
        self.fields["customers"].initial = own
        for field in self.fields.values():
            field.label = str(field.label)[:1].upper() + str(field.label)[1:]

    def save_by(self, user: User) -> Contact | None:
        """Save what was typed; None when the service refused, with its sentences on the fields."""
        typed = self.cleaned_data
        another = [typed["another"]] if typed["another"] else []
        data = ContactData(
            **{name: typed[name] for name in FACTS}, customers=(*typed["customers"], *another)
        )
        known = self.instance if self.instance.pk else None
        try:
            return contact_save(company=self.company, contact=known, data=data, by=user)
        except FieldsError as refusal:
            for name, sentence in refusal.errors.items():
                self.add_error(name, sentence)
        except DomainError as refusal:
            self.add_error(None, refusal.message)
        return None

    def _offer(self, name: str, customers: Any) -> None:
        field: Any = self.fields[name]
        field.queryset = customers
