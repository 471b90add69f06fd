"""What is filled in on the AFAS page about the link itself."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from integrations.afas.records import Administration
from integrations.models import AfasConnection
from integrations.services.clients import Credentials
from integrations.services.connection_settings import (
    CONNECTORS,
    MAPPED,
    CustomerSettings,
    Names,
    mapping_of,
)

LONGEST_SECRET = 4000
LONGEST_CONNECTOR = 80
CODE = {"class": "is-code", "autocomplete": "off", "spellcheck": "false", "autocapitalize": "off"}


FIELDS_OF_METHOD = {
    str(AfasConnection.Credential.TOKEN): ("user_token",),
    str(AfasConnection.Credential.OAUTH): ("client_id", "client_secret"),
}
LIVE = "live"
REALMS = [(value or LIVE, label) for value, label in AfasConnection.Realm.choices]


class SecretArea(forms.Textarea):
    """A box for a secret of several lines, which never shows what was typed before."""

    def format_value(self, value: Any) -> None:
        """Nothing: a secret is typed once."""


class CredentialsForm(forms.Form):
    """Participant, environment, and a user token or an OAuth client."""

    participant = forms.CharField(
        label=_("Participant number"),
        max_length=40,
        help_text=_("Five digits, at the top right in AFAS Online."),
        widget=forms.TextInput(attrs={**CODE, "inputmode": "numeric"}),
    )
    realm = forms.ChoiceField(
        label=_("Environment"),
        choices=REALMS,
        initial=LIVE,
        help_text=_("Links and documents belong to one environment."),
    )
    credential = forms.ChoiceField(
        label=_("Sign in with"),
        choices=AfasConnection.Credential.choices,
        initial=AfasConnection.Credential.TOKEN,
        widget=forms.RadioSelect,
    )
    user_token = forms.CharField(
        label=_("User token"),
        strip=False,
        max_length=LONGEST_SECRET,
        help_text=_(
            "Paste the whole of it, <token> included. Stored encrypted, never shown again."
        ),
        error_messages={"required": _("Paste the user token as AFAS shows it, <token> included.")},
        widget=SecretArea(attrs={**CODE, "rows": 2}),
    )
    client_id = forms.CharField(
        label=_("Client id"),
        max_length=200,
        error_messages={"required": _("Type the client id that AFAS shows beside the secret.")},
        widget=forms.TextInput(attrs=CODE),
    )
    client_secret = forms.CharField(
        label=_("Client secret"),
        max_length=LONGEST_SECRET,
        help_text=_("Stored encrypted, never shown again."),
        error_messages={"required": _("Paste the client secret from AFAS.")},
        widget=forms.PasswordInput(attrs={**CODE, "autocomplete": "new-password"}),
    )

    use_required_attribute = False  # half of the fields is hidden

    def __init__(self, data: Any = None, *, connection: AfasConnection | None = None) -> None:
        initial = {}
        if connection:
            names = ("participant", "credential", "client_id")
            initial = {name: getattr(connection, name) for name in names}
            initial["realm"] = connection.realm or LIVE
        super().__init__(data, initial=initial)
        if data is not None:
            chosen = data.get("credential")
            for name in FIELDS_OF_METHOD[_other(chosen)]:
                self.fields[name].required = False
        if connection and connection.secret_hint:
            self._may_keep(connection)

    def _may_keep(self, connection: AfasConnection) -> None:
        """A secret that is stored need not be typed again."""
        name = "user_token" if connection.user_token else "client_secret"
        self.fields[name].required = False
        self.fields[name].widget.attrs["placeholder"] = _(
            "•••• %(last)s, leave empty to keep it"
        ) % {"last": connection.secret_hint}

    def typed(self) -> tuple[Credentials, str]:
        """What was typed, and by which method; of the other method nothing."""
        given = self.cleaned_data
        method = given["credential"]
        secrets = {name: given[name] for name in FIELDS_OF_METHOD[method]}
        realm = "" if given["realm"] == LIVE else given["realm"]
        return Credentials(participant=given["participant"], realm=realm, **secrets), method


def _other(method: str | None) -> str:
    kinds = AfasConnection.Credential
    return kinds.TOKEN if method == kinds.OAUTH else kinds.OAUTH


class AdministrationForm(forms.Form):
    """Which set of books: picked from AFAS's list, or typed where there is none."""

    administration = forms.IntegerField(
        label=_("Administration"),
        min_value=1,
        max_value=999_999,
        error_messages={
            "required": _("Choose the administration in which AFAS books the invoices."),
            "invalid": _("An administration has a number, such as 1."),
            "invalid_choice": _("AFAS has no such administration. Choose one from the list."),
        },
    )

    def __init__(
        self,
        data: Any = None,
        *,
        connection: AfasConnection | None,
        known: Iterable[Administration] | None,
    ) -> None:
        initial = {"administration": connection.administration} if connection else {}
        super().__init__(data, initial=initial)
        self.names: dict[int, str] = {}
        if known is None:
            self.fields["administration"].help_text = _(
                "AFAS gives no list. Type the number as it stands in AFAS under Administrations."
            )
            return
        self.names = {one.number: one.name for one in known}
        messages = self.fields["administration"].error_messages
        choices = [(number, f"{number} · {name}") for number, name in self.names.items()]
        self.fields["administration"] = forms.TypedChoiceField(
            label=_("Administration"),
            coerce=int,
            choices=[("", "–"), *choices],
            help_text=_("Invoices are booked here. Another one later makes a new link."),
            error_messages=messages,
        )

    @property
    def chosen(self) -> tuple[int, str]:
        """Number and name; the name is empty where AFAS gave no list."""
        number = self.cleaned_data["administration"]
        return number, self.names.get(number, "")


class CustomersForm(forms.Form):
    """What may happen to customers between AFAS and us."""

    create_customers = forms.BooleanField(
        label=_("Create customers that AFAS does not know"),
        required=False,
        help_text=_("When you invoice, the customer becomes a debtor in AFAS first."),
    )
    nightly_import = forms.BooleanField(
        label=_("Import customers every night"),
        required=False,
    )
    lead = forms.ChoiceField(
        label=_("Who leads"), choices=AfasConnection.Lead.choices, widget=forms.RadioSelect
    )
    payment_condition = forms.CharField(
        label=_("Payment condition"),
        required=False,
        max_length=5,
        help_text=_("AFAS's code for new debtors, such as 14 or 30."),
        widget=forms.TextInput(attrs=CODE),
    )
    vat_duty = forms.CharField(
        label=pgettext_lazy("label", "VAT duty"),
        required=False,
        max_length=3,
        help_text=_("AFAS's code for new debtors; often 1: charge VAT."),
        widget=forms.TextInput(attrs=CODE),
    )
    collective_account = forms.CharField(
        label=_("Collective account"),
        required=False,
        max_length=16,
        help_text=_("The debtors account, such as 1300. Empty: AFAS's own."),
        widget=forms.TextInput(attrs=CODE),
    )

    def __init__(self, data: Any = None, *, connection: AfasConnection | None) -> None:
        shown = connection or AfasConnection()
        super().__init__(data, initial={name: getattr(shown, name) for name in self.base_fields})

    @property
    def settings(self) -> CustomerSettings:
        """What was filled in."""
        return CustomerSettings(**self.cleaned_data)


COLUMN_LABELS = {
    "number": _("Debtor number"),
    "name": _("Name"),
    "address_line": _("Street and house number"),
    "town_line": _("Postcode and town"),
    "country_line": _("Country"),
    "phone": _("Telephone"),
    "email": _("E-mail address"),
    "iban": _("IBAN"),
    "vat_number": pgettext_lazy("label", "VAT number"),
    "kvk": _("KvK number"),
    "payment_condition": _("Payment condition"),
    "vat_duty": pgettext_lazy("label", "VAT duty"),
    "blocked": _("Blocked"),
    "currency": _("Currency"),
    "created": _("Created on"),
    "modified": _("Changed on"),
}


class NamesForm(forms.Form):
    """The names of the customer's own connectors, and of the columns of the debtors."""

    debtor_connector = forms.CharField(
        label=_("Connector of the debtors"), required=False, max_length=LONGEST_CONNECTOR
    )
    administration_connector = forms.CharField(
        label=_("Connector behind step 2"), required=False, max_length=LONGEST_CONNECTOR
    )
    item_connector = forms.CharField(
        label=_("Connector of the items"), required=False, max_length=LONGEST_CONNECTOR
    )
    journal_connector = forms.CharField(
        label=_("Connector of the journals"), required=False, max_length=LONGEST_CONNECTOR
    )
    account_connector = forms.CharField(
        label=_("Connector of the ledger accounts"), required=False, max_length=LONGEST_CONNECTOR
    )
    vat_connector = forms.CharField(
        label=_("Connector of the VAT codes"), required=False, max_length=LONGEST_CONNECTOR
    )
    period_connector = forms.CharField(
        label=_("Connector of the periods"), required=False, max_length=LONGEST_CONNECTOR
    )
    open_items_connector = forms.CharField(
        label=_("Connector of the open items"), required=False, max_length=LONGEST_CONNECTOR
    )

    def __init__(self, data: Any = None, *, connection: AfasConnection | None) -> None:
        shown = connection or AfasConnection()
        initial = {name: getattr(shown, name) for name in CONNECTORS}
        columns = {f"column_{name}": text for name, text in mapping_of(shown).items()}
        super().__init__(data, initial={**initial, **columns})
        for name in MAPPED:
            self.fields[f"column_{name}"] = forms.CharField(
                label=COLUMN_LABELS[name], required=False, max_length=80
            )
        for field in self.fields.values():
            field.widget.attrs |= CODE

    @property
    def names(self) -> Names:
        """What was filled in."""
        given = self.cleaned_data
        mapping = {name: given[f"column_{name}"] for name in MAPPED}
        return Names(mapping=mapping, **{name: given[name] for name in CONNECTORS})

    @property
    def of_bookings(self) -> list[forms.BoundField]:
        """The fields of the lists that booking works with."""
        return [self[name] for name in CONNECTORS[3:]]

    @property
    def columns(self) -> list[forms.BoundField]:
        """The fields of the columns, in order."""
        return [self[f"column_{name}"] for name in MAPPED]
