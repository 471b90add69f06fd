"""The invoices that Studio Eik makes itself, for fixed amounts: the pretend AFAS holds the entries.

Each is told by what is done with it afterwards, in `eik_bookings`. Numbers have no year, so that
they are the same whenever the story begins.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

from core.vat import VatCode
from invoicing.models import Invoice
from invoicing.services.editing import LineData
from invoicing.services.numbering import settings_save
from registration.models import ApprovalStatus, Expense, Hour, Ride
from relations.models import Customer
from timechimp_afas.seeding.desk import Desk
from timechimp_afas.seeding.diary import store

SETTINGS = {
    "number_prefix": "E",
    "number_digits": 5,
    "colour": "#3f6b2a",
    "closing_nl": "Wij danken u voor de samenwerking.",
    "closing_en": "Thank you for working with us.",
}
MAILED = "Gemaild vanuit de eigen mailbox"
WRONG_CUSTOMER = "Stond op naam van de verkeerde dienst van de gemeente."
HIGH, LOW = VatCode.HIGH, VatCode.LOW
# Description, quantity, price and VAT.
Lines = tuple[tuple[str, str, str, VatCode], ...]


@dataclass(frozen=True)
class Bill:
    """One invoice: so many days ago, for whom (by the customer's number or name), and its lines."""

    story: str
    days: int
    customer: str
    lines: Lines
    sent: bool = True


EARLY = (
    Bill("paid", 70, "20001", (("Bestelapp: eerste schermen", "10", "98.00", HIGH),)),
    Bill(
        "paid too",
        62,
        "20002",
        (
            ("Campagnepagina voor donateurs", "1", "850.00", HIGH),
            ("Jaarverslag, gedrukt", "300", "2.40", LOW),
        ),
    ),
)
LATER = (
    Bill("booked again", 48, "20007", (("Kaartverkoop: koppeling kassa", "1", "640.00", HIGH),)),
    Bill(
        "being reversed",
        41,
        "20003",
        (("Werkbonnen op de bouwplaats", "1", "2150.00", VatCode.REVERSE),),
    ),
    Bill("credited", 34, "20005", (("Zaaksysteem: proefopstelling", "1", "1500.00", HIGH),)),
)
LATEST = (
    Bill("differs", 27, "20001", (("Bestelapp: spaarkaart", "12", "85.00", HIGH),)),
    Bill("lost", 26, "20002", (("Onderhoud donateurssysteem", "1", "300.00", HIGH),)),
    Bill("refused", 20, "20003", (("Scherm voor de werkplaats", "1", "410.00", HIGH),)),
    Bill("in doubt", 19, "20007", (("Dienstregeling bijgewerkt", "1", "275.00", HIGH),)),
    Bill("paid here only", 18, "20001", (("Etiketten voor de winkel", "1", "150.00", HIGH),)),
    Bill("waits", 17, "Kwekerij De Kas B.V.", (("Oogstplanner: schets", "1", "560.00", HIGH),)),
    Bill("by hand", 16, "20005", (("Rapport, derde exemplaar", "1", "95.00", HIGH),)),
    Bill("not booked", 12, "20002", (("Training vrijwilligers", "1", "400.00", VatCode.EXEMPT),)),
    Bill("put off", 6, "20001", (("Bestelapp: openingstijden", "1", "700.00", HIGH),)),
    Bill(
        "not sent", 5, "20007", (("Kaartverkoop: winterrooster", "1", "320.00", HIGH),), sent=False
    ),
)
DRAFT = Bill(
    "draft", 0, "20003", (("Werkbonnen: foto's meesturen", "6", "98.00", HIGH),), sent=False
)

Invoices = Mapping[str, Invoice]
"""Own invoices by what is told of each."""


def make_invoices(desk: Desk) -> Invoices:
    """Draw them up, oldest first, so that numbers and dates go up together."""
    with desk.happening(desk.today - timedelta(days=75)):
        settings_save(company=desk.company, data=SETTINGS, by=desk.biller.user)
    made = _bill_all(desk, EARLY)
    made["partly paid"] = _bill_work(desk)
    made |= _bill_all(desk, LATER)
    day = desk.today - timedelta(days=33)
    made["credit note"] = desk.credit(made["credited"], day, WRONG_CUSTOMER, MAILED)
    made |= _bill_all(desk, LATEST)
    _typed(desk, DRAFT)
    return made


def _bill_all(desk: Desk, bills: Sequence[Bill]) -> dict[str, Invoice]:
    made = {}
    for bill in bills:
        with desk.happening(desk.today - timedelta(days=bill.days)):
            made[bill.story] = desk.finish(_typed(desk, bill), MAILED if bill.sent else "")
    return made


def _typed(desk: Desk, bill: Bill) -> Invoice:
    customers = Customer.objects.of(desk.company)
    by_number = customers.filter(number=bill.customer).first()
    customer = by_number or customers.get(name=bill.customer)
    lines = [
        LineData(
            description=text,
            quantity=Decimal(quantity),
            unit_price=Decimal(price),
            vat_code=vat,
        )
        for text, quantity, price, vat in bill.lines
    ]
    return desk.typed(customer, desk.today - timedelta(days=bill.days), lines)


def _bill_work(desk: Desk) -> Invoice:
    """Two activities, an expense and a ride on one invoice: they go to accounts of their own."""
    day = desk.today - timedelta(days=55)
    project = desk.project("BEHEER")
    common = {
        "company": desk.company,
        "membership": desk.biller,
        "project": project,
        "date": day - timedelta(days=4),
        "approval": ApprovalStatus.APPROVED,
        "approved_by": desk.biller.user,
    }
    build, research = desk.stage.activities["Bouw"], desk.stage.activities["Onderzoek"]
    hours = [
        Hour(**common, activity=build, minutes=360, note="Planbord gebouwd"),
        Hour(**common, activity=research, minutes=150, note="Meegelopen op de steiger"),
    ]
    costs = desk.stage.categories["Onkosten"]
    expense = Expense(**common, category=costs, unit_cost=Decimal("38.40"), note="Kabels")
    ride = Ride(
        **common,
        origin="Leiden",
        destination="Apeldoorn",
        distance=Decimal(31),
        is_return=True,
        note="Overleg",
    )
    store(hours, [expense], [ride])
    ticked = {
        name: kind.objects.of(desk.company).filter(project=project)
        for name, kind in (("hours", Hour), ("expenses", Expense), ("rides", Ride))
    }
    with desk.happening(day):
        return desk.finish(desk.draft(day, ticked), MAILED)
