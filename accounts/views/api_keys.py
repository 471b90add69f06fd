"""Settings → API: the keys of one's programs; an administrator sees everybody's."""

from __future__ import annotations

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from accounts import selectors
from accounts.doors import CompanyRequest, member_required
from accounts.forms import ApiKeyForm
from accounts.models import Right
from accounts.services.api_keys import NewKey, api_key_make, api_key_revoke
from core.errors import DomainError, FieldsError

PER_PAGE = 50


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@member_required
def api_keys(request: CompanyRequest) -> HttpResponse:
    """The keys, and a form for a new one; the text of a new key stands in that one answer alone."""
    form = ApiKeyForm(request.POST or None)
    made = _make(request, form) if request.method == "POST" and form.is_valid() else None
    found = selectors.api_keys(request.company, request.membership)
    context = {
        "form": ApiKeyForm() if made else form,
        "made": made,
        "page": Paginator(found, PER_PAGE).get_page(request.GET.get("page")),
        "sees_all": request.membership.has(Right.ADMIN),
    }
    status = 422 if form.is_bound and not made else 200
    return render(request, "accounts/api_keys.html", context, status=status)


@require_POST
@member_required
def revoke(request: CompanyRequest, pk: int) -> HttpResponse:
    """Let a key open nothing any more."""
    key = selectors.api_key(request.company, request.membership, pk)
    api_key_revoke(key=key, by=request.user)
    messages.success(request, _("“%(name)s” opens nothing any more.") % {"name": key.name})
    return redirect("api_keys")


def _make(request: CompanyRequest, form: ApiKeyForm) -> NewKey | None:
    try:
        return api_key_make(membership=request.membership, data=form.key())
    except FieldsError as error:
        for name, sentence in error.errors.items():
            form.add_error(name if name in form.fields else None, sentence)
    except DomainError as error:
        form.add_error(None, error.message)
    return None
