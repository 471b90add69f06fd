"""Says in one sentence when PostgreSQL or Redis, which the service tests need, does not answer."""

from __future__ import annotations

import os
import socket
import sys
from urllib.parse import urlsplit

USUAL_PORTS = {"DATABASE_URL": 5432, "REDIS_URL": 6379}


def silent(variable: str) -> str | None:
    """The address in `variable` when nothing listens there; None when something does."""
    address = urlsplit(os.environ[variable])
    place = (address.hostname or "127.0.0.1", address.port or USUAL_PORTS[variable])
    try:
        socket.create_connection(place, timeout=3).close()
    except OSError:
        return f"{place[0]}:{place[1]}"
    return None


def main() -> int:
    """Returns 1 when one of the two does not answer."""
    for variable in USUAL_PORTS:
        place = silent(variable)
        if place:
            sys.stderr.write(
                f"Nothing answers at {place}: start PostgreSQL and Redis "
                f"(docker compose up -d postgres redis), or point {variable} at yours.\n"
            )
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
