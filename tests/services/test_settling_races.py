"""Two at the same moment over one document, on PostgreSQL: one story, whoever is first."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from django.db import connection as database
from django.utils import timezone

from accounts.models import Role, User
from core.errors import DomainError, StaleError
from core.models import AuditEvent
from integrations.models import (
    AfasAttempt,
    AfasConnection,
    AfasDocument,
    CustomerLink,
    PersonTask,
    State,
)
from integrations.services import (
    answering,
    claims,
    documents,
    following,
    outcomes,
    reconciling,
    rhythm,
    sending,
    settling,
    undoing,
)
from integrations.services.documents import make_direct_invoice
from integrations.services.looking import Look, Sight
from invoicing.models import Claim, Invoice
from registration.models import BillingStatus, Hour
from tests.factories import (
    AfasConnectionFactory,
    ClaimFactory,
    CompanyFactory,
    CustomerFactory,
    CustomerLinkFactory,
    InvoiceFactory,
    InvoiceLineFactory,
    MembershipFactory,
)

ROUNDS = 6
ABSENT = Look(sight=Sight.ABSENT)
Work = Callable[[], Any]


@pytest.fixture
def at_once() -> Iterator[Callable[..., list[Any]]]:
    """`at_once(one, two)`: both begin at the same moment; what each returned or raised."""
    with ThreadPoolExecutor(8) as pool:

        def go(*works: Work) -> list[Any]:
            gate = threading.Barrier(len(works))

            def one(work: Work) -> Any:
                gate.wait(30)
                try:
                    return work()
                except DomainError as error:
                    return error
                finally:
                    database.close()

            return [done.result(60) for done in [pool.submit(one, work) for work in works]]

        yield go


def make(lines: int = 1, connection: AfasConnection | None = None) -> AfasDocument:
    """A queued invoice of reserved hours, one on each line."""
    connection = connection or AfasConnectionFactory(company=CompanyFactory(), participant="12345")
    customer = CustomerFactory(company=connection.company)
    number = str(10000 + customer.pk)
    CustomerLinkFactory(environment="12345", customer=customer, debtor_number=number)
    invoice = InvoiceFactory(customer=customer)
    for position in range(1, lines + 1):
        line = InvoiceLineFactory(
            invoice=invoice, position=position, item_kind="1", item_code="UREN", item_unit="uur"
        )
        ClaimFactory(line=line, hour__billing="reserved")
    return make_direct_invoice(connection=connection, invoice=invoice, run=None, by=None)


def unknown(**fields: Any) -> AfasDocument:
    """One whose quiet time is long over, with its attempt."""
    document = make()
    AfasAttempt.objects.create(
        company_id=document.company_id,
        document=document,
        number=1,
        request_body=document.payload,
        finished_at=timezone.now(),
    )
    since = timezone.now() - timedelta(hours=2)
    values = {"state": State.UNKNOWN, "ever_unknown": True, "unknown_since": since, "attempts": 1}
    AfasDocument.objects.filter(pk=document.pk).update(**{**values, "sweeps": 30, **fields})
    return read(document)


def confirmed(number: str, lines: int = 1) -> AfasDocument:
    """One that AFAS made."""
    document = make(lines)
    settling.found(document, {"order_number": number})
    return read(document)


def read(document: AfasDocument) -> AfasDocument:
    return AfasDocument.objects.select_related("connection", "company", "invoice").get(
        pk=document.pk
    )


def people(document: AfasDocument) -> list[User]:
    roles = (Role.BILLING, Role.OWNER)
    return [MembershipFactory(company=document.company, role=role).user for role in roles]


def assert_one_story(document: AfasDocument) -> None:
    """The hours are what the document's state says, and nothing is claimed and free at once."""
    held = Claim.objects.filter(line__invoice=document.invoice, released_at__isnull=True).count()
    billing = set(
        Hour.objects.filter(claims__line__invoice=document.invoice).values_list(
            "billing", flat=True
        )
    )
    state = read(document).state
    if state in {State.CANCELLED, State.UNDONE}:
        assert (held, billing) == (0, {BillingStatus.UNBILLED})
        assert Invoice.objects.get(pk=document.invoice_id).status == "void"
    elif state == State.CONFIRMED:
        assert billing == {BillingStatus.INVOICED}
        assert held
    else:
        assert billing == {BillingStatus.RESERVED}
        assert held


def test_of_two_who_found_it_one_is_told(at_once: Any) -> None:
    for number in range(ROUNDS):
        document = unknown()
        one, two = people(document)
        got = at_once(
            partial(answering.it_is_there, document=read(document), number=f"7{number:05}", by=one),
            partial(answering.it_is_there, document=read(document), number=f"8{number:05}", by=two),
        )
        assert sorted(type(one).__name__ for one in got) == ["NoneType", "StaleError"]
        assert_one_story(document)
        found = AuditEvent.objects.of(document.company).filter(action="afas_document.found")
        assert [one.after["key"] for one in found] == [read(document).order_number]


@pytest.mark.parametrize("second", [answering.it_is_not_there, answering.give_up])
def test_of_two_who_did_not_find_it_one_is_told(at_once: Any, second: Any) -> None:
    for _round in range(ROUNDS):
        document = unknown()
        one, two = people(document)
        got = at_once(
            partial(answering.it_is_not_there, document=read(document), reason="a", by=one),
            partial(second, document=read(document), reason="b", by=two),
        )
        assert sum(isinstance(one, StaleError) for one in got) == 1
        assert read(document).state in {State.QUEUED, State.CANCELLED}
        assert_one_story(document)


def test_a_key_and_a_person_who_gives_up_agree_or_ask(at_once: Any) -> None:
    """Either it is confirmed and stays billed, or it is cancelled and twice in AFAS is told."""
    for number in range(ROUNDS):
        document = unknown()
        by, _other = people(document)
        attempt = AfasAttempt.objects.get(document=document)
        keys = {"order_number": f"7{number:05}"}
        outcome = outcomes.Outcome(proof=outcomes.Proof.DONE, keys=keys)
        settling.keep_proof(attempt, outcome)
        at_once(
            partial(settling.settle, read(document), attempt, outcome),
            partial(answering.give_up, document=read(document), reason="x", by=by),
        )
        assert_one_story(document)
        told = PersonTask.objects.filter(document=document, what="twice").count()
        assert told == (read(document).state == State.CANCELLED)


def test_one_number_for_two_documents_goes_to_one_of_them(at_once: Any) -> None:
    for number in range(ROUNDS):
        one, two = unknown(), unknown()
        by, also = people(one)[0], people(two)[0]
        number_of = f"7{number:05}"
        got = at_once(
            partial(answering.it_is_there, document=one, number=number_of, by=by),
            partial(answering.it_is_there, document=two, number=number_of, by=also),
        )
        assert sum(isinstance(one, DomainError) for one in got) == 1
        states = sorted([read(one).state, read(two).state])
        assert states == [State.CONFIRMED, State.UNKNOWN]
        for document in (one, two):
            assert_one_story(document)


def test_of_two_looks_one_counts(at_once: Any) -> None:
    for _round in range(ROUNDS):
        document = unknown(sweeps=0)
        at_once(
            *(partial(reconciling.take, read(document), ABSENT, quiet=False) for _look in range(4))
        )
        assert read(document).looks == 1


def test_absence_is_carried_out_once(at_once: Any) -> None:
    for _round in range(ROUNDS):
        document = unknown(looks=2)
        at_once(
            *(partial(reconciling.take, read(document), ABSENT, quiet=True) for _look in range(4))
        )
        assert (read(document).state, read(document).repeats) == (State.QUEUED, 1)
        told = AuditEvent.objects.of(document.company).filter(action="afas_document.absent")
        assert told.count() == 1


def test_what_follows_from_a_confirmation_is_done_once(at_once: Any) -> None:
    for number in range(ROUNDS):
        document = make()
        settling.store_key(document, {"order_number": f"7{number:05}"})
        at_once(*[partial(following.follow_up, document.pk)] * 4)
        told = AuditEvent.objects.of(document.company).filter(action="afas_document.confirmed")
        assert told.count() == 1
        assert_one_story(document)


def test_of_two_who_undo_it_one_is_told(at_once: Any) -> None:
    for number in range(ROUNDS):
        document = confirmed(f"7{number:05}", lines=2)
        one, two = people(document)
        got = at_once(
            *(
                partial(undoing.corrected_there, document=read(document), reason="x", by=by)
                for by in (one, two)
            )
        )
        assert sum(isinstance(one, StaleError) for one in got) == 1
        assert read(document).state == State.UNDONE
        assert_one_story(document)
        told = AuditEvent.objects.of(document.company).filter(action="afas_document.undone")
        assert told.count() == 1


def test_a_statement_and_a_deletion_do_not_both_stand(at_once: Any) -> None:
    """What is undone by a statement must not be deleted too: the number may be another's."""
    for number in range(ROUNDS):
        document = confirmed(f"7{number:05}")
        one, two = people(document)
        at_once(
            partial(undoing.corrected_there, document=read(document), reason="x", by=one),
            partial(undoing.delete_in_afas, document=read(document), reason="y", by=two),
        )
        assert read(document).state == State.UNDONE
        assert set(document.deletions.values_list("state", flat=True)) <= {State.CANCELLED}
        assert_one_story(document)


def test_two_halves_undone_at_once_are_the_whole(at_once: Any) -> None:
    for number in range(ROUNDS):
        document = confirmed(f"7{number:05}", lines=2)
        one, two = people(document)
        first, second = document.invoice.lines.order_by("pk").values_list("pk", flat=True)
        got = at_once(
            *(
                partial(
                    undoing.corrected_there,
                    document=read(document),
                    reason="x",
                    by=by,
                    lines=[line],
                )
                for by, line in ((one, first), (two, second))
            )
        )
        assert sorted(got) == [False, True]
        assert read(document).state == State.UNDONE
        assert_one_story(document)


def test_two_deletions_at_once_are_one(at_once: Any) -> None:
    for number in range(ROUNDS):
        document = confirmed(f"7{number:05}")
        got = at_once(
            *(
                partial(undoing.delete_in_afas, document=read(document), reason="x", by=by)
                for by in people(document)
            )
        )
        assert sum(isinstance(one, DomainError) for one in got) == 1
        assert document.deletions.count() == 1


def test_a_deletion_is_claimed_or_gives_way(at_once: Any) -> None:
    """A worker takes the deletion while somebody states that it was corrected by hand."""
    for number in range(ROUNDS):
        document = confirmed(f"7{number:05}")
        one, two = people(document)
        deletion = undoing.delete_in_afas(document=document, reason="x", by=one)
        taken, told = at_once(
            partial(claims.claim, deletion.pk),
            partial(undoing.corrected_there, document=read(document), reason="y", by=two),
        )
        assert (taken is None) == (told is True)
        assert read(document).state == (State.CONFIRMED if taken else State.UNDONE)
        assert_one_story(document)
        AfasDocument.objects.filter(state=State.SENDING).update(state=State.CANCELLED)


def test_sweeps_of_one_machine_at_once_count_once(
    at_once: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 1_000.0
    monkeypatch.setattr(rhythm, "monotonic", lambda: now)
    rhythm.tick()
    for _round in range(ROUNDS):
        now += 60
        assert sum(at_once(*[rhythm.tick] * 8)) == 1
        assert sum(at_once(*[rhythm.tick] * 8)) == 0


def test_proof_that_was_stored_is_settled_once_by_two_sweeps(at_once: Any) -> None:
    for number in range(ROUNDS):
        document = make()
        claimed = claims.claim(document.pk)
        assert claimed
        attempt = sending.open_attempt(claimed)
        keys = {"order_number": f"7{number:05}"}
        settling.keep_proof(attempt, outcomes.Outcome(proof=outcomes.Proof.DONE, keys=keys))
        AfasAttempt.objects.update(finished_at=timezone.now() - timedelta(minutes=5))
        at_once(sending.settle_stored, sending.settle_stored)
        assert read(document).state == State.CONFIRMED
        assert not PersonTask.objects.exists()
        assert_one_story(document)


def test_two_who_retry_invoices_of_one_new_customer_make_one_debtor(at_once: Any) -> None:
    """Both wait for it; the second one is no error."""
    for _round in range(ROUNDS):
        one = make()
        other = make(connection=one.connection)
        customers = {one.customer_id, other.customer_id}
        CustomerLink.objects.filter(customer__in=customers).delete()
        Invoice.objects.filter(pk=other.invoice_id).update(customer=one.customer)
        both = AfasDocument.objects.filter(pk__in=[one.pk, other.pk])
        both.update(state=State.REJECTED, customer=one.customer)
        by = people(one)[0]
        got = at_once(
            *(partial(documents.retry, document=read(document), by=by) for document in (one, other))
        )
        assert [told.state for told in got] == [State.WAITING] * 2
        debtors = AfasDocument.objects.filter(kind="customer", customer=one.customer)
        assert debtors.count() == 1
