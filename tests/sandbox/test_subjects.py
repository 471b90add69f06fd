import base64
import hashlib
from typing import Any

import pytest

from sandbox.testing import Running
from tests.sandbox.conftest import PDF, Client, entry, invoice, pdf, subject
from tests.sandbox.test_entries import assert_refused

NOT_VALID = "This destination is not valid for this type of dossier item"


def number(answer: Any) -> str:
    assert answer.status_code == 201, answer.text
    return answer.json()["results"]["KnSubject"]["SbId"]


@pytest.fixture
def booked(afas: Client) -> Client:
    assert afas.post("FiEntries", entry()).ok
    return afas


def test_a_dossier_item_is_answered_with_its_number_as_text(booked: Client) -> None:
    answer = booked.post("KnSubject", subject())

    assert answer.json() == {"results": {"KnSubject": {"SbId": "120045"}}}
    assert number(booked.post("KnSubject", subject())) == "120046"


def test_of_a_file_its_size_its_hash_and_its_pages_are_kept_and_not_the_file(
    sandbox: Running, booked: Client
) -> None:
    booked.post("KnSubject", subject())

    (kept,) = sandbox.state()["subjects"]
    assert kept["header"] == {
        "StId": 5,
        "Ds": "Verkoopfactuur INV-2026-0042",
        "Da": "2026-03-31T10:00:00",
    }
    assert kept["files"] == [
        {
            "name": "INV-2026-0042.pdf",
            "size": len(PDF),
            "sha256": hashlib.sha256(PDF).hexdigest(),
            "first_bytes": "%PDF-1.7\n<</Type",
            "pages": 2,
        }
    ]
    (link,) = kept["links"]
    assert (link["SfTp"], link["SfId"], link["SiId"]) == ("4", "10001", "20260042")


def test_several_files_and_a_file_on_the_item_itself_are_taken(
    sandbox: Running, booked: Client
) -> None:
    text = base64.b64encode(b"plain").decode()
    own = {"SbPa": "own.txt", "FileStream": text}
    booked.post("KnSubject", subject(pdf(), pdf(FileName="second.txt", FileStream=text), **own))

    (kept,) = sandbox.state()["subjects"]
    assert [(file["name"], file["pages"]) for file in kept["files"]] == [
        ("own.txt", None),
        ("INV-2026-0042.pdf", 2),
        ("second.txt", None),
    ]
    assert "FileStream" not in kept["header"]


@pytest.mark.parametrize(
    ("header", "link", "sentence"),
    [
        ({"StId": None}, {}, "Enter a value for 'Dossier item type'."),
        ({"Ds": None}, {}, "Enter a value for 'Subject'."),
        ({"Ds": "x" * 256}, {}, "The value for 'Subject' is too long; at most 255 characters."),
        ({"StId": 7}, {}, "The entered value for 'Dossier item type' does not exist."),
        ({"StId": "five"}, {}, "Type mismatch for 'Dossier item type'."),
        ({"StId": 6}, {}, NOT_VALID),
        ({"Da": "yesterday"}, {}, "Type mismatch for 'Submission date'."),
        ({"Xyz": 1}, {}, "Connector field 'Xyz' not found"),
        ({}, {"SfTp": "3", "SfId": "1000100"}, NOT_VALID),
        ({}, {"SfTp": "1"}, NOT_VALID),
        ({}, {"SfTp": "5"}, "The entered value for 'Type bestemming' does not exist."),
        ({}, {"SfId": "99999"}, "The entered value for 'Bestemming' does not exist."),
        ({}, {"SfId": None}, "Enter a value for 'Bestemming'."),
        ({}, {"SfTp": None}, "Enter a value for 'Type bestemming'."),
        ({}, {"SiId": "20260043"}, "The entered value for 'Sales invoice' does not exist."),
        ({}, {"SiUn": 2}, "The entered value for 'Sales invoice' does not exist."),
        ({}, {"SiUn": 3}, "The entered value for 'Administration (Sales)' does not exist."),
        ({}, {"SiTp": 2}, "The entered value for 'Invoice type (sales)' does not exist."),
        ({}, {"SiUn": None}, "Enter a value for 'Administration (Sales)'."),
        ({}, {"SiTp": None}, "Enter a value for 'Invoice type (sales)'."),
        ({}, {"SiId": None}, "Enter a value for 'Sales invoice'."),
        ({}, {"PjId": "P-1"}, "The entered value for 'Project' does not exist."),
    ],
)
def test_an_item_that_is_wrong_is_refused_with_its_field(
    sandbox: Running, booked: Client, header: Any, link: Any, sentence: str
) -> None:
    assert_refused(booked.post("KnSubject", subject(link=link, **header)), sentence)
    assert sandbox.state()["subjects"] == []


@pytest.mark.parametrize(
    ("file", "sentence"),
    [
        ({"FileName": None}, "Enter a value for 'FileName'."),
        ({"FileStream": None}, "Enter a value for 'File as byte-array'."),
        ({"FileStream": "JVBERi0x*"}, "Type mismatch for 'File as byte-array'."),
        ({"FileStream": "JVBERi0xL"}, "Type mismatch for 'File as byte-array'."),
        ({"FileStream": "sha256:" + "a" * 64}, "Type mismatch for 'File as byte-array'."),
        ({"FileName": "x" * 256}, "The value for 'FileName' is too long; at most 255 characters."),
    ],
)
def test_a_file_that_is_none_is_refused(
    sandbox: Running, booked: Client, file: dict[str, Any], sentence: str
) -> None:
    assert_refused(booked.post("KnSubject", subject(pdf(**file))), sentence)
    assert sandbox.state()["subjects"] == []


def test_the_refusal_of_a_destination_is_afas_own_dutch(booked: Client) -> None:
    booked.language = "nl-nl"

    assert_refused(
        booked.post("KnSubject", subject(StId=6)),
        "Deze bestemming is niet geldig voor dit type dossieritem",
    )


def test_a_type_without_files_takes_an_item_without_one(booked: Client) -> None:
    body = subject(StId=6)
    del body["KnSubject"]["Element"]["Objects"][1]

    assert booked.post("KnSubject", body).status_code == 201


@pytest.mark.parametrize(
    "link",
    [
        {"SfTp": "3", "SfId": "1000100"},
        {"SfTp": None, "SfId": None},
        {"SiUn": None, "SiTp": None, "SiId": None},
    ],
    ids=["an organisation", "no relation", "no invoice"],
)
def test_digital_post_may_be_filed_elsewhere(booked: Client, link: dict[str, Any]) -> None:
    assert booked.post("KnSubject", subject(link=link, StId=-5)).status_code == 201


def test_an_item_is_filed_under_a_direct_invoice_and_a_number_booked_by_hand(
    sandbox: Running, afas: Client
) -> None:
    afas.post("FbDirectInvoice", invoice(SinOrNu="20260042"))
    hand = {"environment": "12345", "invoice_number": "20260043", "debtor": "10001", "total": 1}
    sandbox.order("book_by_hand", hand)

    for one in ("20260042", "20260043"):
        assert afas.post("KnSubject", subject(link={"SiId": one})).status_code == 201


def test_a_direct_invoice_may_name_an_item_that_exists_in_its_environment(
    sandbox: Running, booked: Client
) -> None:
    refusal = "The entered value for 'Attachment' does not exist."
    assert_refused(booked.post("FbDirectInvoice", invoice(SbAt=120045)), refusal)

    made = number(booked.post("KnSubject", subject()))

    assert booked.post("FbDirectInvoice", invoice(SbAt=int(made))).status_code == 201
    assert len(sandbox.state()["subjects"]) == 1
    assert sandbox.state("54321")["subjects"] == []


def test_an_item_can_be_removed_by_a_test_and_not_changed_or_deleted_by_a_client(
    sandbox: Running, booked: Client
) -> None:
    booked.post("KnSubject", subject())

    assert booked.put("KnSubject", subject()).json()["errorNumber"] == -2147180996
    path = "connectors/KnSubject/KnSubject/@SbId/120045"
    assert booked.call("DELETE", path).json()["errorNumber"] == -2147180996
    assert len(sandbox.state()["subjects"]) == 1
    sandbox.order("remove", {"environment": "12345", "kind": "subject", "key": "120045"})
    assert sandbox.state()["subjects"] == []


def test_metainfo_describes_the_item_its_links_and_its_files(afas: Client) -> None:
    described = afas.get("metainfo/update/KnSubject").json()

    assert [part["name"] for part in described["objects"]] == [
        "KnSubjectLink",
        "KnSubjectAttachment",
    ]
    fields = {one["fieldId"]: one for one in described["fields"]}
    assert (fields["Da"]["dataType"], fields["FileStream"]["dataType"]) == ("date", "blob")
    assert (fields["StId"]["mandatory"], fields["SbId"]["mandatory"]) == (True, False)
