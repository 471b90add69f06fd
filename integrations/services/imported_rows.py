"""One page of AFAS's debtors becomes customers and links: the match ladder, written set by set.

The ladder (DOMAIN §10): the link, then the customer number, else a new customer. All of a page is
one transaction of the caller; a bad row costs one row. A page costs a fixed number of queries,
whatever it holds.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import msgspec
from django.db.models import Q
from django.utils import timezone

from core import audit
from integrations.afas.records import BadRow, Debtor, DebtorMapping, debtor_from
from integrations.models import AfasConnection, AfasDocument, CustomerLink, ImportRow, ImportRun
from integrations.services.matching import (
    COLUMNS,
    LENGTHS,
    Register,
    fields_of,
    fingerprint,
    held_by,
    links_of,
    names_differ,
    open_customer_documents,
    present_columns,
)
from relations.models import Customer

Outcome = ImportRow.Outcome


@dataclass
class Page:
    """What one page of debtors does. `take` decides in memory, `write` saves set by set."""

    run: ImportRun
    mapping: DebtorMapping
    register: Register
    now: datetime = field(default_factory=timezone.now)
    counts: Counter[str] = field(default_factory=Counter)
    rows: list[ImportRow] = field(default_factory=list)
    new: list[tuple[Customer, CustomerLink]] = field(default_factory=list)
    changed: list[tuple[Customer, audit.Change]] = field(default_factory=list)
    new_links: list[CustomerLink] = field(default_factory=list)
    stale_links: list[CustomerLink] = field(default_factory=list)
    present: list[str] = field(default_factory=list)
    seen_links: list[int] = field(default_factory=list)

    @property
    def connection(self) -> AfasConnection:
        """The connection that is imported over."""
        return self.run.connection

    @property
    def afas_leads(self) -> bool:
        """Whether customers that exist take AFAS's values."""
        return self.connection.lead == AfasConnection.Lead.AFAS

    def take(self, raw: Iterable[Mapping[str, Any] | BadRow]) -> None:
        """Decide about every row; reads what it needs, writes nothing."""
        rows = list(raw)
        self.mapping = present_columns(self.mapping, rows)
        debtors = self._readable(rows)
        # Documents before links: one that is confirmed in between is seen as a link.
        pending = open_customer_documents(self.connection)
        links = self._links_by_number(debtors)
        known = self._customers_by_number([number for number in debtors if number not in links])
        taken = self._linked_elsewhere(known.values())
        for number, debtor in debtors.items():
            if number in links:
                self._refresh(links[number], debtor)
            elif number in known:
                self._match(known[number], debtor, pending, taken)
            else:
                self._add(debtor, pending)

    def write(self) -> None:
        """Save it all, in a fixed number of statements."""
        Customer.objects.bulk_create([customer for customer, _link in self.new])
        for customer, link in self.new:
            link.customer = customer
        CustomerLink.objects.bulk_create([*(link for _new, link in self.new), *self.new_links])
        Customer.objects.bulk_create(
            [customer for customer, _change in self.changed],
            update_conflicts=True,
            unique_fields=["id"],
            update_fields=[*COLUMNS, "changed_at"],
        )
        CustomerLink.objects.bulk_create(
            self.stale_links,
            update_conflicts=True,
            unique_fields=["id"],
            update_fields=["row_hash", "blocked_in_afas"],
        )
        CustomerLink.objects.filter(pk__in=self.seen_links).update(
            seen_at=self.now, missing_since=None
        )
        ImportRow.objects.bulk_create(self.rows)
        self._record()

    def _record(self) -> None:
        company, by = self.run.company, self.run.by
        imported = audit.Change(after={"import": self.run.pk})
        new = [customer for customer, _link in self.new]
        audit.record_many(
            company=company, by=by, action="customer.created", objects=new, change=imported
        )
        audit.record_each(company=company, by=by, action="customer.changed", changes=self.changed)

    def _readable(self, raw: Iterable[Mapping[str, Any] | BadRow]) -> dict[str, Debtor]:
        """The debtors by number; what cannot be read or used becomes a skipped row."""
        debtors: dict[str, Debtor] = {}
        for row in raw:
            debtor = row if isinstance(row, BadRow) else self._debtor(row)
            if isinstance(debtor, BadRow):
                self.present.append(self._skip_bad(debtor))
                continue
            self.present.append(debtor.number)
            if debtor.number in debtors:
                self._skip(debtor, "double")
            elif not self._refused(debtor):
                debtors[debtor.number] = debtor
        return debtors

    def _debtor(self, row: Mapping[str, Any]) -> Debtor | BadRow:
        """The debtor of a row; without a country line it has no country, whatever its postcode."""
        debtor = debtor_from(row, self.mapping)
        if isinstance(debtor, BadRow) or str(row.get(self.mapping.country_line) or "").strip():
            return debtor
        return msgspec.structs.replace(debtor, country="")

    def _refused(self, debtor: Debtor) -> bool:
        if debtor.currency not in {"", "EUR"}:
            self._skip(debtor, "currency", detail={"currency": debtor.currency})
            return True
        for name, value in fields_of(debtor, self.mapping).items():
            if name in LENGTHS and len(value) > LENGTHS[name]:
                detail = {"field": name, "length": len(value), "most": LENGTHS[name]}
                self._skip(debtor, "too_long", detail=detail)
                return True
        return False

    def _skip_bad(self, bad: BadRow) -> str:
        number = str(bad.row.get(self.mapping.number) or "").strip()
        name = str(bad.row.get(self.mapping.name) or "").strip()
        known = bad.reason in {"no_number", "no_name", "number_too_long"}
        self.counts[Outcome.SKIPPED] += 1
        self.rows.append(
            ImportRow(
                company=self.run.company,
                run=self.run,
                outcome=Outcome.SKIPPED,
                debtor_number=number[:40],
                name=name[:255],
                reason=bad.reason if known else "unreadable",
            )
        )
        return number[:40]

    def _links_by_number(self, debtors: Mapping[str, Debtor]) -> dict[str, CustomerLink]:
        wanted = links_of(self.connection).filter(debtor_number__in=self.present)
        links = wanted.select_related("customer").order_by("customer_id")
        found = {one.debtor_number: one for one in links.select_for_update(of=("self", "customer"))}
        self.seen_links = [one.pk for one in found.values()]
        return {number: one for number, one in found.items() if number in debtors}

    def _customers_by_number(self, numbers: Sequence[str]) -> dict[str, Customer]:
        customers = Customer.objects.of(self.run.company).filter(number__in=numbers)
        return {one.number: one for one in customers.order_by("pk").select_for_update()}

    def _linked_elsewhere(self, customers: Iterable[Customer]) -> dict[int, str]:
        linked = links_of(self.connection).filter(customer__in=[one.pk for one in customers])
        return dict(linked.values_list("customer_id", "debtor_number"))

    def _refresh(self, link: CustomerLink, debtor: Debtor) -> None:
        """A debtor that we know: take over what AFAS changed."""
        fields = fields_of(debtor, self.mapping)
        print_now = fingerprint(fields)
        same_row = link.row_hash == print_now
        if not same_row or link.blocked_in_afas != debtor.blocked:
            link.row_hash, link.blocked_in_afas = print_now, debtor.blocked
            self.stale_links.append(link)
        changed = self._overwrite(link.customer, fields) if self.afas_leads else []
        if not changed:
            self.counts["unchanged"] += 1
            return
        reason = "changed_here" if same_row else ""
        self._tell(Outcome.CHANGED, debtor, link.customer, reason, {"fields": changed})

    def _match(
        self,
        customer: Customer,
        debtor: Debtor,
        pending: Sequence[AfasDocument],
        taken: Mapping[int, str],
    ) -> None:
        """A customer with this number and no link yet: link the two, unless there is a doubt."""
        names = {"ours": customer.name, "theirs": debtor.name}
        if customer.pk in taken:
            detail = {"debtor": taken[customer.pk]}
            self._skip(debtor, "number_taken", customer=customer, detail=detail)
        elif held := held_by(debtor, pending):
            self._hold(debtor, held)
        elif (debtor.number, customer.pk) in self.register.left:
            self._skip(debtor, "left", customer=customer, detail=names)
        elif names_differ(customer.name, debtor.name):
            self._skip(debtor, "name_differs", customer=customer, detail=names)
        else:
            fields = fields_of(debtor, self.mapping)
            self.new_links.append(self._link(customer, debtor, fields))
            changed = self._overwrite(customer, fields) if self.afas_leads else []
            self._tell(Outcome.CHANGED, debtor, customer, "linked", {"fields": changed})

    def _add(self, debtor: Debtor, pending: Sequence[AfasDocument]) -> None:
        """A debtor nobody here knows becomes a customer."""
        if held := held_by(debtor, pending):
            self._hold(debtor, held)
            return
        fields = fields_of(debtor, self.mapping)
        customer = Customer(
            company=self.run.company, number=debtor.number, **{"country": "", **fields}
        )
        self.new.append((customer, self._link(customer, debtor, fields)))
        reason, detail = self.register.doubt_about(debtor)
        self.register.note_number(debtor.number, debtor.name)
        self._tell(Outcome.NEW, debtor, customer, reason, detail)

    def _hold(self, debtor: Debtor, held: AfasDocument) -> None:
        detail = {"document": str(held.pk), "state": held.state}
        self._skip(debtor, "being_created", customer=held.customer, detail=detail)

    def _overwrite(self, customer: Customer, fields: Mapping[str, Any]) -> list[str]:
        """Give the customer AFAS's values; returns the names of the fields that differed."""
        before = audit.values_of(customer, fields)
        change = audit.difference(before, dict(fields))
        if change.after:
            for name, value in change.after.items():
                setattr(customer, name, value)
            self.changed.append((customer, change))
        return list(change.after)

    def _link(self, customer: Customer, debtor: Debtor, fields: Mapping[str, Any]) -> CustomerLink:
        return CustomerLink(
            company=self.run.company,
            environment=self.connection.environment,
            customer=customer,
            debtor_number=debtor.number,
            row_hash=fingerprint(fields),
            blocked_in_afas=debtor.blocked,
            seen_at=self.now,
        )

    def _skip(
        self,
        debtor: Debtor,
        reason: str,
        *,
        customer: Customer | None = None,
        detail: dict[str, Any] | None = None,
    ) -> None:
        self._tell(Outcome.SKIPPED, debtor, customer, reason, detail or {})

    def _tell(
        self,
        outcome: str,
        debtor: Debtor,
        customer: Customer | None,
        reason: str,
        detail: dict[str, Any],
    ) -> None:
        self.counts[outcome] += 1
        self.rows.append(
            ImportRow(
                company=self.run.company,
                run=self.run,
                outcome=outcome,
                debtor_number=debtor.number,
                name=debtor.name[:255],
                customer=customer,
                reason=reason,
                detail=detail,
            )
        )


def mark_missing(connection: AfasConnection, since: datetime) -> int:
    """Links whose debtor a whole run that began at `since` did not meet are missing from now on."""
    gone = links_of(connection).filter(
        Q(seen_at__lt=since) | Q(seen_at__isnull=True),
        linked_at__lt=since,
        missing_since__isnull=True,
    )
    return gone.update(missing_since=timezone.now())
