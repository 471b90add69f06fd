"""The pages about how a project is billed: its subscription, and another method."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from accounts.doors import CompanyRequest, right_required
from accounts.models import Right
from registration.forms.billing import MethodForm, SubscriptionForm
from registration.models import BillingMethod, Project
from registration.selectors.projects import project_of
from registration.services.refusals import subscription_refusal

METHODS_IN_WORDS = {
    BillingMethod.NONE: gettext_lazy("Nothing on this project is invoiced."),
    BillingMethod.HOURLY_ACTIVITY: gettext_lazy(
        "By the hour: an hour costs what its activity costs on this project, else what the "
        "activity costs everywhere."
    ),
    BillingMethod.HOURLY_PERSON: gettext_lazy(
        "By the hour: an hour costs what its employee costs on this project, else what the "
        "employee costs everywhere."
    ),
    BillingMethod.HOURLY_PROJECT: gettext_lazy(
        "By the hour: every hour costs the rate of this project."
    ),
    BillingMethod.HOURLY_CUSTOMER: gettext_lazy(
        "By the hour: every hour costs the rate of the customer, else the company's."
    ),
    BillingMethod.FIXED_PROJECT: gettext_lazy(
        "Not by the hour: one price for the project. Its hours are covered by that price; expenses "
        "and rides are invoiced beside it."
    ),
    BillingMethod.FIXED_ACTIVITY: gettext_lazy(
        "Not by the hour: a price per activity. Its hours are covered by these prices; expenses "
        "and rides are invoiced beside them."
    ),
    BillingMethod.SUBSCRIPTION: gettext_lazy(
        "Not by the hour: an amount per period. Its hours are covered by that amount; expenses and "
        "rides are invoiced beside it."
    ),
}
CHOOSE = "registration/projects/method_choose.html"
CHANGE = "registration/projects/method.html"


@require_http_methods(["GET", "HEAD", "POST"])
@right_required(Right.COSTS)
def project_subscription(request: CompanyRequest, pk: int) -> HttpResponse:
    """What a subscription promises."""
    project = project_of(request.company, pk)
    if sentence := subscription_refusal(project):
        messages.error(request, sentence)
        return redirect("project", pk)
    form = SubscriptionForm(request.POST or None, project=project)
    if request.method == "POST" and form.is_valid() and form.save_by(request.user):
        messages.success(request, _("%(name)s is saved.") % {"name": project})
        return redirect("project", pk)
    context = {"form": form, "project": project}
    status = 422 if form.errors else 200
    return render(request, "registration/projects/subscription.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@right_required(Right.COSTS)
def project_method(request: CompanyRequest, pk: int) -> HttpResponse:
    """Another billing method: choose it, fill in what it needs, look, and confirm."""
    project = project_of(request.company, pk)
    posted = request.method == "POST"
    wanted = (request.POST if posted else request.GET).get("method", "")
    if wanted not in BillingMethod.values or wanted == project.billing_method:
        return render(request, CHOOSE, _choices(project))
    method = BillingMethod(wanted)
    form = MethodForm(request.POST if posted else None, project=project, method=method)
    if posted and form.is_valid():
        if "token" not in request.POST:
            form.look()
        elif form.confirm_by(request.user):
            messages.success(request, _("%(name)s is billed another way now.") % {"name": project})
            return redirect("project", pk)
    context = {
        "form": form,
        "project": project,
        "method": method,
        "words": METHODS_IN_WORDS[method],
    }
    return render(request, CHANGE, context, status=422 if posted and form.errors else 200)


def _choices(project: Project) -> dict[str, Any]:
    others = [
        (method, METHODS_IN_WORDS[method])
        for method in BillingMethod
        if method != project.billing_method
    ]
    return {"project": project, "methods": others, "words": METHODS_IN_WORDS[project.method]}
