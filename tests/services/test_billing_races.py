"""Eight pairs of hands over the same entries, on PostgreSQL: nothing is billed twice or lost."""

from __future__ import annotations

import copy
import itertools
import os
import random
import secrets
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import pytest
from django.db import connection as database
from django.db import transaction
from django.db.models import Sum

from accounts.models import User
from core.errors import DomainError, StaleError
from integrations.models import AfasConnection, AfasDocument, InvoicingRun, ItemUse, State
from integrations.services import billing, claims, documents, outcomes, sending, settling
from invoicing.models import Claim, DocumentStatus, Invoice, InvoiceLine
from invoicing.services.bundling import Options, Per
from registration.models import BillingStatus, Expense, Hour, Project, Ride, Selection
from registration.services import billing_status, valuation
from tests.factories import (
    AfasConnectionFactory,
    CompanyFactory,
    CustomerFactory,
    CustomerLinkFactory,
    ExpenseFactory,
    HourFactory,
    ItemLinkFactory,
    MembershipFactory,
    ProjectFactory,
    RateFactory,
    RideFactory,
    SelectionFactory,
)
from tests.services.conftest import wait_for, waiting_sessions

BILLING, DECIDING = 8, 1
HANDS = BILLING + DECIDING
ROUNDS = 50
PARTS = 4  # two hundred rounds, in parts that can run side by side
DAY = date(2026, 10, 14)
KINDS: dict[str, type[Any]] = {"hour": Hour, "expense": Expense, "ride": Ride}
STATES = {
    BillingStatus.UNBILLED: None,
    BillingStatus.RESERVED: State.QUEUED,
    BillingStatus.INVOICED: State.CONFIRMED,
}
Pool = dict[str, list[int]]
Job = Callable[[], Any]


@pytest.fixture
def seed(settings: Any) -> int:
    """RACE_SEED repeats a run."""
    settings.REDIS_URL = ""  # nobody has to hear the rings
    found = int(os.environ.get("RACE_SEED") or secrets.randbelow(10**6))
    print(f"RACE_SEED={found}")  # noqa: T201 - shown when the test fails
    return found


@pytest.fixture
def at_once() -> Iterator[Callable[[Sequence[Job]], list[Any]]]:
    """Do nine things at the same moment, each in a thread and a connection of its own."""
    gate = threading.Barrier(HANDS)
    with ThreadPoolExecutor(HANDS) as pool:

        def one(job: Job) -> Any:
            gate.wait(30)
            return job()

        def all_of(jobs: Sequence[Job]) -> list[Any]:
            assert len(jobs) == HANDS
            return list(pool.map(one, jobs))

        yield all_of
        all_of([lambda: database.close()] * HANDS)  # noqa: PLW0108 - each thread has its own


@dataclass(frozen=True)
class Meeting:
    """What the hands of one round wait for."""

    gate: threading.Barrier = field(default_factory=lambda: threading.Barrier(HANDS))
    somebody_is_done: threading.Event = field(default_factory=threading.Event)


@dataclass
class Office:
    """One company with two customers that AFAS knows, and what its people see happen."""

    connection: AfasConnection
    by: User
    projects: list[Project]
    samples: dict[str, Any]
    chance: random.Random
    seen: Counter[str] = field(default_factory=Counter)
    numbers: Iterator[int] = field(default_factory=lambda: itertools.count(70_000_001))

    @classmethod
    def open(cls, seed: int) -> Office:
        """Three projects, with rates, items and links."""
        company = CompanyFactory()
        customers = [CustomerFactory(company=company, numbered=True) for _ in range(2)]
        for customer in customers:
            CustomerLinkFactory(customer=customer, debtor_number=customer.number)
        ItemLinkFactory(company=company, use=ItemUse.DEFAULT)
        projects = [ProjectFactory(customer=one) for one in (*customers, customers[0])]
        here = {"project": projects[0], "membership": MembershipFactory(company=company)}
        factories = {"hour": HourFactory, "expense": ExpenseFactory, "ride": RideFactory}
        samples = {kind: factory(**here, date=DAY) for kind, factory in factories.items()}
        RateFactory(company=company, activity=samples["hour"].activity)
        RateFactory(company=company, unit="km", amount=samples["ride"].rate)
        by = here["membership"].user
        connection = AfasConnectionFactory(company=company)
        return cls(connection, by, projects, samples, random.Random(seed))

    def new_entries(self) -> Pool:
        """Four hours, two expenses and two rides over all projects."""
        counts = {"hour": 4, "expense": 2, "ride": 2}
        return {
            kind: [row.pk for row in KINDS[kind].objects.bulk_create(self._copies(kind, count))]
            for kind, count in counts.items()
        }

    def _copies(self, kind: str, count: int) -> list[Any]:
        rows = []
        for _ in range(count):
            row = copy.copy(self.samples[kind])
            row._state = copy.copy(row._state)
            row.pk, row.project = None, self.chance.choice(self.projects)
            rows.append(row)
        return rows

    def selection(self, pool: Pool) -> Selection:
        """About half of what there is, of one kind or of all, in no order."""
        ticked = {}
        kinds = self.chance.choice([["hour"], ["expense", "ride"], list(pool)])
        for kind in kinds:
            some = [pk for pk in pool[kind] if self.chance.random() < 0.5]
            self.chance.shuffle(some)
            ticked[f"{kind}s"] = some
        return SelectionFactory(company=self.connection.company, user=self.by, **ticked)

    def options(self) -> Options:
        """Per customer or per project."""
        return Options(invoice_date=DAY, per=self.chance.choice(list(Per)))

    def bills(self, selection: Selection, options: Options, meeting: Meeting) -> Job:
        """Check, wait until everybody has, confirm; some think until another is done."""
        late = self.chance.random() < 0.3

        def job() -> None:
            check = billing.check_selection(
                connection=self.connection, selection=selection, options=options
            )
            meeting.gate.wait(30)
            if late:
                meeting.somebody_is_done.wait(1)
            try:
                billing.invoice_in_afas(
                    connection=self.connection,
                    selection=selection,
                    options=options,
                    token=check.token,
                    by=self.by,
                )
            except StaleError:
                self.seen["stale"] += 1
            except DomainError as error:  # an empty selection, or all of it is taken
                self.seen[error.message] += 1
            else:
                self.seen["run"] += 1
                meeting.somebody_is_done.set()

        return job

    def hears(self, selections: Sequence[Selection]) -> None:
        """What the runs say in the end, whoever pressed."""
        for refusals in InvoicingRun.objects.filter(selection__in=selections).values_list(
            "refusals", flat=True
        ):
            for refusal in refusals:
                said = refusal["sentence"]
                known = ("at this very moment", "is already on", "changed since you checked")
                self.seen[next((words for words in known if words in said), said)] += 1

    def decides(self, pks: list[Any], meeting: Meeting) -> Job:
        """AFAS confirms some documents, a person gives others up."""

        def job() -> None:
            meeting.gate.wait(30)
            for pk in pks:
                if self.chance.random() < 0.5:
                    self._confirm(pk)
                else:
                    self._cancel(pk)

        return job

    def _confirm(self, pk: Any) -> None:
        document = claims.claim(pk)
        if document is None:
            return
        attempt = sending.open_attempt(document)
        keys = {"order_number": str(next(self.numbers))}
        outcome = outcomes.Outcome(proof=outcomes.Proof.DONE, keys=keys)
        settling.keep_proof(attempt, outcome)
        settling.settle(document, attempt, outcome)
        self.seen["confirmed"] += 1

    def _cancel(self, pk: Any) -> None:
        document = AfasDocument.objects.get(pk=pk)
        try:
            documents.cancel(document=document, by=self.by, reason="Changed our mind")
        except DomainError:
            self.seen["not cancelled"] += 1
        else:
            self.seen["cancelled"] += 1


def assert_books_agree(pool: Pool) -> None:
    """Status, claim, invoice and document of every entry say the same."""
    for kind, pks in pool.items():
        live = Claim.objects.filter(**{f"{kind}__in": pks}, released_at__isnull=True)
        claims_of = list(live.values_list(f"{kind}_id", "line__invoice_id"))
        held = dict(claims_of)
        assert len(claims_of) == len(held), "an entry is claimed twice"
        documents_of = AfasDocument.objects.exclude(state=State.CANCELLED)
        states = dict(
            documents_of.filter(invoice__in=held.values()).values_list("invoice", "state")
        )
        for pk, status in KINDS[kind].objects.filter(pk__in=pks).values_list("pk", "billing"):
            assert STATES[status] == (states[held[pk]] if pk in held else None), (kind, pk)


def assert_invoices_add_up(connection: AfasConnection) -> None:
    """Claims add up to lines, lines to invoices; what was given up is void and claims nothing."""
    mine = Invoice.objects.of(connection.company)
    for invoice in mine:
        lines = InvoiceLine.objects.filter(invoice=invoice)
        frozen = Claim.objects.filter(line__invoice=invoice)
        assert lines.aggregate(net=Sum("net"))["net"] == invoice.net
        assert frozen.aggregate(net=Sum("amount"))["net"] == invoice.net
        active = frozen.filter(released_at__isnull=True)
        assert active.exists() == (invoice.status != DocumentStatus.VOID)
    assert AfasDocument.objects.filter(invoice__in=mine).count() == mine.count()


@pytest.mark.parametrize("part", range(PARTS))
def test_two_hundred_rounds_of_eight_hands_bill_every_entry_at_most_once(
    part: int, seed: int, at_once: Callable[[Sequence[Job]], list[Any]]
) -> None:
    office = Office.open(seed + part)
    before: Pool = {}
    for _round in range(ROUNDS):
        fresh = office.new_entries()
        pool = {kind: fresh[kind] + before.get(kind, []) for kind in fresh}
        meeting = Meeting()
        selections = [office.selection(pool) for _ in range(BILLING - 1)]
        selections.append(selections[0])  # the same selection in two tabs
        jobs = [office.bills(one, office.options(), meeting) for one in selections]
        queued = AfasDocument.objects.filter(state=State.QUEUED)
        pks = list(queued.order_by("?").values_list("pk", flat=True)[:2])
        at_once([*jobs, office.decides(pks, meeting)])
        office.hears(selections)
        assert_books_agree(pool)
        before = fresh
    assert_invoices_add_up(office.connection)
    print(dict(office.seen))  # noqa: T201 - shown when the test fails
    assert set(office.seen) <= {
        "run",
        "stale",
        "Nothing in this selection can be invoiced now, so nothing was made.",
        "confirmed",
        "cancelled",
        "not cancelled",
        "at this very moment",
        "is already on",
        "changed since you checked",
    }
    # Rounds in which nobody met anybody would prove nothing.
    assert office.seen["is already on"] > ROUNDS
    assert office.seen["stale"] > ROUNDS // 10
    assert office.seen["cancelled"] > ROUNDS // 10
    assert office.seen["confirmed"] > ROUNDS // 10


@pytest.mark.parametrize("what", ["mark", "release"])
def test_giving_back_and_marking_lock_in_the_same_order_as_reserving(what: str) -> None:
    """The rows lie in the table last first: whoever does not order its locks takes them last first.

    A third hand holds the row in the middle until both wait for it.
    """
    pks = _reversed_hours()
    company = Hour.objects.get(pk=pks[0]).company
    taking = {"company": company, "kind": "hour", "ids": pks}

    def give() -> None:
        with transaction.atomic():
            if what == "mark":
                labels = dict.fromkeys(pks, "AFAS order 7")
                billing_status.mark_invoiced(company=company, kind="hour", labels=labels)
            else:
                valuation.hold(company)
                billing_status.release(**taking)

    def reserve() -> None:
        with transaction.atomic():
            billing_status.reserve(**taking)

    with ThreadPoolExecutor(2) as pool:
        with transaction.atomic():
            Hour.objects.select_for_update().get(pk=pks[len(pks) // 2])
            doing = [pool.submit(_then_close, give)]
            wait_for(lambda: waiting_sessions() == 1)
            doing.append(pool.submit(_then_close, reserve))
            wait_for(lambda: waiting_sessions() == 2)
        for one in doing:
            one.result(timeout=30)


def _then_close(job: Job) -> None:
    try:
        job()
    finally:
        database.close()


def _reversed_hours() -> list[int]:
    sample = HourFactory(billing=BillingStatus.RESERVED)
    pks = list(range(sample.pk + 1, sample.pk + 51))
    rows = [copy.copy(sample) for _ in pks]
    for row, pk in zip(rows, reversed(pks), strict=True):
        row.pk, row._state = pk, copy.copy(sample._state)
    Hour.objects.bulk_create(rows)
    with database.cursor() as cursor:
        cursor.execute("ANALYZE registration_hour")  # now reading the table as it lies is cheapest
    return pks
