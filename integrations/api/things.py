"""What the endpoints of AFAS share: their rights, ids that are no numbers, and what goes on."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers, status
from rest_framework.response import Response

from accounts.api.views import CompanyThings
from accounts.models import Right
from core.api.serializers import Sparse, ThingId
from integrations.models.runs import SlicedRun

INVOICES, ADMIN = (Right.INVOICES,), (Right.ADMIN,)
UUID_IN_PATH = "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
LONGEST_REASON = 200
ACCEPTED = "Accepted; it goes on in the background. Watch the address of `Location`, or `url`."


class AfasThings(CompanyThings):
    """A list of AFAS, for who may invoice."""

    area = "afas"
    rights = {"read": INVOICES, "write": INVOICES}

    def accepted(self, thing: Any) -> Response:
        """A thing that goes on changing by itself, and the address to watch."""
        response = self.answer_with(thing, status.HTTP_202_ACCEPTED)
        response["Location"] = response.data["url"]
        return response

    def as_seen(self) -> Any:
        """The thing of this address, not held, for what waits for AFAS: the services themselves
        refuse what somebody else settled meanwhile.

        Raises LostUpdate when If-Match names another version.
        """
        thing = self.get_object()
        self.refuse_lost_update(thing)
        return thing


class Address(serializers.HyperlinkedIdentityField):
    """Where the thing itself is."""

    def __init__(self, basename: str, **more: Any) -> None:
        more.setdefault("help_text", "The address of this one, to read or to watch.")
        super().__init__(f"{basename}-detail", **more)


class Ids(serializers.ListField):
    """Ids of things, at most 500 at once."""

    def __init__(self, **more: Any) -> None:
        more.setdefault("max_length", 500)
        super().__init__(child=ThingId(), **more)


class ByPerson(serializers.CharField):
    """The name of a person; null when it was done by itself."""

    def __init__(self, source: str, **more: Any) -> None:
        name = f"{source}.name"
        super().__init__(source=name, read_only=True, default=None, allow_null=True, **more)


class SlicedRunSerializer(Sparse):
    """What every reading of a list of AFAS tells of itself."""

    id = serializers.IntegerField(read_only=True)
    status = serializers.ChoiceField(SlicedRun.Status.choices, read_only=True)
    by = ByPerson("by", help_text="The name of who asked for it; null when it came by itself.")
    queued_at = serializers.DateTimeField()
    started_at = serializers.DateTimeField(allow_null=True)
    finished_at = serializers.DateTimeField(allow_null=True)
    error = serializers.CharField(help_text="Why it failed; empty when it did not.")
