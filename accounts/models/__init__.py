"""Companies, people, who may do what where, and the keys of their programs."""

from accounts.models.api import ANSWERS_KEPT, ApiKey, IdempotentAnswer, Scope
from accounts.models.people import (
    INVITATION_LIFETIME,
    RIGHTS_OF_ROLE,
    TIME_ZONES,
    Company,
    Invitation,
    Membership,
    Right,
    Role,
    User,
    UserAccounts,
    _expiry,  # the first migration names these two
    _token,
)

__all__ = [
    "ANSWERS_KEPT",
    "INVITATION_LIFETIME",
    "RIGHTS_OF_ROLE",
    "TIME_ZONES",
    "ApiKey",
    "Company",
    "IdempotentAnswer",
    "Invitation",
    "Membership",
    "Right",
    "Role",
    "Scope",
    "User",
    "UserAccounts",
    "_expiry",
    "_token",
]
