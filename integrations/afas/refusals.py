"""AFAS's refusals in its own words, Dutch and English, and what each of them names.

A refusal is recognised by its whole sentence, from first word to last: words that a user typed (an
item code, an order number) stand in the middle of one and cannot pose as another. What is not
recognised is "refused", so that it is shown as AFAS said it.

To add one: a row in KNOWN, and its code in PLACES and SAID of `services.refusals`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

LONGEST_SENTENCE = 500
UNKNOWN = "refused"


@dataclass(frozen=True, kw_only=True)
class Refusal:
    """What AFAS refused. `code` is a stable word of at most 30 characters.

    `values` holds what its sentence names, each only where it does: "label" (a field, in AFAS's
    words), "field" (the same in ours, a key of LABELS), "item", "unit", "debtor", "number", "most",
    "period", "year", "date", "account", "axis", "connector", "journal", "vat_code".
    """

    code: str
    values: Mapping[str, str] = field(default_factory=dict)


LABELS: Mapping[str, tuple[str, ...]] = {
    "item_code": ("Itemcode", "Item code", "Artikelcode", "Item", "Artikel"),
    "item_kind": ("Type item", "Soort item", "Item type", "Itemtype"),
    "unit": ("Eenheid", "Unit"),
    "quantity": ("Aantal eenheden", "Number of units"),
    "unit_price": ("Prijs per eenheid", "Price per unit"),
    "debtor_number": (
        "Verkooprelatie",
        "Sales contact",
        "Debiteur",
        "Debtor",
        "Debiteurnummer",
        "Debtor number",
        "Bestemming",
        "Destination",
    ),
    "administration": (
        "Administratie",
        "Administration",
        "Nummer administratie",
        "Administration number",
        "Administratie (verkoop)",
        "Administration (Sales)",
    ),
    "invoice_date": (
        "Datum",
        "Date",
        "Orderdatum",
        "Order date",
        "Factuurdatum",
        "Invoice date",
        "Boekstukdatum",
        "Voucher date",
    ),
    "order_number": ("Pakbonnummer", "Packing slip number", "Ordernummer", "Order number"),
    "invoice_number": ("Factuurnummer", "Invoice number", "Verkoopfactuur", "Sales invoice"),
    "reference": (
        "Ordernummer/referentie",
        "Order number/reference",
        "Referentie klant",
        "Boekstuknummer",
        "Entry number",
    ),
    "payment_condition": ("Betalingsvoorwaarde", "Payment condition"),
    "vat_duty": ("Btw-plicht", "VAT duty"),
    "collective_account": ("Verzamelrekening", "Summary account", "Collective account"),
    "currency": ("Valuta", "Currency"),
    "account": ("Rekeningnummer", "Account number"),
    "vat_code": ("Btw-code", "VAT code"),
    "period": ("Periode", "Period"),
    "year": ("Boekjaar", "Financial year"),
    "journal": ("Dagboek", "Journal", "Dagboek factuur", "Journal invoice"),
    "entry_number": ("Nummer journaalpost", "Journal entry number"),
    "entry_date": ("Datum boeking", "Date entry"),
    "due_date": ("Vervaldatum", "Expiry date"),
    "amount": ("Bedrag debet", "Amount debit", "Bedrag credit", "Amount credit"),
    "cost_centre": (
        *(f"Verbijzonderingscode as {axis}" for axis in range(1, 6)),
        *(f"Exception axis code {axis}" for axis in range(1, 6)),
    ),
    "project": ("Project",),
    "attachment": ("Bijlage", "Attachment"),
    "subject_type": ("Type dossieritem", "Dossier item type"),
    "subject": ("Onderwerp", "Subject"),
    "file_name": ("Naam bestand", "FileName"),
    "file": ("Bestand", "File as byte-array"),
    "organisation": ("Organisatie", "KnOrganisation", "Organisation", "Nummer", "Number"),
    "name": ("Naam", "Name"),
    "country": ("Land", "Country"),
    "street": ("Straat", "Street"),
    "house_number": ("Huisnummer", "House number"),
    "house_addition": ("Toevoeging aan huisnummer", "House number addition"),
    "postcode": ("Postcode", "Postal code"),
    "city": ("Woonplaats", "City"),
    "email": ("E-mail werk", "E-mailadres werk", "Work e-mail"),
    "phone": ("Telefoonnr. werk", "Telefoonnummer werk", "Work phone no."),
    "vat_number": ("Btw-identificatienummer", "VAT identification number", "Btw-nummer"),
    "kvk": ("KvK-nummer", "COC number", "Chamber of commerce number"),
}
"""Our word for each field we send → what AFAS calls it, in Dutch and in English."""
FIELD_OF = {label.casefold(): name for name, labels in LABELS.items() for label in labels}

SLOTS = {
    "label": r"""['‘’"“](?P<label>[^'‘’"“”]{1,80})['’"”]""",
    "field_id": r"FieldId=(?P<label>[^,=]{1,80}?),? ForeignkeyId=\w{1,40}",
    "item": r"(?P<item>.{1,40}?)",
    "unit": r"(?P<unit>.{1,15}?)",
    "debtor": r"(?P<debtor>\S{1,16}?)",
    "number": r"(?P<number>.{1,80}?)",
    "invoice": r"(?P<number>\S{1,30}?)",
    "most": r"(?P<most>[0-9]{1,6})",
    "period": r"(?P<period>[0-9]{1,3})",
    "year": r"(?P<year>[0-9]{4})",
    "date": r"['‘](?P<date>[0-9./-]{6,10})['’]",
    "account": r"(?P<account>\S{1,16}?)",
    "journal": r"(?P<journal>.{1,6}?)",
    "vat_code": r"(?P<vat_code>.{1,3}?)",
    "axis": r"['‘](?P<axis>[^'‘’]{1,60})['’]",
    "connector": r"(?:Get|Update)Connector(?: (?P<connector>\w{1,60}))?",
    "amounts": r"[^:]{1,80}",
    "too_late_nl": r"en kan niet (?:meer )?(?:worden )?(?:verwijderd|gewijzigd)(?: worden)?",
    "too_late_en": r"and (?:cannot|can no longer) be (?:deleted|changed)",
}
PREFIXES = re.compile(
    r"(?:(?:\([A-Z]\w{0,39}\)|General message:|Algemene melding:)\s*){0,4}", re.IGNORECASE
)


@dataclass(frozen=True)
class Known:
    """A refusal of AFAS in its two languages."""

    code: str
    dutch: re.Pattern[str]
    english: re.Pattern[str]


def _known(code: str, dutch: str, english: str) -> Known:
    """The whole sentence; its full stop may be absent."""
    nl, en = (
        re.compile(text.format_map(SLOTS) + r"\.?", re.IGNORECASE) for text in (dutch, english)
    )
    return Known(code, nl, en)


# [S] AFAS's own pages, [V] seen by other links with AFAS, [C] read in their code; the rest is
# invented, as the sandbox words it, until somebody shows us AFAS's own wording.
KNOWN: tuple[Known, ...] = (
    _known(  # [S]
        "code_unknown",
        r"De ingevulde waarde bij {label} bestaat niet",
        r"The entered value for {label} does not exist",
    ),
    _known(  # [V] in English; "Rekeningnummer" with KnAnt1 also for a relation that is no debtor
        "code_unknown",
        r"De foreignkey bestaat niet in de database\. {field_id}",
        r"The foreignkey does not exist in the database\. {field_id}",
    ),
    _known(  # [S] and [C]
        "connector_missing",
        r"(?:Deze )?{connector} wordt niet ondersteund(?: voor deze app)?"
        r" of de gebruiker is niet geautoriseerd",
        r"(?:This )?{connector} (?:is )?not supported(?: for this app)?"
        r"(?: or the user is not authori[sz]ed)?",
    ),
    _known(  # [S] in English
        "connector_blocked",
        r"Deze {connector}(?: \(definitie\))? is geblokkeerd",
        r"This {connector}(?: \(definition\))? is blocked",
    ),
    _known(  # [S] in English
        "field_unknown",
        r"Connectorveld {label} niet gevonden",
        r"Connector field {label} not found",
    ),
    _known(  # [S] in English
        "mandatory_missing", r"Vul een waarde in bij {label}", r"Enter a value for {label}"
    ),
    _known(  # [V] in English
        "mandatory_missing",
        r"Er is geen waarde ingevuld bij verplicht veld {label}(?: \(\w+\))?",
        r"There is no value entered in mandatory field {label}(?: \(\w+\))?",
    ),
    _known(  # [S] in English
        "period_blocked",
        r"Voor deze administratie is periode {period} van het jaar {year} geblokkeerd",
        r"For this administration, period {period} of the year {year} is blocked",
    ),
    _known(  # [S] in English
        "period_blocked",
        r"Datum {date} (?:valt in|behoort tot) een geblokkeerde periode",
        r"Date {date} belongs to a blocked period",
    ),
    _known(
        "date_outside_period",
        r"Datum {date} valt niet in periode {period} van het jaar {year}",
        r"Date {date} is not in period {period} of the year {year}",
    ),
    _known(  # [S] in English
        "axis_missing",
        r"Verbijzonderingscode voor as {axis} moet gevuld zijn bij rekening {account}",
        r"Allocation code for axis {axis} must be filled for account {account}",
    ),
    _known(  # [V] in English
        "vat_not_allowed",
        r"Btw is niet toegestaan bij rekening {account}",
        r"VAT is not allowed for account {account}",
    ),
    _known(
        "account_blocked", r"Rekening {account} is geblokkeerd", r"Account {account} is blocked"
    ),
    _known("journal_blocked", r"Dagboek {journal} is geblokkeerd", r"Journal {journal} is blocked"),
    _known(
        "vat_code_blocked",
        r"Btw-code {vat_code} is geblokkeerd",
        r"VAT code {vat_code} is blocked",
    ),
    _known(  # [S] and [C] in Dutch; also of a type that takes no file
        "destination_invalid",
        r"Deze bestemming is niet geldig voor dit type dossieritem",
        r"This destination is not valid for this type of dossier item",
    ),
    _known(  # [V]
        "invoice_number_used",
        r"Factuurnummer {invoice} wordt al gebruikt in Financieel bij relatienummer {debtor}",
        r"Invoice number {invoice} is already used in finance for (?:Debtor|Creditor) {debtor}",
    ),
    _known(  # [V] in English
        "type_mismatch",
        r"Typen komen niet overeen(?: bij {label})?",
        r"Type mismatch(?: for {label})?",
    ),
    _known(
        "too_long",
        r"De waarde bij {label} is te lang; maximaal {most} tekens",
        r"The value for {label} is too long; at most {most} characters",
    ),
    _known(
        "too_many_decimals",
        r"De waarde bij {label} heeft meer dan {most} decimalen",
        r"The value for {label} has more than {most} decimals",
    ),
    _known(
        "email_invalid",
        r"De waarde bij {label} is geen geldig e-mailadres",
        r"The value for {label} is not a valid e-mail address",
    ),
    _known(
        "wrong_shape",
        r"Het bericht heeft niet de verwachte opbouw bij {label}",
        r"The message does not have the expected structure at {label}",
    ),
    _known(
        "already_exists",
        r"De ingevulde waarde bij {label} bestaat al(?:: {number})?",
        r"The entered value for {label} already exists(?:: {number})?",
    ),
    _known(
        "debtor_blocked",
        r"(?:Verkooprelatie|Debiteur) {debtor} is geblokkeerd(?: voor levering)?",
        r"(?:Sales contact|Debtor) {debtor} is blocked(?: for delivery)?",
    ),
    _known(
        "not_a_debtor",
        r"Verkooprelatie {debtor} is geen debiteur",
        r"Sales contact {debtor} is not a debtor",
    ),
    _known("item_blocked", r"(?:Item|Artikel) {item} is geblokkeerd", r"Item {item} is blocked"),
    _known(
        "unit_mismatch",
        r"Eenheid {unit} is niet toegestaan bij item {item}",
        r"Unit {unit} is not allowed for item {item}",
    ),
    _known(
        "several_organisations",
        r"Er zijn meerdere organisaties gevonden met dezelfde waarde bij {label}",
        r"Several organisations were found with the same value for {label}",
    ),
    _known(
        "processed",
        r"(?:(?:De|Deze) factuur|(?:Factuur|Pakbon) {invoice}) is al verwerkt(?: {too_late_nl})?",
        r"(?:(?:The|This) invoice|(?:Invoice|Packing slip) {invoice})"
        r" (?:is already|has already been|has been) processed(?: {too_late_en})?",
    ),
    _known(
        "reconciled",
        r"Journaalpost {invoice} is afgeletterd of betaald(?: {too_late_nl})?",
        r"Journal entry {invoice} has been reconciled or paid(?: {too_late_en})?",
    ),
    _known(
        "several_lines",
        r"Er zijn meerdere regels met item {item}; geef de GUID van de regel",
        r"There are several lines with item {item}; give the GUID of the line",
    ),
    _known("no_lines", r"De factuur heeft geen regels", r"The invoice has no lines"),
    _known("no_lines", r"De boeking heeft geen regels", r"The entry has no lines"),
    _known(
        "too_many_lines",
        r"De boeking heeft [0-9]+ regels; maximaal {most}",
        r"The entry has [0-9]+ lines; at most {most}",
    ),
    _known(
        "not_balanced",
        r"De boeking is niet in evenwicht(?:: {amounts})?",
        r"The entry is not balanced(?:: {amounts})?",
    ),
    _known(
        "both_sides",
        r"Een regel heeft een bedrag debet of een bedrag credit, niet allebei",
        r"A line has an amount debit or an amount credit, not both",
    ),
    _known(
        "allocation_differs",
        r"De verbijzondering bij rekening {account} telt niet op tot het bedrag van de regel",
        r"The allocation for account {account} does not add up to the amount of the line",
    ),
    _known(
        "one_invoice_number",
        r"Een boeking heeft één factuurnummer: op alle regels hetzelfde, of van AFAS",
        r"An entry has one invoice number: the same on all lines, or AFAS's own",
    ),
)


SPECIFIC: Mapping[tuple[str, str], str] = {
    ("code_unknown", "item_code"): "item_unknown",
    ("code_unknown", "debtor_number"): "debtor_unknown",
    ("code_unknown", "order_number"): "gone",  # sent only as the key of what is to be deleted
    ("code_unknown", "entry_number"): "gone",  # the same
    ("code_unknown", "account"): "account_unknown",
    ("code_unknown", "vat_code"): "vat_code_unknown",
    ("code_unknown", "journal"): "journal_unknown",
    ("code_unknown", "cost_centre"): "axis_unknown",
    ("code_unknown", "project"): "project_unknown",
    ("code_unknown", "subject_type"): "subject_type_unknown",
    ("already_exists", "invoice_number"): "invoice_number_used",
}
"""Refusals that name a field say more for some fields."""


def recognise(message: str) -> Refusal:
    """What AFAS's sentence refuses, with or without its prefixes; "refused" when it is not known.

    Never raises: any text will do, however long.
    """
    text = " ".join(message.split())
    if len(text) > LONGEST_SENTENCE:
        return Refusal(code=UNKNOWN)
    text = PREFIXES.sub("", text, count=1)
    for known in KNOWN:
        found = known.dutch.fullmatch(text) or known.english.fullmatch(text)
        if found:
            return _named(known.code, found)
    return Refusal(code=UNKNOWN)


def _named(code: str, found: re.Match[str]) -> Refusal:
    values = {name: value for name, value in found.groupdict().items() if value}
    ours = FIELD_OF.get(values.get("label", "").strip().casefold(), "")
    if ours:
        values["field"] = ours
    return Refusal(code=SPECIFIC.get((code, ours), code), values=values)
