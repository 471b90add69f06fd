"""What AFAS's own lists say against a journal, a ledger account or a VAT code.

Each question is answered with a sentence, empty when nothing is wrong. Where AFAS gives no list
nothing can be said, and what was typed is believed until AFAS refuses it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import TypeVar

from django.utils.translation import gettext as _

from core.formats import write_number
from integrations.afas.ledger import AfasVatCode, Journal, LedgerAccount
from integrations.models import AfasConnection
from integrations.services import picking
from invoicing.selectors.settings import settings_of

T = TypeVar("T")


@dataclass
class Ledger:
    """AFAS's journals, accounts and VAT codes by their codes in small letters.

    Each is read when it is first asked for. A list that is empty is as good as none: a filter or
    the rights of the token's user hide it.
    """

    connection: AfasConnection

    @cached_property
    def journals(self) -> Mapping[str, Journal] | None:
        """The journals of the linked administration; None where AFAS gives no list."""
        return _by(picking.journals_of(self.connection), lambda one: one.code)

    @cached_property
    def accounts(self) -> Mapping[str, LedgerAccount] | None:
        """The ledger accounts; None where AFAS gives no list."""
        return _by(picking.accounts_of(self.connection), lambda one: one.number)

    @cached_property
    def vat_codes(self) -> Mapping[str, AfasVatCode] | None:
        """The VAT codes; None where AFAS gives no list."""
        return _by(picking.vat_codes_of(self.connection), lambda one: one.code)

    @cached_property
    def usual_vat(self) -> str:
        """How VAT treats what has no treatment of its own."""
        return settings_of(self.connection.company).vat_code

    def account(self, number: str) -> LedgerAccount | None:
        """The account of this number, when AFAS shows it."""
        return (self.accounts or {}).get(number.lower())

    def vat_code(self, code: str) -> AfasVatCode | None:
        """The VAT code of this code, when AFAS shows it."""
        return (self.vat_codes or {}).get(code.lower())

    def journal_problem(self, code: str) -> str:
        """Why nothing can be booked in this journal."""
        if self.journals is None:
            return ""
        found = self.journals.get(code.lower())
        if found is None:
            return _(
                "Administration %(administration)s has no journal %(code)s in AFAS, so no booking "
                "would be accepted. Choose one of AFAS's list."
            ) % {"administration": self.connection.administration, "code": code}
        if found.is_blocked:
            return _(
                "AFAS has blocked journal %(code)s and would refuse every booking. Choose another "
                "one, or have it freed in AFAS."
            ) % {"code": code}
        return ""

    def account_problem(self, number: str) -> str:
        """Why nothing can be booked on this account."""
        if self.accounts is None:
            return ""
        found, values = self.account(number), {"account": number}
        if found is None:
            sentence = _(
                "AFAS knows no ledger account %(account)s and would refuse the booking. Choose one "
                "of AFAS's list."
            )
        elif found.is_blocked:
            sentence = _(
                "AFAS has blocked ledger account %(account)s and would refuse the booking. Choose "
                "another one, or have it freed in AFAS."
            )
        elif found.is_collective:
            sentence = _(
                "Ledger account %(account)s collects what debtors or creditors owe, so AFAS books "
                "nothing on it by itself. Choose another one."
            )
        else:
            return ""
        return sentence % values

    def account_doubt(self, number: str, axis: int) -> str:
        """What may be wrong with an account: AFAS wants allocations on axes other than `axis`."""
        found = self.account(number)
        others = [str(one) for one in found.axes if one != axis] if found else []
        if not others:
            return ""
        return _(
            "AFAS wants ledger account %(account)s allocated on axis %(axes)s, which is not filled "
            "from here, so it would probably refuse the booking. Choose another account."
        ) % {"account": number, "axes": ", ".join(others)}

    def revenue_problem(self, number: str, *, with_vat: bool = True) -> str:
        """Why no revenue can be booked on this account; `with_vat`: its lines have a VAT code."""
        problem = self.account_problem(number)
        found = self.account(number)
        if problem or found is None or found.allows_vat or not with_vat:
            return problem
        return _(
            "AFAS allows no VAT code on ledger account %(account)s and would refuse revenue with "
            "VAT on it. Choose another one, or have VAT allowed on it in AFAS."
        ) % {"account": number}

    def vat_problem(self, code: str, percent: Decimal, *, reversed_charge: bool = False) -> str:
        """Why this VAT code cannot stand for what we tax at `percent`.

        What AFAS says of a reverse charge is what the customer pays, so it is not compared.
        """
        if self.vat_codes is None:
            return ""
        found, values = self.vat_code(code), {"code": code}
        if found is None:
            sentence = _(
                "AFAS knows no VAT code %(code)s and would refuse the booking. Choose one of "
                "AFAS's list."
            )
        elif found.is_blocked:
            sentence = _(
                "AFAS has blocked VAT code %(code)s and would refuse the booking. Choose another "
                "one, or have it freed in AFAS."
            )
        else:
            return "" if reversed_charge else _other_percentage(found, percent)
        return sentence % values

    def vat_doubt(self, code: str) -> str:
        """What AFAS's list leaves open about a VAT code that is not wrong."""
        found = self.vat_code(code)
        if found is None or found.percentage is not None:
            return ""
        return _(
            "AFAS's list gives no percentage for VAT code %(code)s. Look in AFAS whether it is the "
            "right one."
        ) % {"code": code}


def _other_percentage(found: AfasVatCode, percent: Decimal) -> str:
    theirs = found.percentage
    if theirs is None or theirs == percent:
        return ""
    return _(
        "VAT code %(code)s is %(theirs)s %% in AFAS and this is %(ours)s %%, so the VAT return "
        "would be wrong. Choose the code with the same percentage."
    ) % {"code": found.code, "theirs": write_number(theirs), "ours": write_number(percent)}


def _by(rows: Iterable[T] | None, code_of: Callable[[T], str]) -> dict[str, T] | None:
    found = {code_of(one).lower(): one for one in rows or () if code_of(one)}
    return found or None
