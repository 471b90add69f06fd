"""What keeps a draft from becoming final, and what is worth a look before it does.

Source of the mandatory content: DOMAIN §7 (Wet op de omzetbelasting 1968, art. 35a).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from accounts.identifiers import vat_number
from core import formats
from core.errors import DomainError
from core.vat import VatCode
from invoicing.models import Invoice
from invoicing.services import numbering
from invoicing.services.drafting import MOST_LINES
from invoicing.services.holding import refuse_afas
from invoicing.services.paper import Paper, PaperLine, Party, paper_of

OURS, THEIRS, NUMBERS = "organisation", "customer_edit", "invoice_settings"
# Without VAT there is no VAT number to give: who is exempt may not even have one.
WITHOUT_VAT = frozenset({VatCode.EXEMPT, VatCode.OUTSIDE})
RATED = frozenset({VatCode.HIGH, VatCode.LOW})


@dataclass(frozen=True, kw_only=True)
class Obstacle:
    """What is wrong, and the page where it is mended, by name and, where it has one, its key.

    What is not `blocking` is a warning: the invoice may become final as it is.
    """

    sentence: str
    url_name: str
    pk: int | None = None
    blocking: bool = True


def obstacles(invoice: Invoice) -> list[Obstacle]:
    """All that is in the way of finalising a draft of our own, what blocks it first."""
    refuse_afas(invoice)
    found = [*obstacles_of_paper(invoice, paper_of(invoice)), *_of_number(invoice)]
    return sorted(found, key=lambda one: not one.blocking)


def obstacles_of_paper(invoice: Invoice, paper: Paper) -> list[Obstacle]:
    """What is in the way of finalising apart from its number, given what it would say."""
    return [
        *_of_seller(paper),
        *_of_buyer(invoice, paper),
        *_of_lines(invoice, paper),
        *_of_total(invoice, paper),
    ]


def _of_seller(paper: Paper) -> Iterator[Obstacle]:
    seller = paper.seller
    if gaps := _gaps(seller):
        text = _("Your own name and address must be on an invoice. Missing: %(gaps)s.")
        yield Obstacle(sentence=text % {"gaps": ", ".join(gaps)}, url_name=OURS)
    untaxed = all(line.vat_code in WITHOUT_VAT for line in paper.items)
    if not seller.vat_number:
        text = _("Your own VAT number must be on an invoice. Fill it in.")
        yield Obstacle(sentence=text, url_name=OURS, blocking=not untaxed)
    elif problem := _wrong_vat_number(seller):
        text = _("Your own VAT number %(number)s is not right: %(problem)s")
        words = {"number": seller.vat_number, "problem": problem}
        yield Obstacle(sentence=text % words, url_name=OURS)
    if not seller.kvk_number:
        text = _("Your KvK number must be on an invoice. Fill it in.")
        yield Obstacle(sentence=text, url_name=OURS, blocking=seller.country == "NL")
    if not seller.iban and not paper.is_credit_note:
        text = _("There is no IBAN, so nobody can read where to pay.")
        yield Obstacle(sentence=text, url_name=OURS, blocking=False)


def _of_buyer(invoice: Invoice, paper: Paper) -> Iterator[Obstacle]:
    buyer, customer = paper.buyer, invoice.customer
    if gaps := _gaps(buyer):
        text = _("The customer's name and address must be on an invoice. Missing: %(gaps)s.")
        words = {"gaps": ", ".join(gaps)}
        yield Obstacle(sentence=text % words, url_name=THEIRS, pk=customer.pk)
    if customer.archived:
        text = _("%(customer)s is archived. Bring the customer back before invoicing again.")
        words = {"customer": customer.name}
        blocking = not invoice.is_credit_note
        yield Obstacle(
            sentence=text % words, url_name="customer", pk=customer.pk, blocking=blocking
        )
    codes = {VatCode(line.vat_code) for line in paper.items}
    if any(code.is_reversed for code in codes):
        yield from _of_reverse_charge(invoice, buyer)
    yield from _of_treatment(invoice, paper)
    if VatCode.REVERSE_EU in codes and buyer.country == paper.seller.country:
        text = _(
            "%(customer)s is in the same country as you, so reverse charge within the EU does not "
            "fit. Look at the VAT of the customer."
        )
        words = {"customer": buyer.name}
        yield Obstacle(sentence=text % words, url_name=THEIRS, pk=customer.pk, blocking=False)


def _of_treatment(invoice: Invoice, paper: Paper) -> Iterator[Obstacle]:
    """VAT on a line of a customer that by now pays none to us: the draft is older than that."""
    treatment = invoice.customer.vat_code
    if not treatment or VatCode(treatment).is_taxed or invoice.is_credit_note:
        return
    taxed = next((line for line in paper.items if VatCode(line.vat_code).is_taxed), None)
    if taxed is not None:
        text = _(
            "“%(line)s” asks %(rate)s, while the VAT of %(customer)s is: %(treatment)s. Look at "
            "the VAT of the lines before this is final."
        )
        words = {
            "line": taxed.description,
            "rate": VatCode(taxed.vat_code).label,
            "customer": invoice.customer.name,
            "treatment": VatCode(treatment).label,
        }
        yield Obstacle(sentence=text % words, url_name="invoice", pk=invoice.pk, blocking=False)


def _of_reverse_charge(invoice: Invoice, buyer: Party) -> Iterator[Obstacle]:
    problem = _wrong_vat_number(buyer)
    if not buyer.vat_number:
        text = _(
            "VAT is reversed to %(customer)s, so its VAT number must be on the invoice; without it "
            "the VAT is yours to pay. Fill it in, or charge VAT."
        )
    elif problem:
        text = _("VAT is reversed to %(customer)s, but its VAT number is not right: %(problem)s")
    else:
        return
    words = {"customer": buyer.name, "problem": problem}
    yield Obstacle(sentence=text % words, url_name=THEIRS, pk=invoice.customer_id)


def _of_lines(invoice: Invoice, paper: Paper) -> Iterator[Obstacle]:
    if not paper.items:
        text = _("There is no line with an amount on it. Add one.")
        yield Obstacle(sentence=text, url_name="invoice", pk=invoice.pk)
    if len(paper.lines) > MOST_LINES:
        text = _("There are more than %(most)s lines. Group them, or make a second invoice.")
        yield Obstacle(sentence=text % {"most": MOST_LINES}, url_name="invoice", pk=invoice.pk)
    for line in _taxed_without_reason(paper.items):
        text = _(
            "“%(line)s” carries %(percent)s%% VAT, while %(treatment)s has none. Remove the "
            "percentage under VAT rates, or choose another VAT on the line."
        )
        words = {
            "line": line.description,
            "percent": formats.write_number(line.percent),
            "treatment": VatCode(line.vat_code).label,
        }
        yield Obstacle(sentence=text % words, url_name="vat_rates")


def _taxed_without_reason(lines: Sequence[PaperLine]) -> list[PaperLine]:
    return [line for line in lines if line.percent and line.vat_code not in RATED][:3]


def _of_total(invoice: Invoice, paper: Paper) -> Iterator[Obstacle]:
    if paper.is_credit_note and paper.total > 0:
        text = _("This credit note asks money instead of giving it back. Take other lines.")
        yield Obstacle(sentence=text, url_name="invoice", pk=invoice.pk)
    if not paper.is_credit_note and paper.total < 0:
        text = _(
            "The total is below zero, and an invoice cannot ask less than nothing. Draw up a "
            "credit note for the invoice that it corrects, or add what is still to be invoiced."
        )
        yield Obstacle(sentence=text, url_name="invoice", pk=invoice.pk)
    if paper.items and not paper.total:
        text = _("The total is zero: nothing is to be paid, and it counts as paid at once.")
        yield Obstacle(sentence=text, url_name="invoice", pk=invoice.pk, blocking=False)


def _of_number(invoice: Invoice) -> Iterator[Obstacle]:
    """The number it would get now. While it becomes final, `give_number` has the last word."""
    company, day = invoice.company, invoice.invoice_date
    counter = numbering.counter_of(company, invoice.kind, day)
    try:
        numbering.refuse_unconfirmed(counter)
        numbering.refuse_unusable(company, [numbering.next_number(company, invoice.kind, day)])
    except DomainError as error:
        yield Obstacle(sentence=error.message, url_name=NUMBERS)
    latest = numbering.latest_date(company, counter.series)
    if latest and day < latest:
        text = _(
            "The last number of this series was given on an invoice of a later date. Numbers and "
            "dates go up together where they can."
        )
        yield Obstacle(sentence=text, url_name="invoice", pk=invoice.pk, blocking=False)


def _gaps(party: Party) -> list[str]:
    """What is missing of a name and address, in words. A postcode is not used everywhere."""
    needed = {
        _("name"): party.name,
        _("street"): party.street,
        _("city"): party.city,
        _("country"): party.country,
    }
    if party.country == "NL":
        needed[_("postcode")] = party.postcode
    return [word for word, value in needed.items() if not value.strip()]


def _wrong_vat_number(party: Party) -> str:
    try:
        vat_number(party.vat_number, party.country)
    except DomainError as error:
        return error.message
    return ""
