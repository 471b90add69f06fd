"""What Studio Vlier has invoiced: an invoice in every state."""

from __future__ import annotations

import io
from datetime import date, timedelta
from decimal import Decimal

from PIL import Image, ImageDraw

from core.money import cents
from core.vat import VatCode
from invoicing.models import LineKind
from invoicing.services.editing import LineData
from invoicing.services.numbering import settings_save
from registration.models import (
    ApprovalStatus,
    Expense,
    Hour,
    Instalment,
    Ride,
    SubscriptionPeriod,
)
from registration.services.receipt_files import read_receipt
from registration.services.receipts import receipts_add
from relations.models import Customer
from timechimp_afas.seeding.desk import Desk
from timechimp_afas.seeding.diary import Stage, store

SETTINGS = {
    "colour": "#5b3a6e",
    "intro_nl": "Voor de onderstaande werkzaamheden brengen wij u in rekening:",
    "intro_en": "For the work listed below we charge you as follows.",
    "closing_nl": (
        "Vragen over deze factuur? Bel Joris Vermeer, 030 231 45 60. Dank voor de samenwerking."
    ),
    "closing_en": (
        "Any questions? Call Joris Vermeer on +31 30 231 45 60. Thank you for working with us."
    ),
    "subject_nl": "Factuur {number} van {company}",
    "subject_en": "Invoice {number} from {company}",
    "mail_nl": (
        "Beste {customer},\n\nBijgaand factuur {number} van {total}. Wilt u het bedrag uiterlijk "
        "{due_date} overmaken onder vermelding van het factuurnummer? De code op de factuur vult "
        "alles voor u in.\n\nMet vriendelijke groet,\nJoris Vermeer\n{company}"
    ),
    "mail_en": (
        "Dear {customer},\n\nPlease find enclosed invoice {number} of {total}. We kindly ask you "
        "to pay by {due_date}, quoting the invoice number.\n\nKind regards,\nJoris Vermeer\n"
        "{company}"
    ),
    "reply_to": "administratie@vlier.example",
}
MAILED, PORTAL = "Gemaild vanuit de eigen mailbox", "Geüpload in het inkoopportaal"
NO_REFERENCE = "Op verzoek van de klant: het opdrachtnummer ontbrak in de omschrijving."
RECEIPT = (
    ("TOKO TAARTBAZAAR", ""),
    ("Oudegracht 211, Utrecht", ""),
    ("", ""),
    ("3 taartplateaus", "59,85"),
    ("2 theedoeken linnen", "18,20"),
    ("", ""),
    ("Totaal", "EUR 78,05"),
    ("waarvan btw 21%", "13,55"),
    ("Betaald met pin", "Dank u wel!"),
)


def make_invoices(stage: Stage, today: date) -> None:
    """Bill as Joris did, oldest first, so that numbers and dates go up together."""
    desk = Desk(stage, today, stage.people["Joris"])
    with desk.happening(desk.month(3)):
        settings_save(company=desk.company, data=SETTINGS, by=desk.biller.user)
    _props_with_receipt(desk)
    _bill_subscription(desk)
    _bill_last_but_one_month(desk)
    _credit_and_bill_again(desk)
    _bill_walking_guide(desk)
    _bill_ireland(desk)
    _bill_activity(desk)
    _leave_a_draft(desk)


def receipt_picture() -> bytes:
    """A photograph of a till receipt, as good as it gets; a JPEG."""
    picture = Image.new("RGB", (420, 560), "#f4f1ea")
    paper = ImageDraw.Draw(picture)
    for row, (text, amount) in enumerate(RECEIPT):
        height = 60 + 44 * row
        paper.text((40, height), text, fill="#2b2b2b", font_size=20)
        paper.text((380, height), amount, fill="#2b2b2b", font_size=20, anchor="ra")
    kept = io.BytesIO()
    picture.save(kept, "JPEG", quality=80)
    return kept.getvalue()


def _props_with_receipt(desk: Desk) -> None:
    """The one expense with its receipt: what the bakery's photographs needed."""
    bought = Expense(
        company=desk.company,
        membership=desk.stage.people["Noor"],
        project=desk.project("WEBSHOP"),
        date=desk.month(2) + timedelta(days=10),
        note="Taartplateaus en linnen voor de fotografie",
        category=desk.stage.categories["Materiaal"],
        unit_cost=Decimal("64.50"),
        approval=ApprovalStatus.APPROVED,
        approved_by=desk.stage.people["Marit"].user,
    )
    store([bought])
    receipt = read_receipt("kassabon taartbazaar.jpg", receipt_picture())
    with desk.happening(desk.month(2) + timedelta(days=10)):
        receipts_add(expense=bought, files=[receipt], by=desk.biller)


def _bill_subscription(desk: Desk) -> None:
    """Three months of maintenance, each billed on its second day and paid; this month is due."""
    project = desk.project("PORTAAL")
    for back in (3, 2, 1):
        day = desk.month(back) + timedelta(days=1)
        periods = SubscriptionPeriod.objects.of(desk.company).filter(
            project=project, starts_on=desk.month(back)
        )
        with desk.happening(day):
            invoice = desk.finish(desk.draft(day, {"periods": periods}), MAILED)
        desk.pay(invoice, day + timedelta(days=19))


def _bill_last_but_one_month(desk: Desk) -> None:
    """The water board pays for its hours, with their specification; the bookshop is late."""
    day = desk.month(1) + timedelta(days=2)
    with desk.happening(day):
        ticked = {"hours": desk.work(Hour, "PEIL", 2), "rides": desk.work(Ride, "PEIL", 2)}
        draft = desk.draft(day, ticked, with_specification=True)
        paid = desk.finish(draft, PORTAL)
    desk.pay(paid, day + timedelta(days=21))
    day += timedelta(days=2)
    with desk.happening(day):
        desk.finish(desk.draft(day, {"hours": desk.work(Hour, "BOEKEN", 2)}), MAILED)


def _credit_and_bill_again(desk: Desk) -> None:
    """Noorderlicht's first invoice is credited as a whole; of the second half is paid by now."""
    day = desk.month(1) + timedelta(days=7)
    with desk.happening(day):
        first = desk.finish(desk.draft(day, {"hours": desk.work(Hour, "NOORD", 2)}), MAILED)
    desk.credit(first, day + timedelta(days=2), NO_REFERENCE, MAILED)
    day = desk.today - timedelta(days=18)
    with desk.happening(day):
        ticked = {"hours": desk.work(Hour, "NOORD", 2)}
        again = desk.finish(desk.draft(day, ticked, reference="NL-0412 / fase 1"), MAILED)
    desk.pay(again, desk.today - timedelta(days=4), cents(again.total / 2))


def _bill_walking_guide(desk: Desk) -> None:
    """Two rates of VAT on one invoice: what was printed has the low one."""
    day = desk.today - timedelta(days=14)
    customer = Customer.objects.of(desk.company).get(name="Gemeente Westerveen")
    lines = (
        LineData(description="Opmaak van de wandelgids", unit_price=Decimal(640)),
        LineData(
            description="Wandelgids, gedrukt en gebonden",
            quantity=Decimal(250),
            unit="stuks",
            unit_price=Decimal("3.20"),
            vat_code=VatCode.LOW,
        ),
    )
    with desk.happening(day):
        desk.finish(desk.typed(customer, day, lines), MAILED)


def _bill_ireland(desk: Desk) -> None:
    """A free invoice in English; the VAT is reversed to the customer."""
    day = desk.today - timedelta(days=9)
    customer = Customer.objects.of(desk.company).get(name="Kilbride Harbour Systems Ltd")
    lines = (
        LineData(kind=LineKind.HEADING, description="Harbour dashboard, discovery"),
        LineData(
            description="Workshop day with the port crew",
            quantity=Decimal(2),
            unit="day",
            unit_price=Decimal(1150),
        ),
        LineData(
            description="Clickable model of the berth planner",
            quantity=Decimal("14.5"),
            unit="hour",
            unit_price=Decimal(105),
            discount=Decimal(10),
        ),
        LineData(kind=LineKind.TEXT, description="As agreed in our proposal of last month."),
    )
    with desk.happening(day):
        desk.finish(desk.typed(customer, day, lines), MAILED)


def _bill_activity(desk: Desk) -> None:
    """The design of the hall planner, for its fixed amount: final, and still to be sent."""
    day = desk.today - timedelta(days=2)
    rows = Instalment.objects.of(desk.company).filter(project=desk.project("ZUIDAS"))
    with desk.happening(day):
        design = rows.filter(activity=desk.stage.activities["Ontwerp"])
        desk.finish(desk.draft(day, {"instalments": design}, supply_from=day, supply_until=day))


def _leave_a_draft(desk: Desk) -> None:
    """The bakery's, with the specification and the receipt along; Joris is not done with it."""
    ticked = {
        "hours": desk.work(Hour, "WEBSHOP", 2),
        "expenses": desk.work(Expense, "WEBSHOP", 2),
        "rides": desk.work(Ride, "WEBSHOP", 2),
    }
    desk.draft(desk.today, ticked, with_specification=True, with_receipts=True)
