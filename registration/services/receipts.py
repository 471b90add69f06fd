"""Receipts on expenses: keeping them, taking them away, and the files on disk.

A file lies under the hash of its content, so equal receipts of a company are one file. Whoever adds
or removes one holds the company, so that no file goes while another row begins to need it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence

from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import Storage
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import Company, Membership
from core import audit
from core.errors import DomainError, FieldsError, StaleError
from registration.models import Expense, Receipt
from registration.models.receipts import receipt_path
from registration.selectors.reach import Reach, reach_of
from registration.services.receipt_files import ReceiptFile, read_receipt, too_large
from registration.services.refusals import change_refusal
from registration.services.valuation import hold

FIELD = "receipts"


def read_receipts(uploads: Iterable[UploadedFile]) -> list[ReceiptFile]:
    """What was sent, checked and ready to be kept; nothing is written.

    Raises FieldsError with a sentence for every file that is refused, and for more files than one
    expense holds, which are then not opened at all.
    """
    files, refusals, sent = [], [], list(uploads)
    _refuse_too_many(len(sent))
    for upload in sent:
        try:
            files.append(_read(upload))
        except DomainError as refusal:
            refusals.append(refusal.message)
    if refusals:
        raise FieldsError({FIELD: " ".join(refusals)})
    return files


def add_refusal(reach: Reach, expense: Expense) -> str:
    """Why this person cannot add a receipt; empty when they can.

    Its owner, whoever approves it and whoever bills can, also once it is invoiced: a receipt proves
    what it cost us, and changes nothing on an invoice that was made.
    """
    if reach.is_own(expense) or reach.approves(expense) or reach.bills:
        return ""
    return _("you do not manage this project")


def receipts_add(
    *, expense: Expense, files: Sequence[ReceiptFile], by: Membership
) -> list[Receipt]:
    """Keep `files` on `expense`, all or none; returns what is new, since what is there stays once.

    Raises DomainError for somebody who may only look, StaleError for an expense that is gone, and
    FieldsError when the expense would have more than `settings.RECEIPTS_PER_EXPENSE`.
    """
    written: list[str] = []
    try:
        with transaction.atomic():
            hold(by.company)
            current = _current(expense, by)
            _refuse_looker(current, by)
            return [_keep(current, one, by, written) for one in _new(current, files)]
    except BaseException:
        _forget_unless_used(by.company, written)
        raise


def remove_refusal(reach: Reach, expense: Expense) -> str:
    """Why this person cannot remove a receipt; empty when they can: as the expense itself."""
    return change_refusal(reach, expense)


def receipt_remove(*, receipt: Receipt, by: Membership) -> None:
    """Take a receipt off its expense; the file goes when nothing of the company needs it any more.

    Raises DomainError when the expense cannot be changed (it is being invoiced, approved, …), and
    StaleError when the receipt is gone already.
    """
    with transaction.atomic():
        hold(by.company)
        expense = _current(receipt.expense, by)
        if reason := remove_refusal(reach_of(by), expense):
            raise DomainError(
                _("The receipt stays, since the expense cannot be changed: %(reason)s.")
                % {"reason": reason}
            )
        known = Receipt.objects.of(by.company).filter(pk=receipt.pk, expense=expense).first()
        if known is None:
            raise StaleError(_("Somebody removed this receipt already."))
        known.delete()
        _record(expense, by, "expense.receipt_removed", audit.Change(before=_told(known)))


def forget_file(instance: Receipt, **_signal: object) -> None:
    """Answer the deletion of a row, with its expense or alone: once sure, let the file go."""
    company, name = instance.company, str(instance.file.name)
    transaction.on_commit(lambda: _forget_unless_used(company, [name]))


def _refuse_too_many(count: int) -> None:
    most = settings.RECEIPTS_PER_EXPENSE
    if count > most:
        text = _(
            "An expense has room for %(most)s receipts and you chose %(count)s, so none was added. "
            "Put several pages in one PDF, or make a second expense."
        )
        raise FieldsError({FIELD: text % {"most": most, "count": count}})


def _read(upload: UploadedFile) -> ReceiptFile:
    name = upload.name or ""
    if (upload.size or 0) > settings.RECEIPT_MAX_BYTES:
        raise too_large(name)
    return read_receipt(name, upload.read())


def _current(expense: Expense, by: Membership) -> Expense:
    """The expense as it is, locked, so that two uploads do not make eleven together."""
    rows = Expense.objects.of(by.company).select_related("project", "approved_by")
    found: Expense | None = rows.select_for_update(of=("self",)).filter(pk=expense.pk).first()
    if found is None:
        raise StaleError(_("Somebody deleted this expense meanwhile, so nothing was kept."))
    return found


def _refuse_looker(expense: Expense, by: Membership) -> None:
    if reason := add_refusal(reach_of(by), expense):
        raise DomainError(_("This cannot be changed: %(reason)s.") % {"reason": reason})


def _new(expense: Expense, files: Sequence[ReceiptFile]) -> list[ReceiptFile]:
    known = set(expense.receipts.values_list("sha256", flat=True))
    new = {one.sha256: one for one in files if one.sha256 not in known}
    most = settings.RECEIPTS_PER_EXPENSE
    if len(known) + len(new) > most:
        raise FieldsError(
            {
                FIELD: _(
                    "An expense has room for %(most)s receipts and this one has %(known)s, so none "
                    "was added. Put several pages in one PDF, or make a second expense."
                )
                % {"most": most, "known": len(known)}
            }
        )
    return list(new.values())


def _keep(expense: Expense, file: ReceiptFile, by: Membership, written: list[str]) -> Receipt:
    receipt = Receipt(
        company=by.company,
        expense=expense,
        name=file.name,
        content_type=file.content_type,
        size=len(file.content),
        pages=file.pages,
        sha256=file.sha256,
        uploaded_by=by.user,
    )
    storage, path = receipt.file.storage, receipt_path(receipt, "")
    if not _lies_there(storage, path, file):
        path = storage.save(path, ContentFile(file.content))
        written.append(path)
    receipt.file.name = path
    receipt.save(force_insert=True)
    _record(expense, by, "expense.receipt_added", audit.Change(after=_told(receipt)))
    return receipt


def _lies_there(storage: Storage, path: str, file: ReceiptFile) -> bool:
    """Whether the whole file does; a part, left by a process that ended early, is removed."""
    if not storage.exists(path):
        return False
    with storage.open(path) as kept:
        is_whole = hashlib.sha256(kept.read()).hexdigest() == file.sha256
    if not is_whole:
        storage.delete(path)
    return is_whole


def _forget_unless_used(company: Company, names: Sequence[str]) -> None:
    if not names:
        return
    with transaction.atomic():
        hold(company)
        rows = Receipt.objects.of(company).filter(file__in=names)
        used = set(rows.values_list("file", flat=True))
        for name in set(names) - used:
            Receipt._meta.get_field("file").storage.delete(name)


def _record(expense: Expense, by: Membership, action: str, change: audit.Change) -> None:
    audit.record(company=by.company, by=by.user, action=action, obj=expense, change=change)


def _told(receipt: Receipt) -> dict[str, object]:
    return {"receipt": receipt.name}
