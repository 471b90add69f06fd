"""Ten thousand random invoices: each entry balances to the cent and says what the paper says.

An independent recount in whole cents agrees on every account, VAT code, cost centre and project;
AFAS's published rules have nothing against it; and what is given back as a whole, at once or in
parts, leaves nothing anywhere. `make money` plays them (EXAMPLES=, SEED=).
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from random import Random

import pytest
from django.db import transaction

from integrations.afas import bookings
from integrations.models import AfasConnection, AfasDocument, State
from integrations.services import documents, sales_entries
from integrations.services.sales_entries import Entry
from invoicing.models import DeliveryStatus, DocumentStatus, Invoice
from tests.contract.published import PUBLISHED, validator
from tests.money.booked_lines import Booked, agrees
from tests.money.charts import Chart, debtor
from tests.money.journal import Stored
from tests.money.offices import Office

EXAMPLES = int(os.environ.get("EXAMPLES") or 50)
SEED = int(os.environ.get("SEED") or 2026)
TOGETHER = 25
"""Invoices of one company, of which a batch is made."""
ONE_BY_ONE = 5
"""Of those, so many become documents; the others are worked out together, which is quicker."""
BATCHES = max(1, EXAMPLES // TOGETHER)
SHARDS = min(8, BATCHES)
PUBLISHES = (PUBLISHED / "validate.py").exists()


@pytest.mark.django_db
@pytest.mark.parametrize("shard", range(SHARDS))
def test_each_entry_is_what_was_counted_by_hand(shard: int) -> None:
    for batch in range(shard, BATCHES, SHARDS):
        try:
            with transaction.atomic():
                play(SEED + batch)
                transaction.set_rollback(True)
        except BaseException as error:
            error.add_note(f"Once more: make money EXAMPLES={TOGETHER} SEED={SEED + batch}")
            raise


@pytest.mark.skipif(
    not PUBLISHES, reason="AFAS's published rules do not lie beside the repository (../shared/afas)"
)
@pytest.mark.django_db
def test_the_published_rules_would_see_a_cent_too_much() -> None:
    office, connection, _chart = opened(SEED)
    invoice = next(one for one in office.invoices() if one.total)
    (booked,) = booked_all(connection, [invoice])
    assert validator().check("FiEntries", "POST", booked.body, with_business=True)[0] == []
    booked.lines[0]["AmDe"] += Decimal("0.01")
    assert validator().check("FiEntries", "POST", booked.body, with_business=True)[0]


def play(seed: int) -> None:
    """Invoice, credit and book all of one company."""
    office, connection, chart = opened(seed)
    invoices = {one: office.credit(one) for one in office.invoices()}
    assert len(invoices) > TOGETHER // 2
    papers = [paper for one, notes in invoices.items() for paper in (one, *notes) if paper.total]
    booked = dict(zip(papers, booked_all(connection, papers), strict=True))
    stored = Stored.read(chart, office.made)
    for invoice, notes in invoices.items():
        entries = [booked[one] for one in (invoice, *notes) if one in booked]
        for entry in entries:
            earlier = [one for one in notes if one.pk < entry.paper.pk]
            agrees(entry, stored.journal(entry.paper, earlier), chart)
        invoice.refresh_from_db()
        is_whole = len(entries) == 1 + len(notes)  # what is of € 0.00 is not booked
        if invoice.status == DocumentStatus.CREDITED and is_whole:
            assert left_of(entries) == {}


def opened(seed: int) -> tuple[Office, AfasConnection, Chart]:
    """A company that can bill and book."""
    office = Office.open(Random(seed), customers=TOGETHER)
    chart = Chart.of(office)
    return office, chart.keep(office), chart


def booked_all(connection: AfasConnection, papers: Sequence[Invoice]) -> Iterator[Booked]:
    """The bodies that would go to AFAS, each held against what AFAS publishes."""
    published = validator() if PUBLISHES else None
    books = sales_entries.Books.of(connection)
    for place, entry in enumerate(sales_entries.entries_of(papers, books)):
        booked = by_itself(entry.invoice, connection) if place < ONE_BY_ONE else at_once(entry)
        if published:
            assert published.check("FiEntries", "POST", booked.body, with_business=True)[0] == []
        yield booked


def at_once(entry: Entry) -> Booked:
    """As the check of many shows it, worked out with the others."""
    document = AfasDocument(administration=1, invoice=entry.invoice, state=State.QUEUED)
    data = sales_entries.data_of(entry, document, debtor(entry.invoice.customer_id))
    document.payload = bookings.sales_booking(data).decode()
    return Booked.of(document)


def by_itself(paper: Invoice, connection: AfasConnection) -> Booked:
    """By the door through which every booking goes."""
    paper.delivery = DeliveryStatus.SENT
    document = documents.make_sales_booking(connection=connection, invoice=paper, run=None, by=None)
    return Booked.of(document)


def left_of(entries: Iterable[Booked]) -> dict[tuple[str, ...], int]:
    """Cents that stay behind on an account, VAT code, cost centre and project."""
    sums: Counter[tuple[str, ...]] = Counter()
    for entry in entries:
        sums.update(entry.by_place())
    return {place: cents for place, cents in sums.items() if cents}
