"""Settings of the test suite: the product's own, with keys, hashing and mail that suit tests."""

import os

os.environ.setdefault("DEBUG", "0")
os.environ.setdefault("HTTPS_ONLY", "0")
os.environ.setdefault("SECRET_KEY", "only-for-tests")
os.environ.setdefault("FIELD_KEYS", "b25seS1mb3ItdGVzdHMtb25seS1mb3ItdGVzdHMtISE=")
os.environ.setdefault("EMAIL_URL", "memorymail://")

from timechimp_afas.settings import *  # noqa: E402, F403

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
ACCOUNT_RATE_LIMITS = False
ALLOWED_HOSTS = ["*"]
