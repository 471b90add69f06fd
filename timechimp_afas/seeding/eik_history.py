"""What AFAS answered Studio Eik, and when: documents in every state, and a history of imports."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone

from accounts.models import User
from integrations.models import (
    AfasConnection,
    AfasDocument,
    Asks,
    ImportRow,
    ImportRun,
    InvoicingRun,
    PersonTask,
)
from integrations.services import answering, documents, undoing
from timechimp_afas.seeding import eik_answers as afas

FIRST_ORDER = 69990201  # below the numbers that the pretend AFAS gives
ONE_INVOICE = "Deze klant krijgt voortaan één factuur per kwartaal, op naam van de stichting."

Documents = Mapping[str, AfasDocument]
"""Invoices by the code of their project, new debtors by the name of their customer."""


def of_run(run: InvoicingRun) -> Documents:
    """The documents that one press made."""
    made = {}
    for document in run.documents.select_related("invoice__project", "customer", "connection"):
        project = document.invoice.project if document.invoice else None
        made[project.code if project else str(document.customer)] = document
    return made


def take(run: InvoicingRun, owner: User, moment: datetime) -> None:
    """AFAS takes every invoice of the run, half a minute apart.

    Afterwards one is undone, one is being deleted, one was changed there, and one came twice.
    """
    InvoicingRun.objects.filter(pk=run.pk).update(created_at=moment)
    made = of_run(run)
    for place, document in enumerate(made.values()):
        at = moment + timedelta(seconds=30 * place)
        afas.confirms(document, at, order_number=str(FIRST_ORDER + place))
    undoing.corrected_there(
        document=made["HART"], reason=ONE_INVOICE, by=owner, number="CR-2026-0031"
    )
    reason = "Dubbel met de factuur van hun inkoopportaal."
    deletion = undoing.delete_in_afas(document=made["HOUT"], reason=reason, by=owner)
    asked = timezone.now() - timedelta(hours=3)
    afas.is_silent(deletion, asked, asks=Asks.NO_LOOK_UP)
    AfasDocument.objects.filter(pk=deletion.pk).update(created_at=asked, queued_at=asked)
    _task(made["REDERIJ"], PersonTask.What.TWICE, str(FIRST_ORDER + 90), {})
    changed = {"total": "1250.00", "debtor": "20001"}
    _task(made["KOFFIE"], PersonTask.What.DIFFERS, made["KOFFIE"].order_number, changed)


def stands_still(run: InvoicingRun, owner: User) -> None:
    """What a person has to do with: refused in two ways, two kinds of doubt, debtors to decide."""
    moment = timezone.now() - timedelta(days=20)
    made = of_run(run)
    _at(run, moment)
    afas.refuses(made["HOUT"], afas.NO_SUCH_ITEM, moment)
    afas.refuses(made["ZAAK"], afas.DEBTOR_BLOCKED, moment)
    afas.is_silent(made["HART"], moment, asks=Asks.NO_LOOK_UP)
    afas.is_silent(made["REDERIJ"], moment, asks=Asks.DIFFERS)
    afas.shows_another(made["REDERIJ"], moment)
    reason = "Zwart Goud krijgt deze maand één factuur; we wachten op de laatste uren."
    documents.cancel(document=made["KOFFIE"], by=owner, reason=reason)
    afas.refuses(_debtor(made, "KAS"), afas.NO_PAYMENT_CONDITION, moment)
    afas.looks_alike(_debtor(made, "FYSIO"), moment)
    afas.is_silent(_debtor(made, "ATELIER"), timezone.now() - timedelta(minutes=7))
    _kept_answer(_debtor(made, "ATELIER"), owner)


def is_under_way(run: InvoicingRun) -> None:
    """What still moves: put off, just sent, on its way, and one in AFAS that it does not show.

    What is on its way has no worker any more, so the sweep makes it *unknown* before long.
    """
    moment = timezone.now() - timedelta(days=6)
    made = of_run(run)
    _at(run, moment)
    afas.puts_off(made["HART"])
    afas.is_silent(made["HOUT"], timezone.now() - timedelta(minutes=4), asks=Asks.NO_LOOK_UP)
    afas.is_taking(made["REDERIJ"])
    for code, place in (("KOFFIE", 30), ("ZAAK", 31)):
        afas.confirms(made[code], moment, order_number=str(FIRST_ORDER + place))
    AfasDocument.objects.filter(pk=made["ZAAK"].pk).update(asks=Asks.UNSEEN)


def _debtor(made: Documents, code: str) -> AfasDocument:
    """The document of the new debtor for which a project's invoice waits."""
    after = made[code].after
    if after is None:
        message = f"the invoice of {code} waits for nobody"
        raise ValueError(message)
    return after


def _at(run: InvoicingRun, moment: datetime) -> None:
    InvoicingRun.objects.filter(pk=run.pk).update(created_at=moment)
    AfasDocument.objects.filter(run=run).update(created_at=moment, queued_at=moment)


def _task(document: AfasDocument, what: PersonTask.What, key: str, detail: dict[str, Any]) -> None:
    PersonTask.objects.create(
        company=document.company, document=document, what=what, key=key, detail=detail
    )


def _kept_answer(document: AfasDocument, owner: User) -> None:
    """Somebody said "not there" before that was proven; AFAS is asked until it is."""
    AfasDocument.objects.filter(pk=document.pk).update(
        looks=2,
        look="absent",
        looked_at=timezone.now() - timedelta(minutes=3),
        next_look_at=timezone.now() + timedelta(minutes=1),
        detail={"looks": [afas.look(minutes=5), afas.look(minutes=3)]},
    )
    reason = "Staat niet in de lijst met debiteuren; het project gaat niet door."
    answering.give_up(document=document, reason=reason, by=owner)


def import_runs(connection: AfasConnection, owner: User) -> None:
    """The first import by hand, a night that failed, and a night with one change."""
    now = timezone.now()
    first = _import(connection, owner, now - timedelta(days=70), new=9, skipped=1)
    ImportRow.objects.create(
        company=connection.company,
        run=first,
        outcome=ImportRow.Outcome.SKIPPED,
        debtor_number="20008",
        name="Failliete Modeketen B.V.",
        reason="blocked",
    )
    failed = _import(connection, None, now - timedelta(days=3))
    ImportRun.objects.filter(pk=failed.pk).update(
        status=ImportRun.Status.FAILED,
        error="AFAS did not answer within 60 seconds. Nothing was changed; it is tried again "
        "the next night.",
    )
    _import(connection, None, now - timedelta(days=1), changed=1, unchanged=9)
    AfasConnection.objects.filter(pk=connection.pk).update(import_cursor=now - timedelta(days=1))


def _import(
    connection: AfasConnection, by: User | None, moment: datetime, **counts: int
) -> ImportRun:
    trigger = ImportRun.Trigger.BUTTON if by else ImportRun.Trigger.NIGHTLY
    run = ImportRun.objects.create(
        company=connection.company,
        connection=connection,
        trigger=trigger,
        by=by,
        status=ImportRun.Status.DONE,
        started_at=moment,
        heartbeat_at=moment + timedelta(seconds=4),
        finished_at=moment + timedelta(seconds=4),
        expected=sum(counts.values()),
        **counts,
    )
    ImportRun.objects.filter(pk=run.pk).update(queued_at=moment)
    return run
