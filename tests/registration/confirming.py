"""Saving rates as a person does: look at what they would change, then confirm."""

from __future__ import annotations

import html
import re
from typing import Any


def confirmed(client: Any, address: str, data: dict[str, Any]) -> Any:
    """Post rates, and post them again with the token of the page that was shown."""
    shown = client.post(address, data)
    assert shown.status_code in {200, 409}, shown.status_code
    return client.post(address, data | {"seen": token_in(shown)})


def token_in(answer: Any) -> str:
    """The token that a preview asks to send back."""
    found = re.search(r'name="seen" value="(\w+)"', html.unescape(answer.content.decode()))
    assert found, "this is no preview"
    return found[1]
