"""Run with `make bench` (HOURS= CUSTOMERS= REPEAT= API_HOURS=): Markdown, rc 1 when over.

Each repetition starts from the same hours in a database of its own. The budget is both a ratio to
the plain SQL of the same repetition and an absolute figure: a ratio alone hides a slow anchor.
"""

from __future__ import annotations

import gc
import os
import resource
import sys
import time
from contextlib import suppress
from statistics import median

import django
import psycopg

HOURS = int(os.environ.get("HOURS") or 10000)
CUSTOMERS = int(os.environ.get("CUSTOMERS") or 100)
REPEAT = int(os.environ.get("REPEAT") or 3)
MOST_TIMES = 5.0
MOST_SECONDS = 3.0 * HOURS / 10_000
MOST_MEBIBYTES = 300
MOST_SECONDS_TO_BOOK = 1.5 * CUSTOMERS / 100
"""Of an invoice that is booked: 15 ms, its check included; sending it takes AFAS far longer."""


def main() -> int:
    """Measure, print, judge."""
    address = os.environ["DATABASE_URL"]
    name = f"bench_{os.getpid()}"
    with psycopg.connect(address, autocommit=True) as server:
        server.execute(f'CREATE DATABASE "{name}"')
        try:
            os.environ["DATABASE_URL"] = f"{address.rsplit('/', 1)[0]}/{name}"
            return _measure(os.environ["DATABASE_URL"])
        finally:
            with suppress(ImportError):
                from django.db import connections

                connections.close_all()
            server.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


def _measure(address: str) -> int:
    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    rows = [_repetition(address) for _ in range(REPEAT)]
    plain = median(row[0] for row in rows)
    ours = median(row[1] for row in rows)
    times = median(row[1] / row[0] for row in rows)
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    _print(rows, plain, ours)
    good = [
        _judge(f"{times:.1f} times the plain SQL", times, MOST_TIMES, "times"),
        _judge(f"{ours:.2f} s", ours, MOST_SECONDS, "s"),
        _judge(f"{memory:.0f} MiB at its highest", memory, MOST_MEBIBYTES, "MiB"),
        _judge_booking(median(row[3] for row in rows)),
        *_programs(),
    ]
    return 0 if all(good) else 1


def _judge_booking(seconds: float) -> bool:
    each = f"{1000 * seconds / CUSTOMERS:.1f} ms each"
    found = f"{seconds:.2f} s to book the {CUSTOMERS} invoices, {each}"
    return _judge(found, seconds, MOST_SECONDS_TO_BOOK, "s")


def _programs() -> list[bool]:
    """What a program waits for among a million hours, beside a bare view; the budgets of it."""
    from tests.bench import programs

    found = programs.measured()
    _say(f"\nA program among {programs.HOURS:,} hours, median of {programs.TRIES}\n")
    _say("| request | ms | hours/s |")
    _say("|---|---|---|")
    for name, milliseconds in found.items():
        _say(f"| {name} | {milliseconds:.1f} | {1000 * programs.SIZES[name] / milliseconds:,.0f} |")
    _say("")
    return [
        _judge(f"{label}: {ratio:.1f} times", ratio, most, "times")
        for label, ratio, most in programs.ratios(found)
    ] + [
        _judge(f"{name}: {found[name]:.1f} ms", found[name], most, "ms")
        for name, most in programs.MOST.items()
    ]


def _repetition(address: str) -> tuple[float, float, int, float]:
    from tests.bench import booked, ours, plain

    company, by = ours.company_with(HOURS, CUSTOMERS)
    with psycopg.connect(address, autocommit=True) as connection:
        plain.prepare(connection.cursor())
        seconds = _timed(lambda: plain.invoice_all(connection))
        expected = plain.outcome(connection.cursor())
    selection, token = ours.seen(company, by)
    with ours.counted() as words:
        own = _timed(lambda: ours.invoice_all(selection, token))
    found = ours.outcome(company)
    if found != expected or expected[3]:
        raise SystemExit(f"The two ways differ: {found} here, {expected} in plain SQL.")
    run, seen = booked.ready(company, by)
    booking = _timed(lambda: booked.book_all(run, seen, by))
    if booked.outcome(company) != (found[0], found[1] + found[2]):
        raise SystemExit(f"Not all was booked to the cent: {booked.outcome(company)}.")
    _flush()
    return seconds, own, sum(words.values()), booking


def _timed(work: object) -> float:
    gc.collect()
    start = time.perf_counter()
    work()  # type: ignore[operator]
    return time.perf_counter() - start


def _flush() -> None:
    """An empty database again, so that repetitions are alike."""
    from django.core.management import call_command

    call_command("flush", verbosity=0, interactive=False)


def _print(rows: list[tuple[float, float, int, float]], plain: float, ours: float) -> None:
    _say("")
    _say(f"{HOURS:,} hours of {CUSTOMERS} customers to final invoices, {REPEAT} repetitions\n")
    _say("| way | seconds (min / median / max) | hours/s | statements |")
    _say("|---|---|---|---|")
    columns = (("plain SQL, a transaction per invoice", 0, plain), ("ours", 1, ours))
    for label, at, middle in columns:
        seconds = [row[at] for row in rows]
        spread = f"{min(seconds):.2f} / {middle:.2f} / {max(seconds):.2f}"  # type: ignore[type-var]
        statements = f"{rows[0][2]:,}" if at else f"{6 * CUSTOMERS + 1:,}"
        _say(f"| {label} | {spread} | {HOURS / middle:,.0f} | {statements} |")
    _say("")


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")


def _judge(found: str, figure: float, most: float, unit: str) -> bool:
    good = figure <= most
    _say(f"{'within' if good else 'OVER'} the budget: {found} (at most {most:g} {unit})")
    return good


if __name__ == "__main__":
    sys.exit(main())
