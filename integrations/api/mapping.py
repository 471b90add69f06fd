"""`/afas/mapping/{table}/` and `/afas/items/`: which code of AFAS stands for what of ours."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import exceptions, serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.views import CompanyView
from core.api import tags
from core.errors import DomainError, FieldsError
from integrations.api.things import ADMIN
from integrations.models import AfasConnection
from integrations.selectors import connection_of
from integrations.services import item_settings, readiness
from integrations.services.book_links import books_of
from integrations.services.item_settings import Chosen, Place
from integrations.services.mapping import MISSING, Filter
from integrations.services.mapping_rows import COLUMNS, Row, Table, rows_of
from integrations.services.mapping_saving import save_rows

MOST = 500
COLUMNS_HELP = "; ".join(
    f"{table}: {', '.join(column.name for column in columns)}" for table, columns in COLUMNS.items()
)


class MappingRowSerializer(serializers.Serializer):
    """A thing of ours and the codes of AFAS that stand for it."""

    key = serializers.CharField(help_text="Names it here: activity-3, vat-high-21.00.")
    label = serializers.CharField()
    detail = serializers.CharField()
    archived = serializers.BooleanField(source="quiet", help_text="Not in use any more.")
    values = serializers.DictField(
        child=serializers.CharField(), help_text=f"Its own codes. {COLUMNS_HELP}."
    )
    otherwise = serializers.DictField(
        child=serializers.CharField(), help_text="What an empty one of these gets by the defaults."
    )
    lacks = serializers.ListField(
        child=serializers.CharField(),
        help_text="What must be filled in before it can be invoiced or booked.",
    )


class MappingTableSerializer(serializers.Serializer):
    """The rows of one table, by name."""

    rows = MappingRowSerializer(many=True)


class MappingChangeSerializer(serializers.Serializer):
    """What shall stand for one thing; a code that is not named stays, an empty one is removed."""

    key = serializers.CharField(max_length=80)
    values = serializers.DictField(child=serializers.CharField(allow_blank=True, max_length=40))


class MappingChangesSerializer(serializers.Serializer):
    """Changes of one table, saved all or none."""

    rows = MappingChangeSerializer(many=True, min_length=1, max_length=MOST)


class AfasDefaultItemSerializer(serializers.Serializer):
    """The item of AFAS for one use: kind, code and unit together."""

    use = serializers.ChoiceField([(one.value, one.label) for one in item_settings.GENERAL_USES])
    code = serializers.CharField(
        max_length=40, allow_blank=True, help_text="Empty: none; then the default item counts."
    )
    kind = serializers.ChoiceField(
        item_settings.KINDS,
        required=False,
        allow_blank=True,
        help_text="May be left out where the token may read AFAS's items.",
    )
    unit = serializers.CharField(
        max_length=15, required=False, allow_blank=True, help_text="As the code."
    )


class AfasDefaultItemsSerializer(serializers.Serializer):
    """The items that lines get when nothing more particular has one."""

    items = AfasDefaultItemSerializer(
        many=True, min_length=1, max_length=len(item_settings.GENERAL_USES)
    )


class Linked(CompanyView):
    """Settings of the link with AFAS."""

    area = "afas"
    rights = {"read": ADMIN, "write": ADMIN}
    # What AFAS's own lists say is asked while nothing is held; a repeat finds what it saved.
    loose_actions = frozenset({"partial_update", "set_items"})

    @property
    def link(self) -> AfasConnection:
        """The link in use. Raises DomainError when there is none, or no administration chosen."""
        found = connection_of(self.company)
        if found is None:
            raise DomainError(readiness.why_not_ready(None))
        books_of(found)
        return found


class MappingView(Linked):
    """The mapping, table by table: activities, products, VAT rates, projects and items."""

    queryset = AfasConnection.objects.none()
    serializer_class = MappingTableSerializer
    lookup_field = "table"
    lookup_value_regex = "|".join(Table)

    @extend_schema(
        parameters=[
            OpenApiParameter("search", str, description="Each word is in its names or codes."),
            OpenApiParameter("missing", bool, description="Only what lacks a code."),
        ]
    )
    def retrieve(self, request: Request, *_args: Any, **_kwargs: Any) -> Response:
        """The rows of one table; what is archived and has no code only when it is searched for."""
        rows = rows_of(self.link, self._table)
        missing = request.query_params.get("missing") == "true"
        wanted = Filter(show=MISSING if missing else "", q=request.query_params.get("search", ""))
        return Response(_shown(wanted.rows(rows)), headers={"ETag": _tag(rows)})

    @extend_schema(request=MappingChangesSerializer)
    def partial_update(self, request: Request, *_args: Any, **_kwargs: Any) -> Response:
        """Change codes of one table, all or none; AFAS's lists are asked where they can be read.
        The answer holds the rows that were named, as they are now."""
        link, before = self.link, rows_of(self.link, self._table)
        tags.refuse_lost_update(request, _tag(before))
        sent = self.sent(MappingChangesSerializer)["rows"]
        wanted = _wanted(sent, before, self._table)
        try:
            save_rows(connection=link, table=self._table, wanted=wanted, by=self.person)
        except FieldsError as refusal:
            raise _placed(refusal, "rows", [one["key"] for one in sent], "values.") from refusal
        after = rows_of(link, self._table)
        named = [row for row in after if row.key in wanted]
        return Response(_shown(named), headers={"ETag": _tag(after)})

    @property
    def _table(self) -> str:
        return str(self.kwargs["table"])


class ItemsView(Linked):
    """The items that lines get by default."""

    queryset = AfasConnection.objects.none()
    serializer_class = AfasDefaultItemsSerializer

    @extend_schema(operation_id="afas_items_retrieve", responses=AfasDefaultItemsSerializer)
    @action(detail=False, methods=["get"])
    def items(self, _request: Request, *_args: Any, **_kwargs: Any) -> Response:
        """The default item, and those of hours, expenses, rides and prices. An activity, product,
        project or instalment may have its own."""
        return self.answer_with(self._items())

    @extend_schema(operation_id="afas_items_partial_update", request=AfasDefaultItemsSerializer)
    @items.mapping.patch
    def set_items(self, request: Request, *_args: Any, **_kwargs: Any) -> Response:
        """Set some of them, all or none; what is not named stays."""
        link = self.link
        tags.refuse_lost_update(request, tags.tag_of(self.shown(self._items())))
        sent = self.sent(AfasDefaultItemsSerializer)["items"]
        if errors := _twice(sent, "use"):
            raise exceptions.ValidationError({"items": errors})
        chosen = {Place(one.pop("use")): Chosen(**one) for one in sent}
        try:
            item_settings.save_items(connection=link, items=chosen, by=self.person)
        except FieldsError as refusal:
            raise _placed(refusal, "items", [place.key for place in chosen]) from refusal
        return self.answer_with(self._items())

    def _items(self) -> dict[str, Any]:
        chosen = item_settings.chosen_items(self.company, self.link.environment)
        places = item_settings.general_places()
        rows = [(place.key, chosen.get(place.key, Chosen())) for place in places]
        return {"items": [{"use": key, **vars(item)} for key, item in rows]}


def _shown(rows: Iterable[Row]) -> Any:
    return MappingTableSerializer({"rows": rows}).data


def _tag(rows: Iterable[Row]) -> str:
    """Of the whole table, whatever of it is shown."""
    return tags.tag_of(_shown(rows))


def _wanted(
    sent: list[dict[str, Any]], rows: Iterable[Row], table: str
) -> dict[str, Mapping[str, str]]:
    """What was sent by key. Raises ValidationError for a row or a column that is not there."""
    keys, columns = {row.key for row in rows}, {column.name for column in COLUMNS[table]}
    errors: dict[int, Any] = _twice(sent, "key")
    for place, one in enumerate(sent):
        if one["key"] not in keys:
            errors[place] = {"key": [_("There is no such row in this table.")]}
        elif unknown := sorted(one["values"].keys() - columns):
            sentence = _("There is no field “%(names)s” here.") % {"names": ", ".join(unknown)}
            errors[place] = {"values": [sentence]}
    if errors:
        raise exceptions.ValidationError({"rows": errors})
    return {one["key"]: one["values"] for one in sent}


def _twice(sent: list[dict[str, Any]], name: str) -> dict[int, Any]:
    """An error for what was named before: nobody could say which of the two counts."""
    names = [one[name] for one in sent]
    again = {place for place, one in enumerate(names) if one in names[:place]}
    return {place: {name: [_("This stands here twice.")]} for place in sorted(again)}


def _placed(refusal: FieldsError, where: str, keys: list[str], within: str = "") -> FieldsError:
    """The sentences with the place in what was sent: rows.0.values.account."""
    errors = {}
    for name, sentence in refusal.errors.items():
        key, _dash, column = name.rpartition("-")
        errors[f"{where}.{keys.index(key)}.{within}{column}"] = sentence
    return FieldsError(errors)
