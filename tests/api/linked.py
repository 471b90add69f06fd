"""A company that is linked to the pretend AFAS, and the program of somebody who invoices there.

afas = Linked.ready(sandbox, company)
run = afas.invoice(afas.hours(2))          # previewed and made, as a program does
document = afas.document(run)
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from accounts.models import Company, Membership, Role
from integrations.models import AfasConnection, AfasDocument, CustomerLink, InvoicingRun, Kind
from integrations.services import billing
from invoicing.services.bundling import Options
from registration.models import Hour, Project, Selection
from relations.models import Customer
from sandbox import seed
from tests.api.conftest import Program
from tests.factories import (
    AfasConnectionFactory,
    CustomerFactory,
    HourFactory,
    ItemLinkFactory,
    MembershipFactory,
    ProjectFactory,
    RateFactory,
    SelectionFactory,
)
from tests.integrations.doubt import World

DAY = date(2026, 10, 14)
OPTIONS = {"invoice_date": DAY.isoformat()}
RUNS = "afas/invoicing-runs/"


@dataclass
class Linked:
    """The company, its link, a customer that AFAS knows as 10001, and the biller's program."""

    sandbox: Any
    connection: AfasConnection
    customer: Customer
    biller: Membership
    program: Program

    @classmethod
    def ready(cls, sandbox: Any, company: Company) -> Linked:
        """Everything is there to invoice hours."""
        ItemLinkFactory(company=company)
        connection = AfasConnectionFactory(
            company=company, user_token=seed.LIVE_TOKEN, payment_condition="14", vat_duty="1"
        )
        customer = CustomerFactory(company=company, number="10001", name="De Gouden Aar B.V.")
        CustomerLink.objects.create(
            company=company, environment="12345", customer=customer, debtor_number="10001"
        )
        biller = MembershipFactory(company=company, role=Role.BILLING, user__language="en")
        return cls(sandbox, connection, customer, biller, Program(biller))

    def hours(self, count: int = 1, customer: Customer | None = None) -> list[Hour]:
        """Billable hours at EUR 100 on one project."""
        company = self.connection.company
        project: Project = ProjectFactory(company=company, customer=customer or self.customer)
        made = [HourFactory(company=company, project=project, date=DAY) for _ in range(count)]
        for hour in made:  # what is released is valued anew
            RateFactory(company=company, activity=hour.activity, amount=100)
        return made

    def selection(self, hours: list[Hour]) -> Selection:
        """Those hours, selected by the biller."""
        made: Selection = SelectionFactory(
            company=self.connection.company,
            user=self.biller.user,
            hours=[hour.pk for hour in hours],
        )
        return made

    def preview(self, selection: Selection) -> Any:
        """What would be made."""
        return self.program.post(
            f"{RUNS}preview/", {"selection": str(selection.pk), "options": OPTIONS}
        )

    def make(self, selection: Selection, token: str, **headers: str) -> Any:
        """Make it."""
        body = {"selection": str(selection.pk), "options": OPTIONS, "token": token}
        return self.program.post(RUNS, body, **headers)

    def invoice(self, hours: list[Hour]) -> InvoicingRun:
        """Preview and make."""
        selection = self.selection(hours)
        answer = self.make(selection, self.preview(selection).json()["token"])
        assert answer.status_code == 202, answer.json()
        return InvoicingRun.objects.get(pk=answer.json()["id"])

    def document(self, run: InvoicingRun) -> AfasDocument:
        """Its direct invoice, as it stands now."""
        return AfasDocument.objects.get(run=run, kind=Kind.DIRECT_INVOICE)

    @property
    def world(self) -> World:
        """Minutes that pass and answers that get lost."""
        return World(
            self.sandbox,
            self.connection,
            self.customer,
            lambda customer, count=1: self.hours(count, customer),
            self._bill,
        )

    def _bill(self, hours: list[Hour]) -> InvoicingRun:
        given: dict[str, Any] = {
            "connection": self.connection,
            "selection": self.selection(hours),
            "options": Options(invoice_date=DAY),
        }
        token = billing.check_selection(**given).token
        return billing.invoice_in_afas(**given, token=token, by=self.biller.user)


def at(document: Any, do: str = "") -> str:
    """The address of a document, or of something to do with it."""
    address, done = f"afas/documents/{document.pk}/", do.replace("_", "-")
    return f"{address}{done}/" if do else address
