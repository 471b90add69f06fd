"""The interactive documentation, with nothing from another host; and what is at no address."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_safe

from accounts.doors import CompanyRequest, member_required
from core.api import problems


@require_safe
@member_required
def docs(request: CompanyRequest) -> HttpResponse:
    """Every operation, to be read and tried out as the person who is signed in."""
    return render(request, "api/docs.html")


@csrf_exempt
def nothing_here(_request: HttpRequest, rest: str) -> HttpResponse:
    """What is no address of the API is told as the API tells all problems."""
    sentence = _("The API has no address “%(address)s”. See /api/docs/.") % {"address": rest[:80]}
    found = problems.details("not_found", 404, sentence)
    return JsonResponse(found, status=404, content_type=problems.MEDIA_TYPE)
