"""The clock, the link and the open alerts of the tests of the standing watch."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
import time_machine

from accounts.models import Company
from integrations.models import AfasConnection, Alert
from integrations.services import watching
from tests.factories import AfasConnectionFactory, AppInstallationFactory

NOON = datetime.fromisoformat("2026-11-18T12:00:00+01:00")


@pytest.fixture
def clock() -> Iterator[Any]:
    """Wednesday noon in Amsterdam; time stands still unless the test moves it."""
    with time_machine.travel(NOON, tick=False) as traveller:
        yield traveller


@pytest.fixture
def link(clock: Any, company: Company) -> AfasConnection:
    """A link that works, a month old."""
    AppInstallationFactory(company=company)
    link = AfasConnectionFactory(company=company)
    AfasConnection.objects.update(created_at=NOON - timedelta(days=30))
    return link


def open_alerts(company: Company) -> dict[tuple[str, str], dict[str, Any]]:
    """The facts of the company's open alerts by kind and key, once the watch has looked."""
    watching.watch()
    alerts = Alert.objects.of(company).filter(closed_at__isnull=True)
    return {(one.kind, one.key): one.detail for one in alerts}


def kinds(company: Company) -> list[str]:
    return [kind for kind, _key in open_alerts(company)]
