"""`/rides/`: kilometres."""

from __future__ import annotations

from decimal import Decimal

import django_filters
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import serializers

from core.api.batches import BatchSerializer
from core.forms import LONGEST_RIDE
from registration.api.entries import EntriesView, EntryFilter, EntrySerializer, Services
from registration.models import Ride
from registration.services import entries
from registration.services.entries import RideData

SERVICES = Services(
    log=lambda by, data: entries.ride_log(by=by, data=data),
    change=lambda by, seen, version, data: entries.ride_change(
        by=by, ride=seen, version=version, data=data
    ),
    delete=lambda by, seen, version: entries.ride_delete(by=by, ride=seen, version=version),
)


class RideSerializer(EntrySerializer):
    """A ride; only a business ride can be invoiced."""

    said_in = RideData

    origin = serializers.CharField(max_length=80)
    destination = serializers.CharField(max_length=80)
    distance = serializers.DecimalField(
        max_digits=7,
        decimal_places=1,
        min_value=Decimal("0.1"),
        max_value=LONGEST_RIDE,
        help_text="Kilometres one way.",
    )
    is_return = serializers.BooleanField(
        required=False, help_text="There and back: the distance counts twice."
    )
    purpose = serializers.ChoiceField(Ride.Purpose.choices, required=False)
    kilometres = serializers.DecimalField(
        max_digits=8, decimal_places=1, read_only=True, help_text="Kilometres in all."
    )


class RidesSerializer(serializers.Serializer):
    """Several rides to register."""

    items = RideSerializer(many=True, help_text="1 to 500.")


class RideFilter(EntryFilter):
    """What the list narrows to."""

    purpose = django_filters.ChoiceFilter(choices=Ride.Purpose.choices)


@extend_schema_view(batch=extend_schema(request=RidesSerializer, responses=BatchSerializer))
class RidesView(EntriesView):
    """Rides that the caller sees: their own, those of projects they manage, or everybody's."""

    kind = "rides"
    services = SERVICES
    queryset = Ride.objects.none()
    serializer_class = RideSerializer
    filterset_class = RideFilter
