"""Settings of the test suite: the product's own, with keys, hashing and mail that suit tests."""

import os
import tempfile
from pathlib import Path
from urllib.parse import urlsplit

os.environ.setdefault("DEBUG", "0")
os.environ.setdefault("HTTPS_ONLY", "0")
os.environ.setdefault("SECRET_KEY", "only-for-tests")
os.environ.setdefault("FIELD_KEYS", "b25seS1mb3ItdGVzdHMtb25seS1mb3ItdGVzdHMtISE=")
os.environ.setdefault("EMAIL_URL", "memorymail://")
# Two runs on one machine must not meet: each has databases of its own in PostgreSQL and in Redis,
# told apart by the process that leads it (Redis has only sixteen, so there it is likely, not sure).
RUN = os.environ.setdefault("TEST_RUN", str(os.getpid()))
NUMBER = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
if os.environ.get("REDIS_URL"):
    path = f"/{(int(RUN) * 2 + NUMBER) % 16}"
    os.environ["REDIS_URL"] = urlsplit(os.environ["REDIS_URL"])._replace(path=path).geturl()

from timechimp_afas.settings import *  # noqa: E402, F403

MEDIA_ROOT = str(Path(tempfile.gettempdir()) / f"uurwerk-media-{RUN}")
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
ACCOUNT_RATE_LIMITS = False
ALLOWED_HOSTS = ["*"]
if not DATABASES["default"]["ENGINE"].endswith("sqlite3"):  # noqa: F405
    DATABASES["default"]["TEST"] = {"NAME": f"test_run_{RUN}"}  # noqa: F405
