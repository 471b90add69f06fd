"""Dossier items: the invoice as PDF, where AFAS keeps what belongs to a relation.

A stored body stays small: in the place of the file stands its hash, and the file is put in when the
body leaves. A body without its file cannot be taken for a whole one, since a colon is no Base64.
"""

from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from integrations.afas import fieldlist
from integrations.afas.building import CannotBuild, body, required
from integrations.afas.query import as_text
from integrations.afas.text import cut, one_line

SUBJECT = "KnSubject"
LINK = "KnSubjectLink"
ATTACHMENT = "KnSubjectAttachment"
SUBJECT_NUMBER = "SbId"
STREAM = "FileStream"

SALES_RELATION = "4"
SALES_INVOICE = 1
SHA256 = re.compile(r"[0-9a-f]{64}")
PLACEHOLDER = re.compile(rb'(?<="%b":")sha256:([0-9a-f]{64})(?=")' % STREAM.encode())


@dataclass(frozen=True, kw_only=True)
class SubjectData:
    """A file in the dossier of a debtor, and at its booked sales invoice where one is named.

    `type_id` is the type of dossier item, which the customer of AFAS made. `day` is Dutch local
    time, or aware. `content_hash` is the SHA-256 of the file in 64 hexadecimal digits.
    `invoice_number` and `administration` are those of the booking in AFAS.
    """

    type_id: int
    subject: str
    day: datetime
    debtor_number: str
    file_name: str
    content_hash: str
    administration: int | None = None
    invoice_number: str = ""


def subject(data: SubjectData) -> bytes:
    """The body of a POST to KnSubject, but for the file, which `with_content` puts in.

    Raises CannotBuild.
    """
    title = one_line(data.subject)
    if not title:
        raise CannotBuild("subject", "missing")
    fields = {
        "StId": data.type_id,
        "Ds": cut(title, fieldlist.length(SUBJECT, "Ds")),
        "Da": as_text(data.day),
    }
    parts = [_part(LINK, _link(data)), _part(ATTACHMENT, _attachment(data))]
    return body(SUBJECT, {"Fields": fields, "Objects": parts})


def with_content(body: bytes | str, content: bytes) -> bytes:
    """The body that leaves: with the file in it. ValueError when it is made for another file."""
    frozen = body.encode() if isinstance(body, str) else body
    found = list(PLACEHOLDER.finditer(frozen))
    if len(found) != 1:
        raise ValueError("this body waits for no file")
    if found[0][1].decode() != hashlib.sha256(content).hexdigest():
        raise ValueError("this body waits for another file")
    return frozen[: found[0].start()] + base64.b64encode(content) + frozen[found[0].end() :]


def _part(name: str, fields: dict[str, Any]) -> dict[str, Any]:
    return {name: {"Element": {"Fields": fields}}}


def _link(data: SubjectData) -> dict[str, Any]:
    fields = {
        "DoCRM": True,
        "SfTp": SALES_RELATION,
        "SfId": required(data.debtor_number, LINK, "SfId", "debtor_number"),
    }
    return fields | _invoice(data) if data.invoice_number else fields


def _invoice(data: SubjectData) -> dict[str, Any]:
    if data.administration is None:
        raise CannotBuild("administration", "missing")
    number = required(data.invoice_number, LINK, "SiId", "invoice_number")
    return {"SiUn": data.administration, "SiTp": SALES_INVOICE, "SiId": number}


def _attachment(data: SubjectData) -> dict[str, str]:
    if not SHA256.fullmatch(data.content_hash):
        raise CannotBuild("content_hash", "invalid")
    name = required(data.file_name, ATTACHMENT, "FileName", "file_name")
    return {"FileName": name, STREAM: f"sha256:{data.content_hash}"}
