"""Pieces of serializers: things of one's own company only, few columns on request, units."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from rest_framework import exceptions, serializers

EUR, EUR_4 = "EUR excl. VAT", "EUR excl. VAT, to four decimals"
BIGGEST_ID = 2**63 - 1


class Money(serializers.DecimalField):
    """An amount as a decimal string, like "1234.50"; `unit` says of what."""

    def __init__(
        self, unit: str = EUR, *, digits: int = 12, decimals: int = 2, **more: Any
    ) -> None:
        more.setdefault("help_text", f"{unit}.")
        super().__init__(max_digits=digits, decimal_places=decimals, **more)

    def to_internal_value(self, data: Any) -> Decimal:
        """A figure as text or number; a number of JSON is read by its digits, never as a float."""
        if isinstance(data, bool):
            self.fail("invalid")
        found: Decimal = super().to_internal_value(data)
        return found


class Sum(Money):
    """An amount that many others may add up to."""

    def __init__(self, unit: str = EUR, **more: Any) -> None:
        super().__init__(unit, digits=20, **more)


class Minutes(serializers.IntegerField):
    """A duration in whole minutes."""

    def __init__(self, **more: Any) -> None:
        more.setdefault("help_text", "Minutes.")
        super().__init__(**more)


class OfCompany(serializers.PrimaryKeyRelatedField):
    """The id of a thing of the caller's company; of another company's it is as if it is not there.

    `select` gives the rows that may be named, for the membership of the caller.
    """

    default_error_messages = {
        "does_not_exist": gettext_lazy("There is none with this id, or it is not yours."),
        "incorrect_type": gettext_lazy("An id is expected: a whole number."),
    }

    def __init__(self, *, select: Any = None, **more: Any) -> None:
        self.select = select
        if select is not None:
            more["queryset"] = _Nothing()
        more.setdefault("pk_field", serializers.IntegerField(min_value=1, max_value=BIGGEST_ID))
        super().__init__(**more)

    def get_queryset(self) -> QuerySet[Any]:
        """The rows that may be named."""
        rows: QuerySet[Any] = self.select(self.context["view"].membership)
        return rows

    def to_internal_value(self, data: Any) -> Any:
        """The thing; text is no id, even when digits stand in it."""
        if isinstance(data, bool) or not isinstance(data, int):
            self.fail("incorrect_type", data_type=type(data).__name__)
        if not 0 < data <= BIGGEST_ID:
            self.fail("does_not_exist", pk_value=data)
        return super().to_internal_value(data)

    def use_pk_only_optimization(self) -> bool:
        """The column tells the id: no thing is read for it."""
        return True


class ThingId(serializers.IntegerField):
    """An id that is asked about; what is not there, or another company's, is left out."""

    def __init__(self, **more: Any) -> None:
        super().__init__(min_value=1, max_value=BIGGEST_ID, **more)


class _OnlyId(ThingId):
    """The same, and text is no id even when digits stand in it."""

    def to_internal_value(self, data: Any) -> int:
        if isinstance(data, bool) or not isinstance(data, int):
            raise serializers.ValidationError(OfCompany.default_error_messages["incorrect_type"])
        return data


class SeveralOfCompany(serializers.ListField):
    """Ids of things of the caller's company, each as `OfCompany`, but read at once; at most `most`.

    What was sent twice counts once. A relation to many is shown by its ids.
    """

    def __init__(self, *, select: Any, most: int = 100, **more: Any) -> None:
        self.select = select
        super().__init__(child=_OnlyId(), max_length=most, **more)

    def to_internal_value(self, data: Any) -> list[Any]:
        """The things, in the order of their ids as sent."""
        ids = super().to_internal_value(data)
        found: dict[int, Any] = self.select(self.context["view"].membership).in_bulk(ids)
        sentence = OfCompany.default_error_messages["does_not_exist"]
        if unknown := {place: [sentence] for place, pk in enumerate(ids) if pk not in found}:
            raise serializers.ValidationError(unknown)
        return [found[pk] for pk in dict.fromkeys(ids)]

    def to_representation(self, data: Any) -> list[int]:
        """The ids of what it relates to."""
        return [one.pk for one in data.all()]


class _Nothing:
    """Stands for a queryset where one must be given; `select` is asked instead."""

    def all(self) -> _Nothing:
        """Itself."""
        return self


class Sparse(serializers.Serializer):
    """`?fields=id,date` leaves out all other columns, of one thing or of each in a list."""

    def get_fields(self) -> dict[str, Any]:
        """The columns that were asked for. Raises when one does not exist."""
        fields: dict[str, Any] = super().get_fields()
        wanted = self._wanted()
        if not wanted:
            return fields
        if unknown := sorted(wanted - set(fields)):
            sentence = _("There is no field “%(names)s” here.") % {"names": ", ".join(unknown)}
            raise exceptions.ValidationError({"fields": [sentence]})
        return {name: field for name, field in fields.items() if name in wanted}

    def _wanted(self) -> set[str]:
        request = self.context.get("request")
        if request is None or request.method not in {"GET", "HEAD"}:
            return set()
        if self.parent is not None and self.parent.parent is not None:
            return set()  # it stands within another thing
        text = request.query_params.get("fields", "")
        return {one.strip() for one in text.split(",") if one.strip()}


class ErrorSerializer(serializers.Serializer):
    """What is wrong with one value."""

    field = serializers.CharField(allow_blank=True, help_text="Its place in what was sent.")
    detail = serializers.CharField(help_text="A whole sentence.")


class ProblemSerializer(serializers.Serializer):
    """RFC 9457 problem details: the sentences that the pages show, in the caller's language."""

    type = serializers.CharField(help_text="The kind of problem; it never changes.")
    title = serializers.CharField()
    status = serializers.IntegerField()
    detail = serializers.CharField(help_text="What is wrong, what it means, what to do.")
    errors = ErrorSerializer(many=True, required=False)
