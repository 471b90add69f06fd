"""Before a debtor is created: does AFAS have this organisation already? (DECISIONS A5)

One customer twice in the books is a mess that only an accountant can clean up. So AFAS is read for
the number, the KvK number, the VAT number, and name with postcode; and the documents of every
company in the same environment are, because AFAS shows a new debtor only after a while: one that
was confirmed counts until AFAS shows it. A hit is never decided here: it goes to a person, unless
number and name are equal, which is a link.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import timedelta

import msgspec
from django.db import transaction
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from integrations.afas.client import AfasClient, AnyOf, Condition, Operator
from integrations.afas.errors import AfasError, Uncertain
from integrations.afas.records import BadRow, Debtor, DebtorMapping, debtor_from
from integrations.models import AfasDocument, Kind, State
from integrations.selectors import link_of
from integrations.services import clients
from integrations.services.documents import release_waiting
from integrations.services.following import link_customer
from integrations.services.rhythm import scaled
from relations.models import Customer

# How long a new debtor that AFAS does not show may still appear; after that it was deleted there.
# That AFAS shows it ends the question, not a clock, which may jump.
APPEARS_WITHIN = timedelta(days=7)


def settle_by_reading(client: AfasClient, document: AfasDocument) -> bool:
    """Whether the question ends here, without a POST: linked, or handed to a person.

    Raises AfasError when AFAS could not be read; then nothing is known and nothing is sent.
    """
    customer = document.customer
    if customer is None:
        return False
    if link := link_of(customer, document.environment):  # by an import, or an earlier document
        _close(document, State.CANCELLED, "linked", _linked(link.debtor_number))
        release_waiting(document.environment)
        return True
    known = {str(number) for number in document.detail.get("not_these", [])}
    others = _others(document, customer)
    shown = in_afas(client, document, customer, others)
    found = [one for one in shown if is_alike_to(one, customer) and one.number not in known]
    same = next((one for one in found if is_same(one, customer)), None)
    if same and _link(document, customer, same.number):
        release_waiting(document.environment)
        return True
    if found:
        _close(document, State.REJECTED, "look_alike", _alike(found), found)
        return True
    if _elsewhere(others, shown):
        _close(document, State.REJECTED, "look_alike", _being_made())
        return True
    return False


def _link(document: AfasDocument, customer: Customer, number: str) -> bool:
    with transaction.atomic():
        linked = link_customer(document, customer, number)
        if linked:
            _close(document, State.CANCELLED, "linked", _linked(number))
    return linked


def is_same(debtor: Debtor, customer: Customer) -> bool:
    """Same number and same name: no doubt, they are linked."""
    return debtor.number == customer.number and plain(debtor.name) == plain(customer.name)


def plain(text: str) -> str:
    """A name, number or postcode without capitals, spaces and punctuation."""
    return "".join(letter for letter in text.casefold() if letter.isalnum())


def in_afas(
    client: AfasClient, document: AfasDocument, customer: Customer, others: Sequence[AfasDocument]
) -> list[Debtor]:
    """Debtors that may be this customer, and those that `others` created; each once.

    Raises AfasError, also when AFAS does not show the control row: what it hides just now would be
    created a second time.
    """
    control = document.connection.debtor_control
    numbers = [one.debtor_number for one in others]
    shown = debtors_shown(client, document, customer, control, *numbers)
    if control and all(debtor.number != control for debtor in shown):
        raise Uncertain(
            _("AFAS does not show debtor %(number)s, which it has, so it may hide others too.")
            % {"number": control}
        )
    return shown


def debtors_shown(
    client: AfasClient, document: AfasDocument, customer: Customer, *numbers: str
) -> list[Debtor]:
    """What AFAS shows to one question for all that tells this customer, and for `numbers`.

    One call, so that a control row proves what the same call did not show. Raises AfasError.
    """
    connection = document.connection
    mapping = msgspec.convert(connection.debtor_mapping, DebtorMapping)
    rows = client.rows(
        connection.debtor_connector,
        where=AnyOf([[one] for one in _questions(customer, mapping, numbers)]),
        order_by=mapping.number,
        key=None,
    )
    debtors = (debtor_from(row, mapping) for row in rows)
    found = {one.number: one for one in debtors if not isinstance(one, BadRow)}
    return list(found.values())


def may_be_there(document: AfasDocument, number: str) -> bool:
    """Whether AFAS has a debtor of this number; so does one that does not tell."""
    connection = document.connection
    mapping = msgspec.convert(connection.debtor_mapping, DebtorMapping)
    asked = [number, connection.debtor_control]
    client = clients.credentials_of(connection).client(limits=clients.LOOKS)
    try:
        rows = client.rows(
            connection.debtor_connector,
            where=AnyOf([[Condition(mapping.number, Operator.EQ, one)] for one in asked]),
            order_by=mapping.number,
            key=None,
        )
        shown = {one.number for row in rows if isinstance(one := debtor_from(row, mapping), Debtor)}
    except AfasError:
        return True
    return number in shown or connection.debtor_control not in shown


def _questions(
    customer: Customer, mapping: DebtorMapping, numbers: Iterable[str]
) -> list[Condition]:
    asked = (
        *((mapping.number, number) for number in dict.fromkeys((*numbers, customer.number))),
        (mapping.kvk, customer.kvk_number),
        (mapping.vat_number, customer.vat_number),
        (mapping.name, customer.name),
    )
    equal = [Condition(field, Operator.EQ, value) for field, value in asked if field and value]
    return equal + _places(customer, mapping)


def _places(customer: Customer, mapping: DebtorMapping) -> list[Condition]:
    """All at this postcode, since a name is written in many ways ("V.O.F.", "VOF")."""
    letters = "".join(customer.postcode.split())
    spelled = {customer.postcode, letters, f"{letters[:4]} {letters[4:]}"} if letters else set()
    line = mapping.town_line
    return [Condition(line, Operator.STARTS, one) for one in sorted(spelled) if line]


def is_identical(debtor: Debtor, customer: Customer) -> bool:
    """Same name and postcode, and the KvK or VAT number that we know: the same organisation."""
    known = [
        (theirs, ours)
        for theirs, ours in (
            (debtor.kvk, customer.kvk_number),
            (debtor.vat_number, customer.vat_number),
        )
        if ours
    ]
    same_place = plain(debtor.name + debtor.postcode) == plain(customer.name + customer.postcode)
    return bool(known) and same_place and all(plain(one) == plain(two) for one, two in known)


def is_alike_to(debtor: Debtor, customer: Customer) -> bool:
    """Whether this debtor may be the customer; a name counts only together with the postcode."""
    pairs = (
        (debtor.number, customer.number),
        (debtor.kvk, customer.kvk_number),
        (debtor.vat_number, customer.vat_number),
        (debtor.name + debtor.postcode, customer.name + customer.postcode),
    )
    return _meet(pairs)


def _meet(pairs: Iterable[tuple[str, str]]) -> bool:
    return any(plain(theirs) == plain(ours) != "" for theirs, ours in pairs)


def _others(document: AfasDocument, customer: Customer) -> list[AfasDocument]:
    """What anybody, or we ourselves, may have created of this organisation there of late.

    Asked before AFAS is: nothing is sent there meanwhile, so AFAS is asked for all that there is.
    """
    others = AfasDocument.objects.filter(
        Q(state__in=(State.SENDING, State.UNKNOWN))
        | Q(state=State.CONFIRMED, confirmed_at__gte=Now() - scaled(APPEARS_WITHIN)),
        environment=document.environment,
        kind=Kind.CUSTOMER,
    )
    others = others.exclude(pk=document.pk).select_related("customer")
    return [one for one in others if one.customer and _is_alike(one.customer, customer)]


def _elsewhere(others: Sequence[AfasDocument], shown: Iterable[Debtor]) -> bool:
    """Whether one of the others is under way, or created a debtor that AFAS does not show yet."""
    numbers = {one.number for one in shown}
    return any(one.state != State.CONFIRMED or one.debtor_number not in numbers for one in others)


def _is_alike(one: Customer, other: Customer) -> bool:
    pairs = (
        (one.kvk_number, other.kvk_number),
        (one.vat_number, other.vat_number),
        (one.name + one.postcode, other.name + other.postcode),
    )
    return one.pk == other.pk or _meet(pairs)


def _close(
    document: AfasDocument,
    state: State,
    problem: str,
    message: str,
    found: list[Debtor] | None = None,
) -> None:
    hits = [{"number": one.number, "name": one.name, "city": one.city} for one in found or ()]
    AfasDocument.objects.filter(
        pk=document.pk, attempts=document.attempts, state=State.SENDING
    ).update(
        state=state,
        sending_since=None,
        problem=problem,
        message=message,
        detail={**document.detail, "alike": hits},
    )


def _linked(number: str) -> str:
    return _("AFAS had this debtor already, as %(number)s, so no new one was made.") % {
        "number": number
    }


def _alike(found: list[Debtor]) -> str:
    names = ", ".join(f"{one.number} {one.name}" for one in found[:3])
    return _(
        "AFAS has a debtor that looks like this customer: %(names)s. Nothing was created or billed "
        "yet. Link the customer to that debtor, or say that it is another one."
    ) % {"names": names}


def _being_made() -> str:
    return _(
        "The same organisation is being created in this AFAS environment, or was just now and AFAS "
        "does not show it yet. Nothing was created or billed from here. Import your customers in "
        "half an hour, then try again."
    )
