"""People who undo what stands in AFAS: through AFAS, by hand, line by line, and unasked."""

from __future__ import annotations

from dataclasses import dataclass

from integrations.models import AfasDocument, Kind, State
from integrations.services import documents, undoing
from tests.hostile.afas import Order
from tests.hostile.colleague import REASON, Colleague
from tests.hostile.ledger import Entry
from tests.hostile.truth import CLAIMS
from tests.hostile.world import sql


@dataclass
class Undoer(Colleague):
    """Undoes invoices and reverses bookings."""

    def undo(self, reference: str) -> None:
        """One of the ways in which something is undone, as far as it may be now."""
        document = self.open(reference)
        if not undoing.can_be_undone(document):
            return
        deletion = undoing.open_deletion(document)
        if deletion and self._is_compared(document) and self.fate.chance("unasked", 0.8):
            self._delete_unasked(document)
        if deletion and deletion.state not in undoing.NOT_LEFT:
            return
        if reference in self.by_hand and not (deletion and reference in self.unasked):
            self.state_corrected(document)
        elif not self.standing(document):
            return  # a colleague is about to state it
        elif self.stage.random.random() < 0.6 and not undoing.why_not_delete(document):
            self.note(reference, "has AFAS delete")
            undoing.delete_in_afas(document=document, reason=REASON, by=self.by)
        elif document.kind == Kind.SALES_BOOKING or self.stage.random.random() < 0.5:
            self._delete_by_hand(document)
        else:
            self._credit_a_line(document)

    def mend_deletion(self, document: AfasDocument) -> None:
        """What was to be deleted is gone already, or it stays."""
        target = document.target
        if target and target.state == State.CONFIRMED and not self.standing(target):
            self.state_corrected(self.open(target.reference))
        else:
            documents.cancel(document=document, by=self.by, reason=REASON)

    def state_corrected(self, document: AfasDocument) -> None:
        """Say here what was done there."""
        self.note(document.reference, "states: corrected there,")
        undoing.corrected_there(document=document, reason=REASON, by=self.by)
        self.by_hand.discard(document.reference)

    def _is_compared(self, document: AfasDocument) -> bool:
        """Without a list nothing is compared before a DELETE, so there nobody is helpful."""
        return self.fate.mix.entries or document.kind != Kind.SALES_BOOKING

    def _delete_unasked(self, document: AfasDocument) -> None:
        """Somebody at AFAS is helpful, and tells nobody."""
        if self._delete(document, "is helpful, and deletes"):
            self.unasked.add(document.reference)
            self.by_hand.add(document.reference)

    def _delete_by_hand(self, document: AfasDocument) -> None:
        """And states it at once, or the next time."""
        if self._delete(document, "deletes by hand"):
            self.by_hand.add(document.reference)
            if not self.fate.chance("compare", 0.7):
                self.state_corrected(document)

    def _delete(self, document: AfasDocument, *words: str) -> bool:
        """Whether all that stands of it is deleted; AFAS keeps what is paid."""
        found = self.standing(document)
        if not found or any(isinstance(one, Entry) and one.paid for one in found):
            return False
        for one in found:
            self.stage.say(*words, one.number)
            self._delete_one(one)
        return True

    def _delete_one(self, one: Order | Entry) -> None:
        if isinstance(one, Entry):
            self.ledger.delete(one.key)
        else:
            self.wire.afas.delete(one.number)

    def _credit_a_line(self, document: AfasDocument) -> None:
        """One line is credited in AFAS by hand. It counts there from when it is stated here."""
        line = document.invoice.lines.first() if document.invoice else None
        if line is None:
            return
        self.note(document.reference, "credits a line of")
        undoing.corrected_there(document=document, reason=REASON, by=self.by, lines=[line.pk])
        credited = {row[0] for row in sql(f"{CLAIMS} AND line.id = ?", document.reference, line.pk)}
        live = self.wire.afas.live(document.reference)
        for order in live:
            order.things -= credited
        if live and not live[0].things:
            self.wire.afas.delete(live[0].number)
