"""Things to tell AFAS, each with every attempt to tell it."""

from __future__ import annotations

import secrets
import uuid
from datetime import datetime
from typing import Any, ClassVar

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core.tenancy import CompanyOwned, CompanyQuerySet
from integrations.models.booking import BookingRun
from integrations.models.connection import AfasConnection
from invoicing.models import Invoice
from registration.models import Selection
from relations.models import Customer

REFERENCE_ALPHABET = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"


class Kind(models.TextChoices):
    CUSTOMER = "customer", _("New debtor")
    DIRECT_INVOICE = "direct_invoice", _("Direct invoice")
    SALES_BOOKING = "sales_booking", _("Sales booking")
    DELETION = "deletion", _("Deletion")
    ATTACHMENT = "attachment", _("Attachment")


class State(models.TextChoices):
    """The life of a document; ARCHITECTURE, "Writes that look exactly-once"."""

    WAITING = "waiting", _("Waiting")
    QUEUED = "queued", _("Queued")
    SENDING = "sending", _("Sending")
    CONFIRMED = "confirmed", _("In AFAS")
    REJECTED = "rejected", _("Refused")
    UNKNOWN = "unknown", _("Unknown")
    CANCELLED = "cancelled", _("Cancelled")
    UNDONE = "undone", _("Undone")


class Asks(models.TextChoices):
    """Why a person is needed although nothing was refused (DECISIONS A4)."""

    NO_LOOK_UP = "no_look_up", _("AFAS shows us no reference, so somebody has to look there")
    CLOSED = "closed", _("its link was closed, so nothing can be looked up any more")
    DIFFERS = "differs", _("AFAS shows our reference on something else")
    SEVERAL = "several", _("AFAS shows more than one that it may be")
    BLIND = "blind", _("the look-up does not show what is certainly there")
    FAILING = "failing", _("AFAS cannot be asked")
    REPEATS = "repeats", _("it was sent five times and never arrived")
    STUCK = "stuck", _("it has been waiting for over four hours")
    UNSEEN = "unseen", _("AFAS gave a number, yet does not show it")
    ORPHAN = "orphan", _("AFAS has an invoice that we lack, of the same debtor and total")


class Intention(models.TextChoices):
    """What a person answered before absence was proven; it is done once it is."""

    REPEAT = "repeat", _("send it again")
    CANCEL = "cancel", _("cancel and release")


def this_second() -> datetime:
    """Now, without its fraction: a row that is due now must not lie ahead of the database's clock,
    which on SQLite has milliseconds."""
    return timezone.now().replace(microsecond=0)


OPEN_STATES = (State.WAITING, State.QUEUED, State.SENDING, State.UNKNOWN, State.REJECTED)


def new_reference() -> str:
    """Twelve characters, which fit every AFAS field that may carry them."""
    return "TC" + "".join(secrets.choice(REFERENCE_ALPHABET) for _ in range(10))


class InvoicingRun(CompanyOwned):
    """One press of the button: a frozen selection and what became of each customer."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    connection = models.ForeignKey(AfasConnection, on_delete=models.PROTECT, related_name="runs")
    selection = models.OneToOneField(Selection, on_delete=models.PROTECT, related_name="run")
    by = models.ForeignKey("accounts.User", null=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    refusals = models.JSONField(default=list, blank=True)

    class Meta:
        ordering = ("-created_at",)
        indexes = (models.Index(fields=("company", "-created_at"), name="runs_newest_first"),)

    def __str__(self) -> str:
        return f"{self.created_at:%Y-%m-%d %H:%M}"


class DocumentQuerySet(CompanyQuerySet):
    """Documents move by updates of many rows at once, which a moment of saving would not notice."""

    def update(self, **values: Any) -> int:
        """Whatever changes, `changed_at` tells when; unless the caller says otherwise."""
        return super().update(**{"changed_at": timezone.now(), **values})

    update.alters_data = True  # type: ignore[attr-defined]


class AfasDocument(CompanyOwned):
    """One thing to tell AFAS. The row is the queue, the lock and the memory.

    `payload` is frozen when the document is queued; a repeat is byte-equal, unless a person has it
    rebuilt after a refusal; that of a deletion is the path of its DELETE, that of an attachment
    names its file by a hash. AFAS's keys are stored as text: `order_number` and `invoice_number` of
    a direct invoice, `debtor_number` of a customer, `entry_number` of a booking within `unit` and
    `journal`, `subject_number` of an attachment. `invoice` is the invoice that is made, booked or
    attached to; `target` what a deletion deletes, `attached_to` the booking whose PDF an attachment
    brings.

    While it is unknown, `unknown_since` is the time of the claim, `looks` counts the look-ups since
    then that did not show it although they showed the control row, `sweeps` the sweeps that saw it
    so, and `absent_means` is the state that proven absence gives back. `asks` says why a person is
    needed; a refused document always needs one.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    connection = models.ForeignKey(
        AfasConnection, on_delete=models.PROTECT, related_name="documents"
    )
    environment = models.CharField(max_length=11)
    administration = models.PositiveIntegerField(null=True, blank=True)
    kind = models.CharField(max_length=15, choices=Kind.choices)
    state = models.CharField(max_length=10, choices=State.choices)
    reference = models.CharField(max_length=12, unique=True, default=new_reference)
    run = models.ForeignKey(
        InvoicingRun, null=True, blank=True, on_delete=models.SET_NULL, related_name="documents"
    )
    booking_run = models.ForeignKey(
        BookingRun, null=True, blank=True, on_delete=models.SET_NULL, related_name="documents"
    )
    customer = models.ForeignKey(
        Customer, null=True, blank=True, on_delete=models.PROTECT, related_name="afas_documents"
    )
    invoice = models.ForeignKey(
        Invoice, null=True, blank=True, on_delete=models.PROTECT, related_name="afas_documents"
    )
    target = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="deletions"
    )
    attached_to = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="attachments"
    )
    after = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.SET_NULL, related_name="followers"
    )
    payload = models.TextField(blank=True)

    not_before = models.DateTimeField(default=this_second)
    queued_at = models.DateTimeField(default=this_second)
    sending_since = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    unsent_returns = models.PositiveSmallIntegerField(default=0)
    repeats = models.PositiveSmallIntegerField(default=0)
    denied = models.BooleanField(default=False)
    ever_unknown = models.BooleanField(default=False)
    unknown_since = models.DateTimeField(null=True, blank=True)
    absent_means = models.CharField(max_length=10, default=State.QUEUED)
    looks = models.PositiveSmallIntegerField(default=0)
    sweeps = models.PositiveIntegerField(default=0)
    looked_at = models.DateTimeField(null=True, blank=True)
    look = models.CharField(max_length=12, blank=True)
    next_look_at = models.DateTimeField(null=True, blank=True)
    seen_at = models.DateTimeField(null=True, blank=True)
    asks = models.CharField(max_length=12, choices=Asks.choices, blank=True)
    intention = models.CharField(max_length=6, choices=Intention.choices, blank=True)
    intention_by = models.ForeignKey(
        "accounts.User", null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    intention_reason = models.TextField(blank=True)

    order_number = models.CharField(max_length=20, blank=True)
    invoice_number = models.CharField(max_length=20, blank=True)
    debtor_number = models.CharField(max_length=20, blank=True)
    subject_number = models.CharField(max_length=20, blank=True)
    unit = models.CharField(max_length=10, blank=True)
    journal = models.CharField(max_length=10, blank=True)
    entry_number = models.CharField(max_length=20, blank=True)
    confirmed_at = models.DateTimeField(null=True, blank=True)
    followed_up_at = models.DateTimeField(null=True, blank=True)
    undone_at = models.DateTimeField(null=True, blank=True)

    problem = models.CharField(max_length=30, blank=True)
    message = models.TextField(blank=True)
    detail = models.JSONField(default=dict, blank=True)
    log_reference = models.CharField(max_length=64, blank=True)
    created_by = models.ForeignKey(
        "accounts.User", null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)
    changed_at = models.DateTimeField(auto_now=True)

    objects: ClassVar[DocumentQuerySet] = DocumentQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        ordering = ("created_at", "id")
        indexes = (
            models.Index(fields=("company", "changed_at"), name="documents_by_change"),
            models.Index(
                fields=("environment", "not_before"),
                condition=Q(state="queued"),
                name="documents_in_the_queue",
            ),
            models.Index(fields=("company", "state", "-created_at"), name="documents_by_state"),
            models.Index(
                fields=("company", "kind", "state", "-created_at"), name="documents_by_kind"
            ),
            models.Index(
                fields=("company",),
                condition=Q(state="rejected") | ~Q(asks=""),
                name="documents_for_a_person",
            ),
            models.Index(
                fields=("company", "order_number"),
                condition=~Q(order_number=""),
                name="documents_by_order_number",
            ),
            models.Index(
                fields=("company", "invoice_number"),
                condition=~Q(invoice_number=""),
                name="documents_by_invoice_number",
            ),
            models.Index(
                fields=("company", "entry_number"),
                condition=~Q(entry_number=""),
                name="documents_by_entry_number",
            ),
            models.Index(
                fields=("next_look_at",),
                condition=Q(state="unknown", next_look_at__isnull=False),
                name="documents_to_look_for",
            ),
            models.Index(
                fields=("connection", "kind", "-seen_at"),
                condition=Q(state="confirmed", seen_at__isnull=False),
                name="documents_seen_in_afas",
            ),
            models.Index(
                fields=("connection", "next_look_at"),
                condition=Q(state="confirmed", seen_at__isnull=True, next_look_at__isnull=False),
                name="documents_to_be_seen",
            ),
            models.Index(  # what the sweep asks for each minute, among a million that are over
                fields=("state", "queued_at"),
                condition=Q(state__in=("waiting", "queued", "unknown")),
                name="documents_not_over",
            ),
            models.Index(
                fields=("confirmed_at",),
                condition=Q(state="confirmed", followed_up_at__isnull=True),
                name="documents_to_follow_up",
            ),
            models.Index(fields=("company", "-created_at"), name="documents_newest_first"),
        )
        constraints = (
            models.UniqueConstraint(
                fields=("environment",),
                condition=Q(state="sending"),
                name="one_document_in_flight_per_environment",
            ),
            models.CheckConstraint(
                condition=~Q(state="confirmed")
                | ~Q(order_number="")
                | ~Q(debtor_number="")
                | ~Q(entry_number="")
                | ~Q(subject_number="")
                | Q(kind="deletion"),
                name="confirmed_document_has_a_key",
            ),
            models.CheckConstraint(
                condition=~Q(state="sending") | Q(sending_since__isnull=False),
                name="sending_document_has_a_claim_time",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=("queued", "sending", "confirmed")) | ~Q(payload=""),
                name="queued_document_has_a_payload",
            ),
            models.UniqueConstraint(
                fields=("environment", "kind", "invoice"),
                condition=~Q(state="cancelled") & Q(undone_at__isnull=True, invoice__isnull=False),
                name="one_live_document_per_invoice_and_kind",
            ),
            models.CheckConstraint(  # an invoice may be undone, made and undone again
                condition=~Q(kind="deletion") | Q(invoice__isnull=True, target__isnull=False),
                name="deletion_has_a_target_and_no_invoice",
            ),
            models.UniqueConstraint(
                fields=("target",),
                condition=Q(kind="deletion") & ~Q(state__in=("cancelled", "confirmed")),
                name="one_open_deletion_per_document",
            ),
            models.UniqueConstraint(
                fields=("environment", "customer"),
                condition=Q(kind="customer")
                & Q(state__in=("waiting", "queued", "sending", "unknown", "rejected")),
                name="one_open_customer_document",
            ),
            models.UniqueConstraint(
                fields=("environment", "order_number"),
                condition=Q(state="confirmed") & ~Q(order_number=""),
                name="afas_order_number_once",
            ),
            models.UniqueConstraint(
                fields=("environment", "unit", "journal", "entry_number"),
                condition=Q(state="confirmed") & ~Q(entry_number=""),
                name="afas_entry_number_once",
            ),
            models.CheckConstraint(
                condition=Q(state="undone", undone_at__isnull=False)
                | (~Q(state="undone") & Q(undone_at__isnull=True)),
                name="undone_document_has_its_time",
            ),
            models.CheckConstraint(
                condition=~Q(state="unknown") | Q(ever_unknown=True, unknown_since__isnull=False),
                name="unknown_document_has_a_claim_time",
            ),
            models.CheckConstraint(
                condition=Q(intention="") | Q(state="unknown"),
                name="only_the_unknown_awaits_an_intention",
            ),
            models.CheckConstraint(
                condition=Q(absent_means__in=("waiting", "queued", "rejected")),
                name="absence_gives_back_an_unsent_state",
            ),
        )

    def __str__(self) -> str:
        return self.reference  # no words: the audit trail keeps this for readers of any language

    @property
    def key(self) -> str:
        """The number by which AFAS knows it, or nothing yet."""
        return self.order_number or self.debtor_number or self.entry_number or self.subject_number

    @property
    def list_key(self) -> str:
        """How AFAS's list of its kind tells it from all others: a booking by administration,
        journal and entry number, an invoice by its order number; empty until it has one."""
        if self.kind == Kind.SALES_BOOKING and self.entry_number:
            return f"{self.unit}/{self.journal}/{self.entry_number}"
        return self.order_number

    @property
    def about(self) -> AfasDocument:
        """What it concerns: a deletion what it deletes, any other document itself."""
        return self.target if self.kind == Kind.DELETION and self.target else self

    @property
    def bills(self) -> bool:
        """Whether entries hang on it, so that giving it up, or its deletion, unbills them."""
        return self.about.kind == Kind.DIRECT_INVOICE

    @property
    def books(self) -> bool:
        """Whether it is about an entry in the ledger, of an invoice that stays as it is."""
        return self.about.kind == Kind.SALES_BOOKING

    @property
    def is_stuck(self) -> bool:
        """Whether it waits for something that waits for a person."""
        after = self.after if self.state == State.WAITING else None
        if after is None:
            return False
        return after.state in {State.REJECTED, State.UNKNOWN} or after.is_stuck

    @property
    def rests(self) -> bool:
        """Whether nothing more happens to it without a person."""
        return self.state not in {State.WAITING, State.QUEUED, State.SENDING}
