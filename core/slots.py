"""Named places in a page of a lower app that a higher app fills.

An app fills a place from its `AppConfig.ready`; the page only knows the place's name:

    slots.fill("customer.cards", afas_card)          # in integrations/apps.py
    {% slot "customer.cards" customer=customer %}    # in relations' template
"""

from collections import defaultdict
from collections.abc import Callable
from operator import itemgetter

from django.http import HttpRequest
from django.utils.html import conditional_escape
from django.utils.safestring import SafeString, mark_safe

Filling = Callable[..., str | None]

_fillings: defaultdict[str, list[tuple[int, Filling]]] = defaultdict(list)


def fill(name: str, function: Filling, order: int = 0) -> None:
    """Show what `function(request, **context)` returns at the place `name`, lowest order first.

    The function returns safe HTML, plain text (which is escaped) or None for nothing. Filling a
    place twice with the same function counts once.
    """
    if all(function is not known for _, known in _fillings[name]):
        _fillings[name].append((order, function))
        _fillings[name].sort(key=itemgetter(0))


def render(place: str, request: HttpRequest, /, **context: object) -> SafeString:
    """Return what the apps put at `place`, joined; empty when nobody fills it."""
    parts = (function(request, **context) for _, function in _fillings.get(place, ()))
    return mark_safe("".join(conditional_escape(part) for part in parts if part))  # noqa: S308  escaped above
