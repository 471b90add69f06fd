"""What became of Studio Eik's own invoices in AFAS: bookings, reversals and PDFs in every state.

The documents are made by the services; AFAS's answers, and when they came, are written. What it
claims to be in AFAS the pretend AFAS holds too (sandbox/data/entries_54321.csv).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils import timezone

from integrations.models import (
    AfasConnection,
    AfasDocument,
    Asks,
    BookingRun,
    Kind,
)
from integrations.services import bookings, documents, undoing
from timechimp_afas.seeding import eik_answers as afas
from timechimp_afas.seeding.desk import MORNING, Desk
from timechimp_afas.seeding.eik_books import attach_from_now_on, fill_in_exempt
from timechimp_afas.seeding.eik_invoices import Invoices

FIRST_ENTRY, FIRST_SUBJECT = 5701, 120011  # below the numbers that the pretend AFAS gives
LISTS = ("journal", "account", "vat", "period")
LETTERS = str.maketrans("0123456789", "ABCDEFGHJK")
WRONG_CENTRE = "Op de verkeerde kostenplaats geboekt; opnieuw boeken op KANTOOR."
WRONG_PERIOD = "De creditnota hoort in de volgende periode."
STOPPED = "De opdracht is ingetrokken; de boeking moet eruit."
NOT_WRONG = "Bij nader inzien klopt de boeking."
BY_HAND = "De boekhouder heeft deze factuur zelf al ingevoerd."
PDF_THERE = "De PDF staat al in het dossier."


@dataclass
class Telling:
    """The story as it goes: the desk at which it is told, and the next number that AFAS gives."""

    desk: Desk
    connection: AfasConnection
    made: Invoices
    entry: int = FIRST_ENTRY

    def moment(self, days: int) -> datetime:
        """A morning so many days ago."""
        day = self.desk.today - timedelta(days=days)
        return timezone.make_aware(datetime.combine(day, MORNING))

    def run(self, days: int, *stories: str) -> list[AfasDocument]:
        """Choose, check and confirm these invoices together; their bookings in that order."""
        chosen = [self.made[story] for story in stories]
        by, at = self.desk.biller.user, self.moment(days)
        with self.desk.happening(at.date()):
            run = bookings.begin(connection=self.connection, invoices=chosen, by=by)
            bookings.confirm(run=run, token=bookings.check(run).token, by=by)
        BookingRun.objects.filter(pk=run.pk).update(created_at=at, confirmed_at=at)
        AfasDocument.objects.filter(booking_run=run).update(created_at=at, queued_at=at)
        made = {one.invoice_id: one for one in run.documents.select_related("connection")}
        return [made[one.pk] for one in chosen if one.pk in made]

    def take(self, days: int, booked: Sequence[AfasDocument]) -> list[AfasDocument]:
        """AFAS books them, twenty seconds apart, under numbers that follow each other."""
        for place, document in enumerate(booked):
            self._bears(document, _reference_of(self.entry))
            at = self.moment(days) + timedelta(seconds=20 * (place + 1))
            number = document.invoice.number if document.invoice else ""
            keys = {"entry_number": str(self.entry), "unit": "1", "invoice_number": number}
            with self.desk.happening(at.date()):
                afas.confirms(document, at, **keys)
            seen = at + timedelta(minutes=1)
            AfasDocument.objects.filter(pk=document.pk).update(
                seen_at=seen, looked_at=seen, look="found", next_look_at=None
            )
            self.entry += 1
        return list(booked)

    def _bears(self, document: AfasDocument, reference: str) -> None:
        """A reference that the pretend AFAS knows beforehand."""
        document.payload = document.payload.replace(document.reference, reference)
        document.reference = reference
        document.save(update_fields=["payload", "reference"])


def tell(connection: AfasConnection, desk: Desk, made: Invoices) -> dict[str, AfasDocument]:
    """Book the invoices, as they were booked over the months. Returns the bookings by invoice."""
    told = Telling(desk, connection, made)
    with _without_lists(connection):
        paid, also, partly = told.take(54, told.run(54, "paid", "paid too", "partly paid"))
        first, reverse = told.take(40, told.run(40, "booked again", "being reversed"))
        _reverse(told, first, days=31)
        (again,) = told.take(30, told.run(30, "booked again"))
        attach_from_now_on(connection)
        ours = ("credited", "credit note", "differs", "lost")
        credited, note, differs, lost = told.take(25, told.run(25, *ours))
        (here_only,) = told.take(14, _mixed_run(told))
        _put_off(told)
        found = {
            "paid": paid,
            "paid too": also,
            "partly paid": partly,
            "booked again": again,
            "being reversed": reverse,
            "credited": credited,
            "credit note": note,
            "differs": differs,
            "lost": lost,
            "paid here only": here_only,
        }
        _ask_for_reversals(told, found)
    fill_in_exempt(connection)
    _attach(told, found)
    return found


@contextmanager
def _without_lists(connection: AfasConnection) -> Iterator[None]:
    """The seed asks AFAS for nothing: meanwhile the lists of journals and the like count as not
    granted, so that nobody reads them."""
    granted, names = connection.findings, [getattr(connection, f"{one}_connector") for one in LISTS]
    connection.findings = [one for one in granted if one["connector"] not in names]
    connection.save(update_fields=["findings"])
    yield
    connection.findings = granted
    connection.save(update_fields=["findings"])


def _reference_of(entry: int) -> str:
    return f"TCEKBKEN{str(entry).translate(LETTERS)}"


def _reverse(told: Telling, booking: AfasDocument, *, days: int) -> None:
    """AFAS deleted it, as somebody here asked."""
    at = told.moment(days)
    with told.desk.happening(at.date()):
        deletion = _deletion(told, booking, WRONG_CENTRE)
        afas.confirms(deletion, at)
    AfasDocument.objects.filter(pk=booking.pk).update(undone_at=at)


def _deletion(told: Telling, booking: AfasDocument, reason: str) -> AfasDocument:
    by = told.desk.biller.user
    return undoing.delete_in_afas(document=booking, reason=reason, by=by)


def _mixed_run(told: Telling) -> list[AfasDocument]:
    """One is booked. Of the others one is refused, one in doubt, one waits for its debtor, one was
    given up; and one got no document, since its VAT code was not filled in yet."""
    at, by = told.moment(14), told.desk.biller.user
    stories = ("paid here only", "refused", "in doubt", "waits", "by hand", "not booked")
    booked, refused, doubtful, _waits, given_up = told.run(14, *stories)
    day = told.made["refused"].invoice_date
    afas.refuses(refused, afas.PERIOD_BLOCKED.format(period=day.month, year=day.year), at)
    afas.is_silent(doubtful, at, asks=Asks.NO_LOOK_UP)
    with told.desk.happening(at.date()):
        documents.cancel(document=given_up, by=by, reason=BY_HAND)
    return [booked]


def _put_off(told: Telling) -> None:
    """The newest one: AFAS asked to come back tomorrow."""
    (document,) = told.run(0, "put off")
    afas.puts_off(document)


def _ask_for_reversals(told: Telling, found: dict[str, AfasDocument]) -> None:
    """Of one nobody knows, one is refused since something was paid on it, one was put off, and one
    was taken back in time."""
    asked = timezone.now() - timedelta(hours=5)
    doubtful = _deletion(told, found["being reversed"], STOPPED)
    afas.is_silent(doubtful, asked, asks=Asks.NO_LOOK_UP)
    paid = _deletion(told, found["partly paid"], WRONG_CENTRE)
    afas.refuses(paid, afas.RECONCILED.format(number=found["partly paid"].entry_number), asked)
    AfasDocument.objects.filter(pk__in=(doubtful.pk, paid.pk)).update(
        created_at=asked, queued_at=asked
    )
    afas.puts_off(_deletion(told, found["credit note"], WRONG_PERIOD))
    taken_back = _deletion(told, found["paid too"], WRONG_CENTRE)
    documents.cancel(document=taken_back, by=told.desk.biller.user, reason=NOT_WRONG)


def _attach(told: Telling, found: dict[str, AfasDocument]) -> None:
    """The PDFs that went along since that was switched on, each in another state."""
    items = {
        story: AfasDocument.objects.get(kind=Kind.ATTACHMENT, attached_to=booking)
        for story, booking in found.items()
        if booking.attachments.exists()
    }
    at = told.moment(25) + timedelta(minutes=2)
    afas.confirms(items["credited"], at, subject_number=str(FIRST_SUBJECT))
    afas.refuses(items["credit note"], afas.WRONG_TYPE, at)
    afas.is_silent(items["differs"], at, asks=Asks.NO_LOOK_UP)
    documents.cancel(document=items["lost"], by=told.desk.biller.user, reason=PDF_THERE)
    stand = [items[name].pk for name in ("credit note", "differs", "lost")]
    AfasDocument.objects.filter(pk__in=stand).update(created_at=at, queued_at=at)
    afas.puts_off(items["paid here only"])
