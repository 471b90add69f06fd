"""The pages about contacts."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.doors import CompanyRequest, member_required
from core.errors import DomainError
from relations.doors import editor_required, may_edit
from relations.forms.contacts import ContactForm
from relations.models import Contact
from relations.selectors.contacts import contact_of, contacts_of
from relations.selectors.history import history_of
from relations.services.contacts import contact_delete as delete

PER_PAGE = 50


@require_safe
@member_required
def contacts(request: CompanyRequest) -> HttpResponse:
    """The list of contacts, with search and paging."""
    search = request.GET.get("q", "").strip()
    found = contacts_of(request.company, search=search)
    page = Paginator(found, PER_PAGE).get_page(request.GET.get("page"))
    context = {"page": page, "q": search, "may_edit": may_edit(request.membership)}
    return render(request, "relations/contacts.html", context)


@require_safe
@member_required
def contact(request: CompanyRequest, pk: int) -> HttpResponse:
    """Everything about one contact."""
    found = contact_of(request.company, pk)
    context = {
        "contact": found,
        "history": history_of(request.company, found, money=False),
        "may_edit": may_edit(request.membership),
    }
    return render(request, "relations/contact.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@editor_required
def contact_new(request: CompanyRequest) -> HttpResponse:
    """A new contact, at the customer in the address when one is given."""
    return _form_page(request, None)


@require_http_methods(["GET", "HEAD", "POST"])
@editor_required
def contact_edit(request: CompanyRequest, pk: int) -> HttpResponse:
    """Change one contact."""
    return _form_page(request, contact_of(request.company, pk))


@require_POST
@editor_required
def contact_delete(request: CompanyRequest, pk: int) -> HttpResponse:
    """Delete a contact."""
    found = contact_of(request.company, pk)
    try:
        delete(contact=found, by=request.user)
    except DomainError as refusal:
        messages.error(request, refusal.message)
    else:
        messages.success(request, _("%(name)s is deleted.") % {"name": found})
    return redirect("contacts")


def _form_page(request: CompanyRequest, known: Contact | None) -> HttpResponse:
    title = str(known or "")
    begin: dict[str, Any] = {} if known else {"another": request.GET.get("customer")}
    form = ContactForm(request.POST or None, instance=known, company=request.company, initial=begin)
    saved = form.save_by(request.user) if request.method == "POST" and form.is_valid() else None
    if saved is not None:
        messages.success(request, _("%(name)s is saved.") % {"name": saved})
        return redirect("contact", saved.pk)
    context = {"form": form, "known": known, "title": title}
    status = 422 if form.errors else 200
    return render(request, "relations/contact_form.html", context, status=status)
