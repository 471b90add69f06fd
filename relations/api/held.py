"""Things that are saved under the lock of their company."""

from __future__ import annotations

from typing import Any

from accounts.api.views import CompanyThings
from accounts.services.holding import hold


class HeldThings(CompanyThings):
    """The company is held before the row of a thing is, as the services do it.

    In the other order two changes, one of them from a page, could wait for each other without end.
    """

    def held(self, **more: Any) -> Any:
        """The thing of this address, locked where the database can."""
        hold(self.company)
        return super().held(**more)
