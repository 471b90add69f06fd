"""What is sent and answered when a selection becomes drafts."""

from __future__ import annotations

from typing import Any

from django.utils import timezone
from rest_framework import serializers

from core.api.serializers import EUR_4, Money, Sum
from core.vat import VatCode
from invoicing.api.common import EUR_INCL, KINDS_HELP
from invoicing.api.invoice_shapes import InvoiceSerializer, VatGroupSerializer
from invoicing.api.selections import SelectionField
from invoicing.forms.options import GROUPINGS
from invoicing.selectors.unbilled import KINDS
from invoicing.services.bundling import Options, Per
from invoicing.services.drafting import Draft, DraftCheck
from invoicing.services.pricing import PLACEHOLDERS, Grouping
from invoicing.services.sifting import ATTRIBUTES, LeftOut

PLACES = " ".join(f"{{{name}}}" for name in PLACEHOLDERS)


class GroupingSerializer(serializers.Serializer):
    """How things become lines. Different rates and VAT always stand on lines of their own."""

    grouping = serializers.ChoiceField(
        GROUPINGS, default=Grouping.ACTIVITY.value, help_text="What makes one line."
    )
    template = serializers.CharField(
        default="",
        allow_blank=True,
        max_length=200,
        help_text=f"The text of the lines; empty: one that fits. It may hold {PLACES}.",
    )


class OptionsSerializer(GroupingSerializer):
    """How a selection becomes invoices."""

    per = serializers.ChoiceField(
        [one.value for one in Per], default=Per.CUSTOMER.value, help_text="What makes one invoice."
    )
    invoice_date = serializers.DateField(
        required=False, help_text="Today when it is left out; from the year 2000."
    )
    reference = serializers.CharField(
        default="",
        allow_blank=True,
        max_length=60,
        help_text="Empty: the reference of the project or the customer.",
    )


def options_of(given: dict[str, Any]) -> Options:
    """What an OptionsSerializer read."""
    return Options(
        per=Per(given["per"]),
        grouping=Grouping(given["grouping"]),
        invoice_date=given.get("invoice_date") or timezone.localdate(),
        reference=given["reference"],
        template=given["template"],
    )


class PreviewRequest(serializers.Serializer):
    """What to draw up, and how."""

    selection = SelectionField()
    options = OptionsSerializer()


class DrawUpRequest(PreviewRequest):
    """The same as was previewed, with the token of what was seen."""

    token = serializers.CharField(max_length=64, help_text="From the preview.")


class PreviewLineSerializer(serializers.Serializer):
    """A line as it would be."""

    description = serializers.CharField()
    quantity = Money("", help_text="In `unit`, to two decimals.")
    unit = serializers.CharField()
    unit_price = Money(EUR_4, digits=14, decimals=4)
    net = Sum()
    vat_code = serializers.ChoiceField(VatCode.choices)
    vat_percent = Money("", digits=5, help_text="Per cent.")


class CountsSerializer(serializers.Serializer):
    """How many things of each kind."""

    hours = serializers.IntegerField()
    expenses = serializers.IntegerField()
    rides = serializers.IntegerField()
    instalments = serializers.IntegerField()
    periods = serializers.IntegerField()


class PreviewDraftSerializer(serializers.Serializer):
    """One draft as it would be drawn up."""

    customer = serializers.IntegerField(help_text="The id of the customer.")
    customer_name = serializers.CharField()
    project = serializers.IntegerField(
        allow_null=True, help_text="The id of the project when all of it is of one; else null."
    )
    reference = serializers.CharField()
    things = CountsSerializer()
    lines = PreviewLineSerializer(many=True)
    vat_groups = VatGroupSerializer(many=True)
    net = Sum()
    vat = Sum("EUR of VAT")
    total = Sum(EUR_INCL)
    problem = serializers.CharField(help_text="Why it cannot be drawn up; empty when it can.")


class PreviewLeftOutSerializer(serializers.Serializer):
    """A selected thing that is not invoiced now."""

    kind = serializers.ChoiceField(list(KINDS), help_text=f"One of {KINDS_HELP}")
    id = serializers.IntegerField()
    reason = serializers.CharField(help_text="A word for programs, such as `billed` or `no_rate`.")
    sentence = serializers.CharField(help_text="Why, for people.")


class DraftsPreviewSerializer(serializers.Serializer):
    """What would be drawn up. Nothing was changed."""

    token = serializers.CharField(help_text="Send it along to draw up exactly this.")
    net = Sum(help_text="EUR excl. VAT of what can be drawn up.")
    total = Sum(EUR_INCL, help_text=f"{EUR_INCL} of what can be drawn up.")
    drafts = PreviewDraftSerializer(many=True)
    left_out = PreviewLeftOutSerializer(many=True)


class RefusedCustomerSerializer(serializers.Serializer):
    """A customer for whom nothing was drawn up."""

    customer = serializers.IntegerField(help_text="The id of the customer.")
    sentence = serializers.CharField(help_text="Why, and what to do.")


class DrawnSerializer(serializers.Serializer):
    """The drafts, and who was refused."""

    invoices = InvoiceSerializer(many=True)
    refusals = RefusedCustomerSerializer(many=True)


def shown(check: DraftCheck) -> dict[str, Any]:
    """A check as DraftsPreviewSerializer wants it."""
    return {
        "token": check.token,
        "net": check.net,
        "total": check.total,
        "drafts": [_draft(one) for one in check.drafts],
        "left_out": [_left_out(one) for one in check.left_out],
    }


def _draft(draft: Draft) -> dict[str, Any]:
    bundle, totals = draft.bundle, draft.totals
    return {
        "customer": bundle.customer.pk,
        "customer_name": bundle.customer.name,
        "project": bundle.project and bundle.project.pk,
        "reference": bundle.reference,
        "things": {plural: draft.counts.get(kind, 0) for kind, plural in ATTRIBUTES.items()},
        "lines": draft.lines,
        "vat_groups": totals.groups,
        "net": totals.net,
        "vat": totals.vat,
        "total": totals.total,
        "problem": draft.problem,
    }


def _left_out(one: LeftOut) -> dict[str, Any]:
    return {
        "kind": ATTRIBUTES[one.kind],
        "id": one.entry.pk,
        "reason": one.reason,
        "sentence": one.sentence,
    }
