"""A company in which everything is switched on: our own, or a stranger's."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from accounts.models import Company, Membership, Role, User
from tests.conftest import CompanyClient
from tests.doors import walking
from tests.factories import (
    AfasConnectionFactory,
    AppInstallationFactory,
    CompanyFactory,
    CustomerFactory,
    ExpenseFactory,
    HourFactory,
    ItemLinkFactory,
    MembershipFactory,
    ProjectActivityFactory,
    RateFactory,
    RideFactory,
    SelectionFactory,
)


@dataclass
class House:
    """A company in which everything is switched on, its owner, and something of each kind."""

    company: Company
    owner: User
    browser: CompanyClient
    place: Membership
    ids: dict[str, Any] = field(default_factory=dict)

    def rows(self) -> dict[str, list[dict[str, Any]]]:
        return walking.rows_of(self.company, [self.owner])


def furnish(name: str) -> House:
    company = CompanyFactory(name=name, addressed=True)
    place = MembershipFactory(company=company, role=Role.OWNER)
    AppInstallationFactory(company=company)
    AfasConnectionFactory(company=company, participant="54321" if name == "Ours" else "12345")
    ItemLinkFactory(company=company)
    customer = CustomerFactory(company=company, name=f"Customer of {name}", addressed=True)
    on = ProjectActivityFactory(
        company=company,
        project__customer=customer,
        project__name=f"Project of {name}",
        activity__name=f"Activity of {name}",
    )
    RateFactory(company=company, activity=on.activity)
    mine = {"company": company, "membership": place, "project": on.project}
    hour = HourFactory(**mine, activity=on.activity)
    expense = ExpenseFactory(**mine, category__name=f"Category of {name}")
    ride = RideFactory(**mine)
    browser = CompanyClient(company)
    browser.force_login(place.user)
    colleague = MembershipFactory(company=company, user__name=f"Colleague of {name}")
    selection = SelectionFactory(company=company, user=place.user)
    ids = {
        "customer": customer.pk,
        "project": on.project_id,
        "activity": on.activity_id,
        "category": expense.category_id,
        "membership": colleague.pk,
        "person": colleague.pk,
        "employee": colleague.pk,
        "hour": hour.pk,
        "expense": expense.pk,
        "ride": ride.pk,
        "selection": selection.pk,
        "connection": AfasConnectionFactory._meta.model.objects.of(company).get().pk,
        "company": company.pk,
        "user": colleague.user_id,
        "row": [hour.pk, expense.pk, ride.pk],
    }
    return House(company, place.user, browser, place, ids)
