"""Which company this request works in, and in which language, zone and formats it is answered."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils import timezone, translation

from accounts.models import Company, Membership
from core import formats

SESSION_KEY = "company"
# Doors of the house itself: nothing of a company is written behind them.
OPEN_PATHS = (
    "/accounts/",
    "/i18n/",
    "/company/switch/",
    "/invitation/",
    "/no-company/",
    "/profile/",
)
READING = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})
SWITCH_BACK = "_switch_back"
OF_THE_FORM = frozenset({"csrfmiddlewaretoken", "_company", SWITCH_BACK})
# Typed once and never shown again, not even to who typed it.
SECRETS = re.compile(r"(?!csrf).*(password|token|secret).*")


class CompanyMiddleware:
    """Sets `request.membership` and `request.company`, and refuses forms of another company.

    A page left open while the person switched company in another tab still carries the company it
    was made for; saving it would write one company's thoughts into another's books (DECISIONS C4).
    The refusal keeps what was typed and offers to switch back and save it there.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        mine = memberships_of(request)
        membership = chosen_membership(request, mine)
        request.membership = membership  # type: ignore[attr-defined]
        request.companies = [other.company for other in mine]  # type: ignore[attr-defined]
        request.company = membership.company if membership else None  # type: ignore[attr-defined]
        with formats.use(membership.company if membership else None):
            return self._answer(request)

    def process_view(self, request: HttpRequest, *_view: Any) -> HttpResponse | None:
        """Refuse a form of another company, once the request is known not to be forged."""
        company = getattr(request, "company", None)
        if company is None or not self._is_of_another_company(request, company):
            return None
        meant = self._meant(request)
        if meant is not None and SWITCH_BACK in request.POST:
            request.session[SESSION_KEY] = meant.pk
            # 307: the browser sends the same form once more, to be read in that company's notation.
            return HttpResponseRedirect(request.get_full_path(), status=307)
        return self._refuse(request, meant)

    def _answer(self, request: HttpRequest) -> HttpResponse:
        user = request.user
        if not user.is_authenticated:
            return self.get_response(request)
        with timezone.override(user.time_zone), translation.override(user.language):
            request.LANGUAGE_CODE = user.language
            return self.get_response(request)

    @staticmethod
    def _is_of_another_company(request: HttpRequest, company: Company) -> bool:
        if request.method in READING or request.path.startswith(OPEN_PATHS):
            return False
        if request.path.startswith("/api/") and _bears_a_key(request):
            return False  # the key says for which company
        return _given(request) != str(company.pk)

    @staticmethod
    def _meant(request: HttpRequest) -> Company | None:
        """The company the form was opened for, when this person works there."""
        given = _given(request)
        companies: list[Company] = request.companies  # type: ignore[attr-defined]
        return next((company for company in companies if str(company.pk) == given), None)

    @staticmethod
    def _refuse(request: HttpRequest, meant: Company | None) -> HttpResponse:
        kept = [
            (name, value)
            for name, values in request.POST.lists()
            if name not in OF_THE_FORM and not SECRETS.fullmatch(name.lower())
            for value in values
        ]
        secrets = [name for name in request.POST if SECRETS.fullmatch(name.lower())]
        again = bool(request.FILES or secrets)
        context = {"meant": meant, "kept": kept, "again": again}
        by_htmx = request.headers.get("HX-Request") == "true"
        response = render(
            request, "accounts/switched.html", context, status=200 if by_htmx else 409
        )
        if by_htmx:
            response["HX-Retarget"], response["HX-Reswap"] = "body", "innerHTML"
        return response


def memberships_of(request: HttpRequest) -> list[Membership]:
    """The places where this person is at work, by name of the company."""
    if not request.user.is_authenticated:
        return []
    mine = Membership.objects.filter(user=request.user, active=True)
    return list(mine.select_related("company", "user").order_by("company__name", "id"))


def chosen_membership(request: HttpRequest, mine: list[Membership]) -> Membership | None:
    """The membership the session points at, else the first, else none."""
    chosen = request.session.get(SESSION_KEY) if mine else None
    return next((one for one in mine if one.company_id == chosen), mine[0] if mine else None)


def _bears_a_key(request: HttpRequest) -> bool:
    return request.headers.get("Authorization", "").lower().startswith("bearer ")


def _given(request: HttpRequest) -> str:
    return request.headers.get("X-Company") or request.POST.get("_company", "")
