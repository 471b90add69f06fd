"""The mail with an invoice: its words, whom it is for, and what is attached.

A company writes its own texts per language under Settings → Invoicing; where it has not, these
stand. A credit note, and an invoice on which nothing is open, always have ours, since the company's
text speaks of an invoice to be paid.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import formataddr, parseaddr

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.mail import EmailMessage
from django.core.validators import validate_email
from django.utils import translation
from django.utils.translation import gettext as _

from core import formats
from core.errors import FieldsError
from invoicing.models import Delivery, Invoice
from invoicing.selectors.settings import settings_of
from invoicing.services.paper import Paper, paper_of
from invoicing.services.pdf import pdf_of
from invoicing.services.ubl import render
from relations.selectors.contacts import MOST_RECIPIENTS, recipients_of

LONGEST_TO, LONGEST_SUBJECT, LONGEST_BODY = 500, 150, 4000
PLACES = ("number", "customer", "total", "due_date", "company", "project")
PLACE = re.compile(r"\{(" + "|".join(PLACES) + r")\}")
INVOICE_TEXTS: Mapping[str, tuple[str, str]] = {
    "nl": (
        "Factuur {number} van {company}",
        (
            "Geachte heer, mevrouw,\n\n"
            "Bijgaand ontvangt u factuur {number} van {total}. Wilt u het bedrag uiterlijk "
            "{due_date} overmaken, onder vermelding van het factuurnummer?\n\n"
            "Met vriendelijke groet,\n{company}"
        ),
    ),
    "en": (
        "Invoice {number} from {company}",
        (
            "Dear Sir or Madam,\n\n"
            "Please find enclosed invoice {number} of {total}. Kindly transfer the amount by "
            "{due_date}, quoting the invoice number.\n\n"
            "Kind regards,\n{company}"
        ),
    ),
}
NOTHING_TO_PAY: Mapping[str, str] = {
    "nl": (
        "Geachte heer, mevrouw,\n\n"
        "Bijgaand ontvangt u factuur {number} van {total}. U hoeft hiervoor niets meer te "
        "betalen.\n\n"
        "Met vriendelijke groet,\n{company}"
    ),
    "en": (
        "Dear Sir or Madam,\n\n"
        "Please find enclosed invoice {number} of {total}. There is nothing left to pay.\n\n"
        "Kind regards,\n{company}"
    ),
}
CREDIT_TEXTS: Mapping[str, tuple[str, str]] = {
    "nl": (
        "Creditnota {number} van {company}",
        (
            "Geachte heer, mevrouw,\n\n"
            "Bijgaand ontvangt u creditnota {number} van {total}. U hoeft hiervoor niets te "
            "betalen.\n\n"
            "Met vriendelijke groet,\n{company}"
        ),
    ),
    "en": (
        "Credit note {number} from {company}",
        (
            "Dear Sir or Madam,\n\n"
            "Please find enclosed credit note {number} of {total}. There is nothing to pay.\n\n"
            "Kind regards,\n{company}"
        ),
    ),
}


@dataclass(frozen=True, kw_only=True)
class Mail:
    """A mail as it would leave. `to` may hold several addresses, separated by commas."""

    to: str
    subject: str
    body: str


def mail_for(invoice: Invoice) -> Mail:
    """The mail with this invoice, in the customer's language, to be changed before it leaves.

    `to` is empty when the customer has no address.
    """
    subject, body = _texts(invoice)
    values = _values(invoice)
    return Mail(
        to=", ".join(recipients_of(invoice.customer)),
        subject=_one_line(filled(subject, values))[:LONGEST_SUBJECT],
        body=filled(body, values)[:LONGEST_BODY],
    )


def why_no_mail(invoice: Invoice) -> str:
    """Why no mail with this invoice can leave to whom it would go; empty when one can."""
    to = ", ".join(recipients_of(invoice.customer))
    if not to:
        return _("The customer has no e-mail address; fill it in, or mark the invoice as sent.")
    try:
        addresses(to)
    except FieldsError as refusal:
        return refusal.message
    return ""


def filled(text: str, values: Mapping[str, str]) -> str:
    """The placeholders replaced, once and literally; what is no placeholder stays as typed."""
    return PLACE.sub(lambda found: values[found[1]], text)


def addresses(to: str) -> list[str]:
    """The addresses in `to`, each once, separated by commas or semicolons.

    Raises FieldsError (field "to") when there is none, when one is no address, or for too many.
    """
    parts = [part.strip() for part in to.replace(";", ",").split(",")]
    found = list(dict.fromkeys(part for part in parts if part))
    if not found:
        raise FieldsError({"to": _("Type the e-mail address that the invoice goes to.")})
    for one in found:
        _refuse_no_address(one)
    if len(found) > MOST_RECIPIENTS:
        sentence = _("An invoice goes to at most %(most)s addresses, so nothing was sent.")
        raise FieldsError({"to": sentence % {"most": MOST_RECIPIENTS}})
    if len(", ".join(found)) > LONGEST_TO:
        sentence = _(
            "Together these addresses have more than %(most)s characters, so nothing was sent. "
            "Leave one out."
        )
        raise FieldsError({"to": sentence % {"most": LONGEST_TO}})
    return found


def checked(*, to: str, subject: str, body: str) -> Mail:
    """The mail, fit to be sent. Raises FieldsError with a sentence per field."""
    errors: dict[str, str] = {}
    found: list[str] = []
    try:
        found = addresses(to)
    except FieldsError as error:
        errors |= error.errors
    subject, body = _one_line(subject), body.strip()
    if not subject or len(subject) > LONGEST_SUBJECT:
        errors["subject"] = _("Type a subject of at most %(most)s characters.") % {
            "most": LONGEST_SUBJECT
        }
    if not body or len(body) > LONGEST_BODY:
        errors["body"] = _("Type a message of at most %(most)s characters.") % {
            "most": LONGEST_BODY
        }
    if errors:
        raise FieldsError(errors)
    return Mail(to=", ".join(found), subject=subject, body=body)


def message_of(delivery: Delivery) -> EmailMessage:
    """The mail itself, with the PDF and, where the company wants it, the UBL.

    Every attempt at one delivery bears the same Message-ID, so that who gets it twice sees it once;
    its moment is in it, since keys begin again after a restored backup.
    """
    invoice = delivery.invoice
    chosen, paper = settings_of(invoice.company), paper_of(invoice)
    name, sender = _one_line(paper.seller.name), parseaddr(settings.DEFAULT_FROM_EMAIL)[1]
    reply_to = chosen.reply_to or invoice.company.email
    to = addresses(delivery.to)
    has_copy = chosen.copy_to.lower() in {"", *(one.lower() for one in to)}
    key = f"{invoice.pk}-{delivery.pk}-{delivery.created_at.timestamp():.0f}"
    message = EmailMessage(
        subject=_one_line(delivery.subject),
        body=delivery.body,
        from_email=formataddr((name, sender)),
        to=to,
        bcc=[] if has_copy else [chosen.copy_to],
        reply_to=[reply_to] if reply_to else [],
        headers={
            "Message-ID": f"<invoice-{key}@{_host(sender)}>",
            "Content-Language": invoice.language,
        },
    )
    file = re.sub(r"[^\w.-]", "-", paper.number)
    message.attach(f"{file}.pdf", pdf_of(invoice), "application/pdf")
    if chosen.attach_ubl:
        message.attach(f"{file}.xml", render(paper), "application/xml")
    return message


def _host(sender: str) -> str:
    return sender.partition("@")[2] or "localhost"


def _texts(invoice: Invoice) -> tuple[str, str]:
    language = invoice.language if invoice.language in INVOICE_TEXTS else "en"
    if invoice.is_credit_note:
        return CREDIT_TEXTS[language]
    chosen = settings_of(invoice.company)
    subject, body = INVOICE_TEXTS[language]
    subject = getattr(chosen, f"subject_{language}", "") or subject
    if not invoice.open_amount:
        return subject, NOTHING_TO_PAY[language]
    return subject, getattr(chosen, f"mail_{language}", "") or body


def _values(invoice: Invoice) -> dict[str, str]:
    paper: Paper = paper_of(invoice)
    with translation.override(invoice.language), formats.use(invoice.company):
        return {
            "number": paper.number,
            "customer": paper.buyer.name,
            "total": formats.write_money(abs(paper.total)),
            "due_date": formats.write_day(paper.due_date),
            "company": paper.seller.name,
            "project": invoice.project.name if invoice.project else "",
        }


def _one_line(text: str) -> str:
    """A header is one line: a line break in it would begin another."""
    return " ".join(text.split())


def _refuse_no_address(text: str) -> None:
    try:
        validate_email(text)
    except ValidationError as error:
        raise FieldsError(
            {
                "to": _("“%(address)s” is not an e-mail address, so nothing was sent.")
                % {"address": text}
            }
        ) from error
