"""The journal entry of an own invoice: what the customer holds on paper, to the cent.

One debtor line, revenue per ledger account, VAT code, cost centre and project, and VAT lines equal
to the VAT summary of the paper. Nothing is worked out anew: the amounts are those of the final
invoice, and where they do not add up nothing is booked. A credit note is below zero throughout, so
that its sides are swapped.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from django.utils import translation
from django.utils.translation import gettext as _

from core.errors import DomainError
from core.formats import write_money, write_number
from core.vat import VatCode
from integrations.afas.bookings import (
    LONGEST_INVOICE_NUMBER,
    MOST_LINES,
    BookingData,
    RevenueLine,
    VatLine,
)
from integrations.afas.ledger import Period
from integrations.models import AfasConnection, AfasDocument, VatLink
from integrations.services import picking
from integrations.services.accounts import Codes
from integrations.services.ledger_checks import Ledger
from integrations.services.obstacles import Obstacle
from integrations.services.periods import Booked, period_of
from integrations.services.shares import Shares, Thing, shares_of, shares_of_many
from invoicing.models import Invoice, InvoiceLine, InvoiceVat

SETTINGS, MAPPING = "afas_settings", "afas_mapping"
RevenueKey = tuple[str, str, str, str]


@dataclass(frozen=True)
class Books:
    """One administration, read once for many invoices: our codes for it, and AFAS's own lists."""

    connection: AfasConnection
    codes: Codes
    ledger: Ledger
    periods: Sequence[Period] | None

    @classmethod
    def of(cls, connection: AfasConnection) -> Books:
        """Read our codes, and AFAS's periods where it shows them; may wait for AFAS."""
        return cls(
            connection,
            Codes.of(connection),
            Ledger(connection),
            picking.periods_of(connection),
        )


@dataclass(kw_only=True)
class Entry:
    """How an invoice would be booked; with `obstacles` it cannot be.

    `where` is None while its period is closed or unknown. Amounts are EUR, signed as the invoice.
    """

    invoice: Invoice
    journal: str
    where: Booked | None = None
    revenue: list[RevenueLine] = field(default_factory=list)
    vat: list[VatLine] = field(default_factory=list)
    axis: int = 1
    obstacles: list[Obstacle] = field(default_factory=list)

    @property
    def total(self) -> Decimal:
        """What the debtor owes, EUR incl. VAT."""
        return self.invoice.total

    @property
    def size(self) -> int:
        """How many lines it has, the debtor's included."""
        return 1 + len(self.revenue) + len(self.vat)

    @property
    def unowed(self) -> list[RevenueLine | VatLine]:
        """All its lines but the debtor's."""
        return [*self.revenue, *self.vat]

    @property
    def debit(self) -> Decimal:
        """The sum of the debit side, EUR."""
        return self._side(1)

    @property
    def credit(self) -> Decimal:
        """The sum of the credit side, EUR."""
        return self._side(-1)

    @property
    def is_balanced(self) -> bool:
        """Whether both sides are equal."""
        return self.debit == self.credit

    def _side(self, sign: int) -> Decimal:
        amounts = [self.total, *(-line.amount for line in self.unowed)]
        return sum((abs(one) for one in amounts if one * sign > 0), Decimal(0))


def entries_of(invoices: Collection[Invoice], books: Books) -> list[Entry]:
    """`entry_of` for many invoices, whose claims are read in one query."""
    shares = shares_of_many(invoices)
    return [entry_of(one, books, shares[one.pk]) for one in invoices]


def entry_of(invoice: Invoice, books: Books, shares: Shares | None = None) -> Entry:
    """How a final own invoice is booked in these books, or what keeps it from that.

    Raises nothing; reads the invoice's lines and VAT groups, and its claims without `shares`.
    """
    settings = books.codes.settings
    entry = Entry(invoice=invoice, journal=settings.journal, axis=settings.cost_centre_axis)
    entry.obstacles += _head_obstacles(invoice, books)
    try:
        entry.where = period_of(invoice.invoice_date, books.periods, settings.period_rule)
    except DomainError as error:
        entry.obstacles.append(_in_settings(error.message, "booking"))
    groups = list(invoice.vat_groups.all())
    entry.vat = _vat_lines(entry, groups, books)
    _add_revenue(entry, books, shares_of(invoice) if shares is None else shares)
    entry.obstacles += _sum_obstacles(entry, groups)
    return entry


def data_of(entry: Entry, document: AfasDocument, debtor_number: str) -> BookingData:
    """What the library makes a booking of. Raises DomainError with the first obstacle."""
    if entry.obstacles:
        raise DomainError(entry.obstacles[0].sentence)
    invoice, where = entry.invoice, entry.where
    if where is None or document.administration is None:
        raise DomainError(_("Choose the administration in the AFAS settings first."))
    return BookingData(
        administration=document.administration,
        journal=entry.journal,
        year=where.year,
        period=where.period,
        entry_date=where.day,
        document_date=invoice.invoice_date,
        invoice_number=invoice.number,
        reference=document.reference,
        debtor_number=debtor_number,
        total=entry.total,
        revenue=entry.revenue,
        vat=entry.vat,
        due_date=_due(invoice, where.day),
        description=description_of(invoice),
        cost_centre_axis=entry.axis,
    )


def _due(invoice: Invoice, entry_date: date) -> date | None:
    """AFAS wants none before the entry, as an invoice in the next open period may have."""
    return max(invoice.due_date, entry_date) if invoice.due_date else None


def description_of(invoice: Invoice) -> str:
    """What the debtor's line says, and every line without words of its own."""
    words = {"number": invoice.number, "customer": invoice.customer}
    if invoice.credits:
        words["credits"] = invoice.credits.number
        return _("Credit note %(number)s to %(credits)s, %(customer)s") % words
    return _("Invoice %(number)s, %(customer)s") % words


def _head_obstacles(invoice: Invoice, books: Books) -> list[Obstacle]:
    found = []
    journal = books.codes.settings.journal
    if not journal:
        found.append(
            _in_settings(_("No journal is chosen, so AFAS does not know where to book."), "booking")
        )
    elif problem := books.ledger.journal_problem(journal):
        found.append(_in_settings(problem, "booking"))
    if len(invoice.number) > LONGEST_INVOICE_NUMBER:
        sentence = _(
            "AFAS takes invoice numbers of at most %(most)s characters and “%(number)s” has more, "
            "so it cannot be booked under its own number. Choose a shorter form for new numbers, "
            "and book this one by hand in AFAS."
        ) % {"most": LONGEST_INVOICE_NUMBER, "number": invoice.number}
        found.append(Obstacle(sentence=sentence, url_name="invoice_settings"))
    return found


def _vat_lines(entry: Entry, groups: Sequence[InvoiceVat], books: Books) -> list[VatLine]:
    lines = []
    for group in groups:
        link = books.codes.vat.get((group.code, group.percent))
        if problem := _vat_problem(group, link, books):
            entry.obstacles.append(problem)
        elif link and group.vat:
            line = VatLine(
                account=link.account,
                amount=group.vat,
                vat_code=link.code,
                description=_on_the_line(entry.invoice, group),
            )
            lines.append(line)
    return lines


def _vat_problem(group: InvoiceVat, link: VatLink | None, books: Books) -> Obstacle | None:
    words = {"vat": _vat_words(group)}
    if group.code != VatCode.OUTSIDE and not (link and link.code):
        sentence = _(
            "AFAS's VAT code for “%(vat)s” is not filled in, so the VAT return would be wrong."
        )
        return _in_mapping(sentence % words, "vat")
    if link and link.code and (problem := _code_problem(group, link, books)):
        return _in_mapping(problem, "vat")
    if group.vat and not (link and link.account):
        sentence = _("The ledger account for the VAT of “%(vat)s” is not filled in.")
        return _in_mapping(sentence % words, "vat")
    if group.vat and link and (problem := books.ledger.account_problem(link.account)):
        return _in_mapping(problem, "vat")
    return None


def _code_problem(group: InvoiceVat, link: VatLink, books: Books) -> str:
    reversed_charge = VatCode(group.code).is_reversed
    return books.ledger.vat_problem(link.code, group.percent, reversed_charge=reversed_charge)


def _on_the_line(invoice: Invoice, group: InvoiceVat) -> str:
    """In the company's language, whoever looks."""
    with translation.override(invoice.company.language):
        return _vat_words(group)


def _vat_words(group: InvoiceVat) -> str:
    label = VatCode(group.code).label
    return f"{label} {write_number(group.percent)} %" if group.percent else str(label)


def _add_revenue(entry: Entry, books: Books, shares_by_line: Shares) -> None:
    """Revenue condensed per account, VAT code, cost centre and project, in the paper's order."""
    sums: dict[RevenueKey, Decimal] = defaultdict(Decimal)
    first: dict[RevenueKey, str] = {}
    accounts: dict[str, tuple[bool, bool]] = {}
    for line, shares in shares_by_line:
        link = books.codes.vat.get((line.vat_code, line.vat_percent or Decimal(0)))
        for share in shares:
            key = _revenue_key(share.thing, link, books)
            if not key[0]:
                _add(entry.obstacles, _no_account(line))
                continue
            sums[key] += share.net
            first.setdefault(key, line.description)
            with_vat, allocated = accounts.get(key[0], (False, True))
            accounts[key[0]] = (with_vat or bool(key[1]), allocated and bool(key[2]))
    for account, (with_vat, allocated) in accounts.items():
        for problem in _account_problems(account, books, with_vat=with_vat, allocated=allocated):
            _add(entry.obstacles, problem)
    entry.revenue = [
        RevenueLine(
            account=account,
            amount=amount,
            vat_code=code,
            description=first[(account, code, centre, project)],
            cost_centre=centre,
            project=project,
        )
        for (account, code, centre, project), amount in sums.items()
        if amount
    ]


def _revenue_key(thing: Thing, link: VatLink | None, books: Books) -> RevenueKey:
    codes = books.codes
    account = codes.account_of(thing, link)
    code = link.code if link else ""
    return account, code, codes.cost_centre_of(thing), codes.project_of(thing)


def _account_problems(
    account: str, books: Books, *, with_vat: bool, allocated: bool
) -> list[Obstacle]:
    problem = books.ledger.revenue_problem(account, with_vat=with_vat)
    if problem:
        return [_in_mapping(problem, "activities")]
    found = books.ledger.account(account)
    axis = books.codes.settings.cost_centre_axis
    for wanted in found.axes if found else ():
        if wanted != axis or not allocated:
            return [_in_mapping(_no_axis(account, wanted, axis), "projects")]
    return []


def _no_axis(account: str, wanted: int, ours: int) -> str:
    if wanted == ours:
        return _(
            "In AFAS account %(account)s needs a cost centre, and not every line on it has one. "
            "Fill in that of the project, or a usual one in the AFAS settings."
        ) % {"account": account}
    return _(
        "In AFAS account %(account)s needs a code on allocation axis %(axis)s, and we only fill in "
        "axis %(ours)s. Choose another account, or change the axis in the AFAS settings."
    ) % {"account": account, "axis": wanted, "ours": ours}


def _no_account(line: InvoiceLine) -> Obstacle:
    sentence = _(
        "No revenue account is set for “%(line)s”, and there is no default one, so it would land "
        "nowhere."
    ) % {"line": line.description}
    return _in_mapping(sentence, "activities")


def _sum_obstacles(entry: Entry, groups: Sequence[InvoiceVat]) -> list[Obstacle]:
    """Where paper and lines do not add up nothing is booked: the books must show the paper."""
    if entry.obstacles:
        return []  # what is missing explains the difference
    found = _first_difference(entry, groups)
    if found:
        sentence = _(
            "The lines and the VAT summary of this invoice differ by %(difference)s, so it was not "
            "booked: the books must show what the customer has on paper. Credit it and invoice it "
            "again, and tell us."
        )
        return [Obstacle(sentence=sentence % {"difference": write_money(found)})]
    if entry.size > MOST_LINES:
        sentence = _(
            "It would be booked on %(lines)s lines, and AFAS takes %(most)s: it goes to too many "
            "accounts and cost centres. Let activities share an account, or split the invoice."
        ) % {"lines": write_number(entry.size), "most": write_number(MOST_LINES)}
        return [_in_mapping(sentence, "activities")]
    return []


def _first_difference(entry: Entry, groups: Sequence[InvoiceVat]) -> Decimal:
    """How far the lines are from the VAT summary, or the summary from the total; EUR."""
    invoice = entry.invoice
    by_group: dict[tuple[str, Decimal], Decimal] = defaultdict(Decimal)
    for line in invoice.lines.all():
        by_group[(line.vat_code, line.vat_percent or Decimal(0))] += line.net
    for group in groups:
        by_group[(group.code, group.percent)] -= group.base
    booked = sum((line.amount for line in entry.unowed), Decimal(0))
    vat = sum((group.vat for group in groups), Decimal(0))
    differences = (*by_group.values(), invoice.vat - vat, invoice.total - booked)
    return next((abs(one) for one in differences if one), Decimal(0))


def _in_settings(sentence: str, card: str) -> Obstacle:
    return Obstacle(sentence=sentence, url_name=SETTINGS, tail=f"#{card}")


def _in_mapping(sentence: str, table: str) -> Obstacle:
    return Obstacle(sentence=sentence, url_name=MAPPING, tail=f"?table={table}")


def _add(obstacles: list[Obstacle], new: Obstacle) -> None:
    if new not in obstacles:
        obstacles.append(new)
