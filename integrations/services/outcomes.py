"""What came of a POST, and what that proves (DECISIONS A2). What is not listed proves nothing."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from core.secrets import scrub
from integrations.afas.client import Answer
from integrations.afas.errors import (
    AfasError,
    Busy,
    Denied,
    DeniedReason,
    Rejected,
    Unreachable,
)
from integrations.models import Kind
from integrations.services.refusals import recognise

# Our column ← the keys that AFAS may answer with, the first that is there.
KEYS: dict[str, dict[str, tuple[str, ...]]] = {
    Kind.CUSTOMER: {"debtor_number": ("DbId",)},
    Kind.DIRECT_INVOICE: {
        "order_number": ("OrNu",),
        "invoice_number": ("SinOrNu", "InvoiceNr", "InId"),
    },
    Kind.SALES_BOOKING: {
        "entry_number": ("EnNo",),
        "unit": ("UnId",),
        "invoice_number": ("InId",),
    },
    Kind.ATTACHMENT: {"subject_number": ("SbId",)},
    Kind.DELETION: {},  # any 2xx proves it
}
LONGEST_KEY = 16  # a debtor number; order and invoice numbers are shorter
LOG_REFERENCE = 64


class Proof(StrEnum):
    """What an answer, or its absence, proves about a POST."""

    DONE = "done"
    REFUSED = "refused"
    NOT_STARTED = "not_started"
    DENIED = "denied"
    NOTHING = "nothing"


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What came of one POST. `keys` maps our columns to AFAS's numbers; `wait` is seconds."""

    proof: Proof
    keys: dict[str, str] = field(default_factory=dict)
    status: int | None = None
    body: str = ""
    message: str = ""
    log_reference: str = ""
    problem: str = ""
    wait: int = 0


def accepted(kind: Kind, answer: Answer) -> Outcome:
    """A 2xx: done when its key can be read; without one it is accepted, identity unknown.

    A deletion has no key of its own: any 2xx is done (DECISIONS A2).
    """
    keys = {
        column: next((found for name in names if (found := _key(answer, name))), "")
        for column, names in KEYS[kind].items()
    }
    first = next(iter(KEYS[kind]), None)
    is_done = first is None or bool(keys[first])
    given = {column: value for column, value in keys.items() if value}
    return Outcome(
        proof=Proof.DONE if is_done else Proof.NOTHING,
        keys=given if is_done else {},
        status=answer.status,
        body=storable(answer.body),
    )


def _key(answer: Answer, name: str) -> str:
    """AFAS's number under this name; what no number of AFAS can be is none."""
    found = answer.values.get(name, "")
    return found if len(found) <= LONGEST_KEY and found.isprintable() else ""


def storable(text: str) -> str:
    """A text of AFAS's side as it may be kept: no secrets, and no NUL, which PostgreSQL refuses."""
    return scrub(text).replace("\0", "\ufffd")


def outcome_of(error: AfasError) -> Outcome:
    """What an error proves (DECISIONS A2); what is not listed proves nothing."""
    proof, problem, wait = Proof.NOTHING, "", 0
    match error:
        case Unreachable():
            proof, wait = Proof.NOT_STARTED, 60
        case Busy():
            proof, wait = Proof.NOT_STARTED, error.retry_after
        case Denied() if error.reason == DeniedReason.CREDENTIALS:
            proof = Proof.DENIED
        case Denied():
            problem = "address_refused"
        case Rejected() if error.log_reference:
            proof = Proof.REFUSED
            problem = recognise(error.message).code
    return Outcome(
        proof=proof,
        status=error.status,
        body=storable(error.body),
        message=storable(error.message),
        log_reference=storable(error.log_reference)[:LOG_REFERENCE],
        problem=problem,
        wait=wait,
    )
