"""How invoices look in a page."""

from __future__ import annotations

from django import template
from django.utils.safestring import SafeString

from core.templatetags import ui
from invoicing.models import Delivery, DeliveryStatus, Invoice
from invoicing.selectors.invoices import SHOWN, shown_status

register = template.Library()

DELIVERY_MARKS = {
    DeliveryStatus.NOT_SENT: "open",
    DeliveryStatus.SENDING: "busy",
    DeliveryStatus.SENT: "ok",
    DeliveryStatus.FAILED: "bad",
    DeliveryStatus.UNKNOWN: "unknown",
}
MAIL_MARKS = {
    Delivery.State.QUEUED: "busy",
    Delivery.State.SENDING: "busy",
    Delivery.State.SENT: "ok",
    Delivery.State.FAILED: "bad",
    Delivery.State.UNKNOWN: "unknown",
}


@register.simple_tag
def invoice_status(invoice: Invoice, css: str = "") -> SafeString:
    """The single status that people read, as a dot and a word."""
    dot, word = SHOWN[shown_status(invoice)]
    return ui.status(dot, word, css)


@register.simple_tag
def delivery_status(invoice: Invoice, css: str = "") -> SafeString:
    """Whether the customer has it, as a dot and a word."""
    state = DeliveryStatus(invoice.delivery)
    return ui.status(DELIVERY_MARKS[state], state.label, css)


@register.simple_tag
def mail_status(delivery: Delivery, css: str = "") -> SafeString:
    """How one mail fared, as a dot and a word."""
    state = Delivery.State(delivery.state)
    return ui.status(MAIL_MARKS[state], state.label, css)
