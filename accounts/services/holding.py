"""The lock that comes first: one company's rates, projects and entries change one at a time."""

from __future__ import annotations

from accounts.models import Company


def hold(company: Company) -> Company:
    """Keep rates, projects and the saving of entries of `company` apart until the transaction ends.

    Take it before any other lock. Returns the company as it is now. Other companies, and writers
    that only refer to this one, do not wait.
    """
    return Company.objects.select_for_update(no_key=True).get(pk=company.pk)
