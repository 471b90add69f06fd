"""How a document is shown: in a line of a list, and by itself with its story."""

from __future__ import annotations

from typing import Any

import django_filters
from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from core.api.filters import Id, Since, TrueFalse
from core.api.serializers import Money, Sparse
from core.secrets import scrub
from integrations.api.things import Address, ByPerson
from integrations.models import AfasAttempt, AfasDocument, Asks, Intention, Kind, State
from integrations.selectors import is_for_a_person, waiting_for_a_person
from integrations.services import possible, undo_check, undoing
from integrations.services.meanings import story_of
from integrations.services.stories import Story

BASENAME = "api_afas_documents"


class AfasDocumentSerializer(Sparse):
    """One thing that was told to AFAS, or is to be told."""

    id = serializers.UUIDField(read_only=True)
    url = Address(BASENAME)
    kind = serializers.ChoiceField(Kind.choices, read_only=True)
    state = serializers.ChoiceField(State.choices, read_only=True)
    reference = serializers.CharField(help_text="By us, and AFAS shows it beside it.")
    environment = serializers.CharField(help_text="Participant, then nothing, test or accept.")
    administration = serializers.IntegerField(allow_null=True, help_text="Its number in AFAS.")
    needs_attention = serializers.SerializerMethodField(
        help_text="Whether it rests until a person does something."
    )
    asks = serializers.ChoiceField(
        Asks.choices, allow_blank=True, help_text="Why a person is asked, where nothing is refused."
    )
    problem = serializers.CharField(help_text="A word for why it is refused; empty when it is not.")
    customer = serializers.IntegerField(
        source="customer_id", allow_null=True, help_text="The id of the customer."
    )
    invoice = serializers.IntegerField(
        source="invoice_id",
        allow_null=True,
        help_text="The invoice that it makes in AFAS, books there, or attaches to.",
    )
    net = serializers.SerializerMethodField(
        help_text="EUR excl. VAT of the invoice that it is about; null for a debtor or a file."
    )
    run = serializers.UUIDField(source="run_id", allow_null=True, help_text="Its invoicing run.")
    booking_run = serializers.UUIDField(
        source="booking_run_id", allow_null=True, help_text="The booking run that made it."
    )
    target = serializers.UUIDField(
        source="target_id", allow_null=True, help_text="The document that a deletion deletes."
    )
    attached_to = serializers.UUIDField(
        source="attached_to_id", allow_null=True, help_text="The booking whose PDF it brings."
    )
    after = serializers.UUIDField(
        source="after_id", allow_null=True, help_text="The document that has to go before it."
    )
    order_number = serializers.CharField(help_text="AFAS's, of a direct invoice.")
    invoice_number = serializers.CharField(help_text="AFAS's, of a direct invoice.")
    debtor_number = serializers.CharField(help_text="AFAS's, of a new debtor.")
    journal = serializers.CharField(help_text="AFAS's, of a booking.")
    entry_number = serializers.CharField(help_text="AFAS's, of a booking.")
    subject_number = serializers.CharField(help_text="AFAS's, of a dossier item.")
    attempt_count = serializers.IntegerField(
        source="attempts", help_text="How often it was sent, or begun to be."
    )
    created_by = ByPerson("created_by", help_text="A name; null when it was made by itself.")
    created_at = serializers.DateTimeField()
    changed_at = serializers.DateTimeField()
    confirmed_at = serializers.DateTimeField(allow_null=True, help_text="When AFAS was certain.")
    undone_at = serializers.DateTimeField(allow_null=True)

    def get_needs_attention(self, document: AfasDocument) -> bool:
        """As the page "Needs attention" says."""
        return is_for_a_person(document)

    @extend_schema_field(Money(allow_null=True))
    def get_net(self, document: AfasDocument) -> str | None:
        """As the list shows it."""
        invoice = document.about.invoice
        if invoice is None or document.kind == Kind.ATTACHMENT:
            return None
        return f"{invoice.net:.2f}"


class AfasStorySerializer(serializers.Serializer):
    """What the page of a document says, in the language of the caller."""

    headline = serializers.CharField(help_text="Where it stands.")
    happened = serializers.CharField(help_text="How it came there, or what happens now.")
    advice = serializers.CharField(help_text="What to do.")
    money = serializers.CharField(help_text="What it means for the money.")
    mark = serializers.CharField(help_text="info, ok, warn, bad or unknown.")

    def to_representation(self, instance: Story) -> dict[str, str]:
        """Where AFAS is quoted, without secrets."""
        shown = super().to_representation(instance)
        return {name: scrub(text) for name, text in shown.items()}


class AfasActionsSerializer(serializers.Serializer):
    """What a person can do with it now. A sentence says why something cannot be done just now."""

    retry = serializers.BooleanField()
    why_not_retry = serializers.CharField()
    cancel = serializers.BooleanField()
    look_again = serializers.BooleanField(source="look")
    why_not_look_again = serializers.CharField(source="why_not_look")
    it_is_there = serializers.BooleanField(source="there")
    why_not_it_is_there = serializers.CharField(source="why_not_there")
    it_is_not_there = serializers.BooleanField(source="absent", help_text="And give_up.")
    why_not_it_is_not_there = serializers.CharField(source="why_not_absent")
    kept = serializers.CharField(
        source="absent_kept", help_text="How it goes when that answer is kept until it is proven."
    )
    choose = serializers.BooleanField(help_text="Whether link and create_anyway are asked.")
    undo = serializers.BooleanField()


class AfasAttemptSerializer(serializers.Serializer):
    """One time that it was sent. What was sent is `payload` of the document."""

    number = serializers.IntegerField()
    started_at = serializers.DateTimeField()
    finished_at = serializers.DateTimeField(allow_null=True)
    status = serializers.IntegerField(allow_null=True, help_text="The HTTP status of the answer.")
    outcome = serializers.CharField(help_text="What that proves, in a word; empty while it runs.")
    message = serializers.SerializerMethodField(help_text="What AFAS said, without secrets.")
    key = serializers.CharField(help_text="The number that AFAS gave.")

    def get_message(self, attempt: AfasAttempt) -> str:
        """As the page shows it."""
        return scrub(attempt.message)


class UndoableLineSerializer(serializers.Serializer):
    """A line of the invoice that bills something still."""

    id = serializers.IntegerField(source="line.pk")
    description = serializers.CharField(source="line.description")
    net = Money(source="line.net")
    entries = serializers.SerializerMethodField(help_text="How many things it bills still.")

    def get_entries(self, line: undo_check.Line) -> int:
        """Entries, instalments or periods."""
        return len(line.held)


class UndoableSerializer(serializers.Serializer):
    """What `undo` can do with it."""

    why_not_delete = serializers.CharField(help_text="Empty when AFAS can be asked to delete it.")
    lines = UndoableLineSerializer(many=True, help_text="Empty for the booking of an own invoice.")


class AlikeDebtorSerializer(serializers.Serializer):
    """A debtor that looks like the customer."""

    number = serializers.CharField()
    name = serializers.CharField(default="")
    city = serializers.CharField(default="")


class AfasDocumentDetailSerializer(AfasDocumentSerializer):
    """The same with its story, its attempts, and what can be done with it."""

    story = serializers.SerializerMethodField()
    actions = serializers.SerializerMethodField()
    attempts = AfasAttemptSerializer(source="attempt_log", many=True)
    payload = serializers.SerializerMethodField(
        help_text="What is sent, without secrets: JSON as text, or the path that is deleted."
    )
    said_by_afas = serializers.SerializerMethodField(help_text="AFAS's own words, or empty.")
    shown_by_afas = serializers.SerializerMethodField(
        help_text="What AFAS shows that differs from what was sent, each as texts by name."
    )
    alike = serializers.SerializerMethodField(help_text="Debtors to choose from, for link.")
    intention = serializers.ChoiceField(
        Intention.choices,
        allow_blank=True,
        help_text="What a person answered, to be carried out once absence is proven.",
    )
    intention_by = ByPerson("intention_by")
    deletion = serializers.SerializerMethodField(
        help_text="The document that deletes it in AFAS, while that is not over."
    )
    undoable = serializers.SerializerMethodField()

    @extend_schema_field(AfasStorySerializer)
    def get_story(self, document: AfasDocument) -> Any:
        """The words of its page."""
        return AfasStorySerializer(story_of(document)).data

    @extend_schema_field(AfasActionsSerializer)
    def get_actions(self, document: AfasDocument) -> Any:
        """The buttons of its page."""
        return AfasActionsSerializer(possible.actions_of(document)).data

    def get_payload(self, document: AfasDocument) -> str:
        """As the page shows it."""
        return scrub(document.payload)

    def get_said_by_afas(self, document: AfasDocument) -> str:
        """As the page shows it."""
        return scrub(possible.said_by_afas(document))

    @extend_schema_field(serializers.ListField(child=serializers.DictField()))
    def get_shown_by_afas(self, document: AfasDocument) -> list[dict[str, Any]]:
        """What is to be compared."""
        return possible.shown_by_afas(document)

    @extend_schema_field(AlikeDebtorSerializer(many=True))
    def get_alike(self, document: AfasDocument) -> Any:
        """Only while somebody has to choose."""
        alike = document.detail.get("alike", []) if document.state == State.REJECTED else []
        return AlikeDebtorSerializer(alike, many=True).data

    @extend_schema_field(serializers.UUIDField(allow_null=True))
    def get_deletion(self, document: AfasDocument) -> str | None:
        """The open one."""
        found = undoing.open_deletion(document)
        return str(found.pk) if found else None

    @extend_schema_field(UndoableSerializer(allow_null=True))
    def get_undoable(self, document: AfasDocument) -> Any:
        """Null when there is nothing to undo."""
        if not undoing.can_be_undone(document):
            return None
        lines = undo_check.check_document(document).lines
        why_not = undoing.why_not_delete(document)
        return UndoableSerializer({"why_not_delete": why_not, "lines": lines}).data


class AfasLookedSerializer(AfasDocumentDetailSerializer):
    """A document after AFAS was asked for it."""

    seen = serializers.CharField(help_text="What was seen there, and what that means.")


class DocumentFilter(django_filters.FilterSet):
    """What the list narrows to."""

    state = django_filters.ChoiceFilter(choices=State.choices)
    kind = django_filters.ChoiceFilter(choices=Kind.choices)
    customer = Id("customer")
    invoice = Id("invoice")
    run = django_filters.UUIDFilter("run")
    booking_run = django_filters.UUIDFilter("booking_run")
    reference = django_filters.CharFilter(max_length=12, help_text="Exactly this reference.")
    needs_attention = TrueFalse(method="by_attention")
    modified_since = Since()

    def by_attention(self, rows: QuerySet[Any], _name: str, value: bool) -> Any:  # noqa: FBT001
        """Those that rest until a person does something, or the others."""
        return waiting_for_a_person(rows, waits=value)
