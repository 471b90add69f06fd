"""One of every payload that we send, and what is strange about each."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from integrations.afas.documents import (
    CustomerData,
    DirectInvoiceData,
    InvoiceLineData,
    ItemKind,
    customer,
    direct_invoice,
)
from tests.contract.bookings import BOOKINGS, SUBJECTS

HOURS = InvoiceLineData(
    description="Senior inspector, maart 2026",
    item_kind=ItemKind.WORK_TYPE,
    item_code="INSP-SR",
    unit="uur",
    quantity=Decimal("37.5"),
    unit_price=Decimal("95.50"),
)
HOTEL = InvoiceLineData(
    description="Hotel 12-13 maart",
    item_kind="6",
    item_code="VERBLIJF",
    unit="",
    quantity=Decimal(1),
    unit_price=Decimal("142.15"),
)
KILOMETRES = InvoiceLineData(
    description="Kilometervergoeding",
    item_kind="6",
    item_code="KM",
    unit="km",
    quantity=Decimal("418.12345"),
    unit_price=Decimal("0.2300000001"),
)
CREDIT = InvoiceLineData(
    description="Correctie 4 uur",
    item_kind="1",
    item_code="INSP-SR",
    unit="uur",
    quantity=Decimal("-4"),
    unit_price=Decimal("95.5"),
)

INVOICE = DirectInvoiceData(
    debtor_number="10001",
    administration=1,
    invoice_date=date(2026, 3, 31),
    reference="TCAB2CD3EF4G",
    customer_reference="PO 4500012345",
    remark="Graag betalen\nbinnen 14 dagen.",
    lines=[HOURS, HOTEL, KILOMETRES],
    attachment=999999,
)
BARE_INVOICE = DirectInvoiceData(
    debtor_number="D" * 16,
    administration=None,
    invoice_date=date(2026, 3, 31),
    reference="TC1",
    lines=[CREDIT],
)
FULL_CUSTOMER = CustomerData(
    number="10050",
    name="Brugbouw Noord B.V.",
    street="Kadeweg",
    house_number="12a",
    house_addition="hs",
    postcode="9711 AB",
    city="Groningen",
    country="NL",
    email="facturen@brugbouw.example",
    phone="050 123 45 67",
    vat_number="NL 0012.34.567.B01",
    kvk="8765 4321",
    payment_condition="14",
    vat_duty="1",
    collective_account="1300",
)
BARE_CUSTOMER = CustomerData(name="L'Été & Söhne", city="Köln", country="de")

PAYLOADS: dict[str, tuple[str, bytes]] = {
    "invoice with everything": ("FbDirectInvoice", direct_invoice(INVOICE)),
    "bare credit": ("FbDirectInvoice", direct_invoice(BARE_INVOICE)),
    "customer with everything": ("KnSalesRelationOrg", customer(FULL_CUSTOMER)),
    "bare customer": ("KnSalesRelationOrg", customer(BARE_CUSTOMER)),
    **BOOKINGS,
    **SUBJECTS,
}
