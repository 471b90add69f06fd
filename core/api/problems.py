"""What went wrong, as RFC 9457 problem details, with the sentences that the pages show.

    {"type": "urn:problem:refused", "title": "Refused", "status": 409, "detail": "…",
     "errors": [{"field": "minutes", "detail": "…"}]}

`type` names the kind of problem for programs and never changes; `title`, `detail` and the sentences
of `errors` are in the caller's language.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from django.conf import settings
from django.core.exceptions import (
    PermissionDenied,
    RequestDataTooBig,
    TooManyFieldsSent,
    TooManyFilesSent,
)
from django.http import Http404
from django.utils.translation import gettext as _
from rest_framework import exceptions, status
from rest_framework.response import Response
from rest_framework.views import exception_handler, set_rollback

from core.errors import DomainError, FieldsError, StaleError

MEDIA_TYPE = "application/problem+json"
WHOLE = "non_field_errors"


class Problem(exceptions.APIException):
    """A refusal with a kind of its own; `detail` is a whole sentence."""

    status_code = status.HTTP_409_CONFLICT
    kind = "refused"

    def __init__(self, detail: str, *, errors: list[dict[str, str]] | None = None) -> None:
        super().__init__(detail)
        self.sentence = detail
        self.errors = errors or []


class LostUpdate(Problem):
    """Somebody changed the thing since it was read."""

    status_code = status.HTTP_412_PRECONDITION_FAILED
    kind = "changed_meanwhile"


class KeyReused(Problem):
    """The same idempotency key came with another request."""

    kind = "idempotency_key_reused"


class TooLarge(Problem):
    """More was sent than we read at once."""

    status_code = status.HTTP_413_REQUEST_ENTITY_TOO_LARGE
    kind = "too_large"


def too_large(most: int) -> str:
    """The sentence for a body of more than `most` bytes."""
    sentence = _("At most %(most)s MB are read at once, so nothing was done. Send less of it.")
    return sentence % {"most": most // 2**20}


def handle(error: Exception, context: dict[str, Any]) -> Response | None:
    """The answer to an error; None for a fault of our own, which becomes a 500."""
    if isinstance(error, DomainError):
        set_rollback()
        return _of_rule(error)
    told = _plain(error)
    response = exception_handler(told, context)
    if response is not None:
        response.data = _details(told, response)
        response.content_type = MEDIA_TYPE
    return response


def of_rule(error: DomainError) -> dict[str, Any]:
    """The details of a rule that said no, for an item of a batch."""
    if isinstance(error, FieldsError):
        errors = [{"field": field, "detail": text} for field, text in error.errors.items()]
        return details("invalid", status.HTTP_400_BAD_REQUEST, error.message, errors)
    kind = "changed_meanwhile" if isinstance(error, StaleError) else "refused"
    return details(kind, status.HTTP_409_CONFLICT, error.message)


def of_invalid(error: exceptions.ValidationError) -> dict[str, Any]:
    """The details of values that cannot be, for an item of a batch."""
    errors = list(_flat(error.detail))
    return details("invalid", status.HTTP_400_BAD_REQUEST, _sentence(errors), errors)


def details(
    kind: str, code: int, sentence: str, errors: list[dict[str, str]] | None = None
) -> dict[str, Any]:
    """Problem details as they are sent."""
    found: dict[str, Any] = {"type": f"urn:problem:{kind}", "title": _title(code), "status": code}
    found["detail"] = _writable(sentence)
    if errors:
        found["errors"] = [{name: _writable(text) for name, text in one.items()} for one in errors]
    return found


def _of_rule(error: DomainError) -> Response:
    found = of_rule(error)
    return Response(found, status=found["status"], content_type=MEDIA_TYPE)


def _plain(error: Exception) -> Exception:
    if isinstance(error, RequestDataTooBig):
        return TooLarge(too_large(settings.DATA_UPLOAD_MAX_MEMORY_SIZE))
    if isinstance(error, TooManyFieldsSent | TooManyFilesSent):
        return TooLarge(_("A form with so many parts is not read, so nothing was done."))
    if isinstance(error, Http404):
        return exceptions.NotFound(_("There is nothing at this address, or it is not yours."))
    if isinstance(error, exceptions.NotAuthenticated):
        sentence = _("Send a key along: “Authorization: Bearer …”. You make one in Settings → API.")
        error.detail = exceptions.ErrorDetail(sentence, code=error.default_code)
    if isinstance(error, exceptions.Throttled):
        sentence = _("This key has asked too often in this minute. Wait %(seconds)s seconds.")
        error.detail = exceptions.ErrorDetail(
            sentence % {"seconds": error.wait}, code=error.default_code
        )
    if isinstance(error, PermissionDenied):
        return exceptions.PermissionDenied(_("You do not have the right to do this."))
    return error


def _details(error: Exception, response: Response) -> dict[str, Any]:
    code = response.status_code
    if isinstance(error, exceptions.ValidationError):
        errors = list(_flat(error.detail))
        return details("invalid", code, _sentence(errors), errors)
    if isinstance(error, Problem):
        return details(error.kind, code, error.sentence, error.errors)
    kind = str(getattr(error, "default_code", "not_found"))
    data = response.data
    sentence = data.get("detail", "") if isinstance(data, Mapping) else data
    return details(kind, code, str(sentence))


def _writable(text: str) -> str:
    """The same without halves of characters, which JSON can name and nobody can write."""
    return text.encode(errors="replace").decode()


def _flat(found: Any, path: str = "") -> Iterator[dict[str, str]]:
    """Each sentence with the field it is about; lists and objects within by their place."""
    if isinstance(found, Mapping):
        for name, inner in found.items():
            yield from _flat(inner, path if name == WHOLE else f"{path}.{name}".lstrip("."))
    elif isinstance(found, list):
        for place, inner in enumerate(found):
            nested = isinstance(inner, Mapping | list)
            yield from _flat(inner, f"{path}.{place}".lstrip(".") if nested else path)
    else:
        yield {"field": path, "detail": str(found)}


def _sentence(errors: list[dict[str, str]]) -> str:
    if len(errors) == 1 and not errors[0]["field"]:
        return errors[0]["detail"]
    return _("What was sent cannot be taken, so nothing was saved. See the errors.")


def _title(code: int) -> str:
    titles = {
        400: _("Cannot be taken"),
        401: _("Not signed in"),
        403: _("Not allowed"),
        404: _("Not found"),
        405: _("Not possible here"),
        406: _("No such form"),
        409: _("Refused"),
        412: _("Changed meanwhile"),
        413: _("Too large"),
        415: _("Unknown form"),
        428: _("A condition is needed"),
        429: _("Too many requests"),
    }
    return titles.get(code, _("Refused"))
