"""`/hours/`: work."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import serializers

from core.api.batches import BatchSerializer
from core.api.filters import Id
from core.api.serializers import Minutes
from registration.api.choices import Choice, activities
from registration.api.entries import EntriesView, EntryFilter, EntrySerializer, Services
from registration.models import Hour
from registration.services import entries
from registration.services.entries import DAY, HourData

SERVICES = Services(
    log=lambda by, data: entries.hour_log(by=by, data=data),
    change=lambda by, seen, version, data: entries.hour_change(
        by=by, hour=seen, version=version, data=data
    ),
    delete=lambda by, seen, version: entries.hour_delete(by=by, hour=seen, version=version),
)


class HourSerializer(EntrySerializer):
    """Work: as long as it took, and as long as it will be billed."""

    said_in = HourData

    activity = Choice(offer=activities)
    minutes = Minutes(min_value=1, max_value=DAY, help_text="Minutes worked.")
    billable_minutes = Minutes(read_only=True, help_text="Minutes as they will be billed, rounded.")

    def begins_with(self, sent: dict[str, Any]) -> dict[str, Any]:
        """An hour is billable when its activity is so by default."""
        return {"billable": sent["activity"].billable}


class HoursSerializer(serializers.Serializer):
    """Several hours to register."""

    items = HourSerializer(many=True, help_text="1 to 500.")


class HourFilter(EntryFilter):
    """What the list narrows to."""

    activity = Id("activity")


@extend_schema_view(batch=extend_schema(request=HoursSerializer, responses=BatchSerializer))
class HoursView(EntriesView):
    """Hours that the caller sees: their own, those of projects they manage, or everybody's."""

    kind = "hours"
    services = SERVICES
    queryset = Hour.objects.none()
    serializer_class = HourSerializer
    filterset_class = HourFilter
