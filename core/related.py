"""Reading what many rows refer to."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import connection, models
from django.db.models import prefetch_related_objects

MOST_AT_ONCE = 900


def read_along(rows: Sequence[models.Model], *names: str) -> None:
    """Read what `rows` refer to by `names`, as `prefetch_related`, of however many rows.

    Since its change 19072 Django asks SQLite for each thing by an OR of its own, and SQLite takes a
    thousand of them at most; so there a part of the rows is done at a time.
    """
    whole = connection.features.supports_tuple_lookups
    size = max(len(rows), 1) if whole else MOST_AT_ONCE
    for start in range(0, len(rows), size):
        prefetch_related_objects(rows[start : start + size], *names)
