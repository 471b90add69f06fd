"""`/afas/mapping/{table}/` and `/afas/items/`: which code of AFAS stands for what of ours."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import exceptions, serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.schema import IF_MATCH
from accounts.api.views import CompanyView
from core.api import tags
from core.errors import DomainError, FieldsError
from integrations.api.things import ADMIN
from integrations.models import AfasConnection
from integrations.selectors import connection_of
from integrations.services import item_settings, readiness
from integrations.services.book_links import books_of, hold
from integrations.services.item_settings import Chosen, Place
from integrations.services.mapping import MISSING, Filter
from integrations.services.mapping_rows import BY_VAT, COLUMNS, Row, Table, rows_of
from integrations.services.mapping_saving import check_rows, keep_rows

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
        child=serializers.CharField(),
        help_text=f"What an empty one of these gets by the defaults; an account of `{BY_VAT}` is "
        "that of the VAT rate.",
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

    key = serializers.CharField(max_length=500)
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


class FilterSerializer(serializers.Serializer):
    """Which rows to see."""

    search = serializers.CharField(
        required=False,
        allow_blank=True,
        max_length=100,
        help_text="Each word is in its names or codes.",
    )
    missing = serializers.BooleanField(required=False, help_text="Only what lacks a code.")


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
    lookup_value_regex = f"(?:{'|'.join(Table)})"

    @extend_schema(parameters=[FilterSerializer])
    def retrieve(self, request: Request, *_args: Any, **_kwargs: Any) -> Response:
        """The rows of one table; what is archived and has no code only when it is searched for."""
        form = FilterSerializer(data=request.query_params)
        form.is_valid(raise_exception=True)
        rows = rows_of(self.link, self._table)
        show = MISSING if form.validated_data.get("missing") else ""
        wanted = Filter(show=show, q=form.validated_data.get("search", ""))
        return Response(_shown(wanted.rows(rows)), headers={"ETag": _tag(rows)})

    @extend_schema(request=MappingChangesSerializer)
    def partial_update(self, request: Request, *_args: Any, **_kwargs: Any) -> Response:
        """Change codes of one table, all or none; AFAS's lists are asked where they can be read.
        The answer holds the rows that were named, as they are now."""
        link, table = self.link, self._table
        sent = self.sent(MappingChangesSerializer)["rows"]
        wanted = _wanted(sent, rows_of(link, table), table)
        try:
            edits = check_rows(connection=link, table=table, wanted=wanted)
        except FieldsError as refusal:
            raise _placed(refusal, "rows", [one["key"] for one in sent], "values.") from refusal
        if edits:  # else it is as wanted, perhaps by this very request, whose answer was lost
            with transaction.atomic():
                hold(link)
                if "If-Match" in request.headers:
                    tags.refuse_lost_update(request, _tag(rows_of(link, table)))
                keep_rows(connection=link, table=table, edits=edits, by=self.person)
        now = rows_of(link, table)
        named = [row for row in now if row.key in wanted]
        return Response(_shown(named), headers={"ETag": _tag(now)})

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

    @extend_schema(
        operation_id="afas_items_partial_update",
        request=AfasDefaultItemsSerializer,
        parameters=[IF_MATCH],
    )
    @items.mapping.patch
    def set_items(self, _request: Request, *_args: Any, **_kwargs: Any) -> Response:
        """Set some of them, all or none; what is not named stays."""
        link = self.link
        sent = self.sent(AfasDefaultItemsSerializer)["items"]
        if errors := _twice(sent, "use"):
            raise exceptions.ValidationError({"items": errors})
        chosen = {Place(one.pop("use")): Chosen(**one) for one in sent}
        try:
            checked = item_settings.check_items(link, chosen)
        except FieldsError as refusal:
            raise _placed(refusal, "items", [place.key for place in chosen]) from refusal
        if checked.items() - self._chosen().items():
            with transaction.atomic():
                hold(link)
                self.refuse_lost_update(self._items())
                item_settings.keep_items(connection=link, items=checked, by=self.person)
        return self.answer_with(self._items())

    def _chosen(self) -> dict[Place, Chosen]:
        known = item_settings.chosen_items(self.company, self.link.environment)
        return {one: known.get(one.key, Chosen()) for one in item_settings.general_places()}

    def _items(self) -> dict[str, Any]:
        return {"items": [{"use": one.key, **vars(item)} for one, item in self._chosen().items()]}


def _shown(rows: Iterable[Row]) -> Any:
    return MappingTableSerializer({"rows": rows}).data


def _tag(rows: Iterable[Row]) -> str:
    """Of the codes of the whole table, whatever is shown of it and in which language."""
    return tags.tag_of([[row.key, row.values] for row in rows])


def _wanted(
    sent: list[dict[str, Any]], rows: Iterable[Row], table: str
) -> dict[str, Mapping[str, str]]:
    """What was sent by key. Raises ValidationError for a row or a column that is not there."""
    known, columns = {row.key: row for row in rows}, {column.name for column in COLUMNS[table]}
    errors: dict[int, Any] = _twice(sent, "key")
    for place, one in enumerate(sent):
        if one["key"] not in known:
            errors[place] = {"key": [_("There is no such row in this table.")]}
        elif unknown := sorted(one["values"].keys() - columns):
            sentence = _("There is no field “%(names)s” here.") % {"names": ", ".join(unknown)}
            errors[place] = {"values": [sentence]}
        elif _lacks_code(one["values"], known[one["key"]].values):
            errors[place] = {"values": [_("A kind and a unit are of an item: send its code too.")]}
    if errors:
        raise exceptions.ValidationError({"rows": errors})
    return {one["key"]: one["values"] for one in sent}


def _lacks_code(sent: Mapping[str, str], known: Mapping[str, str]) -> bool:
    """Whether half of an item is named. Taking the code away takes the rest along."""
    is_named = bool(sent.get("kind") or sent.get("unit"))
    return is_named and not sent.get("code", known["code"]).strip()


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
