"""Which company this request works in, and in which language, zone and formats it is answered."""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from accounts.models import Membership
from core import formats

SESSION_KEY = "company"
# Doors of the house itself: nothing of a company is written behind them.
OPEN_PATHS = ("/accounts/", "/i18n/", "/company/switch/", "/invitation/", "/profile/")


class CompanyMiddleware:
    """Sets `request.membership` and `request.company`, and refuses forms of another company.

    A page left open while the person switched company in another tab still carries the company it
    was made for; saving it would write one company's thoughts into another's books (DECISIONS C4).
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        mine = memberships_of(request)
        membership = chosen_membership(request, mine)
        request.membership = membership  # type: ignore[attr-defined]
        request.companies = [other.company for other in mine]  # type: ignore[attr-defined]
        request.company = membership.company if membership else None  # type: ignore[attr-defined]
        if membership and self._is_of_another_company(request, membership):
            return self._refuse(request)
        with formats.use(membership.company if membership else None):
            return self._answer(request)

    def _answer(self, request: HttpRequest) -> HttpResponse:
        user = request.user
        if not user.is_authenticated:
            return self.get_response(request)
        with timezone.override(user.time_zone), translation.override(user.language):
            request.LANGUAGE_CODE = user.language  # type: ignore[attr-defined]
            return self.get_response(request)

    @staticmethod
    def _is_of_another_company(request: HttpRequest, membership: Membership) -> bool:
        if request.method != "POST" or request.path.startswith(OPEN_PATHS):
            return False
        given = request.headers.get("X-Company") or request.POST.get("_company", "")
        return given != str(membership.company_id)

    @staticmethod
    def _refuse(request: HttpRequest) -> HttpResponse:
        messages.error(
            request,
            _(
                "You switched company in another tab, so nothing was saved. "
                "You now work in %(company)s; switch back to go on with what you were doing."
            )
            % {"company": request.company},  # type: ignore[attr-defined]
        )
        back = request.headers.get("HX-Current-URL") or request.headers.get("Referer") or "/"
        if request.headers.get("HX-Request"):
            return HttpResponse(status=204, headers={"HX-Redirect": _own(request, back)})
        return HttpResponseRedirect(_own(request, back))


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


def _own(request: HttpRequest, address: str) -> str:
    """The path of `address` when it is ours, else the home page."""
    root = f"{request.scheme}://{request.get_host()}"
    return (
        address.removeprefix(root)
        if address.startswith(f"{root}/")
        else settings.LOGIN_REDIRECT_URL
    )
