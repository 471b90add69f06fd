"""`/projects/{id}/activities/` and `/people/`: what is done on a project, and by whom."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.views import CompanyThings
from core.api.batches import MOST
from core.api.serializers import Money, OfCompany
from core.errors import FieldsError
from core.forms import HIGHEST_AMOUNT
from registration.models import Activity, BillingMethod, Project
from registration.selectors.planned import amounts_due
from registration.selectors.projects import activities_to_list, people_to_join
from registration.services.projects import project_activities_set, project_people_set
from relations.doors import sees_amounts, sets_prices


class _OnProject(OfCompany):
    """An id that the form of this project offers."""

    def __init__(self, offer: Any, **more: Any) -> None:
        super().__init__(select=lambda membership: self.offered(membership, offer), **more)

    def offered(self, membership: Any, offer: Any) -> QuerySet[Any]:
        """What `offer` gives for the project of the address."""
        rows: QuerySet[Any] = offer(membership.company, int(self.context["view"].kwargs["pk"]))
        return rows


class ListedActivitySerializer(serializers.Serializer):
    """An activity that a project lists."""

    activity = _OnProject(activities_to_list)
    fixed_amount = Money(
        "EUR excl. VAT, on a project billed by fixed_activity. Set by who has the right `costs`; "
        "what is not sent stays. Null for who sees no amounts",
        allow_null=True,
        required=False,
        min_value=Decimal(0),
        max_value=HIGHEST_AMOUNT,
    )
    due_on = serializers.DateField(
        allow_null=True,
        required=False,
        help_text="The day from which its amount can be invoiced, while it is not; null leaves it.",
    )


class ProjectActivitiesSerializer(serializers.Serializer):
    """All activities that a project lists; a project that lists none allows them all."""

    activities = ListedActivitySerializer(many=True, max_length=MOST)

    def to_representation(self, instance: Project) -> dict[str, Any]:
        """As the project has them now, by name."""
        rows = instance.project_activities.order_by("activity__name", "pk")
        due, money = amounts_due(instance), sees_amounts(self.context["view"].membership)
        shown = [
            {
                "activity": row.activity_id,
                "fixed_amount": None if row.fixed_amount is None else f"{row.fixed_amount:.2f}",
                "due_on": due.get(row.activity_id),
            }
            for row in rows
        ]
        hidden = {} if money else dict.fromkeys(("fixed_amount", "due_on"))
        return {"activities": [{**one, **hidden} for one in shown]}

    def validate_activities(self, sent: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Each of them once."""
        return _once(sent, "activity")


class ProjectPersonSerializer(serializers.Serializer):
    """Somebody on a project."""

    person = _OnProject(people_to_join, help_text="The id among `people`.")
    manages = serializers.BooleanField(help_text="Approves what is registered on the project.")


class ProjectPeopleSerializer(serializers.Serializer):
    """Everybody on a project; who is not may register on it all the same."""

    people = ProjectPersonSerializer(many=True, max_length=MOST)

    def to_representation(self, instance: Project) -> dict[str, Any]:
        """As the project has them now, by id."""
        rows = instance.project_members.order_by("membership")
        shown = rows.values_list("membership", "is_manager")
        return {"people": [{"person": pk, "manages": manages} for pk, manages in shown]}

    def validate_people(self, sent: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Each of them once."""
        return _once(sent, "person")


class ProjectLists(CompanyThings):
    """The activities and the people of a project, each as a whole."""

    def get_serializer_class(self) -> Any:
        """That of the list which the address names."""
        names = {"activities": ProjectActivitiesSerializer, "people": ProjectPeopleSerializer}
        name = str(getattr(self, "action", "")).removeprefix("set_")
        return names.get(name) or super().get_serializer_class()

    @extend_schema(responses=ProjectActivitiesSerializer)
    @action(detail=True, methods=["get"])
    def activities(self, _request: Request, *_args: Any, **_kwargs: Any) -> Response:
        """The activities that a project lists."""
        return self.answer_with(self.get_object())

    @extend_schema(request=ProjectActivitiesSerializer, responses=ProjectActivitiesSerializer)
    @activities.mapping.put
    def set_activities(self, request: Request, *_args: Any, **_kwargs: Any) -> Response:
        """Let a project list exactly these activities; rates stay, amounts go along."""
        with self.changing() as project:
            form = self.get_serializer(data=request.data)
            form.is_valid(raise_exception=True)
            self._list(project, form.validated_data["activities"])
        return self.answer_with(self.get_object())

    @extend_schema(responses=ProjectPeopleSerializer)
    @action(detail=True, methods=["get"])
    def people(self, _request: Request, *_args: Any, **_kwargs: Any) -> Response:
        """Who is on a project, and who manages it."""
        return self.answer_with(self.get_object())

    @extend_schema(request=ProjectPeopleSerializer, responses=ProjectPeopleSerializer)
    @people.mapping.put
    def set_people(self, request: Request, *_args: Any, **_kwargs: Any) -> Response:
        """Let exactly these people be on a project; the value says who manages it."""
        with self.changing() as project:
            form = self.get_serializer(data=request.data)
            form.is_valid(raise_exception=True)
            managers = {one["person"]: one["manages"] for one in form.validated_data["people"]}
            project_people_set(
                company=self.company, project=project, managers=managers, by=self.person
            )
        return self.answer_with(self.get_object())

    def _list(self, project: Project, sent: list[dict[str, Any]]) -> None:
        stored = dict(project.project_activities.values_list("activity", "fixed_amount"))
        sets = sets_prices(self.membership)
        priced = sets and project.method is BillingMethod.FIXED_ACTIVITY
        amounts = {one["activity"]: stored.get(one["activity"].pk) for one in sent}
        said = {one["activity"]: one["fixed_amount"] for one in sent if "fixed_amount" in one}
        if priced:
            amounts |= said
        elif any(said[one] not in {None, amounts[one]} for one in said):
            raise FieldsError({"activities": _unpriced(sets=sets)})
        due = {one["activity"]: one.get("due_on") for one in sent} if priced else {}
        try:
            project_activities_set(
                company=self.company, project=project, amounts=amounts, due=due, by=self.person
            )
        except FieldsError as refusal:
            raise _placed(refusal, list(amounts)) from None


def _unpriced(*, sets: bool) -> str:
    if not sets:
        return _("Only people with the right Costs set amounts, so nothing was saved.")
    return _("Only a project with a fixed price per activity has amounts, so nothing was saved.")


def _placed(refusal: FieldsError, activities: Sequence[Activity]) -> FieldsError:
    """The refusals by where they stand in what was sent; a form knows them by activity."""
    names = {
        f"amount-{one.pk}": f"activities.{place}.fixed_amount"
        for place, one in enumerate(activities)
    }
    return FieldsError({names.get(name, name): text for name, text in refusal.errors.items()})


def _once(sent: list[dict[str, Any]], name: str) -> list[dict[str, Any]]:
    if len({one[name] for one in sent}) < len(sent):
        raise serializers.ValidationError(_("Name each of them once."))
    return sent
