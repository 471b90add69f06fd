"""An invoice that nobody gets, to see how the settings look on paper."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.utils import translation
from django.utils.translation import gettext as _

from accounts.models import Company
from core.vat import VatCode
from invoicing.models import InvoiceKind, InvoiceSettings, LineKind
from invoicing.selectors.settings import VatBook, settings_of
from invoicing.services.numbering import next_number
from invoicing.services.paper import Paper, PaperLine, PaperVat, Party
from invoicing.services.pricing import Taxed, discounted, totals

HOURS, RATE, DISTANCE, PER_KM = Decimal("12.5"), Decimal("95"), Decimal("84"), Decimal("0.23")


def sample_paper(company: Company, day: date, language: str) -> Paper:
    """What an invoice of `company` dated `day` would print, in this language, for a made-up buyer.

    No number is used up: it shows the one that comes next.
    """
    settings, book = settings_of(company), VatBook.of(company)
    with translation.override(language):
        lines = _lines(settings.vat_code, book.percent(settings.vat_code, day))
    items = [one for one in lines if one.kind == LineKind.ITEM]
    found = totals([Taxed(net=one.net, code=one.vat_code, percent=one.percent) for one in items])
    groups = tuple(
        PaperVat(
            code=group.code,
            category=group.category,
            percent=group.percent,
            base=group.base,
            vat=group.vat,
            reason=book.reason(group.code, day, language),
        )
        for group in found.groups
    )
    return Paper(
        is_credit_note=False,
        number=next_number(company, InvoiceKind.INVOICE, day),
        invoice_date=day,
        due_date=day + timedelta(days=settings.payment_term),
        supply_from=day.replace(day=1),
        supply_until=day,
        seller=Party.of(company),
        buyer=_buyer(language),
        lines=lines,
        vat_groups=groups,
        net=found.net,
        vat=found.vat,
        total=found.total,
        **_words(settings, language),
    )


def _words(settings: InvoiceSettings, language: str) -> dict[str, Any]:
    return {
        "reference": "PO-4711",
        "language": language,
        "intro": getattr(settings, f"intro_{language}", ""),
        "closing": getattr(settings, f"closing_{language}", ""),
        "payment_term": settings.payment_term,
    }


def _lines(code: str, percent: Decimal) -> tuple[PaperLine, ...]:
    heading = PaperLine(kind=LineKind.HEADING, position=1, description=_("Project Sunflower"))
    work = _item(2, _("Advice and design"), (HOURS, _("hour"), RATE, Decimal(0)), (code, percent))
    sale = (Decimal(1), "", Decimal(450), Decimal(10))
    workshop = _item(3, _("Workshop for your team"), sale, (code, percent))
    travel = (DISTANCE, _("km"), PER_KM, Decimal(0))
    mileage = _item(4, _("Mileage"), travel, (code, percent))
    passed_on = (Decimal(1), "", Decimal(30), Decimal(0))
    fee = _item(5, _("Register fee, passed on"), passed_on, (VatCode.OUTSIDE, Decimal(0)))
    return heading, work, workshop, mileage, fee


def _item(
    position: int,
    description: str,
    sold: tuple[Decimal, str, Decimal, Decimal],
    vat: tuple[str, Decimal],
) -> PaperLine:
    quantity, unit, price, discount = sold
    return PaperLine(
        kind=LineKind.ITEM,
        position=position,
        description=description,
        quantity=quantity,
        unit=unit,
        unit_price=price,
        discount=discount,
        net=discounted(quantity, price, discount),
        vat_code=vat[0],
        percent=vat[1],
    )


def _buyer(language: str) -> Party:
    name = {"nl": "Voorbeeld B.V.", "en": "Sample Ltd."}.get(language, "Sample Ltd.")
    return Party(
        name=name,
        attention="A. de Vries",
        street="Dorpsstraat",
        house_number="1",
        postcode="1234 AB",
        city="Amersfoort",
        country="NL",
        vat_number="NL123456789B01",
        number="10042",
    )
