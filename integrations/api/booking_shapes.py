"""How the check of a booking run and what became of it are shown."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from core.api.serializers import Sparse, Sum
from integrations.api.document_shapes import AfasDocumentSerializer
from integrations.api.things import Address, ByPerson, Ids
from integrations.models import BookingRun
from integrations.services import booking_choice, booking_results, bookings
from integrations.services.bookings import Candidate, Check
from integrations.services.entry_lines import lines_of_entry
from integrations.services.journal_lines import Accounts, Journal, journal_of
from integrations.services.ledger_checks import Ledger
from integrations.services.sales_entries import Entry
from invoicing.models import Invoice
from invoicing.services.sending import LONGEST_HOW

BASENAME = "api_afas_booking_runs"
INCL = "EUR incl. VAT"
ALONG = "Unsent invoices to be checked, and booked, as if they were marked as sent."


class BookingBeginSerializer(serializers.Serializer):
    """Which of our own invoices are to be booked."""

    invoices = Ids(allow_empty=False, help_text="Ids of invoices.")
    mark_as_sent = Ids(required=False, default=list, help_text=f"{ALONG} Some of `invoices`.")


class BookingAlongSerializer(serializers.Serializer):
    """With what a run is checked."""

    mark_as_sent = Ids(required=False, default=list, help_text=ALONG)


class BookingConfirmSerializer(BookingAlongSerializer):
    """What was checked, to be booked."""

    token = serializers.CharField(max_length=64, help_text="From the check.")
    how = serializers.CharField(
        max_length=LONGEST_HOW,
        required=False,
        allow_blank=True,
        default="",
        help_text="How the customers got those of `mark_as_sent`; needed when there are any.",
    )


class UnsentInvoiceSerializer(serializers.Serializer):
    """One of our own invoices."""

    invoice = serializers.IntegerField(source="pk")
    number = serializers.CharField(help_text="Empty for a draft.")
    customer = serializers.IntegerField(source="customer_id")
    total = Sum(f"{INCL}; below zero for a credit note")


class JournalLineSerializer(serializers.Serializer):
    """A line of the journal entry."""

    kind = serializers.CharField(source="line.kind", help_text="debtor or ledger.")
    account = serializers.CharField(
        source="line.account", help_text="Of the ledger, or the debtor; empty while it is not made."
    )
    name = serializers.CharField(help_text="Of the account in AFAS, where AFAS shows it.")
    description = serializers.CharField(source="line.description")
    debit = Sum("EUR", source="line.debit")
    credit = Sum("EUR", source="line.credit")
    vat_code = serializers.CharField(source="line.vat_code", help_text="AFAS's.")
    cost_centre = serializers.CharField(source="line.cost_centre")
    project = serializers.CharField(source="line.project", help_text="AFAS's.")


class JournalEntrySerializer(serializers.Serializer):
    """An invoice with the entry that it would become."""

    invoice = serializers.IntegerField(source="entry.invoice.pk")
    number = serializers.CharField(source="entry.invoice.number")
    customer = serializers.IntegerField(source="entry.invoice.customer_id")
    total = Sum(f"{INCL}; below zero for a credit note", source="entry.invoice.total")
    is_sent = serializers.BooleanField(
        source="entry.invoice.is_sent", help_text="If not, it is marked as sent along the way."
    )
    ready = serializers.BooleanField(help_text="Whether nothing stands in its way.")
    obstacles = serializers.ListField(
        child=serializers.CharField(), help_text="Sentences: what is missing."
    )
    journal = serializers.CharField(source="entry.journal")
    year = serializers.IntegerField(source="entry.where.year", default=None, allow_null=True)
    period = serializers.IntegerField(source="entry.where.period", default=None, allow_null=True)
    day = serializers.DateField(
        source="entry.where.day",
        default=None,
        allow_null=True,
        help_text="Of the entry: another than the invoice's when its period is closed.",
    )
    debit = Sum("EUR, the sum of that side", source="shown.debit")
    credit = Sum("EUR, the sum of that side", source="shown.credit")
    lines = JournalLineSerializer(source="shown.lines", many=True)


class NotBookableSerializer(serializers.Serializer):
    """An invoice that is not booked, and why."""

    invoice = serializers.IntegerField(source="invoice.pk")
    number = serializers.CharField(source="invoice.number")
    reason = serializers.CharField(help_text="A sentence.")
    booking = serializers.UUIDField(
        source="booking.pk", default=None, allow_null=True, help_text="The document that books it."
    )


class BookingCheckSerializer(serializers.Serializer):
    """What would be booked, and what not."""

    token = serializers.CharField(help_text="Stands for having seen this; send it to confirm.")
    total = Sum(f"{INCL} of what can be booked")
    entries = JournalEntrySerializer(many=True)
    left_out = NotBookableSerializer(many=True)
    unsent = UnsentInvoiceSerializer(
        many=True, help_text="Left out only since the customer does not have them yet."
    )


class NotBookedSerializer(serializers.Serializer):
    """An invoice that got no document, and why."""

    invoice = serializers.IntegerField()
    name = serializers.CharField()
    sentence = serializers.CharField(source="why.sentence")
    not_reached = serializers.BooleanField(
        help_text="So while documents are made; if it stays, that broke off: see `again`."
    )


class BookingResultsSerializer(serializers.Serializer):
    """What became of a confirmed run."""

    busy = serializers.BooleanField(source="is_busy", help_text="Whether it changes by itself.")
    total = Sum(f"{INCL} of what AFAS has booked")
    bookings = AfasDocumentSerializer(many=True)
    attachments = AfasDocumentSerializer(many=True, help_text="The PDFs in AFAS's dossier.")
    refusals = NotBookedSerializer(many=True)


class BookingRunSerializer(Sparse):
    """Invoices that were chosen to be booked."""

    id = serializers.UUIDField(read_only=True)
    url = Address(BASENAME)
    created_at = serializers.DateTimeField()
    by = ByPerson("by")
    confirmed_at = serializers.DateTimeField(allow_null=True)


class BookingRunDetailSerializer(BookingRunSerializer):
    """The same with its check, until it is confirmed, or with what became of it."""

    target = serializers.CharField(source="connection.target", help_text="The books, in words.")
    why_not = serializers.SerializerMethodField(
        help_text="Why nothing of it can be booked now, whatever the check says; or empty."
    )
    check = serializers.SerializerMethodField(method_name="get_checked")
    results = serializers.SerializerMethodField()

    def get_why_not(self, run: BookingRun) -> str:
        """As the page says."""
        return "" if run.confirmed_at else booking_choice.why_not(run)

    @extend_schema_field(BookingCheckSerializer(allow_null=True))
    def get_checked(self, run: BookingRun) -> Any:
        """Null once it is confirmed. May wait for AFAS's lists."""
        if run.confirmed_at:
            return None
        along = self.context.get("along", ())
        return BookingCheckSerializer(
            CheckShown.of(run, bookings.check(run, with_unsent=along))
        ).data

    @extend_schema_field(BookingResultsSerializer(allow_null=True))
    def get_results(self, run: BookingRun) -> Any:
        """Null until it is confirmed."""
        if not run.confirmed_at:
            return None
        found = booking_results.results_of(run)
        shown = {
            "is_busy": found.is_busy,
            "total": found.total,
            "bookings": found.bookings,
            "attachments": list(found.attachments.values()),
            "refusals": found.refusals,
        }
        return BookingResultsSerializer(shown, context=self.context).data


@dataclass(frozen=True)
class EntryShown:
    """An invoice with its entry and the lines of that."""

    candidate: Candidate
    accounts: Accounts | None

    @property
    def entry(self) -> Entry:
        """How it is booked."""
        return self.candidate.entry

    @property
    def ready(self) -> bool:
        """Whether it can be."""
        return self.candidate.ready

    @property
    def obstacles(self) -> list[str]:
        """What is missing, in sentences."""
        return [one.sentence for one in self.candidate.obstacles]

    @cached_property
    def shown(self) -> Journal:
        """Its lines, with AFAS's names."""
        lines = lines_of_entry(self.entry, self.candidate.debtor)
        return journal_of(lines, str(self.candidate.invoice.customer), self.accounts)


@dataclass(frozen=True)
class CheckShown:
    """A check with the lines of every entry."""

    check: Check
    entries: list[EntryShown]

    @classmethod
    def of(cls, run: BookingRun, check: Check) -> CheckShown:
        """May wait for AFAS's list of accounts."""
        accounts = Ledger(run.connection).accounts
        return cls(check, [EntryShown(one, accounts) for one in check.candidates])

    @property
    def token(self) -> str:
        """That of the check."""
        return self.check.token

    @property
    def total(self) -> Any:
        """EUR incl. VAT of what can be booked."""
        return self.check.total

    @property
    def left_out(self) -> Any:
        """Who is not booked, and why."""
        return self.check.left_out

    @property
    def unsent(self) -> list[Invoice]:
        """Who could be marked as sent."""
        return list(self.check.unsent)
