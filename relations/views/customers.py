"""The pages about customers."""

from __future__ import annotations

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.countries import country_name
from accounts.doors import CompanyRequest, member_required
from relations.doors import editor_required, may_edit, sees_amounts
from relations.forms.customers import CustomerForm
from relations.models import Customer
from relations.selectors.contacts import contacts_at, recipients_of
from relations.selectors.customers import customer_of, customers_of
from relations.selectors.history import history_of
from relations.services.customers import customer_archive as archive
from relations.services.customers import customer_unarchive as unarchive
from relations.services.customers import number_warning

PER_PAGE = 50


@require_safe
@member_required
def customers(request: CompanyRequest) -> HttpResponse:
    """The list of customers, with search and paging."""
    search = request.GET.get("q", "").strip()
    state = request.GET.get("state", "active")
    found = customers_of(request.company, search=search, state=state)
    page = Paginator(found, PER_PAGE).get_page(request.GET.get("page"))
    context = {"page": page, "q": search, "state": state, "may_edit": may_edit(request.membership)}
    if not page.object_list:
        context["has_any"] = customers_of(request.company, state="all").exists()
    return render(request, "relations/customers.html", context)


@require_safe
@member_required
def customer(request: CompanyRequest, pk: int) -> HttpResponse:
    """Everything about one customer; apps above add their own cards."""
    found = customer_of(request.company, pk)
    context = {
        "customer": found,
        "country": country_name(found.country),
        "contacts": contacts_at(found),
        "recipients": recipients_of(found),
        "warning": _warning(request, found),
        "history": history_of(request.company, found, money=sees_amounts(request.membership)),
        "may_edit": may_edit(request.membership),
    }
    return render(request, "relations/customer.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@editor_required
def customer_new(request: CompanyRequest) -> HttpResponse:
    """A new customer."""
    return _form_page(request, None)


@require_http_methods(["GET", "HEAD", "POST"])
@editor_required
def customer_edit(request: CompanyRequest, pk: int) -> HttpResponse:
    """Change one customer."""
    return _form_page(request, customer_of(request.company, pk))


@require_POST
@editor_required
def customer_archive(request: CompanyRequest, pk: int) -> HttpResponse:
    """Archive a customer."""
    found = customer_of(request.company, pk)
    archive(company=request.company, customer=found, by=request.user)
    messages.success(request, _("%(name)s is archived.") % {"name": found})
    return redirect("customer", pk)


@require_POST
@editor_required
def customer_unarchive(request: CompanyRequest, pk: int) -> HttpResponse:
    """Bring a customer back from the archive."""
    found = customer_of(request.company, pk)
    unarchive(company=request.company, customer=found, by=request.user)
    messages.success(request, _("%(name)s is back in the lists.") % {"name": found})
    return redirect("customer", pk)


def _warning(request: CompanyRequest, found: Customer) -> str:
    """The sentence about a look-alike number, for whoever can do something about it."""
    if not may_edit(request.membership):
        return ""
    return number_warning(company=request.company, customer=found)


def _form_page(request: CompanyRequest, known: Customer | None) -> HttpResponse:
    form = CustomerForm(request.POST or None, instance=known, company=request.company)
    saved = form.save_by(request.user) if request.method == "POST" and form.is_valid() else None
    if saved is not None:
        messages.success(request, _("%(name)s is saved.") % {"name": saved})
        warning = number_warning(company=request.company, customer=saved)
        if warning:
            messages.warning(request, warning)
        return redirect("customer", saved.pk)
    title = customer_of(request.company, known.pk).name if known else ""
    context = {"form": form, "known": known, "title": title}
    status = 422 if form.errors else 200
    return render(request, "relations/customer_form.html", context, status=status)
