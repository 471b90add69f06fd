"""People take part: they answer, cancel, undo, mend and resume, early and while things go wrong.

They may be hasty, but they never lie: who says what AFAS holds has looked into its books just
before, and what is answered outright was looked at after the quiet time (DECISIONS A4).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from random import Random

from django.db.models import QuerySet

from accounts.models import User
from core.errors import DomainError
from integrations.models import AfasConnection, AfasDocument, Asks, Kind, State
from integrations.services import (
    answering,
    checking,
    deciding,
    documents,
    looking,
    pausing,
    undoing,
)
from tests.chaos.pretend import Books
from tests.chaos.world import World

REASON = "chaos"
MOST_UNDONE = 1 / 10  # of what AFAS made


@dataclass
class Person:
    """Somebody at work, who does one thing at a time."""

    world: World
    name: str

    def act(self, step: int) -> None:
        """Do what this step asks for, if there is anything to do it to."""
        dice = self.world.plan.dice(self.name, step)
        actions, weights = zip(*self._habits(), strict=True)
        action: Callable[[Random], None] = dice.choices(actions, weights)[0]
        try:
            action(dice)
        except DomainError as error:
            self.world.tally.told(action.__name__, error)

    def _habits(self) -> list[tuple[Callable[[Random], None], int]]:
        answers = 2 if self.world.plan.look_up else 0
        return [
            (self.answer, answers),
            (self.cancel, 1),
            (self.undo, 4),
            (self.correct_by_hand, 1),
            (self.settle_refused, 6),
            (self.resume, 4),
            (self.press_test, 2),
            (self.rest, 4),
        ]

    def answer(self, dice: Random) -> None:
        """Say what AFAS holds of an unknown document, often before it counts."""
        document = self._one(AfasDocument.objects.filter(state=State.UNKNOWN), dice)
        if document:
            self.settle_unknown(document, give_up=dice.random() < 0.3)

    def settle_unknown(self, document: AfasDocument, *, give_up: bool = False) -> None:
        """Look into the books, then say so. Raises DomainError when the answer does not count."""
        was_quiet = answering.opens_at(document) is None
        number = self._in_books(document)
        if number is not None:
            self._touch(document, "found by a person")
            answering.it_is_there(document=document, number=number, by=self._who(document))
        elif was_quiet or looking.can_look(document):
            say = answering.give_up if give_up else answering.it_is_not_there
            self._touch(document, "said not to be there")
            say(document=document, reason=REASON, by=self._who(document))

    def _in_books(self, document: AfasDocument) -> str | None:
        """The number it has in AFAS; None when it is not there. A deletion that was done has ""."""
        books = self.world.afas.books(document.environment)
        if document.kind == Kind.DELETION and document.target:
            return None if self._standing(books, document.target) else ""
        if document.kind == Kind.CUSTOMER and document.customer:
            found = books.debtors_with(document.customer.kvk_number)
        else:
            found = self._standing(books, document)
        return found[0] if found else None

    def _standing(self, books: Books, document: AfasDocument) -> list[str]:
        """AFAS's numbers of what it holds now of an invoice, a booking or a file."""
        match document.kind:
            case Kind.SALES_BOOKING:
                return books.booked(document.reference)
            case Kind.ATTACHMENT:
                return books.files(document.reference)
            case _:
                return [one.number for one in books.of(document.reference)]

    def cancel(self, dice: Random) -> None:
        """Give something up that has not left."""
        waiting = AfasDocument.objects.filter(
            state__in=(State.WAITING, State.QUEUED), kind__in=undoing.UNDOABLE
        )
        document = self._one(waiting, dice)
        if document:
            self._touch(document, "cancelled while waiting")
            documents.cancel(document=document, by=self._who(document), reason=REASON)

    def undo(self, dice: Random) -> None:
        """Have AFAS delete an invoice that it made, or a booking."""
        document = self._one(self._confirmed(), dice)
        if document and self._may_undo():
            undoing.delete_in_afas(document=document, reason=REASON, by=self._who(document))
            self.world.tally.count("deletions asked for")

    def correct_by_hand(self, dice: Random) -> None:
        """Delete it in AFAS oneself, then say so here."""
        document = self._one(self._confirmed(), dice)
        if document is None or undoing.open_deletion(document) or not self._may_undo():
            return
        books = self.world.afas.books(document.environment)
        if document.key not in self._standing(books, document):
            return
        kind = "entry" if document.kind == Kind.SALES_BOOKING else "invoice"
        order = {"environment": document.environment, "kind": kind, "key": document.key}
        self.world.afas.order("remove", **order)
        self.world.tally.count("deleted in AFAS by hand")
        undoing.corrected_there(document=document, reason=REASON, by=self._who(document))

    def _may_undo(self) -> bool:
        """Undoing is rare, even here."""
        made = AfasDocument.objects.filter(
            kind__in=undoing.UNDOABLE, state__in=(State.CONFIRMED, State.UNDONE)
        ).count()
        gone = AfasDocument.objects.filter(state=State.UNDONE).count()
        under_way = AfasDocument.objects.filter(kind=Kind.DELETION).exclude(
            state__in=(State.CONFIRMED, State.CANCELLED)
        )
        return gone + under_way.count() < made * MOST_UNDONE

    def settle_refused(self, dice: Random) -> None:
        """Mend what AFAS refused and send it again, or give it up."""
        document = self._one(AfasDocument.objects.filter(state=State.REJECTED), dice)
        if document is None:
            return
        self._touch(document, "refusals settled")
        by = self._who(document)
        if document.problem == "look_alike" and document.detail.get("alike"):
            self._link_or_cancel(document, by)
        elif dice.random() < 0.2:
            documents.cancel(document=document, by=by, reason=REASON)
        else:
            self._mend(document)
            documents.retry(document=document, by=by)

    def _link_or_cancel(self, document: AfasDocument, by: User) -> None:
        number = document.detail["alike"][0]["number"]
        try:
            deciding.link_to(document=document, debtor_number=number, by=by)
        except DomainError:  # it is another customer's: the two have to be made one by hand
            documents.cancel(document=document, by=by, reason=REASON)

    def _mend(self, document: AfasDocument) -> None:
        """A debtor may have been blocked."""
        link = document.customer and document.customer.afas_links.filter(
            environment=document.environment
        )
        for number in link.values_list("debtor_number", flat=True) if link else ():
            order = {"environment": document.environment, "kind": "debtor", "key": number}
            self.world.afas.order("block", **order, blocked=False)

    def resume(self, _dice: Random) -> None:
        """Let paused connections go on, after a look at why."""
        for connection in AfasConnection.objects.filter(paused_at__isnull=False):
            pausing.resume(connection, by=self.world.site_of(connection.company_id).owner)
            self.world.tally.count("connections resumed")

    def press_test(self, _dice: Random) -> None:
        """Press "Test again" where the look-up is blind: its witness may have been undone."""
        blind = AfasConnection.objects.filter(documents__asks=Asks.BLIND).distinct()
        for connection in blind.select_related("company"):
            owner = self.world.site_of(connection.company_id).owner
            checking.check_again(connection=connection, by=owner)
            self.world.tally.count("links tested again")

    def rest(self, _dice: Random) -> None:
        """Have coffee."""

    def _confirmed(self) -> QuerySet[AfasDocument]:
        """Invoices that AFAS made, and bookings."""
        return AfasDocument.objects.filter(kind__in=undoing.UNDOABLE, state=State.CONFIRMED)

    def _one(self, found: QuerySet[AfasDocument], dice: Random) -> AfasDocument | None:
        """One of them, as a page would show it."""
        rows = found.order_by("created_at", "id")
        place = int(dice.random() * rows.count())
        related = ("company", "connection", "customer", "invoice", "target__connection")
        return rows.select_related(*related)[place : place + 1].first()

    def _who(self, document: AfasDocument) -> User:
        return self.world.site_of(document.company_id).biller

    def _touch(self, document: AfasDocument, what: str) -> None:
        self.world.touched.add(document.pk)
        self.world.tally.count(what)
