"""One of every booking and dossier item that we send, and what is strange about each."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal

from integrations.afas.bookings import BookingData, RevenueLine, VatLine, sales_booking
from integrations.afas.subjects import SubjectData, subject, with_content

HOURS = RevenueLine(
    account="8000", amount=Decimal("1000"), vat_code="1", description="Inspectie-uren"
)
TRAVEL = RevenueLine(
    account="8010", amount=Decimal("1000.00"), vat_code="2", description="Reiskosten laag tarief"
)
HIGH = VatLine(account="1510", amount=Decimal("210.00"), vat_code="1", description="Btw hoog")
LOW = VatLine(account="1511", amount=Decimal("90.00"), vat_code="2", description="Btw laag")

TWO_RATES = BookingData(
    administration=1,
    journal="20",
    year=2026,
    period=3,
    entry_date=date(2026, 3, 31),
    document_date=date(2026, 3, 31),
    invoice_number="20260042",
    reference="TCAB2CD3EF4G",
    debtor_number="10001",
    total=Decimal("2300"),
    revenue=[HOURS, TRAVEL],
    vat=[HIGH, LOW],
    due_date=date(2026, 4, 30),
    description="Factuur 20260042",
)
CREDIT_NOTE = replace(
    TWO_RATES,
    period=4,
    entry_date=date(2026, 4, 10),
    document_date=date(2026, 4, 10),
    due_date=date(2026, 5, 10),
    invoice_number="20260049",
    total=Decimal("-462.22"),
    revenue=[replace(HOURS, amount=Decimal("-382"), description="Correctie 4 uur")],
    vat=[replace(HIGH, amount=Decimal("-80.22"))],
    description="Credit 20260042",
)
COST_CENTRE_AND_PROJECT = replace(
    TWO_RATES,
    total=Decimal("121"),
    revenue=[replace(HOURS, amount=Decimal("100"), cost_centre="NOORD", project="PRJ-0815")],
    vat=[replace(HIGH, amount=Decimal("21"))],
)
REVERSE_CHARGE = replace(
    TWO_RATES,
    total=Decimal("500"),
    revenue=[replace(HOURS, account="8030", amount=Decimal("500"), vat_code="3")],
    vat=[],
    due_date=None,
)
NEGATIVE_REVENUE = replace(
    TWO_RATES,
    total=Decimal("1197.90"),
    revenue=[
        replace(HOURS, amount=Decimal("1000")),
        replace(HOURS, account="8020", amount=Decimal("-10"), vat_code="", description="Korting"),
    ],
    vat=[replace(HIGH, amount=Decimal("207.90"))],
)

PDF = b"%PDF-1.7\n\xe2\xe3\xcf\xd3\nfactuur\n%%EOF\n"
BOOKED_SUBJECT = SubjectData(
    type_id=5,
    subject="Verkoopfactuur 20260042",
    day=datetime(2026, 3, 31, 10, 0),  # noqa: DTZ001 - local, as AFAS wants it
    debtor_number="10001",
    file_name="20260042.pdf",
    content_hash=hashlib.sha256(PDF).hexdigest(),
    administration=1,
    invoice_number="20260042",
)
BARE_SUBJECT = replace(BOOKED_SUBJECT, administration=None, invoice_number="")


def attached(data: SubjectData) -> bytes:
    """The body as it leaves, with the file in it."""
    return with_content(subject(data), PDF)


def on_axis(axis: int) -> bytes:
    """The cost centre on another allocation axis."""
    return sales_booking(replace(COST_CENTRE_AND_PROJECT, cost_centre_axis=axis))


BOOKINGS: dict[str, tuple[str, bytes]] = {
    "booking at two VAT rates": ("FiEntries", sales_booking(TWO_RATES)),
    "credit note": ("FiEntries", sales_booking(CREDIT_NOTE)),
    "reverse charge": ("FiEntries", sales_booking(REVERSE_CHARGE)),
    "negative revenue": ("FiEntries", sales_booking(NEGATIVE_REVENUE)),
    **{f"cost centre on axis {axis}": ("FiEntries", on_axis(axis)) for axis in range(1, 6)},
}
SUBJECTS: dict[str, tuple[str, bytes]] = {
    "file at a booked invoice": ("KnSubject", attached(BOOKED_SUBJECT)),
    "file in the dossier of a debtor": ("KnSubject", attached(BARE_SUBJECT)),
}
