"""People. They look truly: what they answer is what AFAS holds at the moment they look.

They do what the pages offer: answer what is unknown, mend what was refused, cancel, undo, bill and
book again, pause and resume. What a service refuses with a sentence they leave for later.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from django.db import OperationalError

from core.errors import DomainError
from integrations.models import AfasConnection, AfasDocument, Kind, State
from integrations.services import (
    answering,
    billing,
    comparing,
    connecting,
    deciding,
    documents,
    pausing,
)
from invoicing.services.bundling import Options
from invoicing.services.pricing import Grouping
from registration.models import Selection
from tests.hostile.bookkeepers import Bookkeeper
from tests.hostile.colleague import DOCUMENT, REASON
from tests.hostile.stage import Crash
from tests.hostile.truth import BROKEN
from tests.hostile.world import DAY, KNOWN, SHARED, open_link, prove_look_up, sql


@dataclass
class Person(Bookkeeper):
    """Somebody who does whatever the pages offer. `asked` and `mended` are the documents that were
    seen to need a person."""

    asked: set[str] = field(default_factory=set)
    mended: set[str] = field(default_factory=set)

    def live(self) -> None:
        """Looks at the pages every few minutes, until the run is over."""
        while True:
            self.stage.wait(self.stage.random.uniform(90, 900 if self.fate.calm else 1500))
            for act in self._to_do():
                self._try(act)
            if not self.fate.calm:
                self._go_on()
            self._try(self.tidy)
            self._try(self._mind_the_link)

    def _go_on(self) -> None:
        """New work."""
        if self.stage.random.random() < (0.2 if self.to_book else 0.5):
            self._try(self._bill)
        if self.to_book and self.stage.random.random() < 0.5:
            self._try(self.book)
        if self.fate.chance("paid", 0.2):
            self._try(self.see_paid)
        if self.fate.chance("keyed", 0.4):
            self._try(self.key_in)
        if self.fate.chance("compare", 0.2):
            self._try(self._compare)

    def _try(self, act: Callable[[], None]) -> None:
        """Do it; a sentence is an answer, and so is "try again"; anything else is a fault."""
        try:
            act()
        except (DomainError, OperationalError) as error:
            self.stage.say("is told:", error)
        except Crash:  # the web server was killed; the person tries again some time
            pass
        except Exception as error:
            self.truth.bad(BROKEN, f"{type(error).__name__} for a person: {error}")

    def _to_do(self) -> list[Callable[[], None]]:
        rows = sql(
            f"SELECT reference, state, asks FROM {DOCUMENT} WHERE company_id = ?", self.firm.company
        )
        self.by_hand &= {reference for reference, state, _asks in rows if state == State.CONFIRMED}
        self.asked |= {reference for reference, _state, asks in rows if asks}
        self.mended |= {reference for reference, state, _asks in rows if state == State.REJECTED}
        return [act for row in rows if (act := self._wish(*row))]

    def _wish(self, reference: str, state: str, asks: str) -> Callable[[], None] | None:
        """What this person wants to do about a document, if anything."""
        random = self.stage.random
        wishes = {
            State.UNKNOWN: (self._answers(reference, asks), self._answer),
            State.REJECTED: (0.8, self._mend),
            State.QUEUED: (self.fate.mix.rate("cancel", 0.05), self._cancel),
            State.WAITING: (self.fate.mix.rate("cancel", 0.05), self._cancel),
            State.CONFIRMED: (self.fate.mix.rate("undo", 0.12), self.undo),
        }
        often, act = wishes.get(State(state), (0.0, None))
        if reference in self.by_hand and state == State.CONFIRMED:
            often = 1.0
        elif self.fate.calm and state in {State.QUEUED, State.WAITING, State.CONFIRMED}:
            return None
        if act is None or random.random() >= often:
            return None
        return lambda: act(reference)

    def _answers(self, reference: str, asks: str) -> float:
        """How likely this person is to answer what is unknown."""
        if self.fate.mix.silent:
            return 0.0
        if reference in self.keyed:
            return 1.0
        return 0.7 if asks else self.fate.mix.rate("early", 0.3)

    # ---- what is unknown

    def _answer(self, reference: str) -> None:
        document = self.open(reference)
        if document.state != State.UNKNOWN:
            return
        number = self.number_in_afas(document)
        opens = answering.opens_at(document)
        if not number and opens and "early" not in self.fate.mix:
            return  # the buttons are off
        if self.is_keyed_only(document):
            self.take_over(document)
            return
        self.think(60)
        document = self.open(reference)
        self.tried[reference] += 1
        if number and (self.tried[reference] < 3 or document.kind != Kind.CUSTOMER):
            self.note(reference, "answers: it is there,", number)
            answering.it_is_there(document=document, number=number, by=self.by)
        elif document.kind != Kind.DELETION and self.stage.random.random() < 0.3:
            self.note(reference, "answers: not there, give it up")
            answering.give_up(document=document, reason=REASON, by=self.by)
        else:
            self.note(reference, "answers: not there")
            answering.it_is_not_there(document=document, reason=REASON, by=self.by)

    # ---- what was refused

    def _mend(self, reference: str) -> None:
        document = self.open(reference)
        if document.state != State.REJECTED:
            return
        self.note(reference, "mends", document.problem)
        self.tried[reference] += 1
        if document.kind == Kind.DELETION:
            self.mend_deletion(document)
        elif document.kind == Kind.SALES_BOOKING and self._is_settled_there(document):
            self.stage.say("looks after", reference)
        elif self.tried[reference] > 2:
            documents.cancel(document=document, by=self.by, reason="It does not work.")
        elif document.detail.get("alike") and document.problem == "look_alike":
            self._decide(document)
        elif self.stage.random.random() < 0.7 and not document.connection.closed_at:
            self._put_right(document)
            self.think(30)
            documents.retry(document=self.open(reference), by=self.by)
        else:
            documents.cancel(document=document, by=self.by, reason=REASON)

    def _is_settled_there(self, document: AfasDocument) -> bool:
        """Whether a colleague keyed what was refused; what never left cannot be taken over."""
        is_there = bool(self.number_in_afas(document) and document.payload)
        if is_there:
            self.take_over(document)
        return is_there

    def _put_right(self, document: AfasDocument) -> None:
        """In AFAS, or in its settings."""
        self.wire.afas.faulty.discard(document.reference)
        if document.customer:
            self.wire.afas.faulty.discard(document.customer.kvk_number)
        self.wire.lacking.clear()

    def _decide(self, document: AfasDocument) -> None:
        """A debtor that looks alike: the same organisation, or another one?"""
        kvk = document.customer.kvk_number if document.customer else ""
        same = self.wire.afas.debtor_of(kvk)
        alike = {one["number"] for one in document.detail["alike"]}
        if same and same.number in alike:
            deciding.link_to(document=document, debtor_number=same.number, by=self.by)
        elif same:  # AFAS has it, though the page does not show it yet
            documents.cancel(document=document, by=self.by, reason=REASON)
        elif document.customer and document.customer.number in alike:
            documents.cancel(document=document, by=self.by, reason="That number is somebody else's")
        else:
            deciding.create_anyway(document=document, by=self.by)

    def _cancel(self, reference: str) -> None:
        document = self.open(reference)
        self.note(reference, "cancels")
        self.think(5)
        documents.cancel(document=document, by=self.by, reason=REASON)

    # ---- billing, and the link

    def _bill(self) -> None:
        hours = self._unbilled()
        if not hours:
            return
        connection = open_link(self.firm)
        selection = Selection.objects.create(
            company_id=self.firm.company, user_id=self.firm.biller, hours=hours
        )
        options = Options(invoice_date=DAY, grouping=Grouping.ENTRY)
        check = billing.check_selection(connection=connection, selection=selection, options=options)
        self.think(60)
        self.stage.say("bills", *(f"h{pk}" for pk in hours))
        billing.invoice_in_afas(
            connection=connection,
            selection=selection,
            options=options,
            token=check.token,
            by=self.by,
        )

    def _unbilled(self) -> list[int]:
        """One or two hours of one customer that are not billed yet."""
        pk = self.firm.customers[self.stage.random.choice(self._customers())]
        rows = sql(
            "SELECT hour.id FROM registration_hour hour JOIN registration_project project"
            " ON project.id = hour.project_id WHERE project.customer_id = ?"
            " AND hour.billing = 'unbilled' ORDER BY hour.id",
            pk,
        )
        return [row[0] for row in rows][: self.stage.random.randint(1, 2)]

    def _customers(self) -> list[str]:
        mix = self.fate.mix
        kinds = [KNOWN, "numbered", "new"] if "newcomers" in mix or "namesake" in mix else [KNOWN]
        return [*kinds, SHARED] if "shared" in mix else kinds

    def _compare(self) -> None:
        self.stage.say("has AFAS compared")
        comparing.ask(connection=open_link(self.firm), by=self.by)

    def _mind_the_link(self) -> None:
        paused = sql(
            "SELECT paused_at FROM integrations_afasconnection"
            " WHERE company_id = ? AND closed_at IS NULL",
            self.firm.company,
        )[0][0]
        if paused:
            if self.fate.calm or self.stage.random.random() < 0.6:
                self.wire.revoked = False
                self.stage.say("resumes")
                pausing.resume(open_link(self.firm), by=self.by)
        elif self.fate.chance("pause", 0.05):
            self.stage.say("pauses")
            pausing.pause(open_link(self.firm), because=AfasConnection.Pause.PERSON, by=self.by)
        elif self.fate.chance("relink", 0.05):
            self._book_elsewhere(open_link(self.firm))

    def _book_elsewhere(self, connection: AfasConnection) -> None:
        self.stage.say("links another administration")
        connecting.choose_administration(
            connection=connection,
            number=(connection.administration or 0) + 1,
            name="Other books",
            by=self.by,
            confirmed=True,
        )
        prove_look_up(self.fate.mix)
