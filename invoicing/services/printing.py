"""From what an invoice says to how it is printed: every word and figure, in language and notation.

Pure: no database, no clock. The template places what comes from here and works nothing out.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from accounts.countries import country_name
from core import formats
from core.vat import VatCode
from invoicing.layout import colours
from invoicing.models import LineKind
from invoicing.services import payment_code
from invoicing.services.paper import Paper, PaperLine, PaperVat, Party
from invoicing.services.specification import SpecifiedHour, SpecifiedLine

Row = tuple[str, str]


@dataclass(frozen=True, kw_only=True)
class Look:
    """How a company's paper looks. `logo` is SVG or empty; `colour` is #rrggbb.

    `draft` says that this is no invoice yet, visibly on every page.
    """

    notation: formats.WritesFigures
    colour: str = "#0b6b63"
    logo: str = ""
    draft: bool = False


def as_printed(paper: Paper, look: Look, lines: Sequence[SpecifiedLine] = ()) -> dict[str, Any]:
    """All that the template needs, in the language of the paper; `lines` are its specification."""
    with translation.override(paper.language), formats.use(look.notation):
        return {
            **_head(paper, look),
            **_body(paper),
            "payment": _payment(paper),
            "specification": _specification(lines),
            "receipts": [],
        }


def annexes_as_printed(
    paper: Paper, look: Look, reference: str, lines: Sequence[SpecifiedLine] = ()
) -> dict[str, Any]:
    """`as_printed` for annexes alone, of an invoice that another program makes: no lines and no
    sums. `reference` is ours, which stands on that invoice too."""
    with translation.override(paper.language), formats.use(look.notation):
        name = _("Annexes to the invoice")
        return {
            **_head(paper, look),
            "title": f"{name} {reference} {paper.seller.name}",
            "heading": name,
            "facts": _annex_facts(paper, reference),
            "running": " · ".join((paper.seller.name, name, reference)),
            **{part: [] for part in ("intro", "closing", "columns", "lines", "sums", "receipts")},
            "has_discount": False,
            "total": None,
            "payment": None,
            "specification": _specification(lines),
        }


def _annex_facts(paper: Paper, reference: str) -> list[Row]:
    rows = [
        (_("Our reference"), reference),
        (_("Invoice date"), formats.write_day(paper.invoice_date)),
        _supplied(paper),
        (_("Customer number"), paper.buyer.number),
        (_("Your reference"), paper.reference),
    ]
    return [(label, value) for label, value in rows if value]


def _head(paper: Paper, look: Look) -> dict[str, Any]:
    name = heading(paper)
    number = "" if look.draft else paper.number
    return {
        "language": paper.language,
        "region": "NL" if paper.language == "nl" else "GB",
        "title": " ".join(filter(None, (name, number, paper.seller.name))),
        "author": paper.seller.name,
        "heading": name,
        "accent": colours.readable(look.colour),
        "tint": colours.tint(look.colour),
        "mark": pgettext("across an invoice that is not final", "DRAFT") if look.draft else "",
        "logo": look.logo,
        "sender": {"name": paper.seller.name, "lines": _sender(paper.seller)},
        "address": _address(paper),
        "facts": _facts(paper),
        "running": " · ".join(filter(None, (paper.seller.name, name, number))),
        "footer": _footer(paper.seller),
        "page_words": _("Page %(page)s of %(pages)s") % {"page": "{page}", "pages": "{pages}"},
    }


def _body(paper: Paper) -> dict[str, Any]:
    has_discount = any(line.discount for line in paper.items)
    return {
        "intro": _lines(paper.intro),
        "closing": _lines(paper.closing),
        "has_discount": has_discount,
        "columns": _columns(has_discount=has_discount),
        "lines": [_line(line) for line in paper.lines],
        "sums": [
            (_("Total excl. VAT"), formats.write_money(paper.net)),
            *((_vat_words(group), formats.write_money(group.vat)) for group in paper.vat_groups),
        ],
        "total": (_("Total incl. VAT"), formats.write_money(paper.total)),
    }


def heading(paper: Paper) -> str:
    """What the document is called."""
    return _("Credit note") if paper.is_credit_note else _("Invoice")


def _sender(seller: Party) -> list[str]:
    rows = (_street(seller), _place(seller), seller.phone, seller.email, seller.website)
    return [row for row in rows if row]


def _street(party: Party) -> str:
    return f"{party.street} {party.house_number}".strip()


def _place(party: Party) -> str:
    """The Dutch post wants two spaces behind its postcode."""
    gap = "  " if party.country in {"", "NL"} else " "
    return f"{party.postcode}{gap}{party.city}".strip()


def _address(paper: Paper) -> list[str]:
    buyer = paper.buyer
    attention = _("For the attention of %(name)s") % {"name": buyer.attention}
    abroad = buyer.country and buyer.country != (paper.seller.country or "NL")
    rows = (
        buyer.name,
        attention if buyer.attention else "",
        _street(buyer),
        _place(buyer),
        country_name(buyer.country) if abroad else "",
    )
    return [row for row in rows if row] or [formats.DASH]


def _facts(paper: Paper) -> list[Row]:
    day = formats.write_day
    number = _("Credit note number") if paper.is_credit_note else _("Invoice number")
    date_of = _("Date") if paper.is_credit_note else _("Invoice date")
    customer = (_("Customer number"), paper.buyer.number)
    due = (_("Due date"), day(paper.due_date))
    rows = [
        (number, paper.number or _("not given yet")),
        (date_of, day(paper.invoice_date)),
        customer if paper.is_credit_note else due,
        _supplied(paper),
        (_("Credits invoice"), _credited(paper)) if paper.is_credit_note else customer,
        (_("Your reference"), paper.reference),
        (_("Your VAT number"), paper.buyer.vat_number),
    ]
    return [(label, value) for label, value in rows if value]


def _credited(paper: Paper) -> str:
    if not paper.credits_number:
        return ""
    return f"{paper.credits_number}, {formats.write_day(paper.credits_date)}"


def _supplied(paper: Paper) -> Row:
    """The day or the days of supply, which the law wants on it when they are not the invoice's."""
    first, last = paper.supply_from or paper.supply_until, paper.supply_until or paper.supply_from
    if first is None or first == last:
        return _("Date of supply"), "" if first is None else formats.write_day(first)
    return _("Period"), f"{formats.write_day(first)} – {formats.write_day(last)}"


def _footer(seller: Party) -> list[str]:
    rows = (
        seller.name,
        _("KvK %(number)s") % {"number": seller.kvk_number} if seller.kvk_number else "",
        _("VAT %(number)s") % {"number": seller.vat_number} if seller.vat_number else "",
        f"IBAN {spaced(seller.iban)}" if seller.iban else "",
    )
    return [row for row in rows if row]


def _columns(*, has_discount: bool) -> list[str]:
    return [
        _("Description"),
        _("Quantity"),
        "",
        _("Unit price"),
        *([_("Discount")] if has_discount else []),
        _("VAT"),
        _("Amount"),
    ]


def _line(line: PaperLine) -> dict[str, str]:
    if line.kind != LineKind.ITEM:
        return {"kind": line.kind, "text": line.description}
    return {
        "kind": line.kind,
        "text": line.description,
        "quantity": formats.write_amount(line.quantity),
        "unit": line.unit,
        "price": formats.write_amount(line.unit_price, 4),
        "discount": _percent(line.discount) if line.discount else "",
        "vat": _vat_word(line),
        "net": formats.write_amount(line.net),
    }


def _percent(percent: Decimal) -> str:
    return f"{formats.write_number(percent)}%"


def _vat_word(line: PaperLine) -> str:
    """The percentage, or in a word why there is none."""
    words = {
        VatCode.REVERSE: pgettext("VAT of a line", "reversed"),
        VatCode.REVERSE_EU: pgettext("VAT of a line", "reversed"),
        VatCode.EXEMPT: pgettext("VAT of a line", "exempt"),
        VatCode.OUTSIDE: pgettext("VAT of a line", "none"),
    }
    code = VatCode(line.vat_code) if line.vat_code else VatCode.HIGH
    return words.get(code) or _percent(line.percent)


def _vat_words(group: PaperVat) -> str:
    base = formats.write_money(group.base)
    if group.reason:
        return _("%(reason)s, on %(base)s") % {"reason": group.reason, "base": base}
    return _("%(percent)s VAT on %(base)s") % {"percent": _percent(group.percent), "base": base}


def _payment(paper: Paper) -> dict[str, Any] | None:
    """How to pay; nothing where there is nothing to pay."""
    if paper.is_credit_note or paper.total <= 0:
        return None
    seller = paper.seller
    rows = [
        (_("Amount"), formats.write_money(paper.total)),
        (_("IBAN"), spaced(seller.iban)),
        (_("In the name of"), seller.name if seller.iban else ""),
        (_("No later than"), formats.write_day(paper.due_date)),
        (_("BIC"), seller.bic if seller.iban else ""),
        (_("Quoting"), paper.number),
    ]
    code = _code(paper)
    return {
        "title": _("Please pay"),
        "rows": [row for row in rows if row[1]],
        "code": payment_code.svg(code) if code else "",
        "code_words": _("Scan the code with your bank's app, or transfer:"),
    }


def _code(paper: Paper) -> str:
    """A draft has none: nobody may pay what has no number yet."""
    if not paper.number:
        return ""
    seller = paper.seller
    return payment_code.payload(
        name=seller.name, iban=seller.iban, bic=seller.bic, amount=paper.total, text=paper.number
    )


def _specification(lines: Sequence[SpecifiedLine]) -> dict[str, Any] | None:
    if not lines:
        return None
    return {
        "heading": _("Specification of hours"),
        "columns": [
            _("Date"),
            pgettext("who did the work", "Person"),
            _("Activity"),
            _("Note"),
            _("Hours"),
            _("Rate"),
            _("Amount"),
        ],
        "groups": [_group(line) for line in lines],
    }


def _group(line: SpecifiedLine) -> dict[str, Any]:
    covered = _("%(project)s: these hours are part of the fixed amount.") % {
        "project": line.project
    }
    time = formats.write_minutes(line.minutes)
    sums = [time] if line.is_covered else [time, "", formats.write_amount(line.amount)]
    return {
        "title": line.title,
        "about": covered if line.is_covered else line.project,
        "covered": line.is_covered,
        "rows": [_hour(hour, is_covered=line.is_covered) for hour in line.hours],
        "total": [_("Total"), *sums],
    }


def _hour(hour: SpecifiedHour, *, is_covered: bool) -> list[str]:
    time = formats.write_minutes(hour.minutes)
    row = [formats.write_day(hour.day), hour.person, hour.activity, hour.note, time]
    if is_covered:
        return row
    rate = "" if hour.rate is None else formats.write_amount(hour.rate, 4)
    return [*row, rate, formats.write_amount(hour.amount)]


def _lines(text: str) -> list[str]:
    return text.strip().splitlines()


def spaced(iban: str) -> str:
    """An IBAN in groups of four, which stay together."""
    plain = re.sub(r"\s", "", iban)
    return formats.NO_BREAK.join(plain[at : at + 4] for at in range(0, len(plain), 4))


def caption(facts: Mapping[str, str], day: date) -> str:
    """One line under the title of an annex: the date, and what else is known."""
    return " · ".join([formats.write_day(day), *(value for value in facts.values() if value)])
