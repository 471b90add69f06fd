"""What the editor of a draft shows. It stands in the middle of the page of an invoice."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import Count

from accounts.doors import CompanyRequest
from invoicing.forms.draft import HeadForm, LineForm, RegroupForm
from invoicing.models import CLAIMABLE, Claim, Invoice, InvoiceLine, LineKind
from invoicing.selectors.settings import settings_of
from invoicing.services import editing
from invoicing.services.drafting import totals_of
from invoicing.services.pricing import vat_code
from invoicing.services.taking_up import takeable

LINES_PER_PAGE = 100


@dataclass(frozen=True, kw_only=True)
class Row:
    """A line with its boxes, and how many things of each kind stand on it."""

    line: InvoiceLine
    form: LineForm
    claims: Mapping[str, int]

    @property
    def held(self) -> int:
        """How many things become unbilled when the line goes."""
        return sum(self.claims.values())


@dataclass(frozen=True, kw_only=True)
class Boxes:
    """The forms of the editor, empty or as somebody filled them in."""

    head: HeadForm
    lines: list[LineForm]
    new: LineForm
    regroup: RegroupForm
    page: Page[InvoiceLine] = field(repr=False)

    @property
    def are_refused(self) -> bool:
        """Whether a box holds something that could not be saved."""
        forms = [self.head, *self.lines, self.new, self.regroup]
        return any(form.is_bound and form.errors for form in forms)


def boxes_of(request: CompanyRequest, invoice: Invoice, data: Any = None) -> Boxes:
    """The forms over a draft; with `data` they hold what was posted. Lines come by the page."""
    lines = InvoiceLine.objects.of(request.company).filter(invoice=invoice).order_by("position")
    number = request.GET.get("page") or request.POST.get("page")
    page = Paginator(lines, LINES_PER_PAGE).get_page(number)
    posted = data or {}
    return Boxes(
        head=HeadForm.of(invoice, data if "invoice_date" in posted else None),
        lines=[_form_of(line, data) for line in page],
        new=_new_form(invoice, data if "description-new" in posted else None),
        regroup=RegroupForm(data if "grouping" in posted else None),
        page=page,
    )


def point_at_refusal(boxes: Boxes) -> None:
    """Let the browser put its cursor in the first box that needs another look."""
    for form in (boxes.head, *boxes.lines, boxes.new, boxes.regroup):
        for name in form.errors if form.is_bound else ():
            if name in form.fields:
                form.fields[name].widget.attrs["autofocus"] = True
                return


def _form_of(line: InvoiceLine, data: Any) -> LineForm:
    """A line that was not on the page that was posted is not in it either."""
    is_posted = data is not None and f"description-{line.pk}" in data
    return LineForm(data if is_posted else None, line=line)


def _new_form(invoice: Invoice, data: Any) -> LineForm:
    customer = invoice.customer.vat_code
    code = vat_code(customer=customer, company=settings_of(invoice.company).vat_code)
    return LineForm(data, initial={"kind": LineKind.ITEM, "quantity": 1, "vat_code": code})


def editor_context(
    request: CompanyRequest, invoice: Invoice, boxes: Boxes | None = None
) -> dict[str, Any]:
    """What template `invoicing/draft/editor.html` needs, for one draft."""
    shown = boxes or boxes_of(request, invoice)
    claims = _claims_of(request, [form.line.pk for form in shown.lines if form.line])
    rows = [
        Row(line=form.line, form=form, claims=claims.get(form.line.pk, {}))
        for form in shown.lines
        if form.line
    ]
    return {
        "invoice": invoice,
        "draft_boxes": shown,
        "draft_refused": shown.are_refused,
        "draft_rows": rows,
        "draft_page": shown.page,
        "draft_holds": holds_of(invoice),
        "draft_changed": editing.changed_since(invoice),
        "draft_totals": totals_of(invoice),
        "draft_left": None if invoice.is_credit_note else takeable(invoice),
    }


def holds_of(invoice: Invoice) -> int:
    """How many things become unbilled when the draft goes."""
    held = Claim.objects.of(invoice.company_id).filter(released_at__isnull=True)
    return held.filter(line__invoice=invoice).count()


def _claims_of(request: CompanyRequest, lines: list[int]) -> dict[int, dict[str, int]]:
    """Per line how many things of each kind it holds, in one query."""
    counts = {f"n_{kind}": Count(kind) for kind in CLAIMABLE}
    held = Claim.objects.of(request.company).filter(line__in=lines, released_at__isnull=True)
    found: Any = held.order_by().values("line").annotate(**counts)
    return {
        row["line"]: {kind: row[f"n_{kind}"] for kind in CLAIMABLE if row[f"n_{kind}"]}
        for row in found
    }
