"""What must hold at the end: what we say is what AFAS holds, entry by entry."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from uuid import UUID

from integrations.models import AfasAttempt, AfasDocument, CustomerLink, Kind, PersonTask, State
from invoicing.models import Channel, Claim
from registration.models import BillingStatus, Expense, Hour, Ride
from tests.chaos.booked import BookedVerdict
from tests.chaos.companies import ENVIRONMENTS
from tests.chaos.ledger import BY_HAND
from tests.chaos.plan import Plan
from tests.chaos.pretend import Books, Posted
from tests.chaos.telling import DOUBLE, OVER, told
from tests.chaos.world import World

ENTRIES: dict[str, Any] = {"hour": Hour, "expense": Expense, "ride": Ride}
UNAIDED_AT_LEAST = 0.95


@dataclass
class Verdict:
    """Compares; each check tells what is wrong, a sentence each."""

    world: World

    def wrong(self) -> list[str]:
        """Everything that must not be; empty when all is well."""
        checks = (
            self._unfinished,
            self._references,
            self._invoices,
            self._deletions,
            self._claims,
            self._booked,
            self._customers,
            self._unaided,
        )
        return [*self.world.tally.accidents, *(one for check in checks for one in check())]

    @cached_property
    def documents(self) -> list[AfasDocument]:
        """All of them."""
        related = ("invoice", "customer", "target", "after")
        return list(AfasDocument.objects.select_related(*related).order_by("created_at"))

    @cached_property
    def books(self) -> dict[str, Books]:
        """What AFAS holds now, per environment."""
        return {name: self.world.afas.books(name) for name in ENVIRONMENTS}

    @cached_property
    def invoices(self) -> list[AfasDocument]:
        """The direct invoices."""
        return [one for one in self.documents if one.kind == Kind.DIRECT_INVOICE]

    @cached_property
    def held(self) -> dict[str, list[Posted]]:
        """What AFAS holds now, by reference."""
        found: dict[str, list[Posted]] = defaultdict(list)
        for books in self.books.values():
            for one in books.invoices:
                found[one.reference].append(one)
        return found

    @cached_property
    def for_a_person(self) -> set[UUID]:
        """Documents that wait for somebody to do something."""
        tasks = PersonTask.objects.filter(resolved_at__isnull=True)
        found = set(tasks.values_list("document_id", flat=True))
        found |= {one.pk for one in self.documents if one.asks or one.state == State.REJECTED}
        waiting = [one for one in self.documents if one.state == State.WAITING]
        return found | {one.pk for one in waiting if one.after_id in found}

    @cached_property
    def in_doubt(self) -> set[UUID | None]:
        """Invoices whose deletion may have happened, and waits for a person to say so."""
        deletions = [one for one in self.documents if one.kind == Kind.DELETION]
        return {
            one.target_id
            for one in deletions
            if one.state == State.UNKNOWN and one.pk in self.for_a_person
        }

    def unsettled(self) -> Iterator[str]:
        """What is unknown still, although people could settle it."""
        for one in self.documents:
            if one.state == State.UNKNOWN:
                yield f"{told(one)} could not be settled by people."

    def _unfinished(self) -> Iterator[str]:
        for one in self.documents:
            if one.state not in OVER and one.pk not in self.for_a_person:
                yield f"{told(one)} is neither over nor waiting for a person."
            if one.state == State.CONFIRMED and not one.followed_up_at:
                yield f"{told(one)} is confirmed and what follows from it was not done."

    def _references(self) -> Iterator[str]:
        ours = {one.reference for one in self.invoices}
        for name, books in self.books.items():
            made = Counter(one.reference for one in books.invoices + books.deleted)
            del made[BY_HAND]
            for reference, times in made.items():
                if times > 1:
                    yield f"{name}: {reference} {DOUBLE}: AFAS made {times} invoices of it."
                if reference not in ours:
                    yield f"{name}: AFAS holds {reference}, of which we know nothing."

    def _invoices(self) -> Iterator[str]:
        for one in self.invoices:
            held = self.held[one.reference]
            if one.state == State.CONFIRMED:
                yield from self._as_confirmed(one, held)
            elif held and one.state != State.UNKNOWN:
                yield f"{told(one)} is in AFAS as {held[0].number}."

    def _as_confirmed(self, one: AfasDocument, held: list[Posted]) -> Iterator[str]:
        if not held:
            if one.pk not in self.in_doubt:
                yield f"{told(one)} is not in AFAS."
        elif held[0].number != one.order_number:
            yield f"{told(one)} is in AFAS as {held[0].number}."
        elif one.invoice and held[0].total != one.invoice.net:
            yield f"{told(one)} is of {one.invoice.net}, in AFAS of {held[0].total}."

    def _deletions(self) -> Iterator[str]:
        """Nothing is deleted that was not undone, and nothing undone that is not deleted."""
        by_reference = {one.reference: one for one in self.invoices}
        for books in self.books.values():
            for gone in books.deleted:
                document = by_reference.get(gone.reference)
                if document and document.state != State.UNDONE and document.pk not in self.in_doubt:
                    yield f"{told(document)} was deleted in AFAS by {gone.deleted_by}, not undone."

    def _booked(self) -> Iterator[str]:
        yield from BookedVerdict(self.documents, self.books, self.in_doubt).wrong()

    def _claims(self) -> Iterator[str]:
        state_of = {one.invoice_id: one for one in self.invoices}
        claims: dict[tuple[str, int], list[Claim]] = defaultdict(list)
        for claim in Claim.objects.filter(line__invoice__channel=Channel.AFAS).select_related(
            "line"
        ):
            kind = next(name for name in ENTRIES if getattr(claim, f"{name}_id"))
            claims[kind, getattr(claim, f"{kind}_id")].append(claim)
        for kind, model in ENTRIES.items():
            for row in model.objects.exclude(claims__line__invoice__channel=Channel.OURS):
                yield from self._of_entry(f"{kind} {row.pk}", row, claims[kind, row.pk], state_of)

    def _of_entry(
        self, name: str, row: Any, claims: list[Claim], document_of: dict[int | None, AfasDocument]
    ) -> Iterator[str]:
        active = [document_of[one.line.invoice_id] for one in claims if one.released_at is None]
        billed = [document_of[one.line.invoice_id] for one in claims]
        in_afas = sum(len(self.held[one.reference]) for one in billed)
        if len(active) > 1 or in_afas > 1:
            yield f"{name} has {len(active)} claims and is on {in_afas} invoices in AFAS."
        expected = _billing_of(active[0]) if active else BillingStatus.UNBILLED
        if row.billing != expected:
            where = told(active[0]) if active else "no claim"
            yield f"{name} is {row.billing}, and should be {expected}: {where}."
        if in_afas and not active:
            yield f"{name} is unbilled here and on an invoice in AFAS."

    def _customers(self) -> Iterator[str]:
        """Ours are known by their KvK numbers; the seeded ones have none of these."""
        for one in self.documents:
            if one.kind != Kind.CUSTOMER or not one.customer:
                continue
            found = self.books[one.environment].debtors_with(one.customer.kvk_number)
            if len(found) > 1:
                yield f"{told(one)}: AFAS has this customer as {', '.join(found)}."
            if one.state == State.CONFIRMED and one.debtor_number not in found:
                yield f"{told(one)} is confirmed as {one.debtor_number}, AFAS has {found}."
        for link in CustomerLink.objects.filter(customer__kvk_number__gt=""):
            found = self.books[link.environment].debtors_with(link.customer.kvk_number)
            if found != [link.debtor_number]:
                yield f"{link.customer} is linked to {link.debtor_number}, AFAS has {found}."

    def _unaided(self) -> Iterator[str]:
        if self.world.plan.look_up and self.unaided < UNAIDED_AT_LEAST:
            yield f"Only {self.unaided:.1%} was settled unaided."

    @cached_property
    def left_alone(self) -> list[AfasDocument]:
        """Documents that nobody answered, cancelled or retried, and AFAS never refused. The dossier
        is in no list, so files whose outcome is unknown are asked of people (DECISIONS A7)."""
        refused = AfasAttempt.objects.filter(outcome="refused")
        out = self.world.touched | set(refused.values_list("document_id", flat=True))
        documents = [one for one in self.documents if one.kind != Kind.ATTACHMENT]
        return [one for one in documents if one.pk not in out]

    @cached_property
    def unaided(self) -> float:
        """The share of those that is over."""
        settled = [one for one in self.left_alone if one.state in OVER]
        return len(settled) / max(1, len(self.left_alone))


def judged(plan: Plan, wrong: list[str]) -> int:
    """The exit code: a whole run must find nothing, one with a rule switched off a double."""
    doubled = any(DOUBLE in sentence for sentence in wrong)
    return int(not doubled) if plan.variant.is_broken else int(bool(wrong))


def _billing_of(document: AfasDocument) -> str:
    is_made = document.state == State.CONFIRMED
    return BillingStatus.INVOICED if is_made else BillingStatus.RESERVED
