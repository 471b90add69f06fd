"""What the crawler walks: every address of the project, read from the resolver itself."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any

from django.apps import apps
from django.db import models
from django.db.models import F
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from django.utils import timezone

from accounts.models import Company, User
from core.tenancy import CompanyOwned


@dataclass(frozen=True)
class Door:
    """One address: its name, the words in it that name an object, and the view behind it."""

    name: str
    kwargs: tuple[str, ...]
    view: Callable[..., Any]
    route: str

    @property
    def rights(self) -> frozenset[str]:
        """The rights of which this page asks one, as `right_required` wrote them on the view."""
        right = getattr(self.view, "right", None)
        return frozenset(getattr(self.view, "rights", None) or ([right] if right else []))

    def address(self, kwargs: dict[str, Any] | None = None) -> str:
        return reverse(self.name, kwargs=kwargs or {})


def every_door() -> list[Door]:
    """Every address of the project, by name."""
    return sorted(_walk(get_resolver(), "", ()), key=lambda door: door.route)


def _walk(resolver: URLResolver, prefix: str, outer: tuple[str, ...]) -> Iterator[Door]:
    for entry in resolver.url_patterns:
        route = prefix + str(entry.pattern)
        kwargs = (*outer, *_words(entry))
        if isinstance(entry, URLPattern):
            yield Door(entry.name or "", kwargs, entry.callback, route)
        else:
            yield from _walk(entry, route, kwargs)


def _words(entry: URLPattern | URLResolver) -> tuple[str, ...]:
    pattern: Any = entry.pattern
    return tuple(getattr(pattern, "converters", None) or pattern.regex.groupindex)


def owned_models() -> list[type[CompanyOwned]]:
    """Every model whose rows belong to a company."""
    return [model for model in apps.get_models() if issubclass(model, CompanyOwned)]


def rows_of(company: Company, people: list[User]) -> dict[str, list[dict[str, Any]]]:
    """Everything a company has, to compare before and after."""
    rows = {
        model._meta.label: list(model.objects.of(company).order_by("pk").values())
        for model in owned_models()
    }
    rows["company"] = list(Company.objects.filter(pk=company.pk).values())
    own = User.objects.filter(pk__in=[person.pk for person in people]).order_by("pk")
    rows["people"] = list(own.values("pk", "email", "name", "is_active", "password"))
    return rows


def rows_across() -> list[str]:
    """Rows of one company that point at a row of another."""
    found = []
    for model in owned_models():
        for key in model._meta.get_fields():
            if not (isinstance(key, models.ForeignKey) and _is_owned(key.related_model)):
                continue
            across = model._base_manager.filter(**{f"{key.name}__isnull": False}).exclude(
                **{f"{key.name}__company": F("company")}
            )
            found += [f"{row._meta.label} {row.pk} by {key.name}" for row in across]
    return found


def _is_owned(model: Any) -> bool:
    return isinstance(model, type) and issubclass(model, CompanyOwned)


def _typed(kind: str) -> str:
    """What a person might type in an empty box; a 1 is a name, a number, an hour or a km."""
    if kind == "date":
        return timezone.localdate().isoformat()
    return {"email": "somebody@else.example", "hidden": "", "file": "", "search": ""}.get(kind, "1")


@dataclass
class Form:
    """A form of a page as a browser sends it, with something in the boxes that ask for it."""

    action: str
    fields: dict[str, list[str]]
    choices: set[str] = field(default_factory=set)


class FormReader(HTMLParser):
    """Reads the POST forms of a page, with what each field holds."""

    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self._form: Form | None = None
        self._select = ""
        self._area = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            post = given.get("method", "").lower() == "post"
            self._form = Form(given.get("action", ""), {}) if post else None
            if self._form:
                self.forms.append(self._form)
        elif self._form is not None:
            self._field(tag, given, {name for name, _ in attrs})

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._form = None
        self._select = "" if tag == "select" else self._select
        self._area = "" if tag == "textarea" else self._area

    def handle_data(self, data: str) -> None:
        if self._area and self._form is not None:
            self._form.fields[self._area] = [data.strip()]

    def _field(self, tag: str, given: dict[str, str], present: set[str]) -> None:
        name = given.get("name", "")
        ticks = given.get("type") in {"checkbox", "radio"}
        if name and (tag == "select" or (ticks and given.get("value"))):
            self._form.choices.add(name)  # type: ignore[union-attr]
        if tag == "select":
            self._select = name
            self._put(name)
        elif tag == "textarea":
            self._area = name
            self._put(name)
        elif tag == "option" and self._select and (given.get("value") or "selected" in present):
            if "selected" in present or not self._form.fields[self._select]:  # type: ignore[union-attr]
                self._form.fields[self._select] = [given.get("value", "")]  # type: ignore[union-attr]
        elif tag in {"input", "button"} and name:
            off = ticks and "checked" not in present
            empty = _typed(given.get("type", "text")) if "required" in present else ""
            value = given.get("value") or ("on" if ticks else empty)
            self._put(name, *([] if off else [value]))

    def _put(self, name: str, *values: str) -> None:
        if name and self._form is not None:
            self._form.fields.setdefault(name, []).extend(values)


def forms_of(page: str) -> list[Form]:
    """The POST forms of a page."""
    reader = FormReader()
    reader.feed(page)
    return reader.forms
