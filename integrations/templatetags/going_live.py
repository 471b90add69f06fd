"""What pages say of a trial that is over, and of a backup that was put back."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django import template
from django.utils.dateparse import parse_datetime

from accounts.models import Company
from integrations.services import going_live

register = template.Library()


@register.inclusion_tag("integrations/going_live/notice.html")
def going_live_notice(company: Company) -> dict[str, Any]:
    """A card that leads to going live while entries are billed in a test environment only."""
    return {"waiting": going_live.waiting(company)}


@register.filter
def read_moment(text: str) -> datetime | None:
    """A moment that was kept as text; None for what is none."""
    return parse_datetime(text)
