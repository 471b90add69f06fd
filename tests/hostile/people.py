"""People. They look truly: what they answer is what AFAS holds at the moment they look.

They do what the pages offer: answer what is unknown, mend what was refused, cancel, undo, bill
again, pause and resume. What a service refuses with a sentence they leave for later.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from django.db import OperationalError

from accounts.models import User
from core.errors import DomainError
from integrations.models import AfasConnection, AfasDocument, Kind, State
from integrations.services import (
    answering,
    billing,
    connecting,
    deciding,
    documents,
    pausing,
    undoing,
)
from invoicing.services.bundling import Options
from invoicing.services.pricing import Grouping
from registration.models import Selection
from tests.hostile.hazards import Fate
from tests.hostile.stage import Crash, Stage
from tests.hostile.truth import BROKEN, CLAIMS, Truth
from tests.hostile.wire import Wire
from tests.hostile.world import DAY, KNOWN, SHARED, Firm, prove_look_up, sql

DOCUMENT = "integrations_afasdocument"
RELATED = ("connection__company", "company", "customer", "target", "invoice")
REASON = "Looked it up in AFAS."


@dataclass
class Person:
    """Somebody with the rights to bill in one company."""

    stage: Stage
    fate: Fate
    wire: Wire
    truth: Truth
    firm: Firm
    done: int = 0
    asked: set[str] = field(default_factory=set)
    mended: set[str] = field(default_factory=set)
    by_hand: set[str] = field(default_factory=set)
    unasked: set[str] = field(default_factory=set)
    _tried: Counter[str] = field(default_factory=Counter)
    _by: User | None = None

    @property
    def by(self) -> User:
        """Who answers."""
        if self._by is None:
            self._by = User.objects.get(pk=self.firm.biller)
        return self._by

    def live(self) -> None:
        """Looks at the pages every few minutes, until the run is over."""
        while True:
            self.stage.wait(self.stage.random.uniform(90, 900 if self.fate.calm else 1500))
            for act in self._to_do():
                self._try(act)
            if not self.fate.calm and self.stage.random.random() < 0.5:
                self._try(self._bill)
            self._try(self._mind_the_link)

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
            State.UNKNOWN: (self._answers(asks), self._answer),
            State.REJECTED: (0.8, self._mend),
            State.QUEUED: (self.fate.mix.rate("cancel", 0.05), self._cancel),
            State.WAITING: (self.fate.mix.rate("cancel", 0.05), self._cancel),
            State.CONFIRMED: (self.fate.mix.rate("undo", 0.12), self._undo),
        }
        often, act = wishes.get(State(state), (0.0, None))
        if reference in self.by_hand and state == State.CONFIRMED:
            often = 1.0
        elif self.fate.calm and state in {State.QUEUED, State.WAITING, State.CONFIRMED}:
            return None
        if act is None or random.random() >= often:
            return None
        return lambda: act(reference)

    def _answers(self, asks: str) -> float:
        """How likely this person is to answer what is unknown."""
        if self.fate.mix.silent:
            return 0.0
        return 0.7 if asks else self.fate.mix.rate("early", 0.3)

    def _open(self, reference: str) -> AfasDocument:
        return AfasDocument.objects.select_related(*RELATED).get(reference=reference)

    def _note(self, reference: str, *words: object) -> None:
        self.done += 1
        self.stage.say(*words, reference)

    def _think(self, longest: float) -> None:
        self.stage.wait(self.stage.random.uniform(0, longest))

    # ---- what is unknown

    def _answer(self, reference: str) -> None:
        document = self._open(reference)
        if document.state != State.UNKNOWN:
            return
        number = self._number_in_afas(document)
        opens = answering.opens_at(document)
        if not number and opens and "early" not in self.fate.mix:
            return  # the buttons are off
        self._think(60)
        document = self._open(reference)
        self._tried[reference] += 1
        if number and (self._tried[reference] < 3 or document.kind != Kind.CUSTOMER):
            self._note(reference, "answers: it is there,", number)
            answering.it_is_there(document=document, number=number, by=self.by)
        elif document.kind != Kind.DELETION and self.stage.random.random() < 0.3:
            self._note(reference, "answers: not there, give it up")
            answering.give_up(document=document, reason=REASON, by=self.by)
        else:
            self._note(reference, "answers: not there")
            answering.it_is_not_there(document=document, reason=REASON, by=self.by)

    def _number_in_afas(self, document: AfasDocument) -> str:
        """What this person sees in AFAS: the number, or nothing. A deletion is there when done."""
        if document.kind == Kind.CUSTOMER and document.customer:
            customer = document.customer
            found = self.wire.afas.debtor_of(customer.kvk_number)
            return found.number if found else ""
        if document.kind == Kind.DELETION and document.target:
            return "" if self.wire.afas.live(document.target.reference) else "gone"
        live = self.wire.afas.live(document.reference)
        return live[0].number if live else ""

    # ---- what was refused

    def _mend(self, reference: str) -> None:
        document = self._open(reference)
        if document.state != State.REJECTED:
            return
        self._note(reference, "mends", document.problem)
        self._tried[reference] += 1
        if document.kind == Kind.DELETION:
            self._mend_deletion(document)
        elif self._tried[reference] > 2:
            documents.cancel(document=document, by=self.by, reason="It does not work.")
        elif document.detail.get("alike") and document.problem == "look_alike":
            self._decide(document)
        elif self.stage.random.random() < 0.7 and not document.connection.closed_at:
            self._put_right(document)
            self._think(30)
            documents.retry(document=self._open(reference), by=self.by)
        else:
            documents.cancel(document=document, by=self.by, reason=REASON)

    def _mend_deletion(self, document: AfasDocument) -> None:
        """What was to be deleted is gone already, or it stays."""
        target = document.target
        if target and target.state == State.CONFIRMED and not self.wire.afas.live(target.reference):
            self._state_corrected(self._open(target.reference))
        else:
            documents.cancel(document=document, by=self.by, reason=REASON)

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
        document = self._open(reference)
        self._note(reference, "cancels")
        self._think(5)
        documents.cancel(document=document, by=self.by, reason=REASON)

    # ---- what was invoiced

    def _undo(self, reference: str) -> None:
        document = self._open(reference)
        if document.kind != Kind.DIRECT_INVOICE or document.state != State.CONFIRMED:
            return
        deletion = undoing.open_deletion(document)
        if deletion and self.fate.chance("unasked", 0.8):
            self._delete_unasked(document)
        if deletion and deletion.state not in undoing.NOT_LEFT:
            return
        if reference in self.by_hand and not (deletion and reference in self.unasked):
            self._state_corrected(document)
        elif not self.wire.afas.live(reference):
            return  # a colleague is about to state it
        elif self.stage.random.random() < 0.6 and not undoing.why_not_delete(document):
            self._note(reference, "has AFAS delete")
            undoing.delete_in_afas(document=document, reason=REASON, by=self.by)
        elif self.stage.random.random() < 0.5:
            self._delete_by_hand(document)
        else:
            self._credit_a_line(document)

    def _delete_unasked(self, document: AfasDocument) -> None:
        """Somebody at AFAS is helpful, and tells nobody."""
        for order in self.wire.afas.live(document.reference):
            self.stage.say("is helpful, and deletes", order.number)
            self.wire.afas.delete(order.number)
        self.unasked.add(document.reference)
        self.by_hand.add(document.reference)

    def _delete_by_hand(self, document: AfasDocument) -> None:
        for order in self.wire.afas.live(document.reference):
            self.stage.say("deletes by hand", order.number)
            self.wire.afas.delete(order.number)
        self.by_hand.add(document.reference)
        self._state_corrected(document)

    def _state_corrected(self, document: AfasDocument) -> None:
        self._note(document.reference, "states: corrected there,")
        undoing.corrected_there(document=document, reason=REASON, by=self.by)
        self.by_hand.discard(document.reference)

    def _credit_a_line(self, document: AfasDocument) -> None:
        """One line is credited in AFAS by hand. It counts there from when it is stated here."""
        line = document.invoice.lines.first() if document.invoice else None
        if line is None:
            return
        self._note(document.reference, "credits a line of")
        undoing.corrected_there(document=document, reason=REASON, by=self.by, lines=[line.pk])
        credited = {row[0] for row in sql(f"{CLAIMS} AND line.id = ?", document.reference, line.pk)}
        live = self.wire.afas.live(document.reference)
        for order in live:
            order.things -= credited
        if live and not live[0].things:
            self.wire.afas.delete(live[0].number)

    # ---- billing, and the link

    def _bill(self) -> None:
        hours = self._unbilled()
        if not hours:
            return
        connection = self._connection()
        selection = Selection.objects.create(
            company_id=self.firm.company, user_id=self.firm.biller, hours=hours
        )
        options = Options(invoice_date=DAY, grouping=Grouping.ENTRY)
        check = billing.check_selection(connection=connection, selection=selection, options=options)
        self._think(60)
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

    def _connection(self) -> AfasConnection:
        return AfasConnection.objects.select_related("company").get(
            company=self.firm.company, closed_at__isnull=True
        )

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
                pausing.resume(self._connection(), by=self.by)
        elif self.fate.chance("pause", 0.05):
            self.stage.say("pauses")
            pausing.pause(self._connection(), because=AfasConnection.Pause.PERSON, by=self.by)
        elif self.fate.chance("relink", 0.05):
            self._book_elsewhere(self._connection())

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
