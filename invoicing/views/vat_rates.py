"""Settings → VAT rates."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST

from accounts.doors import CompanyRequest, right_required
from core.errors import DomainError, FieldsError
from invoicing.forms.vat import VatRateForm
from invoicing.models import VatRate
from invoicing.services import vat_settings


@require_http_methods(["GET", "HEAD", "POST"])
@right_required("admin")
def vat_rates(request: CompanyRequest) -> HttpResponse:
    """The treatments as they are today, the company's own rows, and one to add."""
    today = timezone.localdate()
    form = VatRateForm(request.POST or None, initial={"valid_from": today})
    if form.is_bound and form.is_valid() and _added(request, form):
        return redirect("vat_rates")
    context = {
        "form": form,
        "treatments": vat_settings.treatments_of(request.company, today),
        "today": today,
    }
    status = 422 if form.errors else 200
    return render(request, "invoicing/settings/vat_rates.html", context, status=status)


@require_POST
@right_required("admin")
def vat_rate_remove(request: CompanyRequest, pk: int) -> HttpResponse:
    """Take a row away that nothing final used yet."""
    row = get_object_or_404(VatRate.objects.of(request.company).select_related("company"), pk=pk)
    try:
        vat_settings.rate_remove(row=row, by=request.user)
    except DomainError as error:
        messages.error(request, error.message)
    else:
        messages.success(request, _("The row is removed."))
    return redirect("vat_rates")


def _added(request: CompanyRequest, form: VatRateForm) -> bool:
    data = form.data_typed()
    try:
        vat_settings.rate_add(company=request.company, data=data, by=request.user)
    except FieldsError as refusal:
        for name, sentence in refusal.errors.items():
            form.add_error(name, sentence)
        return False
    messages.success(request, _("Saved. Drafts keep their VAT until you renew it there."))
    kept = vat_settings.final_since(request.company, data.valid_from)
    if kept:
        said = ngettext(
            "%(count)d final invoice from that day on keeps the VAT it was given.",
            "%(count)d final invoices from that day on keep the VAT they were given.",
            kept,
        )
        messages.warning(request, said % {"count": kept})
    return True
