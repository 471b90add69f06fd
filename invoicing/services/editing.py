"""Drawing up and changing drafts of our own invoices; this is the door to all of it.

Lines are in `draft_lines`, what is billed on them in `regrouping`. Every change is one transaction
that holds the company and the draft, is refused when the draft is final, and makes a new version.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Self

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import Company, User
from core import audit
from core.errors import DomainError
from invoicing.models import Channel, Invoice
from invoicing.selectors.settings import settings_of
from invoicing.services import claiming
from invoicing.services.draft_lines import (
    LineData,
    line_add,
    line_change,
    line_move,
    line_remove,
    lines_reorder,
    tax_free_lines,
)
from invoicing.services.drafting import head_of
from invoicing.services.holding import changing, hold_draft, save_draft
from invoicing.services.line_rules import check_head
from invoicing.services.regrouping import changed_since, refresh, regroup, take_up
from registration.models import Project
from relations.models import Customer

__all__ = [
    "HeadData",
    "LineData",
    "changed_since",
    "draft_delete",
    "draft_new",
    "head_change",
    "line_add",
    "line_change",
    "line_move",
    "line_remove",
    "lines_reorder",
    "refresh",
    "regroup",
    "take_up",
]


@dataclass(frozen=True, kw_only=True)
class HeadData:
    """What a person fills in above and below the lines. `payment_term` is in days."""

    invoice_date: date
    payment_term: int = 30
    supply_from: date | None = None
    supply_until: date | None = None
    reference: str = ""
    language: str = "nl"
    intro: str = ""
    closing: str = ""
    with_specification: bool = False
    with_receipts: bool = False

    @classmethod
    def of(cls, invoice: Invoice) -> Self:
        """A draft as it stands, to change something of it."""
        return cls(**{name: getattr(invoice, name) for name in cls.__dataclass_fields__})


def draft_new(
    *, company: Company, customer: Customer, by: User | None, project: Project | None = None
) -> Invoice:
    """An empty draft of today, with the terms and texts of the settings and the customer.

    Raises DomainError for an archived customer, or a project that is another customer's; ValueError
    for one of another company.
    """
    for owned in (customer, project):
        if owned is not None and owned.company_id != company.pk:
            raise ValueError(f"{owned!r} belongs to another company.")
    _refuse_unfit(customer, project)
    head = head_of(settings_of(company), customer)
    with transaction.atomic():
        invoice: Invoice = Invoice.objects.create(
            company=company,
            customer=customer,
            project=project,
            channel=Channel.OURS,
            invoice_date=timezone.localdate(),
            reference=(project.reference if project else "") or customer.reference,
            created_by=by,
            **head,
        )
        change = audit.Change(after={"channel": Channel.OURS})
        audit.record(company=company, by=by, action="invoice.drawn_up", obj=invoice, change=change)
    return invoice


def head_change(*, invoice: Invoice, data: HeadData, version: int, by: User | None) -> Invoice:
    """Save what stands above the lines of the draft that was seen as `version`.

    Other dates give free lines the VAT of their day. Raises FieldsError for what does not fit,
    StaleError when the draft changed since, DomainError for a final invoice.
    """
    with changing():
        held = hold_draft(invoice, version)
        values = check_head(vars(data))
        before = audit.values_of(held, values)
        change = audit.difference(before, values)
        if not change.after:
            return held
        for name, value in values.items():
            setattr(held, name, value)
        tax_free_lines(held)
        audit.record(company=held.company, by=by, action="invoice.changed", obj=held, change=change)
        return save_draft(held, **values)


def draft_delete(*, invoice: Invoice, by: User | None) -> None:
    """Delete a draft; all that it billed is unbilled again. Raises DomainError for a final one."""
    with changing():
        held = hold_draft(invoice)
        lines = list(held.lines.values_list("pk", flat=True))
        given = claiming.give_back(invoice=held, lines=lines, by=by)
        change = audit.Change(
            before={"net": held.net, "lines": len(lines), "customer": str(held.customer)},
            after=given,
        )
        audit.record(company=held.company, by=by, action="invoice.deleted", obj=held, change=change)
        held.delete()


def _refuse_unfit(customer: Customer, project: Project | None) -> None:
    if customer.archived:
        raise DomainError(
            _("%(customer)s is archived, so no invoice was made. Bring the customer back first.")
            % {"customer": customer}
        )
    if project is not None and project.customer_id != customer.pk:
        raise DomainError(
            _(
                "%(project)s is not a project of %(customer)s, so no invoice was made. "
                "Choose one of the customer's own projects, or none."
            )
            % {"project": project, "customer": customer}
        )
