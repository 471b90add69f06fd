"""The words of the mail with an invoice: by language, by kind, and what people put in them."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from invoicing.services.mails import filled, mail_for, why_no_mail
from relations.models import ContactLink
from tests.factories import (
    ContactLinkFactory,
    CustomerFactory,
    InvoiceFactory,
    InvoiceSettingsFactory,
    ProjectFactory,
)
from tests.invoicing.mailing import TO, final_invoice

pytestmark = pytest.mark.django_db


def test_without_own_words_it_speaks_the_customers_language() -> None:
    dutch, english = mail_for(final_invoice(language="nl")), mail_for(final_invoice())
    assert dutch.subject.startswith("Factuur ")
    assert "€\xa0121,00" in dutch.body
    assert "13-11-2026" in dutch.body
    assert english.subject.startswith("Invoice ")
    assert "Kind regards,\nStudio Één" in english.body
    assert "{" not in dutch.subject + dutch.body + english.subject + english.body


def test_own_words_stand_with_their_placeholders_filled() -> None:
    invoice = final_invoice()
    invoice.project = ProjectFactory(company=invoice.company, name="Website")
    words = "{number}|{customer}|{total}|{due_date}|{company}|{project}|{other}|{"
    InvoiceSettingsFactory(company=invoice.company, subject_en="For {customer}", mail_en=words)
    mail = mail_for(invoice)
    assert mail.subject == "For Bakker & Zn."
    assert mail.body == (
        f"{invoice.number}|Bakker & Zn.|€\xa0121,00|13-11-2026|Studio Één|Website|{{other}}|{{"
    )


def test_a_name_that_looks_like_a_placeholder_is_literal() -> None:
    assert filled("{customer} {total}", {"customer": "{total}", "total": "1"}) == "{total} 1"


def test_an_invoice_on_which_nothing_is_open_asks_for_no_money_either() -> None:
    invoice = final_invoice(paid=Decimal(121), language="nl")
    words = {"mail_nl": "Betaal {total} voor {due_date}", "subject_nl": "Onze {number}"}
    InvoiceSettingsFactory(company=invoice.company, **words)
    mail = mail_for(invoice)
    assert mail.subject == f"Onze {invoice.number}"
    assert "Betaal" not in mail.body
    assert "U hoeft hiervoor niets meer te betalen." in mail.body


def test_a_credit_note_asks_for_no_money_whatever_the_invoice_mail_says() -> None:
    note = final_invoice(kind="credit_note", language="nl")
    note.vat_groups.update(base=-100, vat=-21)
    InvoiceSettingsFactory(company=note.company, subject_nl="Factuur", mail_nl="Betaal ons")
    mail = mail_for(note)
    assert mail.subject.startswith("Creditnota ")
    assert "niets te betalen" in mail.body
    assert " van €\xa0121,00." in mail.body


@pytest.mark.parametrize(
    ("fields", "to"),
    [
        ({"email": TO, "invoice_email": "inv@x.test"}, "inv@x.test"),
        ({"email": TO}, TO),
        ({}, ""),
    ],
)
def test_it_goes_to_the_address_for_invoices_else_to_the_customers(
    fields: dict[str, Any], to: str
) -> None:
    customer = CustomerFactory(**fields)
    assert mail_for(InvoiceFactory(customer=customer, ours=True)).to == to


def test_it_goes_to_each_contact_that_receives_invoices() -> None:
    customer = CustomerFactory(email=TO)
    for name in "ab":
        ContactLinkFactory(
            customer=customer,
            contact__name=name,
            contact__email=f"{name}@x.test",
            contact__receives_invoices=True,
        )
    assert mail_for(InvoiceFactory(customer=customer, ours=True)).to == "a@x.test, b@x.test"


def test_why_no_mail_can_leave_is_told_before_it_is_tried() -> None:
    customer = CustomerFactory(email="")
    invoice = InvoiceFactory(customer=customer, ours=True)
    assert "no e-mail address" in why_no_mail(invoice)
    for number in range(9):
        ContactLinkFactory(
            customer=customer,
            contact__email=f"{number}{'x' * 60}@x.test",
            contact__receives_invoices=True,
        )
    assert "more than 500 characters" in why_no_mail(invoice)
    ContactLink.objects.first().delete()
    ContactLink.objects.first().delete()
    assert why_no_mail(invoice) == ""


def test_a_subject_is_one_line_of_at_most_what_fits() -> None:
    invoice = final_invoice()
    InvoiceSettingsFactory(company=invoice.company, subject_en="{customer}" * 15)
    invoice.customer.name = "Line\nBreak " + "x" * 60
    subject = mail_for(invoice).subject
    assert "\n" not in subject
    assert len(subject) == 150
