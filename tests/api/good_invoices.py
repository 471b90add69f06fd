"""A good request for each operation on what is unbilled and on own invoices."""

from __future__ import annotations

from typing import Any

from django.utils import timezone

from accounts.models import Company
from invoicing.models import Invoice
from invoicing.services import drafting
from invoicing.services.bundling import Options
from registration.models import Activity, Project, Selection
from tests import factories
from tests.api.operations import Asked
from tests.doors import objects
from tests.doors.houses import House
from tests.invoicing.own import Studio

OPTIONS = {"per": "customer"}


def studio(house: House) -> Studio:
    """The house as somebody who invoices sees it."""
    company = Company.objects.get(pk=house.company.pk)
    project = Project.objects.select_related("customer").get(pk=house.ids["project"])
    activity = Activity.objects.get(pk=house.ids["activity"])
    return Studio(company, project.customer, project, activity, house.owner)


def hour(house: House) -> Any:
    """Work that can be invoiced."""
    return studio(house).hour(membership=house.place, approved=True)


def selected(house: House) -> str:
    """A selection of the owner's, with an hour."""
    made = factories.SelectionFactory(
        company=house.company, user=house.owner, hours=[hour(house).pk]
    )
    return str(made.pk)


def preview(house: House) -> Asked:
    """What would be drawn up of a selection."""
    return Asked(body={"selection": selected(house), "options": OPTIONS})


def draw_up(house: House) -> Asked:
    """The same, seen and confirmed."""
    asked = preview(house)
    options = Options(invoice_date=timezone.localdate())
    check = drafting.check_drafts(
        company=house.company,
        selection=Selection.objects.get(pk=asked.body["selection"]),
        options=options,
    )
    return Asked(body={**asked.body, "token": check.token})


def a_draft(house: House) -> Invoice:
    """A draft with a line that was typed, and an hour on another."""
    return studio(house).draft([hour(house)])


def a_final(house: House) -> Invoice:
    """A final invoice that its customer does not have yet."""
    here = studio(house)
    return here.finalise(here.draft([hour(house)]))


def draft(house: House) -> Asked:
    """About a draft."""
    return Asked({"id": a_draft(house).pk})


def final(house: House) -> Asked:
    """About a final invoice."""
    return Asked({"id": a_final(house).pk})


def said(about: Any, **body: Any) -> Any:
    """About the same, with this body."""
    return lambda house: Asked(about(house).ids, body=body)


def several(about: Any, **body: Any) -> Any:
    """One of those in a list."""
    return lambda house: Asked(body={"ids": [about(house).pk], **body})


def empty(house: House) -> Asked:
    """A draft without lines."""
    return Asked(body={"customer": house.ids["customer"]})


def lines(house: House) -> Asked:
    """The lines of a draft."""
    return Asked({"invoice": a_draft(house).pk})


def line(house: House) -> Asked:
    """One of them."""
    invoice = a_draft(house)
    return Asked({"invoice": invoice.pk, "id": invoice.lines.get().pk})


def reorder(house: House) -> Asked:
    """The lines of a draft, the other way round."""
    invoice = studio(house).free(("1", "100"), ("2", "50"))
    pks = [one.pk for one in invoice.lines.order_by("-position")]
    return Asked({"invoice": invoice.pk}, body={"lines": pks})


def take_up(house: House) -> Asked:
    """An hour more on a draft of the same customer."""
    return Asked(draft(house).ids, body={"selection": selected(house)})


def things(house: House) -> Asked:
    """What an invoice bills."""
    return Asked({"invoice": a_draft(house).pk})


def thing(house: House) -> Asked:
    """One of these."""
    invoice = a_draft(house)
    return Asked({"invoice": invoice.pk, "id": invoice.lines.get().claims.get().pk})


def payments(house: House) -> Asked:
    """What was paid on an invoice."""
    made = objects.a_payment(house.company, house.owner)
    return Asked({"invoice": made["pk"]})


def payment(house: House) -> Asked:
    """One of these."""
    made = objects.a_payment(house.company, house.owner)
    return Asked({"invoice": made["pk"], "id": made["payment"]})


def delivery(house: House) -> Asked:
    """A mail that was perhaps sent."""
    return Asked({"id": objects.a_mail_in_doubt(house.company, house.owner)["delivery"]})


def select(house: House) -> Asked:
    """An hour that can be invoiced, ticked."""
    return Asked(body={"hours": [hour(house).pk], "until": "2026-12-31"})


def selection(house: House) -> Asked:
    """What was ticked."""
    return Asked({"id": selected(house)})


def plain(_house: House) -> Asked:
    """Nothing has to be said."""
    return Asked()


GOOD = {
    "GET /unbilled/": plain,
    "GET /unbilled/things/": lambda _house: Asked(query="kind=hours"),
    "POST /selections/": select,
    "GET /selections/{id}/": selection,
    "GET /invoices/": plain,
    "POST /invoices/": draw_up,
    "POST /invoices/preview/": preview,
    "POST /invoices/empty/": empty,
    "POST /invoices/finalise/": several(a_draft),
    "POST /invoices/send/": several(a_final),
    "POST /invoices/mark-as-sent/": several(a_final, way="printed"),
    "POST /invoices/mark-paid/": several(a_final),
    "GET /invoices/{id}/": final,
    "PATCH /invoices/{id}/": said(draft, intro="Thank you."),
    "DELETE /invoices/{id}/": draft,
    "GET /invoices/{id}/obstacles/": draft,
    "GET /invoices/{id}/pdf/": draft,
    "GET /invoices/{id}/ubl/": final,
    "POST /invoices/{id}/finalise/": draft,
    "POST /invoices/{id}/send/": said(final, to="them@customer.example"),
    "POST /invoices/{id}/mark-as-sent/": said(final, way="printed"),
    "POST /invoices/{id}/credit/": said(final, reason="It was wrong."),
    "POST /invoices/{id}/pay/": said(final, amount="1.00"),
    "POST /invoices/{id}/mark-paid/": said(final),
    "POST /invoices/{id}/regroup/": said(draft, grouping="entry"),
    "POST /invoices/{id}/refresh/": draft,
    "POST /invoices/{id}/take-up/": take_up,
    "GET /invoices/{invoice}/lines/": lines,
    "POST /invoices/{invoice}/lines/": said(
        lines, description="Extra", quantity="1", unit_price="5"
    ),
    "POST /invoices/{invoice}/lines/reorder/": reorder,
    "GET /invoices/{invoice}/lines/{id}/": line,
    "PATCH /invoices/{invoice}/lines/{id}/": said(line, description="Otherwise"),
    "DELETE /invoices/{invoice}/lines/{id}/": line,
    "GET /invoices/{invoice}/things/": things,
    "GET /invoices/{invoice}/things/{id}/": thing,
    "GET /invoices/{invoice}/payments/": payments,
    "GET /invoices/{invoice}/payments/{id}/": payment,
    "DELETE /invoices/{invoice}/payments/{id}/": payment,
    "GET /deliveries/": plain,
    "GET /deliveries/{id}/": delivery,
    "POST /deliveries/{id}/settle/": said(delivery, arrived=True),
    "GET /vat-rates/": plain,
}
