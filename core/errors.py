"""The one error that people may read."""

from __future__ import annotations

from collections.abc import Iterable


class DomainError(Exception):
    """A rule of the business said no.

    `message` is a whole sentence for a bookkeeper: what is wrong, what it means for the money, and
    what to do now. Pages show it as it is; nothing has been saved when it is raised.
    """

    def __init__(self, message: object) -> None:
        super().__init__(str(message))
        self.message = str(message)


class StaleError(DomainError):
    """The rows changed between reading and saving; read them again and repeat."""


class FieldsError(DomainError):
    """Refusals that belong to named form fields.

    `errors` maps a field name to its sentence, so that a form can show each beside its field.
    """

    def __init__(self, errors: dict[str, str]) -> None:
        super().__init__(" ".join(errors.values()))
        self.errors = errors


def sentences(errors: Iterable[DomainError]) -> list[str]:
    """The readable sentences of several errors, in order, each once."""
    return list(dict.fromkeys(error.message for error in errors))
