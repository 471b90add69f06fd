"""What every endpoint does: who calls, what they may, once for each idempotency key, and tags."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any, ClassVar

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from rest_framework import exceptions, serializers, status
from rest_framework.parsers import MultiPartParser
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from accounts.api.callers import membership_of, speaking_to
from accounts.models import Company, Membership, User
from accounts.services import idempotency
from accounts.services.holding import hold
from core.api import problems, tags

LONGEST_KEY = 200
KEPT_HEADERS = ("Location", "ETag")
NOT_KEPT = frozenset(
    {
        status.HTTP_401_UNAUTHORIZED,
        status.HTTP_403_FORBIDDEN,
        status.HTTP_409_CONFLICT,
        status.HTTP_412_PRECONDITION_FAILED,
        status.HTTP_429_TOO_MANY_REQUESTS,
        status.HTTP_503_SERVICE_UNAVAILABLE,
    }
)
"""What another try may answer otherwise is not given again."""


class CompanyView(GenericViewSet):
    """An endpoint over things of the caller's company.

    `area` is the first half of its scopes. `rights` names, by action or by "read" and "write",
    the rights of which the caller needs one, as the pages do. `reading_actions` change nothing
    though they are posted. `loose_actions` save step by step and find, when they are repeated,
    what they did before; all others save as a whole, together with their answer.
    """

    area: ClassVar[str]
    rights: ClassVar[dict[str, tuple[str, ...]]] = {}
    reading_actions: ClassVar[frozenset[str]] = frozenset()
    loose_actions: ClassVar[frozenset[str]] = frozenset()
    orders: ClassVar[dict[str, str]] = {"id": "pk"}
    order: ClassVar[str] = "-id"
    rate_headers: dict[str, str]

    @property
    def biggest_body(self) -> int:
        """How many bytes are read at once."""
        return int(settings.DATA_UPLOAD_MAX_MEMORY_SIZE)

    @property
    def membership(self) -> Membership:
        """As whom the caller is at work."""
        return membership_of(self.request)

    @property
    def company(self) -> Company:
        """Whose things these are."""
        return self.membership.company

    @property
    def person(self) -> User:
        """Who did it, for the audit trail."""
        return self.membership.user

    # ---- the way of a request

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """As the framework does it, in the caller's language, and once for each key."""
        self.args, self.kwargs = args, kwargs
        self.rate_headers = {}
        self.headers = self.default_response_headers
        self.request = asked = self.initialize_request(request, *args, **kwargs)
        try:
            with speaking_to(asked):
                response = self._answer(asked, *args, **kwargs)
        except exceptions.APIException as error:  # who calls is not known
            response = self.handle_exception(error)
        self.response = self.finalize_response(asked, response, *args, **kwargs)
        for name, value in self.rate_headers.items():
            self.response[name] = value
        return self.response

    def _answer(self, request: Request, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            _refuse_too_large(request, self.biggest_body)
            self.initial(request, *args, **kwargs)
            refuse: Callable[..., Response] = self.http_method_not_allowed
            handler = getattr(self, (request.method or "").lower(), refuse)
            do = partial(handler, request, *args, **kwargs)
            key = request.headers.get("Idempotency-Key")
            if key is None or request.method in {"GET", "HEAD", "OPTIONS"}:
                return do()
            return self._once(request, key, do)
        except Exception as error:  # the framework raises again what is a fault of ours
            return self.handle_exception(error)

    def _once(self, request: Request, key: str, do: Callable[[], Response]) -> HttpResponse:
        if not key or len(key) > LONGEST_KEY or not key.isprintable():
            sentence = _("An idempotency key has 1 to %(most)s printable characters.")
            raise exceptions.ValidationError({"Idempotency-Key": sentence % {"most": LONGEST_KEY}})
        whole = getattr(self, "action", "") not in self.loose_actions
        try:
            answer = idempotency.once(
                membership=self.membership,
                key=key,
                fingerprint=_fingerprint(request),
                do=partial(self._answer_of, do, whole=whole),
                whole=whole,
            )
        except idempotency.OtherRequest:
            raise problems.KeyReused(
                _(
                    "This idempotency key came with another request before, so nothing was done. "
                    "Use a new key for each request that you make."
                )
            ) from None
        return _sent(answer)

    def _answer_of(self, do: Callable[[], Response], *, whole: bool) -> idempotency.Answer:
        """A refusal takes back what was saved until then, and is an answer all the same."""
        try:
            if whole:
                with transaction.atomic():
                    response = do()
            else:
                response = do()
        except Exception as error:  # the framework raises again what is a fault of ours
            response = self.handle_exception(error)
        body = b"" if response.data is None else JSONRenderer().render(response.data)
        return idempotency.Answer(
            status=response.status_code,
            body=body.decode(),
            headers={name: response[name] for name in KEPT_HEADERS if response.has_header(name)},
            is_kept=response.status_code not in NOT_KEPT,
        )

    def sent(self, kind: type[serializers.Serializer]) -> dict[str, Any]:
        """The body of the request, read by `kind`. Raises ValidationError."""
        form = kind(data=self.request.data, context=self.get_serializer_context())
        form.is_valid(raise_exception=True)
        found: dict[str, Any] = form.validated_data
        return found

    # ---- one thing, by its tag

    def shown(self, thing: Any) -> Any:
        """A thing as this caller sees it."""
        return self.get_serializer(thing).data

    def answer_with(self, thing: Any, code: int = status.HTTP_200_OK, **headers: str) -> Response:
        """A thing and its tag."""
        data = self.shown(thing)
        return Response(data, status=code, headers={"ETag": tags.tag_of(data), **headers})

    def made(self, thing: Any) -> Response:
        """A thing that is new, and where it is."""
        address = self.request.build_absolute_uri(f"{self.request.path.rstrip('/')}/{thing.pk}/")
        return self.answer_with(thing, status.HTTP_201_CREATED, Location=address)

    @contextmanager
    def changing(self, **more: Any) -> Iterator[Any]:
        """The thing of this address, ours alone until the change is saved, as the caller saw it.

        Raises Http404, and LostUpdate when If-Match names another version.
        """
        with transaction.atomic():
            thing = self.held(**more)
            self.refuse_lost_update(thing)
            yield thing

    def refuse_lost_update(self, thing: Any) -> None:
        """Raises LostUpdate when If-Match names another version; who names none has not asked."""
        if "If-Match" in self.request.headers:
            tags.refuse_lost_update(self.request, tags.tag_of(self.shown(thing)))

    def held(self, **_more: Any) -> Any:
        """The thing of this address, locked where the database can.

        The company is held before the row, as the services do it: in the other order two changes,
        one of them from a page, could wait for each other without end.
        """
        hold(self.company)
        thing = self.get_object()
        rows: QuerySet[Any] = type(thing).objects.filter(pk=thing.pk)
        rows.select_for_update().order_by("pk").values_list("pk").first()
        return self.get_object()


class CompanyThings(CompanyView):
    """The same with a list of them, and each by its id. `queryset` only says of what, for the
    documentation; `get_queryset` asks a selector for those of the company."""

    lookup_value_regex = "[0-9]{1,18}"

    def retrieve(self, request: Request, *_args: Any, **_kwargs: Any) -> Response:
        """One of them. A part of it has no tag: who changes the thing has to have seen it all."""
        if request.query_params.get("fields"):
            return Response(self.shown(self.get_object()))
        response = self.answer_with(self.get_object())
        if tags.is_known(request, response["ETag"]):
            return Response(status=304, headers={"ETag": response["ETag"]})
        return response

    def list(self, _request: Request, *_args: Any, **_kwargs: Any) -> Response:
        """A page of them."""
        rows = self.filter_queryset(self.get_queryset())
        page = self.paginate_queryset(rows)
        return self.get_paginated_response(self.get_serializer(page, many=True).data)


def _refuse_too_large(request: Request, most: int) -> None:
    size = request.META.get("CONTENT_LENGTH") or "0"
    if size.isdecimal() and int(size) > most:
        raise problems.TooLarge(problems.too_large(most))


def _fingerprint(request: Request) -> str:
    """What tells a request from another one: method, address, and body to the byte.

    Of a form with files the names and contents: what separates them is another text each time.
    """
    kind = (request.content_type or "").partition(";")[0].strip().lower()
    parts: list[Any] = [request.method, request.get_full_path(), kind]
    if kind != MultiPartParser.media_type:
        found = hashlib.sha256(json.dumps(parts).encode())
        found.update(_bytes_of(request))
        return found.hexdigest()
    for name, values in sorted(request.data.lists()):
        for value in values:
            is_file = isinstance(value, UploadedFile)
            parts.append([name, value.name, _hash_of(value)] if is_file else [name, value])
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


def _bytes_of(request: Request) -> bytes:
    """The body as it came. Raises UnsupportedMediaType for one that is too large to be read whole
    and that would not be taken anyway."""
    try:
        return request._request.body  # noqa: SLF001 - of Django's own request
    except RequestDataTooBig:
        if request.negotiator.select_parser(request, request.parsers) is None:
            raise exceptions.UnsupportedMediaType(request.content_type or "") from None
        raise


def _hash_of(file: UploadedFile) -> str:
    found = hashlib.sha256()
    for part in file.chunks():
        found.update(part)
    file.seek(0)
    return found.hexdigest()


def _sent(answer: idempotency.Answer) -> HttpResponse:
    is_problem = answer.status >= status.HTTP_400_BAD_REQUEST
    kind = problems.MEDIA_TYPE if is_problem else "application/json"
    response = HttpResponse(answer.body, status=answer.status, content_type=kind)
    for name, value in answer.headers.items():
        response[name] = value
    if answer.is_repeated:
        response["Idempotent-Replayed"] = "true"
    return response
