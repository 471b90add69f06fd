"""What AFAS refuses, recognised in both languages and nothing else, as sentences of ours."""

from __future__ import annotations

from typing import Any

import pytest
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from integrations.afas.refusals import KNOWN, LABELS, LONGEST_SENTENCE, SPECIFIC, UNKNOWN
from integrations.models import AfasDocument
from integrations.services import refusals
from integrations.services.refusals import Place, place_of, recognise, sentence
from sandbox import fields, sentences

SENTENCES = {
    name: one for name, one in vars(sentences).items() if isinstance(one, sentences.Sentence)
}
NO_REFUSAL = {"UNEXPECTED_ERROR", "IN_USE_BY_COLLEAGUE"}  # they prove nothing, or "try later"
PREFIXES = ("", "(AntaObject) ", "General message: ", "Algemene melding: ")
LANGUAGES = ("nl", "en")
EVERY_CODE = {one.code for one in KNOWN} | set(SPECIFIC.values())
INVOICE = fields.connectors()["FbDirectInvoice"]
LINE = INVOICE.objects["FbDirectInvoiceLines"]
RELATION = fields.connectors()["KnSalesRelationOrg"]
ORGANISATION = RELATION.objects["KnOrganisation"]
ADDRESS = ORGANISATION.objects["KnBasicAddressAdr"]
NOT_THERE = sentences.DOES_NOT_EXIST


def said(one: sentences.Sentence, *words: Any, language: str = "nl") -> str:
    """The sentence as the pretend AFAS answers it."""
    return sentences.Refusal(one, *words).text(language)


def plain(name: str, language: str = "nl") -> str:
    """The sentence with ordinary words in its gaps."""
    words = ["1-11-2024", "8", "2024"] if name == "DATE_OUTSIDE_PERIOD" else ["12", "2024"]
    return said(SENTENCES[name], *words, language=language)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", sorted(set(SENTENCES) - NO_REFUSAL))
def test_every_refusal_of_the_pretend_afas_is_known(name: str, language: str) -> None:
    found = recognise(plain(name, language))
    assert found.code != UNKNOWN, f"give {name} a row in integrations.afas.refusals.KNOWN"


@pytest.mark.parametrize("name", sorted(NO_REFUSAL))
def test_what_proves_no_refusal_is_not_taken_for_one(name: str) -> None:
    assert {recognise(said(SENTENCES[name], language=one)).code for one in LANGUAGES} == {"refused"}


@pytest.mark.parametrize(
    ("message", "code", "values"),
    [
        (
            "The entered value for 'Itemcode' does not exist.",
            "item_unknown",
            {"field": "item_code"},
        ),
        ("De ingevulde waarde bij 'Artikelcode' bestaat niet", "item_unknown", {}),
        ("De ingevulde waarde bij 'Debiteur' bestaat niet.", "debtor_unknown", {}),
        ("De ingevulde waarde bij 'Eenheid' bestaat niet.", "code_unknown", {"field": "unit"}),
        ("The entered value for 'Unit' does not exist.", "code_unknown", {"field": "unit"}),
        ("The entered value for 'Employee' does not exist.", "code_unknown", {"label": "Employee"}),
        ("Connector field 'RfCs' not found", "field_unknown", {"label": "RfCs"}),
        ("Enter a value for 'Account Number'.", "mandatory_missing", {"field": "account"}),
        (
            "Date '1-11-2024' belongs to a blocked period",
            "period_blocked",
            {"date": "1-11-2024"},
        ),
        (
            "For this administration, period 8 of the year 2024 is blocked.",
            "period_blocked",
            {"period": "8", "year": "2024"},
        ),
        (
            "Allocation code for axis 'Cost center' must be filled for account 8074",
            "axis_missing",
            {"axis": "Cost center", "account": "8074"},
        ),
        (
            "(AntaObject) There is no value entered in mandatory field 'Rekeningnummer' (AcNr)",
            "mandatory_missing",
            {"field": "account"},
        ),
        (
            (
                "(AntaObject) The foreignkey does not exist in the database. FieldId=Btw-code, "
                "ForeignkeyId=KnVat"
            ),
            "vat_code_unknown",
            {"field": "vat_code"},
        ),
        (
            (
                "The foreignkey does not exist in the database. FieldId=Rekeningnummer "
                "ForeignkeyId=KnAnt1"
            ),
            "account_unknown",
            {"field": "account"},
        ),
        ("(AFASFiEntry) VAT is not allowed for account 8000", "vat_not_allowed", {}),
        (
            "General message: Invoice number 2026-1 is already used in finance for Creditor 7",
            "invoice_number_used",
            {"number": "2026-1", "debtor": "7"},
        ),
        (
            (
                "General message: Deze UpdateConnector wordt niet ondersteund"
                " of de gebruiker is niet geautoriseerd."
            ),
            "connector_missing",
            {},
        ),
        ("This GetConnector (definition) is blocked", "connector_blocked", {}),
        ("Type mismatch", "type_mismatch", {}),
        ("Item UREN is geblokkeerd.", "item_blocked", {"item": "UREN"}),
        ("Invoice V0000012 has already been processed.", "processed", {"number": "V0000012"}),
    ],
)
def test_what_afas_is_known_to_say_gets_its_code_and_what_it_names(
    message: str, code: str, values: dict[str, str]
) -> None:
    found = recognise(message)
    assert found.code == code
    assert values.items() <= found.values.items()


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    ("one", "words", "code", "place"),
    [
        (NOT_THERE, [LINE.fields["ItCd"]], "item_unknown", Place.ITEM),
        (NOT_THERE, [LINE.fields["VaIt"]], "code_unknown", Place.ITEM),
        (sentences.UNIT_DOES_NOT_FIT, ["uur", "KM 1"], "unit_mismatch", Place.ITEM),
        (NOT_THERE, [INVOICE.fields["DbId"]], "debtor_unknown", Place.CUSTOMER),
        (NOT_THERE, [INVOICE.fields["Unit"]], "code_unknown", Place.ADMINISTRATION),
        (NOT_THERE, [INVOICE.fields["OrNu"]], "gone", Place.AFAS),
        (NOT_THERE, [INVOICE.fields["CuId"]], "code_unknown", Place.AFAS),
        (NOT_THERE, [RELATION.fields["PaCd"]], "code_unknown", Place.SETTINGS),
        (NOT_THERE, [RELATION.fields["VaDu"]], "code_unknown", Place.SETTINGS),
        (NOT_THERE, [RELATION.fields["ColA"]], "code_unknown", Place.SETTINGS),
        (NOT_THERE, [ADDRESS.fields["CoId"]], "code_unknown", Place.CUSTOMER),
        (sentences.ENTER_A_VALUE, [RELATION.fields["PaCd"]], "mandatory_missing", Place.SETTINGS),
        (sentences.ENTER_A_VALUE, [ORGANISATION.fields["Nm"]], "mandatory_missing", Place.CUSTOMER),
        (sentences.TYPE_MISMATCH, [INVOICE.fields["OrDa"]], "type_mismatch", Place.INVOICE_DATE),
        (sentences.TOO_LONG, [ADDRESS.fields["Rs"], "60"], "too_long", Place.CUSTOMER),
        (sentences.NO_EMAIL, [ORGANISATION.fields["EmAd"]], "email_invalid", Place.CUSTOMER),
        (
            sentences.ALREADY_EXISTS,
            [RELATION.fields["DbId"], "1"],
            "already_exists",
            Place.CUSTOMER,
        ),
        (sentences.DEBTOR_BLOCKED, ["10001"], "debtor_blocked", Place.CUSTOMER),
        (sentences.NOT_A_DEBTOR, ["10001"], "not_a_debtor", Place.CUSTOMER),
        (sentences.PERIOD_BLOCKED, ["8", "2024"], "period_blocked", Place.INVOICE_DATE),
        (sentences.UPDATE_NOT_GRANTED, [], "connector_missing", Place.SETTINGS),
        (sentences.GET_NOT_GRANTED, [], "connector_missing", Place.SETTINGS),
    ],
)
def test_the_field_that_afas_names_says_where_to_mend_it(
    one: sentences.Sentence, words: list[Any], code: str, place: Place, language: str
) -> None:
    found = recognise(said(one, *words, language=language))
    assert (found.code, place_of(found.code, found.values)) == (code, place)


@pytest.mark.parametrize("prefix", [*PREFIXES, "General message: (AntaObject) ", "  \n(FbOrder)"])
def test_a_prefix_of_afas_changes_nothing(prefix: str) -> None:
    for language in LANGUAGES:
        plain = said(sentences.DEBTOR_BLOCKED, "10001", language=language)
        assert recognise(prefix + plain) == recognise(plain)
        assert recognise(prefix + plain).values == {"debtor": "10001"}


@pytest.mark.parametrize(
    "message",
    [
        "",
        "Er ging iets mis bij het journaliseren.",
        "De omschrijving 'Verkooprelatie 10001 is geblokkeerd voor levering.' mag niet.",
        "Omschrijving: The entered value for 'Itemcode' does not exist.",
        "The entered value for 'Itemcode' does not exist. Neither does another.",
        "De ingevulde waarde bij 'X' mag niet: 'Itemcode' bestaat niet.",
        "The entered value for 'a' and 'Itemcode' does not exist.",
        "Ik vroeg of het UpdateConnector not supported or the user is not authorized was",
        "Eenheid " + "u" * 600 + " is niet toegestaan bij item A",
        "(AntaObject) " * 300,
    ],
)
def test_anything_else_stays_as_afas_said_it(message: str) -> None:
    found = recognise(message)
    assert (found.code, dict(found.values)) == ("refused", {})
    assert sentence(found.code, found.values) == ""
    assert place_of(found.code) == Place.NOWHERE


@given(st.text() | st.binary().map(lambda raw: raw.decode("utf-8", "surrogateescape")))
def test_no_text_makes_it_fail(text: str) -> None:
    found = recognise(text)
    for code in (found.code, text):
        assert isinstance(sentence(code, {"field": text, "item": text}), str)
        assert place_of(code, {"field": text}) in Place


typed = st.text(max_size=60) | st.sampled_from(
    [plain(n, lang) for n in SENTENCES for lang in LANGUAGES]
)


@given(
    st.sampled_from(sorted(SENTENCES)), st.sampled_from(LANGUAGES), st.tuples(typed, typed, typed)
)
def test_what_a_user_typed_cannot_pose_as_another_refusal(
    name: str, language: str, words: tuple[str, str, str]
) -> None:
    own = recognise(plain(name)).code
    allowed = {own, "refused"} | {more for (code, _), more in SPECIFIC.items() if code == own}
    assert recognise(said(SENTENCES[name], *words, language=language)).code in allowed


def test_a_very_long_message_is_not_even_tried() -> None:
    item = "x" * LONGEST_SENTENCE
    assert recognise(f"De waarde bij '{item}' is te lang; maximaal 9 tekens.").code == "refused"
    assert recognise("a" * 5_000_000).code == "refused"


@pytest.mark.parametrize("code", sorted(EVERY_CODE | set(refusals.SAID) | set(refusals.PLACES)))
def test_a_code_fits_the_document_and_its_sentence_says_what_of_the_money(code: str) -> None:
    assert len(code) <= AfasDocument._meta.get_field("problem").max_length
    for values in ({}, {"field": "unit", "item": "100%s", "period": "8", "year": "2024"}):
        ours = sentence(code, values)
        assert not ours or "this attempt" in ours
        assert "%(" not in ours


def test_a_label_is_of_one_field_only() -> None:
    labels = [label.casefold() for names in LABELS.values() for label in names]
    assert len(labels) == len(set(labels))


def test_our_sentence_names_what_afas_named() -> None:
    found = recognise(said(sentences.UNIT_DOES_NOT_FIT, "uur", "KM 1"))
    assert sentence(found.code, found.values) == (
        "AFAS does not allow the unit “uur” for item KM 1, so this attempt booked nothing. Correct "
        "the AFAS item of the activity, expense category or project, or that of the AFAS settings, "
        "then try again."
    )
    found = recognise(said(NOT_THERE, RELATION.fields["PaCd"]))
    assert "“payment condition”" in sentence(found.code, found.values)
    assert sentence(found.code, found.values).endswith("in the AFAS settings, then try again.")
    found = recognise("For this administration, period 8 of the year 2024 is blocked.")
    assert "(8/2024)" in sentence(found.code, found.values)
    assert "another invoice date" in sentence(found.code, found.values)


def test_our_sentence_is_in_the_language_of_the_reader() -> None:
    found = recognise("De ingevulde waarde bij 'Eenheid' bestaat niet.")
    for language, name in (("en", "“unit of the item”"), ("nl", "“eenheid van het artikel”")):
        with translation.override(language):
            assert name in sentence(found.code, found.values)


def test_what_is_not_there_to_name_is_an_ellipsis() -> None:
    assert sentence("unit_mismatch").startswith("AFAS does not allow the unit “…” for item …,")
    assert sentence("period_blocked").startswith("In AFAS the period of the invoice date")
