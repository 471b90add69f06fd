"""Codes for new debtors, learnt from the debtors that are there.

AFAS asks a payment condition and a VAT duty of every new debtor, and their codes differ between its
customers. What most debtors have is what a new one most likely needs, so that is filled in until a
person says otherwise.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Iterable
from itertools import islice

import msgspec
from django.utils.translation import gettext as _

from core import audit
from integrations.afas.errors import AfasError
from integrations.afas.records import BadRow, Debtor, DebtorMapping, debtor_from
from integrations.models import AfasConnection
from integrations.services.clients import client_of

logger = logging.getLogger(__name__)

ENOUGH = 200
CODES = {"payment_condition": 5, "vat_duty": 3}


def adopt_usual_codes(connection: AfasConnection) -> dict[str, str]:
    """Fill the codes that are still empty with what most debtors have; returns what was filled in.

    Reads one page of debtors. Without an answer of AFAS nothing changes: it is tried again after
    the next import.
    """
    if all(getattr(connection, name) for name in CODES):
        return {}
    try:
        usual = usual_codes(_debtors(connection))
    except AfasError as error:
        logger.info("No debtors of %s to learn from: %s", connection.environment, error.message)
        return {}
    return {name: code for name, code in usual.items() if _adopt(connection, name, code)}


def usual_codes(debtors: Iterable[Debtor]) -> dict[str, str]:
    """The commonest payment condition and VAT duty of debtors that are not blocked."""
    counts = {name: Counter[str]() for name in CODES}
    for debtor in debtors:
        for name, longest in CODES.items():
            code = getattr(debtor, name)
            if code and len(code) <= longest and not debtor.blocked:
                counts[name][code] += 1
    return {name: count.most_common(1)[0][0] for name, count in counts.items() if count}


def _debtors(connection: AfasConnection) -> list[Debtor]:
    mapping = msgspec.convert(connection.debtor_mapping, DebtorMapping)
    key = mapping.number
    rows = client_of(connection).rows(
        connection.debtor_connector, order_by=key, key=key, page=ENOUGH
    )
    found = (debtor_from(row, mapping) for row in islice(rows, ENOUGH))
    return [one for one in found if not isinstance(one, BadRow)]


def _adopt(connection: AfasConnection, name: str, code: str) -> bool:
    """Only while it is empty: what a person filled in stays."""
    empty = AfasConnection.objects.filter(pk=connection.pk, **{name: ""})
    if not empty.update(**{name: code}):
        return False
    setattr(connection, name, code)
    change = audit.Change(after={name: code}, reason=_("What most debtors in AFAS have."))
    audit.record(
        company=connection.company,
        by=None,
        action="afas_connection.codes",
        obj=connection,
        change=change,
    )
    return True
