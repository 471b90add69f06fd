"""What is the same for every page, whoever asks."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from django.http import Http404

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

NUL = "%00"


def no_nul_in_addresses(
    get_response: Callable[[HttpRequest], HttpResponse],
) -> Callable[[HttpRequest], HttpResponse]:
    """Nothing is found at an address that asks with a NUL: PostgreSQL takes no such text.

    The API has a sentence of its own for it.
    """

    def answer(request: HttpRequest) -> HttpResponse:
        asked = request.META.get("QUERY_STRING", "")
        if NUL in asked and not request.path.startswith("/api/"):
            raise Http404
        return get_response(request)

    return answer
