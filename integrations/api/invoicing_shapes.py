"""How the check of a selection and what became of it are shown."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from core.api.serializers import Sparse, Sum
from integrations.api.document_shapes import AfasDocumentSerializer
from integrations.api.things import Address, ByPerson
from integrations.models import InvoicingRun
from integrations.services.billing import Bill, Check
from integrations.services.run_results import Progress, progress_of
from invoicing.api import drawing_up_shapes
from invoicing.api.drawing_up_shapes import (
    CountsSerializer,
    OptionsSerializer,
    PreviewLeftOutSerializer,
    PreviewLineSerializer,
)
from invoicing.api.selections import SelectionField
from invoicing.services.bundling import Options
from invoicing.services.sifting import ATTRIBUTES

BASENAME = "api_afas_invoicing_runs"
INCL = "EUR incl. VAT"


class AfasOptionsSerializer(OptionsSerializer):
    """The same, with what goes along where the AFAS settings allow it."""

    with_specification = serializers.BooleanField(
        default=False, help_text="Left aside where the AFAS settings do not allow it."
    )
    with_receipts = serializers.BooleanField(
        default=False, help_text="Left aside where the AFAS settings do not allow it."
    )


def options_of(sent: dict[str, Any]) -> Options:
    """The choices, as the services want them."""
    along = {name: sent[name] for name in ("with_specification", "with_receipts")}
    return replace(drawing_up_shapes.options_of(sent), **along)


class AfasPreviewOrderSerializer(serializers.Serializer):
    """What to check."""

    selection = SelectionField()
    options = AfasOptionsSerializer()


class AfasRunOrderSerializer(AfasPreviewOrderSerializer):
    """What to make, exactly as it was checked."""

    token = serializers.CharField(max_length=64, help_text="From the preview.")


class AfasItemSerializer(serializers.Serializer):
    """An item of AFAS."""

    kind = serializers.CharField()
    code = serializers.CharField(help_text="Empty where none is set.")
    unit = serializers.CharField()


class CheckedLineSerializer(PreviewLineSerializer):
    """A line as AFAS gets it."""

    item = AfasItemSerializer()


class CheckedBillSerializer(serializers.Serializer):
    """One invoice as it would be made."""

    customer = serializers.IntegerField(source="customer.pk", help_text="The id of the customer.")
    customer_name = serializers.CharField(source="customer")
    project = serializers.IntegerField(
        source="project.pk", default=None, allow_null=True, help_text="When all of it is of one."
    )
    reference = serializers.CharField()
    debtor = serializers.CharField(help_text="Its number; empty: it will be made in AFAS.")
    ready = serializers.BooleanField(help_text="Whether nothing stands in its way.")
    obstacles = serializers.SerializerMethodField(help_text="Sentences: what has to be mended.")
    net = Sum()
    vat = Sum("EUR, as far as we can tell", source="expected.vat")
    total = Sum(f"{INCL}, as far as we can tell", source="expected.total")
    things = serializers.SerializerMethodField(help_text="How many of each kind it bills.")
    lines = CheckedLineSerializer(many=True)

    @extend_schema_field(CountsSerializer)
    def get_things(self, bill: Bill) -> dict[str, int]:
        """By the words of a selection."""
        return {plural: bill.counts.get(kind, 0) for kind, plural in ATTRIBUTES.items()}

    @extend_schema_field(serializers.ListField(child=serializers.CharField()))
    def get_obstacles(self, bill: Bill) -> list[str]:
        """As the page says them."""
        return [one.sentence for one in bill.obstacles]


@dataclass(frozen=True)
class Preview:
    """A check, and the run that its selection has already."""

    check: Check
    run: InvoicingRun | None

    @property
    def left_out(self) -> list[dict[str, Any]]:
        """What is not invoiced now, by the words of a selection, and why."""
        return [
            {
                "kind": ATTRIBUTES[one.kind],
                "id": one.entry.pk,
                "reason": one.reason,
                "sentence": one.sentence,
            }
            for one in self.check.left_out
        ]


class AfasPreviewSerializer(serializers.Serializer):
    """What would be made of a selection, and what would not."""

    token = serializers.CharField(
        source="check.token", help_text="Stands for having seen this; send it to make it."
    )
    run = serializers.UUIDField(
        source="run.pk",
        default=None,
        allow_null=True,
        help_text="The run of this selection, when it was made already.",
    )
    net = Sum("EUR excl. VAT of what can be made", source="check.net")
    total = Sum(f"{INCL} of what can be made, as far as we can tell", source="check.expected_total")
    rounding = Sum(
        "EUR by which the lines differ from their things one by one", source="check.rounding"
    )
    entries = serializers.IntegerField(
        source="check.entries", help_text="How many things stand on what can be made."
    )
    on_work_items = serializers.BooleanField(
        source="check.on_work_items",
        help_text="Whether expenses or rides would be booked as hours, for want of an item.",
    )
    planned_on_work_items = serializers.BooleanField(
        source="check.planned_on_work_items", help_text="The same of planned amounts."
    )
    invoices = CheckedBillSerializer(source="check.bills", many=True)
    left_out = PreviewLeftOutSerializer(many=True)


class InvoicingRunSerializer(Sparse):
    """A selection that was invoiced in AFAS."""

    id = serializers.UUIDField(read_only=True)
    url = Address(BASENAME)
    created_at = serializers.DateTimeField()
    by = ByPerson("by")
    selection = serializers.UUIDField(source="selection_id")


class NoInvoiceSerializer(serializers.Serializer):
    """A customer who got no invoice, and why."""

    customer = serializers.CharField(help_text="A name.")
    sentence = serializers.CharField()


class InvoicingProgressSerializer(serializers.Serializer):
    """How far a run is."""

    busy = serializers.BooleanField(source="is_busy", help_text="Whether it changes by itself.")
    invoices = serializers.SerializerMethodField(help_text="How many direct invoices there are.")
    done = serializers.SerializerMethodField(help_text="How many of them AFAS has.")
    resting = serializers.SerializerMethodField(
        help_text="To how many of them nothing more happens without a person."
    )
    net = Sum("EUR excl. VAT of what AFAS has")
    documents = AfasDocumentSerializer(source="made", many=True)

    def get_invoices(self, progress: Progress) -> int:
        """All of them."""
        return len(progress.invoices)

    def get_done(self, progress: Progress) -> int:
        """Confirmed ones."""
        return len(progress.done)

    def get_resting(self, progress: Progress) -> int:
        """Confirmed ones, and those that wait for a person."""
        return len(progress.resting)


class InvoicingRunDetailSerializer(InvoicingRunSerializer):
    """The same with what became of each customer."""

    refusals = NoInvoiceSerializer(many=True)
    progress = serializers.SerializerMethodField()

    @extend_schema_field(InvoicingProgressSerializer)
    def get_progress(self, run: InvoicingRun) -> Any:
        """As it stands now."""
        return InvoicingProgressSerializer(progress_of(run), context=self.context).data
