"""Many things at once: each is done or refused by itself, and each has an answer of its own."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _
from rest_framework import exceptions, serializers, status

from core.api import problems
from core.api.serializers import ProblemSerializer
from core.errors import DomainError

MOST = 500


class ItemSerializer(serializers.Serializer):
    """What became of one item: `status` as of a request of its own."""

    index = serializers.IntegerField(help_text="Its place in what was sent, from 0.")
    status = serializers.IntegerField(help_text="201, 200 or 204 when it was done.")
    id = serializers.IntegerField(allow_null=True, help_text="Of the thing that was made.")
    problem = ProblemSerializer(allow_null=True)


class BatchSerializer(serializers.Serializer):
    """The answers to a batch, in the order in which the items came."""

    done = serializers.IntegerField(help_text="How many were done.")
    refused = serializers.IntegerField(help_text="How many were refused; nothing of them is saved.")
    results = ItemSerializer(many=True)


def items_of(sent: Any) -> list[Any]:
    """What stands under `items`, each still to be checked. Raises ValidationError for no list."""
    found = sent.get("items") if isinstance(sent, dict) else None
    if not isinstance(found, list) or not 1 <= len(found) <= MOST:
        sentence = _("Send a list of 1 to %(most)s items.") % {"most": MOST}
        raise exceptions.ValidationError({"items": [sentence]})
    return found


def each(items: Sequence[Any], do: Callable[[Any], int | None], code: int) -> dict[str, Any]:
    """`do` for every item, each in a savepoint; what it returns is the id of the thing."""
    results = [_one(index, item, do, code) for index, item in enumerate(items)]
    refused = sum(one["problem"] is not None for one in results)
    return {"done": len(results) - refused, "refused": refused, "results": results}


def _one(index: int, item: Any, do: Callable[[Any], int | None], code: int) -> dict[str, Any]:
    try:
        with transaction.atomic():
            made = do(item)
    except DomainError as error:
        return _refused(index, problems.of_rule(error))
    except exceptions.ValidationError as error:
        return _refused(index, problems.of_invalid(error))
    return {"index": index, "status": code, "id": made, "problem": None}


def _refused(index: int, problem: dict[str, Any]) -> dict[str, Any]:
    status_of = problem.get("status", status.HTTP_400_BAD_REQUEST)
    return {"index": index, "status": status_of, "id": None, "problem": problem}
