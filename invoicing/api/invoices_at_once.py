"""Many invoices at once, as the ticked ones of the list: each is done, or left out with why."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import exceptions, serializers, status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from core.api import problems
from core.api.batches import MOST, BatchSerializer
from core.api.serializers import ThingId
from core.errors import DomainError
from invoicing.api.invoice_actions import HowSerializer, PaidOnSerializer, how_of
from invoicing.api.invoice_base import OwnInvoices
from invoicing.models import Invoice
from invoicing.selectors.invoices import picked
from invoicing.services import at_once, finalising, paying, sending
from invoicing.services.at_once import Refusal

Do = Callable[[Sequence[Invoice]], object]


class IdsSerializer(serializers.Serializer):
    """Which invoices."""

    ids = serializers.ListField(
        child=ThingId(),
        min_length=1,
        max_length=MOST,
        help_text="Ids of invoices, each once, at most 500.",
    )

    def validate_ids(self, ids: list[int]) -> list[int]:
        """Each once."""
        if len(set(ids)) < len(ids):
            raise exceptions.ValidationError(_("Name each of them once; nothing was done."))
        return ids


class IdsPaidSerializer(IdsSerializer, PaidOnSerializer):
    """Which invoices were paid, and when."""


class IdsSentSerializer(IdsSerializer, HowSerializer):
    """Which invoices were sent without us, and how."""


@dataclass
class Work:
    """What is done with those that are fit for it, at most `together` in a transaction."""

    refusal: Refusal
    do: Do
    together: int = 1
    code: int = status.HTTP_200_OK
    made: dict[int, int] = field(default_factory=dict)


class InvoicesAtOnce(OwnInvoices):
    """What the list of invoices does with many."""

    loose_actions = frozenset({"finalise_many", "send_many", "mark_as_sent_many", "mark_paid_many"})

    @extend_schema(
        request=IdsSerializer, responses=BatchSerializer, operation_id="invoices_finalise_many"
    )
    @action(detail=False, methods=["post"], url_path="finalise")
    def finalise_many(self, _request: Request, *_args: Any, **_kwargs: Any) -> Response:
        """Make drafts final, oldest first. What is blocked is left out with its reason."""
        ids = self.sent(IdsSerializer)["ids"]

        def do(invoices: Sequence[Invoice]) -> object:
            seen = [(one, one.version) for one in invoices]
            return finalising.finalise_all(seen=seen, by=self.person)

        together = finalising.FINAL_TOGETHER
        return self._each(ids, Work(at_once.why_not_finalise, do, together))

    @extend_schema(
        request=IdsSerializer, responses=BatchSerializer, operation_id="invoices_send_many"
    )
    @action(detail=False, methods=["post"], url_path="send")
    def send_many(self, _request: Request, *_args: Any, **_kwargs: Any) -> Response:
        """Put a mail with the usual words in the queue for each; 202 with the id of the delivery.

        What was sent already is left out: sending again is done one by one.
        """
        ids = self.sent(IdsSerializer)["ids"]

        def do(invoices: Sequence[Invoice]) -> object:
            [invoice] = invoices
            mail = vars(sending.mail_for(invoice))
            sent = sending.send(invoice=invoice, by=self.person, **mail)
            work.made[invoice.pk] = sent.pk
            return sent

        work = Work(at_once.why_not_send, do, code=status.HTTP_202_ACCEPTED)
        return self._each(ids, work)

    @extend_schema(
        request=IdsSentSerializer,
        responses=BatchSerializer,
        operation_id="invoices_mark_as_sent_many",
    )
    @action(detail=False, methods=["post"], url_path="mark-as-sent")
    def mark_as_sent_many(self, _request: Request, *_args: Any, **_kwargs: Any) -> Response:
        """Their customers have them without our mail."""
        given = self.sent(IdsSentSerializer)
        how = how_of(given)

        def do(invoices: Sequence[Invoice]) -> object:
            [invoice] = invoices
            return sending.mark_as_sent(invoice=invoice, how=how, by=self.person)

        return self._each(given["ids"], Work(at_once.why_not_mark_sent, do))

    @extend_schema(
        request=IdsPaidSerializer, responses=BatchSerializer, operation_id="invoices_mark_paid_many"
    )
    @action(detail=False, methods=["post"], url_path="mark-paid")
    def mark_paid_many(self, _request: Request, *_args: Any, **_kwargs: Any) -> Response:
        """What is open on each was paid, or paid back, on one day."""
        given = self.sent(IdsPaidSerializer)
        day = given.get("paid_on") or timezone.localdate()

        def do(invoices: Sequence[Invoice]) -> object:
            [invoice] = invoices
            amount = abs(invoice.open_amount)
            return paying.payment_add(invoice=invoice, amount=amount, paid_on=day, by=self.person)

        return self._each(given["ids"], Work(at_once.why_not_paid, do))

    def _each(self, ids: Sequence[int], work: Work) -> Response:
        invoices = list(picked(self.company, ids).select_related("company", "customer", "project"))
        wanted = at_once.sort_out(invoices, work.refusal)
        done = at_once.each(wanted, wanted.seen, work.do, most=work.together)
        refused = {one.invoice.pk: one.reason for one in (*wanted.left_out, *done.failed)}
        known = {one.pk for one in invoices}
        results = [
            {"index": index, **_result(pk, known, refused, work)} for index, pk in enumerate(ids)
        ]
        count = len(done.done)
        return Response({"done": count, "refused": len(ids) - count, "results": results})


def _result(pk: int, known: set[int], refused: dict[int, str], work: Work) -> dict[str, Any]:
    if pk not in known:
        words = _("There is none with this id, or it is not yours.")
        problem = problems.details("not_found", status.HTTP_404_NOT_FOUND, words)
    elif pk in refused:
        problem = problems.of_rule(DomainError(refused[pk]))
    else:
        return {"status": work.code, "id": work.made.get(pk, pk), "problem": None}
    return {"status": problem["status"], "id": None, "problem": problem}
