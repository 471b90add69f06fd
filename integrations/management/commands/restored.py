"""`manage.py restored`: after a backup of the database was put back, before anything runs again."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from integrations.models import State
from integrations.services import restoring
from integrations.services.restoring import Tally

QUESTION = """\
Put in doubt everything that was open, for {companies} companies? Nothing is sent, billed or
imported for half an hour; what AFAS and we have of each other is compared meanwhile. Own invoices
become final again once each company, linked or not, has confirmed its last number.
Stop the web processes and the workers first, and start them after this.
{last}
Type yes to go on: """


class Command(BaseCommand):
    help = "After a restored backup: look up what was open, compare with AFAS, hold for 30 minutes."

    def add_arguments(self, parser: CommandParser) -> None:
        """`--yes` for scripts that restore."""
        parser.add_argument("--yes", action="store_true", help="do not ask")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Hold every link, then go through the companies; may be done again."""
        companies = list(restoring.concerned())
        made = restoring.last_known()
        last = ""
        if made:
            moment = f"{timezone.localtime(made):%Y-%m-%d %H:%M}"
            last = f"The last thing that this database knows is of {moment}."
        if not options["yes"]:
            self._ask(len(companies), last)
        restoring.hold_all()
        self.stdout.write(_numbers(*restoring.doubt_own_invoices()))
        for company in companies:
            self.stdout.write(_told(restoring.restore(company, made=made)))
        self.stdout.write(
            f"{len(companies)} companies. Start the web processes and the workers again; what "
            "differs from AFAS is shown to people under Needs attention."
        )

    def _ask(self, companies: int, last: str) -> None:
        try:
            answer = input(QUESTION.format(companies=companies, last=last))
        except EOFError:
            answer = ""
        if answer.strip().lower() != "yes":
            raise CommandError("Nothing was changed. Without a terminal, say --yes.")


def _numbers(companies: int, mails: int) -> str:
    """One line about own invoices."""
    return (
        f"{companies} companies in all: each confirms its last number under Settings → Invoicing "
        f"before an invoice of its own becomes final; {mails} mails in doubt."
    )


def _told(tally: Tally) -> str:
    """One line for a company."""
    states = ", ".join(f"{count} {State(state).value}" for state, count in tally.documents.items())
    parts = [
        f"{tally.company}: {tally.total} documents in doubt" + (f" ({states})" if states else "")
    ]
    if tally.held_until:
        parts.append(f"nothing leaves before {timezone.localtime(tally.held_until):%H:%M}")
    if tally.asks_a_person:
        parts.append("AFAS shows us no references, so a person is asked to look")
    return "; ".join(parts)
