"""So many requests a minute for each key, and how many are left in headers that programs know."""

from __future__ import annotations

import logging
import time
from typing import Any

from django.conf import settings
from django.core.cache import cache
from redis.exceptions import RedisError
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

from accounts.models import ApiKey

logger = logging.getLogger(__name__)

MINUTE = 60


class PerMinute(BaseThrottle):
    """Counts in whole minutes of the clock, which two machines share through the cache."""

    def allow_request(self, request: Request, view: Any) -> bool:
        """Count this request, and give the view what the headers of its answer say."""
        most, now = settings.API_REQUESTS_PER_MINUTE, time.time()
        self.left_of_minute = MINUTE - int(now) % MINUTE
        name = f"api-{_who(request)}-{int(now) // MINUTE}"
        used = _count(name)
        view.rate_headers = {
            "RateLimit-Limit": str(most),
            "RateLimit-Remaining": str(max(0, most - used)),
            "RateLimit-Reset": str(self.left_of_minute),
        }
        return bool(used <= most)

    def wait(self) -> float:
        """Seconds until the next minute: Retry-After."""
        return float(self.left_of_minute)


def _count(name: str) -> int:
    """How many there were in this minute, this one included; none when the cache is away: then
    nobody is refused for it."""
    try:
        cache.add(name, 0, timeout=2 * MINUTE)
        return int(cache.incr(name))
    except (RedisError, OSError, ValueError) as error:
        logger.warning("Requests are not counted, since the cache is away: %s", error)
        return 0


def _who(request: Request) -> str:
    if isinstance(request.auth, ApiKey):
        return f"key-{request.auth.pk}"
    user = request.user
    return f"user-{user.pk}" if user.is_authenticated else f"at-{request.META['REMOTE_ADDR']}"
