"""People who book own invoices in AFAS, and colleagues there who key some, and see them paid."""

from __future__ import annotations

from dataclasses import dataclass, field

from integrations.models import AfasDocument, State
from integrations.services import answering, bookings
from invoicing.models import Invoice
from tests.hostile.ledger import Entry
from tests.hostile.undoers import Undoer
from tests.hostile.world import open_link, sql

UNBOOKED = (
    "SELECT invoice.id, invoice.number, invoice.delivery FROM invoicing_invoice invoice"
    " WHERE invoice.company_id = ? AND invoice.channel = 'ours' AND NOT EXISTS"
    " (SELECT 1 FROM integrations_afasdocument document WHERE document.invoice_id = invoice.id"
    " AND document.kind = 'sales_booking' AND document.state NOT IN ('cancelled', 'undone'))"
)
BOOKED = (
    "SELECT invoice.number, document.unit, document.journal, document.entry_number"
    " FROM integrations_afasdocument document JOIN invoicing_invoice invoice"
    " ON invoice.id = document.invoice_id WHERE document.company_id = ?"
    " AND document.kind = 'sales_booking' AND document.state = 'confirmed'"
)
STUCK = (
    "SELECT reference FROM integrations_afasdocument WHERE company_id = ?"
    " AND kind = 'sales_booking' AND state IN ('unknown', 'rejected')"
)


@dataclass
class Bookkeeper(Undoer):
    """Books what the company invoiced itself; `to_book` are the invoices of this run."""

    to_book: frozenset[int] = frozenset()
    keyed: set[str] = field(default_factory=set)

    def book(self) -> None:
        """Choose some invoices, check, and confirm; those that are not sent may be marked so."""
        chosen = self._chosen()
        if not chosen:
            return
        connection = open_link(self.firm)
        invoices = Invoice.objects.filter(pk__in=chosen)
        run = bookings.begin(connection=connection, invoices=invoices, by=self.by)
        unsent = [one.pk for one in bookings.check(run).unsent]
        mark = unsent if self.stage.random.random() < 0.7 else []
        check = bookings.check(run, with_unsent=mark)
        if not check.ready:
            return
        self.think(60)
        self.note("", "books", *(one.invoice.number for one in check.ready))
        bookings.confirm(run=run, token=check.token, by=self.by, mark_as_sent=mark, how="By post")

    def _chosen(self) -> list[int]:
        """Up to three that were not booked. Where AFAS would take an invoice number twice people
        look there first; where it does not they may forget that."""
        found = []
        for pk, number, _delivery in sql(UNBOOKED, self.firm.company):
            keyed = self.ledger.keyed(number) and not self.ledger.refuses_used
            if not keyed and pk in self.to_book:
                found.append(pk)
        self.stage.random.shuffle(found)
        return sorted(found[: self.stage.random.randint(1, 3)])

    def key_in(self) -> None:
        """Book something in AFAS by hand that does not come by itself. `keyed` are to be stated."""
        stuck = sql(STUCK, self.firm.company)
        if not stuck:
            return
        (reference,) = self.stage.random.choice(stuck)
        document = self.open(reference)
        invoice = document.invoice
        link = invoice and invoice.customer.afas_links.first()
        if invoice is None or link is None or self.ledger.of_invoice(invoice.number):
            return
        number, total, words = invoice.number, invoice.total, invoice.number
        if self.stage.random.random() < 0.3:  # with our reference, as the page gives it, and typos
            words = reference
            if self.stage.random.random() < 0.5:
                total += 1
            else:
                number += "1"
        unit = str(document.administration)
        self.ledger.key_in(unit, number, words, link.debtor_number, total)
        self.keyed.add(reference)

    def take_over(self, document: AfasDocument) -> None:
        """Say that what a colleague keyed is this booking. Where AFAS cannot be asked nobody
        compares, so there people wait until nothing of ours can come any more."""
        too_early = document.state == State.UNKNOWN and answering.opens_at(document)
        if too_early and not answering.may_prove(document):
            return
        number = self.number_in_afas(document)
        self.think(60)
        self.note(document.reference, "answers: keyed by hand as", number)
        answering.it_is_there(document=self.open(document.reference), number=number, by=self.by)
        self.keyed.discard(document.reference)

    def tidy(self) -> None:
        """What a colleague keyed wrongly, or we booked as well, goes once somebody notices; what
        was paid on it is taken off first, since AFAS deletes nothing that is paid."""
        for one in self.surplus():
            if self.fate.calm or self.stage.random.random() < 0.3:
                self.stage.say("takes away what was keyed,", *one.key)
                one.paid = False
                self.ledger.delete(one.key)

    def surplus(self) -> list[Entry]:
        """What was keyed with a typo, or of an invoice that was booked under another number."""
        keyed = [one for one in self.ledger.entries if one.by_hand and not one.deleted]
        if not keyed:
            return []
        booked = {number: tuple(key) for number, *key in sql(BOOKED, self.firm.company)}
        return [
            one
            for one in keyed
            if self.ledger.is_mistyped(one) or booked.get(one.invoice_number, one.key) != one.key
        ]

    def see_paid(self) -> None:
        """A payment comes in on something that was booked."""
        ours = [one for one in self.ledger.entries if not one.deleted and "TC" in one.reference]
        if ours:
            entry = self.stage.random.choice(ours)
            self.stage.say("is paid:", *entry.key)
            entry.paid = True
