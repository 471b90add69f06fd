"""From our rows to the data of the AFAS library, and from its refusals to sentences."""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from integrations.afas import documents as afas
from integrations.models import AfasConnection, AfasDocument
from integrations.services.obstacles import Obstacle
from invoicing.models import Invoice
from relations.models import Customer

FIELD_NAMES = {
    "name": gettext_lazy("name"),
    "city": gettext_lazy("city"),
    "country": gettext_lazy("country"),
    "street": gettext_lazy("street"),
    "house_addition": gettext_lazy("house number"),
    "postcode": gettext_lazy("postcode"),
    "email": gettext_lazy("e-mail address"),
    "phone": gettext_lazy("telephone number"),
    "vat_number": gettext_lazy("VAT number"),
    "kvk": gettext_lazy("KvK number"),
    "number": gettext_lazy("customer number"),
    "payment_condition": gettext_lazy("payment condition"),
    "vat_duty": gettext_lazy("VAT duty"),
    "collective_account": gettext_lazy("collective account"),
    "debtor_number": gettext_lazy("debtor number"),
    "item_kind": gettext_lazy("kind of item"),
    "item_code": gettext_lazy("item code"),
    "unit": gettext_lazy("unit of the item"),
    "quantity": gettext_lazy("quantity"),
    "unit_price": gettext_lazy("unit price"),
}
REASONS = {
    "missing": gettext_lazy("is missing"),
    "too_long": gettext_lazy("is too long for AFAS"),
    "unknown": gettext_lazy("is not known to AFAS"),
    "invalid": gettext_lazy("is not right"),
    "too_many_decimals": gettext_lazy("has more decimals than AFAS takes"),
    "too_large": gettext_lazy("is larger than AFAS takes"),
}


def direct_invoice_payload(document: AfasDocument, invoice: Invoice, debtor_number: str) -> str:
    """The direct invoice as AFAS wants it; raises CannotBuild."""
    lines = tuple(
        afas.InvoiceLineData(
            description=line.description,
            item_kind=line.item_kind,
            item_code=line.item_code,
            unit=line.item_unit,
            quantity=line.quantity,
            unit_price=line.unit_price,
        )
        for line in invoice.lines.all()
    )
    data = afas.DirectInvoiceData(
        debtor_number=debtor_number,
        administration=document.administration,
        invoice_date=invoice.invoice_date,
        reference=document.reference,
        customer_reference=invoice.reference,
        lines=lines,
        attachment=_dossier_item(document),
    )
    return afas.direct_invoice(data).decode()


def _dossier_item(document: AfasDocument) -> int | None:
    """The annexes that were put into AFAS's dossier before, when they were."""
    after = document.after
    if after is None or not after.subject_number.isdecimal():
        return None
    return int(after.subject_number)


def customer_payload(connection: AfasConnection, customer: Customer) -> str:
    """The new debtor as AFAS wants it; raises CannotBuild."""
    data = afas.CustomerData(
        number=customer.number or None,
        name=customer.name,
        street=customer.street,
        house_number=customer.house_number,
        postcode=customer.postcode,
        city=customer.city,
        country=customer.country,
        email=customer.email,
        phone=customer.phone,
        vat_number=customer.vat_number,
        kvk=customer.kvk_number,
        payment_condition=connection.payment_condition,
        vat_duty=connection.vat_duty,
        collective_account=connection.collective_account,
    )
    return afas.customer(data).decode()


def why_not_created(connection: AfasConnection, customer: Customer) -> list[Obstacle]:
    """Why a customer that AFAS lacks could not be created there; empty when it could."""
    if not connection.create_customers:
        sentence = _(
            "AFAS does not know this customer, and creating customers is switched off. Import the "
            "customers again, or switch it on in the AFAS settings."
        )
        return [Obstacle(sentence=sentence, url_name="afas_settings")]
    try:
        customer_payload(connection, customer)
    except Exception as error:  # CannotBuild: shown beside its customer
        return [Obstacle(sentence=why_not(error), url_name="customer_edit", pk=customer.pk)]
    return []


def why_not(error: Exception) -> str:
    """The sentence for a payload that cannot be built: what is wrong and what to do now."""
    if not isinstance(error, afas.CannotBuild):
        return str(error)
    field = FIELD_NAMES.get(error.field, error.field)
    reason = REASONS.get(error.reason, error.reason)
    if error.line:
        return _(
            "Line %(line)d cannot go to AFAS: the %(field)s %(reason)s. Nothing was sent; correct "
            "it and try again."
        ) % {"line": error.line, "field": field, "reason": reason}
    return _(
        "This cannot go to AFAS: the %(field)s %(reason)s. Nothing was sent; fill it in or correct "
        "it and try again."
    ) % {"field": field, "reason": reason}
