"""The desk at which an example company draws up its invoices, by the services that make all.

Only when it happened is written into the rows afterwards: it is history.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Max, QuerySet
from django.utils import timezone

from accounts.models import Membership
from core.models import AuditEvent
from invoicing.models import Invoice, Payment
from invoicing.services import crediting, paying
from invoicing.services.bundling import Options, Per
from invoicing.services.drafting import check_drafts, create_drafts
from invoicing.services.editing import HeadData, LineData, draft_new, head_change, line_add
from invoicing.services.finalising import finalise
from invoicing.services.sending import mark_as_sent
from registration.models import ApprovalStatus, Project, Selection
from relations.models import Customer
from timechimp_afas.seeding.diary import Stage

MORNING = time(9, 40)


@dataclass(frozen=True)
class Desk:
    """Where somebody bills: from whose diary, what day it is, and who signs for all of it."""

    stage: Stage
    today: date
    biller: Membership

    @property
    def company(self) -> Any:
        """Whose invoices they are."""
        return self.biller.company

    def project(self, code: str) -> Project:
        """A project by its code."""
        return self.stage.projects[code]

    def month(self, back: int) -> date:
        """The first of the month, so many months ago."""
        first = self.today.replace(day=1)
        for _month in range(back):
            first = (first - timedelta(days=1)).replace(day=1)
        return first

    def work(self, kind: type[Any], code: str, back: int) -> QuerySet[Any]:
        """What was approved on a project in a month."""
        days = (self.month(back), self.month(back - 1) - timedelta(days=1))
        approved = kind.objects.of(self.company).filter(approval=ApprovalStatus.APPROVED)
        rows: QuerySet[Any] = approved.filter(project=self.project(code), date__range=days)
        return rows

    def draft(self, day: date, ticked: Mapping[str, QuerySet[Any]], **head: Any) -> Invoice:
        """A draft of what was ticked, all of one project, with a head of its own."""
        ids = {name: list(rows.values_list("pk", flat=True)) for name, rows in ticked.items()}
        selection = Selection.objects.create(
            company=self.company, user=self.biller.user, frozen_at=timezone.now(), **ids
        )
        options = Options(invoice_date=day, per=Per.PROJECT)
        check = check_drafts(company=self.company, selection=selection, options=options)
        (drawn,) = create_drafts(
            company=self.company,
            selection=selection,
            options=options,
            token=check.token,
            by=self.biller.user,
        ).invoices
        data = replace(HeadData.of(drawn), **head)
        return head_change(invoice=drawn, data=data, version=drawn.version, by=self.biller.user)

    def typed(
        self, customer: Customer, day: date, lines: Iterable[LineData], **head: Any
    ) -> Invoice:
        """A draft of lines that bill no entries, supplied on that day."""
        by = self.biller.user
        draft = draft_new(company=self.company, customer=customer, by=by)
        for line in lines:
            draft = line_add(invoice=draft, data=line, by=by).invoice
        dates = {"invoice_date": day, "supply_from": day, "supply_until": day}
        data = replace(HeadData.of(draft), **dates | head)
        return head_change(invoice=draft, data=data, version=draft.version, by=by)

    def credit(self, invoice: Invoice, day: date, reason: str, how: str) -> Invoice:
        """The whole invoice is given back, with a sent credit note of that day."""
        by = self.biller.user
        with self.happening(day):
            note = crediting.credit(invoice=invoice, lines=None, reason=reason, by=by)
            data = replace(HeadData.of(note), invoice_date=day)
            note = head_change(invoice=note, data=data, version=note.version, by=by)
            return self.finish(note, how)

    def finish(self, draft: Invoice, how: str = "") -> Invoice:
        """Make a draft final, and sent if it is said how."""
        final = finalise(invoice=draft, version=draft.version, by=self.biller.user)
        return mark_as_sent(invoice=final, how=how, by=self.biller.user) if how else final

    def pay(self, invoice: Invoice, day: date, amount: Decimal | None = None) -> None:
        """What came in on the bank: all that is open, or `amount`."""
        with self.happening(day):
            invoice.refresh_from_db()
            amount = invoice.open_amount if amount is None else amount
            paying.payment_add(invoice=invoice, amount=amount, paid_on=day, by=self.biller.user)

    @contextmanager
    def happening(self, day: date) -> Iterator[None]:
        """What is done within was done in the morning of `day`."""
        began = timezone.now() - timedelta(minutes=1)
        moment = timezone.make_aware(datetime.combine(day, MORNING))
        events = AuditEvent.objects.of(self.company)
        last = events.aggregate(last=Max("pk"))["last"] or 0
        yield
        events.filter(pk__gt=last).update(at=moment)
        for name in ("created_at", "finalised_at", "sent_at"):
            rows = Invoice.objects.of(self.company).filter(**{f"{name}__gte": began})
            rows.update(**{name: moment})
        Payment.objects.of(self.company).filter(created_at__gte=began).update(created_at=moment)
