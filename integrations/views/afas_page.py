"""Everything the AFAS page shows, worked out when it is shown."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cached_property
from typing import Any

from django.utils import timezone
from django.utils.functional import Promise

from accounts.models import Company
from integrations.app_catalogue import BADGES
from integrations.forms.booking import BookingForm
from integrations.forms.connection import (
    AdministrationForm,
    CredentialsForm,
    CustomersForm,
    NamesForm,
)
from integrations.forms.items import ItemsForm
from integrations.forms.look_up import LookUpForm
from integrations.models import (
    AfasConnection,
    BookingSettings,
    CustomerLink,
    ImportRun,
    ItemUse,
)
from integrations.selectors import connection_of, imports_of
from integrations.services import apps, granting, item_settings, nights, picking
from integrations.services.account_links import general_accounts
from integrations.services.apps import AppState
from integrations.services.booking_settings import settings_of
from integrations.services.lists import BOOKINGS, INVOICES, PostedList
from integrations.services.mapping import missing_counts
from integrations.views.look_up_card import LookUpCard

CLASSIC_EXPIRES, CLASSIC_ENDS = date(2027, 5, 1), date(2027, 8, 31)
SOON = timedelta(days=60)


@dataclass
class SettingsPage:
    """The page of one company; `bound` holds the form of the card that was refused."""

    company: Company
    bound: Mapping[str, Any] = field(default_factory=dict)

    @cached_property
    def connection(self) -> AfasConnection | None:
        """The open connection."""
        return connection_of(self.company)

    @cached_property
    def state(self) -> AppState:
        """How far the link is."""
        return apps.state_of_afas(self.company)

    @property
    def badge(self) -> tuple[str, str | Promise]:
        """The mark and the word beside the title."""
        return BADGES[self.state]

    @property
    def is_paused(self) -> bool:
        """Whether a person paused it."""
        return self.state == AppState.PAUSED

    @property
    def linked(self) -> bool:
        """Whether AFAS has ever accepted credentials: the other cards need them."""
        return bool(self.connection and self.connection.has_credentials)

    @cached_property
    def findings(self) -> list[granting.Finding]:
        """The connectors with ✓ or ✗."""
        return granting.list_of(self.connection) if self.connection else []

    @property
    def needed(self) -> list[granting.Finding]:
        """The connectors without which a part of the work cannot be done."""
        return [one for one in self.findings if not one.optional]

    @property
    def optional(self) -> list[granting.Finding]:
        """The connectors that only make work easier."""
        return [one for one in self.findings if one.optional]

    @property
    def granted(self) -> int:
        """How many of the needed ones are granted."""
        return sum(one.granted for one in self.needed)

    @property
    def granted_too(self) -> int:
        """How many of the optional ones are granted."""
        return sum(one.granted for one in self.optional)

    @property
    def classic(self) -> bool:
        """Whether it works with a classic token, which ends in 2027."""
        return self.connection is None or self.connection.credential == "token"

    @property
    def classic_dates(self) -> tuple[date, date]:
        """When AFAS lets existing classic tokens expire, and when it stops them."""
        return CLASSIC_EXPIRES, CLASSIC_ENDS

    @property
    def days_left(self) -> int | None:
        """Days until the credential expires, when that is soon."""
        expires = self.connection.expires_on if self.connection else None
        left = expires - timezone.localdate() if expires else None
        return left.days if left is not None and left <= SOON else None

    @cached_property
    def credentials(self) -> CredentialsForm:
        """Card 1."""
        return self.bound.get("credentials") or CredentialsForm(connection=self.connection)

    @cached_property
    def administration(self) -> AdministrationForm:
        """Card 2."""
        return self.bound.get("administration") or self.administration_form()

    @cached_property
    def items(self) -> ItemsForm:
        """Card 3, the general items."""
        return self.bound.get("items") or self.items_form()

    @cached_property
    def table(self) -> ItemsForm:
        """Card 3, the items of activities and categories."""
        return self.bound.get("table") or self.table_form()

    @cached_property
    def customers(self) -> CustomersForm:
        """Card 4."""
        return self.bound.get("customers") or self.customers_form()

    @cached_property
    def booking(self) -> BookingForm:
        """Card 5."""
        return self.bound.get("booking") or self.booking_form()

    @cached_property
    def names(self) -> NamesForm:
        """Card 4, folded away."""
        return self.bound.get("names") or self.names_form()

    @cached_property
    def look_up(self) -> LookUpCard:
        """What happens when no answer comes; the names are those kept, whatever was typed."""
        return LookUpCard(self.connection or AfasConnection())

    @cached_property
    def look_up_names(self) -> LookUpForm:
        """The same card, folded away."""
        return self.bound.get("look_up_names") or self.look_up_form()

    @cached_property
    def look_up_bookings(self) -> LookUpCard:
        """The same of sales bookings."""
        return LookUpCard(self.connection or AfasConnection(), BOOKINGS)

    @cached_property
    def booking_names(self) -> LookUpForm:
        """That card, folded away."""
        return self.bound.get("booking_names") or self.look_up_form(of=BOOKINGS)

    @property
    def shows_bookings(self) -> bool:
        """Whether bookings are, were or are about to be made here."""
        card = self.look_up_bookings
        return bool(self.booking_settings.journal or card.proven or "booking_names" in self.bound)

    def administration_form(self, data: Any = None) -> AdministrationForm:
        """The picker, or a box where AFAS gives no list."""
        known = picking.administrations_of(self.connection) if self.connection else None
        return AdministrationForm(data, connection=self.connection, known=known)

    def items_form(self, data: Any = None) -> ItemsForm:
        """The items of the kinds of lines."""
        places = item_settings.general_places()
        return ItemsForm(data, places=places, chosen=self._chosen)

    def table_form(self, data: Any = None) -> ItemsForm:
        """The items of activities and expense categories."""
        places = item_settings.subject_places(self.company)
        return ItemsForm(data, places=places, chosen=self._chosen)

    def customers_form(self, data: Any = None) -> CustomersForm:
        """What may happen to customers."""
        return CustomersForm(data, connection=self.connection)

    def booking_form(self, data: Any = None) -> BookingForm:
        """How own invoices are booked."""
        accounts = general_accounts(self.connection) if self.connection else {}
        return BookingForm(data, settings=self.booking_settings, accounts=accounts)

    @cached_property
    def booking_settings(self) -> BookingSettings:
        """What is kept of how own invoices are booked."""
        return settings_of(self.connection) if self.connection else BookingSettings()

    def names_form(self, data: Any = None) -> NamesForm:
        """Connectors and columns."""
        return NamesForm(data, connection=self.connection)

    def look_up_form(self, data: Any = None, of: PostedList = INVOICES) -> LookUpForm:
        """The connector of a list of documents and its columns."""
        return LookUpForm(data, connection=self.connection, of=of)

    @cached_property
    def _chosen(self) -> dict[str, item_settings.Chosen]:
        if self.connection is None:
            return {}
        return item_settings.chosen_items(self.company, self.connection.environment)

    @property
    def has_items(self) -> bool:
        """Whether lines get an item: a default one, or one for hours."""
        return ItemUse.DEFAULT in self._chosen or ItemUse.HOURS in self._chosen

    @property
    def may_pick_items(self) -> bool:
        """Whether AFAS gives a list of items to pick from."""
        connection = self.connection
        return bool(connection and granting.may_read(connection, connection.item_connector))

    @cached_property
    def lacking_codes(self) -> int:
        """How many rows of the mapping lack a code, once there is a journal to book in."""
        if self.connection is None or not self.booking_settings.journal:
            return 0
        return sum(missing_counts(self.connection).values())

    @property
    def may_pick_journals(self) -> bool:
        """Whether AFAS gives a list of journals to pick from."""
        connection = self.connection
        return bool(connection and granting.may_read(connection, connection.journal_connector))

    @property
    def may_pick_accounts(self) -> bool:
        """Whether AFAS gives a list of ledger accounts to pick from."""
        connection = self.connection
        return bool(connection and granting.may_read(connection, connection.account_connector))

    @property
    def nightly_at(self) -> str:
        """The minute of the nightly import, Dutch time."""
        minute = nights.nightly_minute(self.connection) if self.connection else 0
        return f"02:{minute:02}"

    @cached_property
    def last_import(self) -> ImportRun | None:
        """The last import that was done."""
        if self.connection is None:
            return None
        done = imports_of(self.company).filter(status=ImportRun.Status.DONE)
        return done.filter(connection__environment=self.connection.environment).first()

    @cached_property
    def links(self) -> int:
        """How many customers are linked."""
        if self.connection is None:
            return 0
        links = CustomerLink.objects.of(self.company)
        return links.filter(environment=self.connection.environment).count()
