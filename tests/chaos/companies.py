"""Four companies on three environments of two participants, their people and their customers.

Two companies share one environment: what one of them sends must wait for the other, and their
customers are debtors of the same books. Two open AFAS with a classic token, two with an OAuth
client.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from random import Random
from typing import Any

from accounts.models import Role, User
from integrations.afas.documents import DirectInvoiceData, InvoiceLineData, direct_invoice
from integrations.models import AfasConnection, ItemUse
from integrations.services import checking, clients
from registration.models import Activity, ExpenseCategory, Project
from relations.models import Customer
from sandbox import seed
from tests.chaos.ledger import BY_HAND, book_by_hand, open_books
from tests.chaos.plan import Plan
from tests.chaos.pretend import Afas
from tests.factories import (
    ActivityFactory,
    AfasConnectionFactory,
    CompanyFactory,
    CustomerFactory,
    CustomerLinkFactory,
    ExpenseCategoryFactory,
    ExpenseFactory,
    HourFactory,
    ItemLinkFactory,
    MembershipFactory,
    ProjectFactory,
    RateFactory,
    RideFactory,
)

DAY = date(2026, 10, 14)
REFUSED_BY_NATURE = {"10013", "10016"}  # blocked, and without a name
SIGHT_DELAY, DEBTOR_SIGHT_DELAY = 120, 60  # AFAS's seconds


@dataclass(frozen=True, kw_only=True)
class Target:
    """Where a company books, and with what credential."""

    name: str
    participant: str
    realm: str
    administration: int
    credential: dict[str, str]
    debtors: slice
    has_history: bool = False


TARGETS = (
    Target(
        name="Studio Vlier",
        participant="12345",
        realm="",
        administration=1,
        credential={"user_token": seed.LIVE_TOKEN},
        debtors=slice(0, 20),
        has_history=True,
    ),
    Target(
        name="Vlier Beheer",
        participant="12345",
        realm="",
        administration=2,
        credential={
            "credential": "oauth",
            "user_token": "",
            "client_id": seed.LIVE_CLIENT_ID,
            "client_secret": seed.LIVE_CLIENT_SECRET,
        },
        debtors=slice(20, 40),
        has_history=True,
    ),
    Target(
        name="Studio Vlier, trial",
        participant="12345",
        realm="test",
        administration=1,
        credential={"user_token": seed.TEST_TOKEN},
        debtors=slice(0, 15),
    ),
    Target(
        name="Studio Eik",
        participant="54321",
        realm="",
        administration=1,
        credential={
            "credential": "oauth",
            "user_token": "",
            "client_id": seed.EIK_CLIENT_ID,
            "client_secret": seed.EIK_CLIENT_SECRET,
        },
        debtors=slice(0, 12),
    ),
)
ENVIRONMENTS = ("12345", "12345test", "54321")
# How often each company bills: one environment takes one document at a time, so two companies on
# one share what the others have for themselves.
TURNS = (0, 2, 3, 1, 2, 3)


@dataclass
class Site:
    """One company: who bills there, for whom, and what was worked."""

    connection: AfasConnection
    biller: User
    owner: User
    membership: Any
    activities: list[Activity]
    category: ExpenseCategory
    customers: list[Customer]
    projects: dict[int, Project] = field(default_factory=dict)

    @property
    def company(self) -> Any:
        """The company itself."""
        return self.connection.company

    def work_for(self, customer: Customer, dice: Random) -> dict[str, list[int]]:
        """One to four entries of mixed kinds; their ids per kind."""
        made: dict[str, list[int]] = {"hours": [], "expenses": [], "rides": []}
        for kind in ("hours", *dice.choices(("hours", "expenses", "rides"), k=dice.randrange(4))):
            made[kind].append(self._entry(kind, customer, dice).pk)
        return made

    def _entry(self, kind: str, customer: Customer, dice: Random) -> Any:
        common = {
            "company": self.company,
            "membership": self.membership,
            "project": self.project(customer),
            "date": DAY,
        }
        if kind == "hours":
            minutes = dice.randrange(15, 480, 15)
            return HourFactory(activity=dice.choice(self.activities), minutes=minutes, **common)
        if kind == "expenses":
            cost = Decimal(dice.randrange(100, 90_000)) / 100
            return ExpenseFactory(category=self.category, unit_cost=cost, **common)
        return RideFactory(distance=Decimal(dice.randrange(1, 300)), **common)

    def project(self, customer: Customer) -> Project:
        """What is done for a customer."""
        if customer.pk not in self.projects:
            self.projects[customer.pk] = ProjectFactory(company=self.company, customer=customer)
        return self.projects[customer.pk]


def open_companies(plan: Plan, afas: Afas) -> list[Site]:
    """All four, linked and ready to bill."""
    for environment in ENVIRONMENTS:
        _prepare(plan, afas, environment)
    return [_open(target, afas) for target in TARGETS]


def _prepare(plan: Plan, afas: Afas, environment: str) -> None:
    settings = {
        "sight_delay": SIGHT_DELAY,
        "debtor_sight_delay": DEBTOR_SIGHT_DELAY,
        "reference_connectors": plan.look_up,
        "reuse_deleted_numbers": environment == "54321",
        "answer_invoice_number": environment == "12345test",
    }
    for name, value in settings.items():
        afas.order("setting", environment=environment, name=name, value=value)


def _open(target: Target, afas: Afas) -> Site:
    company = CompanyFactory(name=target.name, addressed=True)
    connection = AfasConnectionFactory(
        company=company,
        participant=target.participant,
        realm=target.realm,
        administration=target.administration,
        payment_condition="14",
        vat_duty="1",
        **target.credential,
    )
    environment = connection.environment
    rows = list(seed.debtors(seed.ENVIRONMENTS[environment]))
    owner = MembershipFactory(company=company, role=Role.OWNER).user
    if target.has_history:
        _bill_by_hand(connection, rows[0]["DebtorId"])
        book_by_hand(afas, connection, rows[0]["DebtorId"])
    checking.check_again(connection=connection, by=owner)
    open_books(connection)
    ItemLinkFactory(company=company, environment=environment, use=ItemUse.DEFAULT)
    RateFactory(company=company, amount=Decimal(100))
    RateFactory(company=company, unit="km", amount=Decimal("0.23"))
    taken = [row for row in rows[target.debtors] if row["DebtorId"] not in REFUSED_BY_NATURE]
    return Site(
        connection=connection,
        biller=MembershipFactory(company=company, role=Role.BILLING).user,
        owner=owner,
        membership=MembershipFactory(company=company),
        activities=[ActivityFactory(company=company) for _ in range(2)],
        category=ExpenseCategoryFactory(company=company),
        customers=[_known(connection, row) for row in taken],
    )


def _bill_by_hand(connection: AfasConnection, debtor: str) -> None:
    """An invoice of before our time, so that the check finds a row to hold on to."""
    line = InvoiceLineData(
        description="Abonnement",
        item_kind="1",
        item_code="UREN-ALG",
        unit="uur",
        quantity=Decimal(1),
        unit_price=Decimal(50),
    )
    invoice = DirectInvoiceData(
        debtor_number=debtor,
        administration=connection.administration,
        invoice_date=DAY,
        reference=BY_HAND,
        customer_reference="",
        lines=(line,),
    )
    clients.client_of(connection).create("FbDirectInvoice", direct_invoice(invoice))


def _known(connection: AfasConnection, row: dict[str, Any]) -> Customer:
    customer: Customer = CustomerFactory(
        company=connection.company,
        number=row["DebtorId"],
        name=row["DebtorName"] or "?",
        addressed=True,
        vat_number="",
    )
    CustomerLinkFactory(
        company=connection.company,
        environment=connection.environment,
        customer=customer,
        debtor_number=row["DebtorId"],
    )
    return customer


_numbers = itertools.count(1)


def newcomer(site: Site, dice: Random) -> Customer:
    """A customer that AFAS lacks; a third brings a number of its own, half a VAT number."""
    number = next(_numbers)
    customer: Customer = CustomerFactory(
        company=site.company,
        number=str(60_000 + number) if dice.random() < 1 / 3 else "",
        name=f"Nieuwkomer {number:03} B.V.",
        street="Grote Markt",
        house_number=str(number),
        postcode="9712 HN",
        city="Groningen",
        country="NL",
        kvk_number=str(71_000_000 + number),
        vat_number=f"NL{861_000_000 + number}B01" if dice.random() < 0.5 else "",
    )
    return customer


def twin(site: Site, customer: Customer) -> Customer:
    """The same organisation as another company's customer."""
    same = ("name", "street", "house_number", "postcode", "city", "country", "kvk_number")
    copied = {name: getattr(customer, name) for name in same}
    twin: Customer = CustomerFactory(company=site.company, number="", **copied)
    return twin
