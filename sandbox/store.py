"""What the pretend AFAS remembers: one SQLite file, committed before anything is answered.

A killed process loses nothing that it answered: SQLite's write-ahead log is in the file system
before `transaction()` ends. (A power cut is another matter, and no concern of a sandbox.)
"""

import json
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from sandbox import seed

Record = dict[str, Any]
Words = tuple[str, ...]

SCHEMA = """
CREATE TABLE IF NOT EXISTS record (
    kind TEXT NOT NULL, environment TEXT NOT NULL, key TEXT NOT NULL, body TEXT NOT NULL,
    UNIQUE (kind, environment, key)
);
CREATE TABLE IF NOT EXISTS counter (
    environment TEXT NOT NULL, name TEXT NOT NULL, value INTEGER NOT NULL,
    PRIMARY KEY (environment, name)
);
CREATE TABLE IF NOT EXISTS request (
    id INTEGER PRIMARY KEY, environment TEXT NOT NULL, body TEXT NOT NULL
);
"""
KEPT_REQUESTS = 1000
FIRST_NUMBERS = {
    "OrNu": 70000144,
    "SinOrNu": 2614,
    "EnNo": 5789,
    "SbId": 120045,
    "DbId": 10272,
    "BcCo": 1000563,
}


class Closed(Exception):  # noqa: N818 - what it is
    """The store was let go of; whoever still works comes too late."""


class Store:
    """Debtors, items, invoices, entries, credentials and the request log of all environments.

    `path` is the state file; None keeps everything in memory. A fresh file is seeded. `scale` is
    how long one second of AFAS lasts here, in seconds; it is not kept in the file.
    Safe to use from several threads: each call takes the one lock. After `close` each call
    raises Closed, but for `log_request`, which then keeps nothing.
    """

    def __init__(self, path: Path | None = None, *, scale: float = 1.0) -> None:
        self.scale = scale
        if path is not None:
            path.parent.mkdir(parents=True, exist_ok=True)
        self._lock = threading.RLock()
        self._is_closed = False
        self._database = sqlite3.connect(
            path or ":memory:", isolation_level=None, check_same_thread=False, timeout=30
        )
        self._database.execute("PRAGMA journal_mode=WAL")
        self._database.execute("PRAGMA synchronous=NORMAL")
        self._database.executescript(SCHEMA)
        with self.transaction():
            if not self.all("administration", "12345"):
                self._seed()

    def close(self) -> None:
        """Let go of the file."""
        with self._lock:
            self._is_closed = True
            self._database.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing; nested use joins the outer one."""
        with self._open():
            if self._database.in_transaction:
                yield
                return
            self._database.execute("BEGIN IMMEDIATE")
            try:
                yield
            except BaseException:
                self._database.execute("ROLLBACK")
                raise
            self._database.execute("COMMIT")

    def reset(self) -> None:
        """Forget everything and start from the seed."""
        with self.transaction():
            for table in ("record", "counter", "request"):
                self._database.execute(f"DELETE FROM {table}")  # noqa: S608 - three fixed names
            self._seed()

    def all(self, kind: str, environment: str, words: Words = ()) -> list[Record]:
        """Every record of a kind, in the order in which they came.

        With `words` only those whose text holds one of them, in any capitals. A word is of ASCII
        letters, digits and other characters that mean nothing to JSON and to LIKE.
        """
        holds = " OR ".join(["body LIKE ?"] * len(words)) or "TRUE"
        query = "SELECT body FROM record WHERE kind = ? AND environment = ?"
        return self._bodies(
            f"{query} AND ({holds}) ORDER BY rowid",
            kind,
            environment,
            *(f"%{word}%" for word in words),
        )

    def last(self, kind: str, environment: str, most: int) -> list[Record]:
        """The `most` records of a kind that came last, the very last one first."""
        return self._bodies(
            "SELECT body FROM record WHERE kind = ? AND environment = ?"
            " ORDER BY rowid DESC LIMIT ?",
            kind,
            environment,
            most,
        )

    def count(self, kind: str, environment: str) -> int:
        """How many records of a kind there are."""
        with self._open():
            counted = self._database.execute(
                "SELECT count(*) FROM record WHERE kind = ? AND environment = ?",
                (kind, environment),
            )
            return int(counted.fetchone()[0])

    def get(self, kind: str, environment: str, key: str) -> Record | None:
        """The record with this key, or None."""
        found = self._bodies(
            "SELECT body FROM record WHERE kind = ? AND environment = ? AND key = ?",
            kind,
            environment,
            key,
        )
        return found[0] if found else None

    def put(self, kind: str, environment: str, key: str, body: Record) -> None:
        """Keep this record; one that has the key already is replaced and keeps its place."""
        with self._open():
            self._database.execute(
                "INSERT INTO record VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET body = ?4",
                (kind, environment, key, json.dumps(body, ensure_ascii=False)),
            )

    def remove(self, kind: str, environment: str, key: str) -> bool:
        """Drop the record; False when there was none."""
        with self._open():
            dropped = self._database.execute(
                "DELETE FROM record WHERE kind = ? AND environment = ? AND key = ?",
                (kind, environment, key),
            )
        return dropped.rowcount > 0

    def next_number(self, environment: str, name: str) -> int:
        """The next number of a series; never given twice, also not after a deletion."""
        with self._open():
            row = self._database.execute(
                "INSERT INTO counter VALUES (?, ?, ?)"
                " ON CONFLICT DO UPDATE SET value = value + 1 RETURNING value",
                (environment, name, FIRST_NUMBERS.get(name, 1)),
            ).fetchone()
        return int(row[0])

    def log_request(self, environment: str, entry: Record) -> None:
        """Add one line to the request log, which keeps the last thousand."""
        with suppress(Closed), self.transaction():
            added = self._database.execute(
                "INSERT INTO request (environment, body) VALUES (?, ?)",
                (environment, json.dumps(entry, ensure_ascii=False)),
            )
            self._database.execute(
                "DELETE FROM request WHERE id <= ?", ((added.lastrowid or 0) - KEPT_REQUESTS,)
            )

    def requests(self, environment: str) -> list[Record]:
        """The request log of an environment, oldest first."""
        return self._bodies(
            "SELECT body FROM request WHERE environment = ? ORDER BY id", environment
        )

    @contextmanager
    def _open(self) -> Iterator[None]:
        with self._lock:
            if self._is_closed:
                raise Closed
            yield

    def _bodies(self, query: str, *values: str | int) -> list[Record]:
        with self._open():
            return [json.loads(body) for (body,) in self._database.execute(query, values)]

    def _seed(self) -> None:
        for environment in seed.ENVIRONMENTS.values():
            self._seed_environment(environment)
        for credential in seed.CREDENTIALS:
            self._seed_credential(credential)

    def _seed_environment(self, environment: seed.Environment) -> None:
        name = environment.name
        for number, title, code in environment.administrations:
            row = {"AdminId": number, "AdminNm": title, "AdminCd": code}
            self.put("administration", name, str(number), row)
        for debtor in seed.debtors(environment):
            self.put("debtor", name, debtor["DebtorId"], debtor)
        for item in seed.items():
            self.put("item", name, f"{item['Kind']}/{item['ItemCode']}", item)
        client = {
            "environment": name,
            "state": "active",
            "get": seed.USUAL_GET_CONNECTORS,
            "update": list(seed.UPDATE_CONNECTORS),
            "secret": environment.client_secret,
            "expiry": seed.OAUTH_EXPIRY,
            "purpose": "OAuth client",
        }
        self.put("credential", "", environment.client_id, client)

    def _seed_credential(self, credential: seed.Credential) -> None:
        granted = {
            "environment": credential.environment,
            "state": credential.state,
            "get": credential.granted(seed.USUAL_GET_CONNECTORS),
            "update": credential.granted(seed.UPDATE_CONNECTORS),
            "expiry": seed.CLASSIC_EXPIRY,
            "purpose": credential.purpose,
        }
        self.put("credential", "", credential.token, granted)
