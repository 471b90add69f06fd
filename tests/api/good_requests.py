"""For every operation of the API: a request that gets something done in a house.

A new operation adds a line here, or `test_every_operation.py` fails. What it is about is made on
the way; where its ids come from says `tests/doors/objects.py`.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from registration.models import Expense, Hour, Receipt, Ride
from tests import factories
from tests.api import good_afas, good_invoices
from tests.api.operations import Asked, Form, Operation
from tests.doors import objects
from tests.doors.houses import House
from tests.registration.receipt_samples import picture

Maker = Callable[[House], Asked]
KINDS = ("hours", "expenses", "rides")
MODELS = {"hours": Hour, "expenses": Expense, "rides": Ride}
FACTORIES = {
    "hours": factories.HourFactory,
    "expenses": factories.ExpenseFactory,
    "rides": factories.RideFactory,
}
WHY = {"reason": "It was wrong."}
FIXED = {"billing_method": "fixed_project", "price": "1000.00"}
NOTHING_TO_DO = {
    # With what stands here they have nothing to change, or change what no company has.
    "POST /afas/documents/{id}/look-again/",
}


def good_request(operation: Operation, house: House) -> Asked:
    """A request for this operation that gets something done in this house."""
    return GOOD[str(operation)](house)


def changes_nothing(operation: Operation) -> bool:
    """Whether even a good request leaves all rows as they are."""
    return str(operation) in NOTHING_TO_DO


def plain(_house: House) -> Asked:
    """Nothing has to be said."""
    return Asked()


def of(factory: Any, word: str = "id", body: Any = None, **fields: Any) -> Maker:
    """About a fresh row of this factory."""
    return lambda house: Asked({word: factory(company=house.company, **fields).pk}, body=body)


def made(maker: objects.Maker, body: Any = None, **words: str) -> Maker:
    """About what `tests/doors/objects.py` makes; `words` name its ids in the address."""

    def ask(house: House) -> Asked:
        found = maker(house.company, house.owner)
        named = {word: found[name] for word, name in (words or {"id": "pk"}).items()}
        return Asked(named, body=body)

    return ask


def said(**body: Any) -> Maker:
    """With this body; a function in it is asked for the value."""

    def ask(house: House) -> Asked:
        found = {name: one(house) if callable(one) else one for name, one in body.items()}
        return Asked(body=found)

    return ask


def at(maker: Maker, **body: Any) -> Maker:
    """What another one is about, with this body."""
    return lambda house: Asked(maker(house).ids, body=said(**body)(house).body)


def known(name: str) -> Callable[[House], Any]:
    """The id of something that the house has."""
    return lambda house: house.ids[name]


def today(_house: House) -> str:
    """The day as programs write it."""
    return timezone.localdate().isoformat()


def entry(kind: str, **fields: Any) -> Callable[[House], Any]:
    """An entry of the owner's."""
    return lambda house: FACTORIES[kind](company=house.company, membership=house.place, **fields)


def entry_said(kind: str) -> dict[str, Any]:
    """What a program says of a new entry."""
    told = {
        "hours": {"activity": known("activity"), "minutes": 60},
        "expenses": {"category": known("category"), "unit_cost": "12.50"},
        "rides": {"origin": "Utrecht", "destination": "Ede", "distance": "40.0"},
    }
    return {"date": today, "project": known("project"), **told[kind]}


def changed(kind: str) -> dict[str, Any]:
    """What a program changes of it."""
    told = {"activity": known("activity")} if kind == "hours" else {}
    return {"note": "Otherwise", "project": known("project"), **told}


def a_receipt(house: House) -> Asked:
    """A receipt on an expense of the owner's."""
    pk = objects.own_receipt(house.company, house.owner)["pk"]
    expense = Receipt.objects.values_list("expense", flat=True).get(pk=pk)
    return Asked({"expense": expense, "id": pk})


def an_expense_to_prove(house: House) -> Asked:
    """A photo for an expense of the owner's."""
    photo = SimpleUploadedFile("receipt.jpg", picture(), "image/jpeg")
    return Asked({"expense": entry("expenses")(house).pk}, body=Form(file=photo))


def batch(kind: str) -> Maker:
    """One in a list of its own."""
    return lambda house: Asked(body={"items": [said(**entry_said(kind))(house).body]})


def one_entry(kind: str, **fields: Any) -> Maker:
    """About a single entry."""
    return lambda house: Asked({"id": entry(kind, **fields)(house).pk})


def many(kind: str, body: dict[str, Any] | None = None, **fields: Any) -> Maker:
    """About an entry among those that are chosen."""
    return lambda house: Asked(
        body={"ids": [entry(kind, **fields)(house).pk], **said(**(body or {}))(house).body}
    )


def of_entries(kind: str) -> dict[str, Maker]:
    """The operations that hours, expenses and rides have in common."""
    off = {"billing": "written_off"}
    reason = {"comment": "It was wrong."}
    elsewhere = {"project": lambda house: another_project(house).pk}
    return {
        f"GET /{kind}/": plain,
        f"POST /{kind}/": said(**entry_said(kind)),
        f"GET /{kind}/{{id}}/": one_entry(kind),
        f"PATCH /{kind}/{{id}}/": at(one_entry(kind), **changed(kind)),
        f"DELETE /{kind}/{{id}}/": one_entry(kind),
        f"GET /{kind}/export/": plain,
        f"POST /{kind}/batch/": batch(kind),
        f"POST /{kind}/submit/": many(kind),
        f"POST /{kind}/withdraw/": many(kind, approval="submitted"),
        f"POST /{kind}/approve/": many(kind, approval="submitted"),
        f"POST /{kind}/reject/": many(kind, reason, approval="submitted"),
        f"POST /{kind}/reopen/": many(kind, approved=True),
        f"POST /{kind}/delete/": many(kind),
        f"POST /{kind}/mark-billable/": many(kind, billable=False, billing="not_billable"),
        f"POST /{kind}/mark-not-billable/": many(kind),
        f"POST /{kind}/write-off/": many(kind, reason),
        f"POST /{kind}/restore/": many(kind, **off),
        f"POST /{kind}/move/": many(kind, elsewhere),
    }


def another_project(house: House) -> Any:
    """A project of the house on which everything may be registered."""
    return factories.ProjectFactory(company=house.company, name=f"More of {house.company.name}")


def fixed(house: House) -> int:
    """A project at a fixed price."""
    made = factories.ProjectFactory(
        company=house.company, billing_method="fixed_project", price=Decimal(1000)
    )
    return int(made.pk)


def rate(house: House) -> Asked:
    """The rate of an activity."""
    return Asked({"id": objects.a_rate(house.company, house.owner)["pk"]})


RELATIONS: dict[str, Maker] = {
    "GET /expenses/{expense}/receipts/": lambda house: Asked(
        {"expense": a_receipt(house).ids["expense"]}
    ),
    "POST /expenses/{expense}/receipts/": an_expense_to_prove,
    "GET /expenses/{expense}/receipts/{id}/": a_receipt,
    "GET /expenses/{expense}/receipts/{id}/file/": a_receipt,
    "DELETE /expenses/{expense}/receipts/{id}/": a_receipt,
    "GET /contacts/": plain,
    "POST /contacts/": said(name="Anna", customers=lambda house: [house.ids["customer"]]),
    "GET /contacts/{id}/": of(factories.ContactFactory),
    "PATCH /contacts/{id}/": at(
        of(factories.ContactFactory),
        job_title="Buyer",
        customers=lambda house: [house.ids["customer"]],
    ),
    "DELETE /contacts/{id}/": of(factories.ContactFactory),
    "GET /customers/": plain,
    "POST /customers/": said(name="New B.V."),
    "GET /customers/{id}/": of(factories.CustomerFactory),
    "PATCH /customers/{id}/": of(factories.CustomerFactory, body={"name": "Another B.V."}),
    "POST /customers/{id}/archive/": of(factories.CustomerFactory),
    "POST /customers/{id}/unarchive/": of(factories.CustomerFactory, archived=True),
}
PROJECTS: dict[str, Maker] = {
    "GET /projects/": plain,
    "POST /projects/": said(name="New", customer=known("customer")),
    "GET /projects/{id}/": of(factories.ProjectFactory),
    "PATCH /projects/{id}/": of(factories.ProjectFactory, body={"name": "Otherwise"}),
    "POST /projects/{id}/close/": of(factories.ProjectFactory),
    "POST /projects/{id}/reopen/": of(factories.ProjectFactory, active=False),
    "GET /activities/": plain,
    "POST /activities/": said(name="New"),
    "GET /activities/{id}/": of(factories.ActivityFactory),
    "PATCH /activities/{id}/": of(factories.ActivityFactory, body={"name": "Otherwise"}),
    "GET /products/": plain,
    "POST /products/": said(name="New"),
    "GET /products/{id}/": of(factories.ExpenseCategoryFactory),
    "PATCH /products/{id}/": of(factories.ExpenseCategoryFactory, body={"name": "Otherwise"}),
    "GET /instalments/": plain,
    "POST /instalments/": said(project=fixed, description="Half", amount="500.00", due_on=today),
    "GET /instalments/{id}/": of(factories.InstalmentFactory),
    "PATCH /instalments/{id}/": of(factories.InstalmentFactory, body={"description": "Other"}),
    "DELETE /instalments/{id}/": of(factories.InstalmentFactory),
    "GET /projects/{id}/activities/": of(factories.ProjectFactory),
    "PUT /projects/{id}/activities/": at(
        of(factories.ProjectFactory), activities=lambda house: [{"activity": house.ids["activity"]}]
    ),
    "GET /projects/{id}/people/": of(factories.ProjectFactory),
    "PUT /projects/{id}/people/": at(
        of(factories.ProjectFactory),
        people=lambda house: [{"person": house.ids["membership"], "manages": True}],
    ),
    "GET /projects/{id}/periods/": made(objects.a_subscription),
    "GET /projects/{id}/subscription/": made(objects.a_subscription),
    "PATCH /projects/{id}/subscription/": made(objects.a_subscription, {"template": "Otherwise"}),
    "POST /projects/{id}/method/": of(factories.ProjectFactory, body=FIXED),
    "POST /projects/{id}/method/preview/": of(factories.ProjectFactory, body=FIXED),
    "GET /rates/": plain,
    "POST /rates/": said(unit="hour", amount="80", customer=known("customer")),
    "POST /rates/preview/": said(unit="hour", amount="80", customer=known("customer")),
    "GET /rates/{id}/": rate,
    "PATCH /rates/{id}/": at(rate, amount="90"),
    "DELETE /rates/{id}/": rate,
}
PEOPLE: dict[str, Maker] = {
    "GET /me/": plain,
    "GET /people/": plain,
    "GET /people/{id}/": of(factories.MembershipFactory),
    "PATCH /people/{id}/": of(factories.MembershipFactory, body={"role": "billing"}),
    "POST /people/{id}/deactivate/": of(factories.MembershipFactory),
    "POST /people/{id}/reactivate/": of(factories.MembershipFactory, active=False),
    "GET /invitations/": plain,
    "POST /invitations/": said(email="new@somewhere.example", name="New"),
    "GET /invitations/{id}/": of(factories.InvitationFactory),
    "POST /invitations/{id}/renew/": of(factories.InvitationFactory),
    "POST /invitations/{id}/withdraw/": of(factories.InvitationFactory),
}
GOOD: dict[str, Maker] = {
    **RELATIONS,
    **PROJECTS,
    **good_invoices.GOOD,
    **good_afas.GOOD,
    **PEOPLE,
    **{name: maker for kind in KINDS for name, maker in of_entries(kind).items()},
}
