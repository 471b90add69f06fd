"""Every row belongs to one company, and every question names the company."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING, Any, Self

from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models.sql.compiler import SQLCompiler

if TYPE_CHECKING:
    from accounts.models import Company


class Among(models.Lookup):
    """The key is one of these ids: for PostgreSQL one array, for SQLite a list of plain numbers.

    `pk__in` makes each of them a parameter, and of thousands that is most of the time.
    """

    prepare_rhs = False

    def as_postgresql(
        self, compiler: SQLCompiler, connection: BaseDatabaseWrapper
    ) -> tuple[str, tuple[Any, ...]]:
        key, params = self.process_lhs(compiler, connection)
        # Written out as text: the driver's own way visits each of the ids several times.
        ids = "{" + ",".join(str(int(pk)) for pk in self.rhs) + "}"
        return f"{key} = ANY(%s::bigint[])", (*params, ids)

    def as_sql(
        self, compiler: SQLCompiler, connection: BaseDatabaseWrapper
    ) -> tuple[str, tuple[Any, ...]]:
        key, params = self.process_lhs(compiler, connection)
        # Not json_each: a database that is put back by deserialising it makes SQLite crash there.
        return f"{key} IN ({', '.join(str(int(pk)) for pk in self.rhs)})", tuple(params)


class CompanyQuerySet(models.QuerySet[Any]):
    """A queryset whose first word is the company."""

    def of(self, company: Company | int) -> Self:
        """Only the rows of `company`; the door through which every selector goes."""
        return self.filter(company=company)

    def among(self, ids: Collection[int]) -> Self:
        """Only the rows with these ids, as `pk__in`, but fast for thousands of them."""
        return self.filter(Among(models.F("pk"), list(ids)))


class CompanyOwned(models.Model):
    """A row of one company."""

    company = models.ForeignKey("accounts.Company", on_delete=models.PROTECT, related_name="+")

    objects = CompanyQuerySet.as_manager()

    class Meta:
        abstract = True
