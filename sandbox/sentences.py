"""What AFAS says when it refuses, in the two languages it is asked in, with its error number.

Wordings marked [I] in the contract notes are not known; those below say "invented".
"""

from dataclasses import dataclass
from typing import Protocol

UNEXPECTED = -2147180999
GENERAL = -2147220469


class Named(Protocol):
    """Something with a code and with a name in each language: a field, an object."""

    @property
    def code(self) -> str:
        """AFAS's own code of it."""

    def name(self, language: str) -> str:
        """Its label; `language` is "nl" or "en"."""


@dataclass(frozen=True)
class Sentence:
    """One message of AFAS. `{0}`, `{1}` stand for the words that a refusal fills in."""

    nl: str
    en: str
    number: int = GENERAL


def in_other_words(refusal: "Refusal") -> "Refusal":
    """The same refusal of an empty mandatory field, as other parts of AFAS word it."""
    if refusal.sentence is not ENTER_A_VALUE or isinstance(refusal.words[0], str):
        return refusal
    return Refusal(NO_VALUE, refusal.words[0], refusal.words[0].code)


class Refusal(Exception):  # noqa: N818 - AFAS refuses; the word is the domain's
    """AFAS's functional error: status 500, one of the sentences below and a log reference."""

    def __init__(self, sentence: Sentence, *words: "str | Named") -> None:
        super().__init__(sentence.en)
        self.sentence, self.words = sentence, words

    def text(self, language: str) -> str:
        """The sentence as it is answered."""
        words = [w if isinstance(w, str) else w.name(language) for w in self.words]
        pattern = self.sentence.nl if language == "nl" else self.sentence.en
        return pattern.format(*words)


UNEXPECTED_ERROR = Sentence(
    "Er is een onverwachte fout opgetreden.", "An unexpected error has occurred.", UNEXPECTED
)
GET_NOT_GRANTED = Sentence(
    "Deze GetConnector wordt niet ondersteund of de gebruiker is niet geautoriseerd.",
    "GetConnector not supported for this app or the user is not authorized",
    -2147180996,
)
UPDATE_NOT_GRANTED = Sentence(
    "Algemene melding: Deze UpdateConnector wordt niet ondersteund"
    " of de gebruiker is niet geautoriseerd.",
    "General message: This UpdateConnector is not supported or the user is not authorized.",
    -2147180996,
)
NOT_GRANTED = (GET_NOT_GRANTED, UPDATE_NOT_GRANTED)
UNKNOWN_FIELD = Sentence("Connectorveld '{0}' niet gevonden", "Connector field '{0}' not found")
DOES_NOT_EXIST = Sentence(
    "De ingevulde waarde bij '{0}' bestaat niet.",
    "The entered value for '{0}' does not exist.",
)
ENTER_A_VALUE = Sentence("Vul een waarde in bij '{0}'.", "Enter a value for '{0}'.")
NO_VALUE = Sentence(  # the Dutch is invented
    "(AntaObject) Er is geen waarde ingevuld bij verplicht veld '{0}' ({1})",
    "(AntaObject) There is no value entered in mandatory field '{0}' ({1})",
)
TYPE_MISMATCH = Sentence("Typen komen niet overeen bij '{0}'.", "Type mismatch for '{0}'.")
PERIOD_BLOCKED = Sentence(
    "Voor deze administratie is periode {0} van het jaar {1} geblokkeerd.",
    "For this administration, period {0} of the year {1} is blocked.",
)
AXIS_MISSING = Sentence(
    "Verbijzonderingscode voor as '{0}' moet gevuld zijn bij rekening {1}",
    "Allocation code for axis '{0}' must be filled for account {1}",
)
NO_FOREIGN_KEY = Sentence(
    "(AntaObject) De foreignkey bestaat niet in de database. FieldId={0}, ForeignkeyId={1}",
    "(AntaObject) The foreignkey does not exist in the database. FieldId={0}, ForeignkeyId={1}",
)
VAT_NOT_ALLOWED = Sentence(
    "(AFASFiEntry) Btw is niet toegestaan bij rekening {0}",
    "(AFASFiEntry) VAT is not allowed for account {0}",
)
DESTINATION_NOT_VALID = Sentence(  # the English is invented
    "Deze bestemming is niet geldig voor dit type dossieritem",
    "This destination is not valid for this type of dossier item",
)
INVOICE_NUMBER_USED = Sentence(
    "Algemene melding: Factuurnummer {0} wordt al gebruikt in Financieel bij relatienummer {1}",
    "General message: Invoice number {0} is already used in finance for Debtor {1}",
)
# From here on: invented wordings.
TOO_LONG = Sentence(
    "De waarde bij '{0}' is te lang; maximaal {1} tekens.",
    "The value for '{0}' is too long; at most {1} characters.",
)
TOO_MANY_DECIMALS = Sentence(
    "De waarde bij '{0}' heeft meer dan {1} decimalen.",
    "The value for '{0}' has more than {1} decimals.",
)
NO_EMAIL = Sentence(
    "De waarde bij '{0}' is geen geldig e-mailadres.",
    "The value for '{0}' is not a valid e-mail address.",
)
WRONG_SHAPE = Sentence(
    "Het bericht heeft niet de verwachte opbouw bij '{0}'.",
    "The message does not have the expected structure at '{0}'.",
)
ALREADY_EXISTS = Sentence(
    "De ingevulde waarde bij '{0}' bestaat al: {1}.",
    "The entered value for '{0}' already exists: {1}.",
)
DEBTOR_BLOCKED = Sentence(
    "Verkooprelatie {0} is geblokkeerd voor levering.",
    "Sales contact {0} is blocked for delivery.",
)
ITEM_BLOCKED = Sentence("Item {0} is geblokkeerd.", "Item {0} is blocked.")
NOT_A_DEBTOR = Sentence(
    "Verkooprelatie {0} is geen debiteur.", "Sales contact {0} is not a debtor."
)
NO_LINES = Sentence("De factuur heeft geen regels.", "The invoice has no lines.")
INVOICE_NOT_DELETED = Sentence(
    "Pakbon {0} is al verwerkt en kan niet meer worden verwijderd.",
    "Packing slip {0} has already been processed and can no longer be deleted.",
)
INVOICE_NOT_CHANGED = Sentence(
    "Pakbon {0} is al verwerkt en kan niet meer worden gewijzigd.",
    "Packing slip {0} has already been processed and can no longer be changed.",
)
ENTRY_NOT_DELETED = Sentence(
    "Journaalpost {0} is afgeletterd of betaald en kan niet meer worden verwijderd.",
    "Journal entry {0} has been reconciled or paid and can no longer be deleted.",
)
SEVERAL_LINES = Sentence(
    "Er zijn meerdere regels met item {0}; geef de GUID van de regel.",
    "There are several lines with item {0}; give the GUID of the line.",
)
NO_ENTRY_LINES = Sentence("De boeking heeft geen regels.", "The entry has no lines.")
TOO_MANY_LINES = Sentence(
    "De boeking heeft {0} regels; maximaal {1}.", "The entry has {0} lines; at most {1}."
)
DATE_OUTSIDE_PERIOD = Sentence(
    "Datum '{0}' valt niet in periode {1} van het jaar {2}.",
    "Date '{0}' is not in period {1} of the year {2}.",
)
NOT_BALANCED = Sentence(
    "De boeking is niet in evenwicht: debet {0}, credit {1}.",
    "The entry is not balanced: debit {0}, credit {1}.",
)
ONE_INVOICE_NUMBER = Sentence(
    "Een boeking heeft één factuurnummer: op alle regels hetzelfde, of van AFAS.",
    "An entry has one invoice number: the same on all lines, or AFAS's own.",
)
ACCOUNT_BLOCKED = Sentence("Rekening {0} is geblokkeerd.", "Account {0} is blocked.")
JOURNAL_BLOCKED = Sentence("Dagboek {0} is geblokkeerd.", "Journal {0} is blocked.")
VAT_CODE_BLOCKED = Sentence("Btw-code {0} is geblokkeerd.", "VAT code {0} is blocked.")
BOTH_SIDES = Sentence(
    "Een regel heeft een bedrag debet of een bedrag credit, niet allebei.",
    "A line has an amount debit or an amount credit, not both.",
)
ALLOCATION_DIFFERS = Sentence(
    "De verbijzondering bij rekening {0} telt niet op tot het bedrag van de regel.",
    "The allocation for account {0} does not add up to the amount of the line.",
)
UNIT_DOES_NOT_FIT = Sentence(
    "Eenheid {0} is niet toegestaan bij item {1}.",
    "Unit {0} is not allowed for item {1}.",
)
SEVERAL_ORGANISATIONS = Sentence(
    "Er zijn meerdere organisaties gevonden met dezelfde waarde bij '{0}'.",
    "Several organisations were found with the same value for '{0}'.",
)
IN_USE_BY_COLLEAGUE = Sentence(
    "De boekingslay-out is in gebruik door een andere gebruiker. Probeer het later opnieuw.",
    "The booking layout is in use by another user. Try again later.",
)
