"""What only a person can settle: the answer is theirs, and it carries their name."""

from __future__ import annotations

from django.db import transaction
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from accounts.models import User
from core import audit
from core.errors import DomainError, StaleError
from integrations.models import PersonTask


@transaction.atomic
def resolve(*, task: PersonTask, by: User, note: str) -> None:
    """Somebody settled it, in AFAS or here; `note` says how.

    Raises DomainError without a note, StaleError when somebody was first.
    """
    note = note.strip()
    if not note:
        raise DomainError(_("Say what you did, so that a colleague understands it later."))
    settled = PersonTask.objects.filter(pk=task.pk, resolved_at__isnull=True).update(
        resolved_at=Now(), resolved_by=by, resolution=note
    )
    if not settled:
        raise StaleError(_("Somebody else settled this meanwhile; look at it again."))
    audit.record(
        company=task.company,
        by=by,
        action="afas_document.task_settled",
        obj=task.document or task,
        change=audit.Change(reason=note, after={"what": task.what, "key": task.key}),
    )
