"""Own invoices from beginning to end, the way the pages make them.

studio = Studio.ready()                    # a company and a customer that lack nothing
draft = studio.draft([studio.hour(90)])    # reserved, priced and claimed
final = studio.finalise(draft)
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from accounts.models import Company, User
from invoicing.models import Invoice, InvoiceLine
from invoicing.services import crediting, drafting, editing, finalising
from invoicing.services.bundling import Options
from invoicing.services.pricing import Grouping
from registration.models import Activity, Project
from registration.services import rates
from relations.models import Customer
from tests.factories import (
    ActivityFactory,
    CompanyFactory,
    CustomerFactory,
    HourFactory,
    MembershipFactory,
    ProjectFactory,
    RateFactory,
    SelectionFactory,
)

DAY = date(2026, 10, 14)
KIND_OF = {
    "Hour": "hour",
    "Expense": "expense",
    "Ride": "ride",
    "Instalment": "instalment",
    "SubscriptionPeriod": "subscription_period",
}
COLUMN_OF = {
    "hour": "hours",
    "expense": "expenses",
    "ride": "rides",
    "instalment": "instalments",
    "subscription_period": "periods",
}


@dataclass(frozen=True)
class Studio:
    """A company with a customer, a project, an activity at EUR 100 an hour and a biller."""

    company: Company
    customer: Customer
    project: Project
    activity: Activity
    by: User

    @classmethod
    def ready(cls, **company: Any) -> Studio:
        """Everything that an invoice of our own must say is filled in."""
        made = CompanyFactory(addressed=True, name="Studio Ready", **company)
        customer = CustomerFactory(company=made, addressed=True, name="Bakker B.V.")
        activity = ActivityFactory(company=made, name="Design")
        RateFactory(company=made, activity=activity)
        project = ProjectFactory(company=made, customer=customer, name="Website")
        by = MembershipFactory(company=made, role="owner").user
        return cls(made, customer, project, activity, by)

    def hour(self, minutes: int = 60, **fields: Any) -> Any:
        """Work on the project, at EUR 100 an hour."""
        given = {"project": self.project, "activity": self.activity, "date": DAY, **fields}
        return HourFactory(company=self.company, minutes=minutes, **given)

    def set_rate(self, amount: int) -> None:
        """The activity has another rate, also for what was done."""
        subject = rates.RateSubject(activity=self.activity)
        rates.rate_set(
            company=self.company, by=None, subject=subject, unit="hour", amount=Decimal(amount)
        )

    def draft(self, things: Sequence[Any], grouping: str = Grouping.ACTIVITY) -> Invoice:
        """A draft that bills `things`, dated DAY."""
        versions = versions_of(things)
        ids = {COLUMN_OF[kind]: list(rows) for kind, rows in versions.items()}
        selection = SelectionFactory(company=self.company, **ids)
        options = Options(invoice_date=DAY, grouping=Grouping(grouping))
        check = drafting.check_drafts(company=self.company, selection=selection, options=options)
        drawn = drafting.create_drafts(
            company=self.company,
            selection=selection,
            options=options,
            token=check.token,
            by=self.by,
        )
        (invoice,) = drawn.invoices
        return invoice

    def free(self, *lines: tuple[str, str], **fields: Any) -> Invoice:
        """A draft dated DAY with these lines of a quantity and a price, nothing billed."""
        invoice = editing.draft_new(company=self.company, customer=self.customer, by=self.by)
        self.date(invoice, DAY)
        for quantity, price in lines:
            data = editing.LineData(
                description="Work",
                quantity=Decimal(quantity),
                unit_price=Decimal(price),
                **fields,
            )
            editing.line_add(invoice=invoice, data=data, by=self.by)
        return fresh(invoice)

    def date(self, invoice: Invoice, day: date) -> Invoice:
        """Date a draft."""
        Invoice.objects.filter(pk=invoice.pk).update(invoice_date=day)
        return fresh(invoice)

    def finalise(self, invoice: Invoice) -> Invoice:
        """Make a draft final as it stands."""
        now = fresh(invoice)
        return finalising.finalise(invoice=now, version=now.version, by=self.by)

    def credit(
        self, invoice: Invoice, lines: Collection[int] | None = None, part: str = ""
    ) -> Invoice:
        """A final credit note; with `part`, of that quantity of its only line."""
        note = crediting.credit(invoice=invoice, lines=lines, reason="Wrong", by=self.by)
        if part:
            self.change(note.lines.get(), quantity=-Decimal(part))
        return self.finalise(note)

    def change(self, line: InvoiceLine, **values: Any) -> InvoiceLine:
        """Change something of a line as it stands."""
        now = InvoiceLine.objects.select_related("invoice").get(pk=line.pk)
        data = editing.LineData(**{**vars(editing.LineData.of(now)), **values})
        return editing.line_change(line=now, data=data, version=now.invoice.version, by=self.by)


def versions_of(things: Iterable[Any]) -> dict[str, dict[int, int]]:
    """Per kind the versions of things, as stored now."""
    found: dict[str, dict[int, int]] = {}
    for thing in things:
        now = fresh(thing)
        found.setdefault(KIND_OF[type(thing).__name__], {})[now.pk] = now.version
    return found


def fresh(row: Any) -> Any:
    """A row as it is stored now."""
    return type(row).objects.get(pk=row.pk)


def standing(*rows: Any) -> list[tuple[str, str]]:
    """How rows are billed, and the label of their invoice."""
    return [(one.billing, one.invoice_label) for one in map(fresh, rows)]
