"""The sandbox for tests: on a real, free port, in a thread, with hands to drive it.

with running() as sandbox:
    sandbox.fault("commit_then_hang_up", environment="12345")
    ...
    assert len(sandbox.state("12345")["invoices"]) == 1
"""

import json
import threading
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sandbox.app import Sandbox
from sandbox.server import listen


@dataclass(frozen=True)
class Running:
    """A sandbox that answers at `url`, for example http://127.0.0.1:43210 (no slash at the end)."""

    url: str
    app: Sandbox

    @property
    def url_template(self) -> str:
        """What AFAS_URL_TEMPLATE must be to reach it, with {participant} and {environment}."""
        return self.url + "/{participant}{environment}/ProfitRestServices"

    def fault(self, name: str, **details: Any) -> None:
        """Order a fault; see `sandbox.faults` for the names and details."""
        self.order("fault", {"fault": name, **details})

    def weather(self, **wish: Any) -> dict[str, Any]:
        """Let random faults come; see `sandbox.weather`."""
        return self.order("weather", wish)

    def setting(self, name: str, value: Any, environment: str = "12345") -> None:
        """Set one of the settings that `sandbox.control` lists."""
        self.order("setting", {"environment": environment, "name": name, "value": value})

    def state(self, environment: str = "12345") -> dict[str, Any]:
        """What the environment holds and received."""
        return self.app.control.state(environment)

    def reset(self) -> None:
        """Back to the seed, no faults."""
        self.order("reset", {})

    def order(self, door: str, wish: dict[str, Any]) -> dict[str, Any]:
        """POST to `/_sandbox/{door}`; see `sandbox.control`. Raises urllib's HTTPError on 400."""
        request = urllib.request.Request(  # noqa: S310 - our own http address
            f"{self.url}/_sandbox/{door}", data=json.dumps(wish).encode(), method="POST"
        )
        with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310
            done: dict[str, Any] = json.load(answer)
        return done


@contextmanager
def running(state_path: Path | None = None, *, scale: float = 1.0) -> Iterator[Running]:
    """Start a sandbox on a free port of 127.0.0.1, and stop it at the end.

    `state_path` makes it remember; without, it lives in memory. `scale` multiplies every
    duration, so that 899 seconds of AFAS can be played in less.
    """
    app = Sandbox(state_path, scale=scale)
    server = listen(app, "127.0.0.1", 0)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield Running(f"http://127.0.0.1:{server.port}", app)
    finally:
        server.shutdown()
        thread.join()
        app.close()
