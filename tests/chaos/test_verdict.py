"""The verdict finds what it is there for: each thing that must not be is done by hand once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

import pytest
from django.db.models import F
from django.utils import timezone

from integrations.models import AfasConnection, AfasDocument, Kind, State
from integrations.services import attaching, clients, sending
from invoicing.models import Channel, Claim, Invoice
from registration.models import BillingStatus, Hour
from tests.chaos import billing
from tests.chaos.companies import open_companies
from tests.chaos.plan import Plan, Variant
from tests.chaos.pretend import Afas
from tests.chaos.stage import Stage
from tests.chaos.verdict import Verdict, judged
from tests.chaos.world import World


@pytest.fixture
def world(db: None, sandbox: Any) -> World:
    """A few waves, all of them in AFAS, without anything going wrong."""
    plan = Plan(seed=4, documents=10)
    afas = Afas(sandbox.url)
    world = World(plan, cast("Stage", None), afas, open_companies(plan, afas))
    for step in range(6):
        billing.bill_a_wave(world, step)
    while sending.send_due():
        pass
    return world


def an_invoice() -> AfasDocument:
    return AfasDocument.objects.filter(kind=Kind.DIRECT_INVOICE).select_related("invoice")[0]


def test_nothing_is_wrong_when_all_went_well(world: World) -> None:
    verdict = Verdict(world)
    assert verdict.wrong() == []
    assert {one.kind for one in verdict.documents} == set(Kind) - {Kind.DELETION}
    assert {one.state for one in verdict.documents} == {State.CONFIRMED}
    assert verdict.unaided == 1


def a_booking() -> AfasDocument:
    return AfasDocument.objects.filter(kind=Kind.SALES_BOOKING).select_related("invoice")[0]


def book_again(world: World) -> None:
    document = a_booking()
    key = {"environment": document.environment, "kind": "entry", "key": document.entry_number}
    world.afas.order("remove", **key)
    client = clients.client_of(AfasConnection.objects.get(pk=document.connection_id))
    client.create("FiEntries", document.payload.encode())


def remove_from_the_books(world: World) -> None:
    document = a_booking()
    order = {"environment": document.environment, "key": document.entry_number}
    world.afas.order("remove", kind="entry", **order)


def change_what_is_owed(_world: World) -> None:
    Invoice.objects.filter(pk=a_booking().invoice_id).update(total=F("total") + 1)


def cancel_what_is_booked(_world: World) -> None:
    AfasDocument.objects.filter(pk=a_booking().pk).update(state=State.CANCELLED)


def release_what_is_booked(_world: World) -> None:
    own = Claim.objects.filter(line__invoice__channel=Channel.OURS)
    own.update(released_at=timezone.now())


def file_again(_world: World) -> None:
    document = AfasDocument.objects.filter(kind=Kind.ATTACHMENT).select_related("invoice")[0]
    client = clients.client_of(AfasConnection.objects.get(pk=document.connection_id))
    client.create("KnSubject", attaching.body_of(document))


def cancel_what_is_filed(_world: World) -> None:
    files = AfasDocument.objects.filter(kind=Kind.ATTACHMENT)
    files.update(state=State.CANCELLED)


def bill_again(_world: World) -> None:
    document = an_invoice()
    client = clients.client_of(AfasConnection.objects.get(pk=document.connection_id))
    client.create("FbDirectInvoice", document.payload.encode())


def remove_in_afas(world: World) -> None:
    document = an_invoice()
    order = {"environment": document.environment, "key": document.order_number}
    world.afas.order("remove", kind="invoice", **order)


def make_the_customer_twice(world: World) -> None:
    document = AfasDocument.objects.filter(kind=Kind.CUSTOMER).select_related("customer")[0]
    debtor = {"DebtorId": "99999", "ChOfCommNr": document.customer and document.customer.kvk_number}
    world.afas.order("debtor", environment=document.environment, debtor=debtor)


def lose_a_claim(_world: World) -> None:
    Claim.objects.filter(line__invoice=an_invoice().invoice).update(released_at=timezone.now())


def forget_an_entry(_world: World) -> None:
    Hour.objects.filter(claims__line__invoice=an_invoice().invoice).update(
        billing=BillingStatus.UNBILLED
    )


def change_a_total(_world: World) -> None:
    Invoice.objects.filter(pk=an_invoice().invoice_id).update(net=F("net") + 1)


def cancel_what_is_there(_world: World) -> None:
    AfasDocument.objects.filter(pk=an_invoice().pk).update(state=State.CANCELLED)


def leave_it_in_the_queue(_world: World) -> None:
    AfasDocument.objects.filter(pk=an_invoice().pk).update(state=State.QUEUED)


def leave_the_rest_undone(_world: World) -> None:
    AfasDocument.objects.filter(pk=an_invoice().pk).update(followed_up_at=None)


def leave_much_to_people(_world: World) -> None:
    AfasDocument.objects.update(
        state=State.UNKNOWN, ever_unknown=True, unknown_since=timezone.now(), asks="blind"
    )


@pytest.mark.parametrize(
    ("do", "said"),
    [
        (bill_again, "was billed twice"),
        (bill_again, "is on 2 invoices in AFAS"),
        (remove_in_afas, "is not in AFAS"),
        (remove_in_afas, "was deleted in AFAS by sandbox, not undone"),
        (make_the_customer_twice, "AFAS has this customer as"),
        (lose_a_claim, "is unbilled here and on an invoice in AFAS"),
        (forget_an_entry, "is unbilled, and should be invoiced"),
        (change_a_total, ", in AFAS of "),
        (cancel_what_is_there, "cancelled is in AFAS as"),
        (book_again, "was billed twice: AFAS made 2 entries of it"),
        (remove_from_the_books, "is not in the books"),
        (remove_from_the_books, "was deleted in AFAS by sandbox, not reversed"),
        (change_what_is_owed, ", in the books of "),
        (cancel_what_is_booked, "cancelled is in AFAS as entry"),
        (release_what_is_booked, "is not billed any more on E2026-"),
        (file_again, "is in the dossier 2 times"),
        (cancel_what_is_filed, "cancelled is in the dossier as"),
        (leave_it_in_the_queue, "is neither over nor waiting for a person"),
        (leave_the_rest_undone, "what follows from it was not done"),
        (leave_much_to_people, "Only 0.0% was settled unaided"),
    ],
)
def test_it_says_what_is_wrong(world: World, do: Callable[[World], None], said: str) -> None:
    do(world)
    wrong = Verdict(world).wrong()
    assert any(said in sentence for sentence in wrong), wrong
    assert judged(world.plan, wrong) == 1


def test_a_variant_with_a_rule_switched_off_must_bill_twice() -> None:
    broken = Plan(seed=1, variant=Variant.PLAIN_RETRY)
    assert judged(broken, []) == 1
    assert judged(broken, ["something else"]) == 1
    assert judged(broken, ["12345: TC was billed twice: AFAS made 2 invoices of it."]) == 0
