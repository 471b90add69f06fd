"""KnSubject: a dossier item, such as the PDF of an invoice, filed under a debtor and an invoice."""

import base64
import binascii
import hashlib
import re
from dataclasses import dataclass

from sandbox import directory, documents, receivables, sentences
from sandbox.answers import Answer
from sandbox.payloads import Received
from sandbox.sentences import Refusal
from sandbox.store import Record, Store

ORGANISATION, SALES_RELATION = "3", "4"  # SfTp: where it is filed
SALES_INVOICE = "1"  # SiTp
INVOICE_LINK = ("SiUn", "SiTp", "SiId")
KEPT_BYTES = 16
PDF_PAGE = re.compile(rb"/Type\s*/Page(?![A-Za-z])")


@dataclass(frozen=True)
class SubjectType:
    """One type of dossier item: where it may be filed, and whether it takes files."""

    description: str
    destinations: frozenset[str]
    takes_files: bool


TYPES = {
    "5": SubjectType("Verkoopfactuur", frozenset({SALES_RELATION}), takes_files=True),
    "6": SubjectType("Notitie zonder bijlage", frozenset({SALES_RELATION}), takes_files=False),
    "-5": SubjectType("Digitale post", frozenset({ORGANISATION, SALES_RELATION}), takes_files=True),
}


def insert(store: Store, environment: str, subject: Received) -> Answer:
    """Checks the item as AFAS does and keeps it. Answers its number, as text.

    Of a file its size, SHA-256, first bytes and number of pages are kept, not the file. Raises
    Refusal. Runs inside the caller's transaction.
    """
    directory.check_codes(subject)
    links = subject.objects.get("KnSubjectLink", [])
    kind = _type(subject)
    for link in links:
        _check_destination(store, environment, link, kind)
        _check_invoice(store, environment, link)
    files = _files(subject)
    if files and not kind.takes_files:
        raise Refusal(sentences.DESTINATION_NOT_VALID)
    number = documents.free_number(store, environment, documents.SUBJECT, "SbId")
    kept = {
        "number": number,
        "type": kind.description,
        "header": _without_file(subject),
        "links": [link.as_sent() for link in links],
        "files": files,
    }
    documents.keep(store, environment, documents.SUBJECT, kept)
    return Answer(201, {"results": {"KnSubject": {"SbId": number}}})


def _type(subject: Received) -> SubjectType:
    kind = TYPES.get(subject.text("StId"))
    if kind is None:
        raise Refusal(sentences.DOES_NOT_EXIST, subject.field("StId"))
    return kind


def _check_destination(store: Store, environment: str, link: Received, kind: SubjectType) -> None:
    place, code = link.text("SfTp"), link.text("SfId")
    if not place and not code:
        return
    for needed in ("SfTp", "SfId"):
        if not link.text(needed):
            raise Refusal(sentences.ENTER_A_VALUE, link.field(needed))
    if place not in kind.destinations:
        raise Refusal(sentences.DESTINATION_NOT_VALID)
    if not _exists(store, environment, place, code):
        raise Refusal(sentences.DOES_NOT_EXIST, link.field("SfId"))


def _exists(store: Store, environment: str, place: str, code: str) -> bool:
    if place == SALES_RELATION:
        return store.get("debtor", environment, code) is not None
    return any(debtor["BcCo"] == code for debtor in store.all("debtor", environment))


def _check_invoice(store: Store, environment: str, link: Received) -> None:
    """Administration, type and number go together and name an invoice in the ledger."""
    sent = [code for code in INVOICE_LINK if link.text(code)]
    if not sent:
        return
    for code in INVOICE_LINK:
        if code not in sent:
            raise Refusal(sentences.ENTER_A_VALUE, link.field(code))
    unit, kind, number = (link.text(code) for code in INVOICE_LINK)
    if store.get("administration", environment, unit) is None:
        raise Refusal(sentences.DOES_NOT_EXIST, link.field("SiUn"))
    if kind != SALES_INVOICE:
        raise Refusal(sentences.DOES_NOT_EXIST, link.field("SiTp"))
    if receivables.user_of(store, environment, unit, number) is None:
        raise Refusal(sentences.DOES_NOT_EXIST, link.field("SiId"))


def _files(subject: Received) -> list[Record]:
    """The attachments, and the one file that may stand on the item itself."""
    files = [_file(one, "FileName") for one in subject.objects.get("KnSubjectAttachment", [])]
    return [_file(subject, "SbPa"), *files] if subject.text("FileStream") else files


def _file(part: Received, name: str) -> Record:
    if not part.text(name):
        raise Refusal(sentences.ENTER_A_VALUE, part.field(name))
    try:
        content = base64.b64decode(part.text("FileStream"), validate=True)
    except (binascii.Error, ValueError):
        raise Refusal(sentences.TYPE_MISMATCH, part.field("FileStream")) from None
    is_pdf = content.startswith(b"%PDF-")
    return {
        "name": part.text(name),
        "size": len(content),
        "sha256": hashlib.sha256(content).hexdigest(),
        "first_bytes": content[:KEPT_BYTES].decode("latin-1"),
        "pages": (len(PDF_PAGE.findall(content)) or None) if is_pdf else None,
    }


def _without_file(subject: Received) -> Record:
    return {code: value for code, value in subject.as_sent().items() if code != "FileStream"}
