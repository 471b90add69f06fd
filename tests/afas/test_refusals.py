"""What AFAS refuses of bookings and dossier items, recognised in both languages."""

from __future__ import annotations

import pytest

from integrations.afas.refusals import KNOWN, LABELS, SPECIFIC, UNKNOWN, recognise
from sandbox import fields, sentences

HEAD = fields.connectors()["FiEntries"]
LINE = HEAD.objects["FiEntries"]
PART = LINE.objects["FiDimEntries"]
SUBJECT = fields.connectors()["KnSubject"]
LINK = SUBJECT.objects["KnSubjectLink"]
FILE = SUBJECT.objects["KnSubjectAttachment"]
INVOICE = fields.connectors()["FbDirectInvoice"]
NOT_THERE, NO_KEY = sentences.DOES_NOT_EXIST, sentences.NO_FOREIGN_KEY


@pytest.mark.parametrize("language", ["nl", "en"])
@pytest.mark.parametrize(
    ("sentence", "words", "code", "named"),
    [
        (sentences.ACCOUNT_BLOCKED, ["8090"], "account_blocked", {"account": "8090"}),
        (sentences.JOURNAL_BLOCKED, ["90"], "journal_blocked", {"journal": "90"}),
        (sentences.VAT_CODE_BLOCKED, ["1"], "vat_code_blocked", {"vat_code": "1"}),
        (sentences.DESTINATION_NOT_VALID, [], "destination_invalid", {}),
        (sentences.BOTH_SIDES, [], "both_sides", {}),
        (sentences.ALLOCATION_DIFFERS, ["8074"], "allocation_differs", {"account": "8074"}),
        (NO_KEY, [LINE.fields["VaId"], "KnVat"], "vat_code_unknown", {"field": "vat_code"}),
        (NO_KEY, [LINE.fields["AcNr"], "KnAnt1"], "account_unknown", {"field": "account"}),
        (NOT_THERE, [HEAD.fields["JoCo"]], "journal_unknown", {"field": "journal"}),
        (NOT_THERE, [INVOICE.fields["JoCo"]], "journal_unknown", {"field": "journal"}),
        (NOT_THERE, [LINE.fields["PrId"]], "project_unknown", {"field": "project"}),
        (NOT_THERE, [PART.fields["DiC1"]], "axis_unknown", {"field": "cost_centre"}),
        (NOT_THERE, [PART.fields["DiC2"]], "axis_unknown", {"field": "cost_centre"}),
        (NOT_THERE, [SUBJECT.fields["StId"]], "subject_type_unknown", {"field": "subject_type"}),
        (NOT_THERE, [LINK.fields["SfId"]], "debtor_unknown", {"field": "debtor_number"}),
        (NOT_THERE, [LINK.fields["SiId"]], "code_unknown", {"field": "invoice_number"}),
        (NOT_THERE, [LINK.fields["SiUn"]], "code_unknown", {"field": "administration"}),
        (NOT_THERE, [HEAD.fields["UnId"]], "code_unknown", {"field": "administration"}),
        (NOT_THERE, [HEAD.fields["Year"]], "code_unknown", {"field": "year"}),
        (NOT_THERE, [HEAD.fields["Peri"]], "code_unknown", {"field": "period"}),
        (NOT_THERE, [INVOICE.fields["SbAt"]], "code_unknown", {"field": "attachment"}),
        (NOT_THERE, [LINE.fields["EnNo"]], "gone", {"field": "entry_number"}),
        (
            sentences.TYPE_MISMATCH,
            [FILE.fields["FileStream"]],
            "type_mismatch",
            {"field": "file"},
        ),
        (sentences.TOO_LONG, [LINE.fields["BpNr"], "32"], "too_long", {"field": "reference"}),
        (sentences.TYPE_MISMATCH, [LINE.fields["EnDa"]], "type_mismatch", {"field": "entry_date"}),
        (sentences.TYPE_MISMATCH, [LINE.fields["AmDe"]], "type_mismatch", {"field": "amount"}),
    ],
)
def test_a_refused_booking_or_dossier_item_says_what_was_wrong(
    sentence, words, code, named, language
):
    found = recognise(sentences.Refusal(sentence, *words).text(language))
    assert found.code == code
    assert named.items() <= found.values.items()


@pytest.mark.parametrize("axis", range(1, 6))
@pytest.mark.parametrize("label", ["Verbijzonderingscode as {}", "Exception axis code {}"])
def test_an_unknown_cost_centre_is_known_on_each_axis(axis, label):
    sentence = f"De ingevulde waarde bij '{label.format(axis)}' bestaat niet."
    assert recognise(sentence).code == "axis_unknown"


@pytest.mark.parametrize(
    "message",
    [
        "Omschrijving 'Rekening 8000 is geblokkeerd' mag niet.",
        "Dagboek 1234567 is geblokkeerd.",
        "Btw-code hoog is geblokkeerd.",
        "Deze bestemming is niet geldig voor dit type dossieritem, of wel.",
    ],
)
def test_what_only_looks_like_it_stays_as_afas_said_it(message):
    assert recognise(message).code == UNKNOWN


def test_what_makes_a_refusal_specific_is_a_field_that_has_a_label():
    assert {field for _, field in SPECIFIC} <= set(LABELS)
    assert {code for code, _ in SPECIFIC} <= {known.code for known in KNOWN}
