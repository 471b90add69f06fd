"""Tags and filters of the pages; built in, so templates need no `{% load %}`."""

from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django import forms, template
from django.core.paginator import Page
from django.template.context import Context
from django.template.loader import render_to_string
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.text import slugify

from core import formats, slots
from core.templatetags.icons import DRAWINGS

register = template.Library()

STATUS_KINDS = frozenset({"open", "busy", "ok", "warn", "bad", "unknown", "idle"})
NOTICE_ICONS = {"info": "info", "ok": "check", "warn": "alert", "bad": "alert", "unknown": "help"}
CHOICE_INPUTS = (forms.CheckboxSelectMultiple, forms.RadioSelect)

register.filter("money", formats.write_money)
register.filter("amount", formats.write_amount)
register.filter("number", formats.write_number)
register.filter("minutes", formats.write_minutes)
register.filter("km", formats.write_kilometres)


@register.filter
def day(value: date | datetime | None, style: str = "") -> str:
    """A date as the company writes it; "short" is 19 Nov, "long" is Thursday 19 November 2026."""
    return formats.write_day(value, style)


@register.filter
def moment(value: datetime | None) -> SafeString:
    """A moment in the viewer's time zone, with the exact one for machines."""
    if value is None:
        return format_html("{}", formats.DASH)
    text = formats.write_moment(value)
    return format_html('<time datetime="{}">{}</time>', value.isoformat(), text)


@register.simple_tag
def icon(name: str, css: str = "") -> SafeString:
    """The drawing called `name`. It is decoration: a word or a label has to stand beside it.

    Raises ValueError for a name that icons.py does not know.
    """
    if name not in DRAWINGS:
        raise ValueError(f"There is no icon {name!r}. Use one of: {', '.join(sorted(DRAWINGS))}.")
    return format_html(
        '<svg class="{}" viewBox="0 0 16 16" aria-hidden="true">{}</svg>',
        f"icon {css}".strip(),
        mark_safe(DRAWINGS[name]),  # noqa: S308  our own drawing
    )


@register.simple_tag(takes_context=True)
def company_field(context: Context) -> SafeString:
    """The hidden field that says for which company a form was opened. Stands in every POST form."""
    company = getattr(context.get("request"), "company", None)
    if company is None:
        return SafeString("")
    return format_html('<input type="hidden" name="_company" value="{}">', company.pk)


@register.simple_tag(takes_context=True)
def slot(context: Context, place: str, **kwargs: object) -> SafeString:
    """What higher apps put in the place of this page that is called `place`."""
    request = context.get("request")
    return slots.render(place, request, **kwargs) if request is not None else SafeString("")


@register.simple_tag(takes_context=True)
def query(context: Context, **changes: object) -> str:
    """This page's query string with `changes`; None takes a key away, and paging starts anew."""
    params = context["request"].GET.copy()
    params.pop("page", None)
    for key, value in changes.items():
        params.pop(key, None)
        if isinstance(value, (list, tuple)):
            params.setlist(key, [str(part) for part in value])
        elif value is not None and value != "":
            params[key] = str(value)
    return "?" + params.urlencode()


@register.simple_tag
def status(kind: str, text: object, css: str = "") -> SafeString:
    """A state as a dot with its own shape and a word; css="is-pill" for the one in a header.

    Without a word it is a mark before a sentence that says it.

    Kinds: open, busy, ok, warn, bad, unknown, idle. Raises ValueError for another one.
    """
    if kind not in STATUS_KINDS:
        raise ValueError(f"There is no status {kind!r}. Use one of: {sorted(STATUS_KINDS)}.")
    css = css if str(text) else f"is-bare {css}"
    return format_html('<span class="status is-{} {}">{}</span>', kind, css, text)


@register.simple_tag
def progress(
    value: float | Decimal, most: float | Decimal, kind: str = "", label: str = ""
) -> SafeString:
    """A bar for `value` out of `most`; kind "ok", "warn" or "bad" colours it."""
    share = 0 if not most else max(0, min(100, round(float(value) / float(most) * 100)))
    return format_html(
        '<svg class="progress" viewBox="0 0 100 6" preserveAspectRatio="none" role="img"'
        ' aria-label="{}"><rect width="100" height="6"/>'
        '<rect class="value {}" width="{}" height="6"/></svg>',
        label or f"{share}%",
        f"is-{kind}" if kind else "",
        share,
    )


@register.inclusion_tag("components/field.html")
def field(bound: forms.BoundField, **options: Any) -> dict[str, Any]:
    """A form field with its label, help and error.

    Options: `label` and `help` replace the form's own texts; `css` adds classes to the control;
    `wide` spans the row; `bare` shows only the control (for filters; the label is still read
    aloud); `unit` stands behind the box. Anything else becomes an attribute: hx_get="…".
    """
    names = ("label", "help", "css", "wide", "bare", "unit")
    known = {name: options.pop(name) for name in names if name in options}
    return {
        "field": bound,
        "kind": _kind(bound),
        "control": _control(bound, known, options),
        "label": known.get("label", bound.label),
        "help": known.get("help", bound.help_text),
        "wide": known.get("wide", False),
        "bare": known.get("bare", False),
        "unit": known.get("unit", ""),
    }


@register.simple_tag
def fields(form: forms.BaseForm, *names: str) -> SafeString:
    """The named fields of a form, or all visible ones, then the hidden ones when none are named."""
    shown: Iterable[forms.BoundField] = [form[name] for name in names] or form.visible_fields()
    html = [render_to_string("components/field.html", field(bound)) for bound in shown]
    hidden = [] if names else [str(bound) for bound in form.hidden_fields()]
    return format_html_join("", "{}", ((mark_safe(part),) for part in html + hidden))  # noqa: S308  rendered


@register.inclusion_tag("components/form_errors.html")
def form_errors(form: forms.BaseForm) -> dict[str, Any]:
    """What is wrong with a form as a whole, above its fields."""
    hidden = [error for bound in form.hidden_fields() for error in bound.errors]
    return {"errors": [*form.non_field_errors(), *hidden], "form": form}


@register.simple_block_tag
def notice(content: str, kind: str = "info", title: object = "", css: str = "") -> str:
    """A message inside the page: {% notice "bad" title=… %}<p>…</p>{% endnotice %}.

    Kinds: info, ok, warn, bad, unknown. What can be done stands in <div class="notice-actions">.
    """
    context = {"kind": kind, "icon": NOTICE_ICONS[kind], "title": title, "css": css}
    return render_to_string("components/notice.html", {**context, "content": content})


@register.simple_block_tag
def empty(content: str, title: object, drawing: str = "clock") -> str:
    """A page or card with nothing in it: why, and one thing to do."""
    context = {"title": title, "drawing": drawing, "content": content}
    return render_to_string("components/empty.html", context)


@register.simple_block_tag
def dialog(content: str, id: str, title: object, css: str = "") -> str:
    """A <dialog> on this page. Any element with data-dialog="id" opens it."""
    context = {"id": id, "title": title, "css": css, "content": content}
    return render_to_string("components/dialog.html", context)


@register.simple_block_tag
def menu(content: str, id: str, label: object, **options: Any) -> str:
    """A button with a menu of links and buttons of class menu-item.

    Options: `css` for the button, `icon` before its word, `hide_label` for an icon alone, `place`
    "end" (default), "start" or "up".
    """
    context = {"id": id, "label": label, "place": "end", **options, "content": content}
    return render_to_string("components/menu.html", context)


@register.inclusion_tag("components/pagination.html", takes_context=True)
def pagination(context: Context, page: Page) -> dict[str, Any]:
    """Previous, next, and which rows of how many; keeps the filters in the address."""
    request = context["request"]
    links = {}
    if page.has_previous():
        links["previous"] = _page_link(request.GET.copy(), page.previous_page_number())
    if page.has_next():
        links["next"] = _page_link(request.GET.copy(), page.next_page_number())
    return {"page": page, **links}


@register.simple_tag(takes_context=True)
def sort_header(context: Context, key: str, label: object) -> SafeString:
    """A column head that sorts by ?sort=key, and by ?sort=-key at the second click."""
    chosen = context["request"].GET.get("sort", "")
    following = f"-{key}" if chosen == key else key
    arrow = {key: "chevron-up", f"-{key}": "chevron-down"}.get(chosen)
    return format_html(
        '<a class="sort {}" href="{}">{}{}</a>',
        "is-set" if arrow else "",
        query(context, sort=following),
        label,
        icon(arrow) if arrow else "",
    )


def _page_link(params: Any, number: int) -> str:
    params["page"] = str(number)
    return "?" + str(params.urlencode())


def _kind(bound: forms.BoundField) -> str:
    widget = bound.field.widget
    if isinstance(widget, CHOICE_INPUTS):
        return "choices"
    if isinstance(widget, forms.CheckboxInput):
        return "check"
    return "file" if isinstance(widget, forms.FileInput) else "text"


def _control(bound: forms.BoundField, known: dict[str, Any], options: dict[str, Any]) -> SafeString:
    attrs = {name.replace("_", "-"): value for name, value in options.items()}
    own = bound.field.widget.attrs.get("class", "")
    classes = f"{_control_class(bound.field.widget)} {own} {known.get('css', '')}".split()
    if classes:
        attrs["class"] = " ".join(classes)
    if known.get("bare"):
        attrs.setdefault("aria-label", str(known.get("label", bound.label)))
    elif known.get("help") and not bound.help_text:
        attrs.setdefault("aria-describedby", f"{bound.auto_id}_helptext")
    return bound.as_widget(attrs=attrs)


def _control_class(widget: forms.Widget) -> str:
    if isinstance(widget, CHOICE_INPUTS):
        return "choices"
    if isinstance(widget, forms.CheckboxInput):
        return ""
    if isinstance(widget, forms.SelectMultiple):
        return "input is-list"
    if isinstance(widget, forms.Select):
        return "select"
    return "input is-area" if isinstance(widget, forms.Textarea) else "input"


@register.simple_tag
def dom_id(*parts: object) -> str:
    """An id made of words and numbers: {% dom_id "row" entry.pk %} is row-12."""
    return "-".join(slugify(str(part)) for part in parts)
