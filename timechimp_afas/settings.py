"""All settings, from the environment only. Each variable has a line in the README."""

import sys
from pathlib import Path

import environ
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _

from timechimp_afas.schedule import SCHEDULE, in_scale

BASE_DIR = Path(__file__).resolve().parent.parent
VAR_DIR = BASE_DIR / "var"
env = environ.Env()

DEBUG = env.bool("DEBUG", default=False)
SITE_NAME = env.str("SITE_NAME", default="Uurwerk")
SITE_URL = env.str("SITE_URL", default="http://localhost:8000").rstrip("/")

# ---- Secrets: a default is for trying out only, and production refuses to start on one.
DEFAULT_SECRET_KEY = "insecure-for-development-only-never-in-production"
DEFAULT_FIELD_KEY = "bm90LWEtc2VjcmV0LW9ubHktZm9yLWRldmVsb3BtZW4="
SECRET_KEY = env.str("SECRET_KEY", default=DEFAULT_SECRET_KEY)
FIELD_KEYS = env.list("FIELD_KEYS", default=[DEFAULT_FIELD_KEY])
if not DEBUG and (SECRET_KEY == DEFAULT_SECRET_KEY or DEFAULT_FIELD_KEY in FIELD_KEYS):
    raise ImproperlyConfigured(
        "SECRET_KEY and FIELD_KEYS must be your own in production. Set both (see the README), "
        "or set DEBUG=1 on a development machine."
    )

ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"])
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])

INSTALLED_APPS = [
    "timechimp_afas",
    "integrations",
    "invoicing",
    "registration",
    "relations",
    "accounts",
    "core",
    "allauth",
    "allauth.account",
    "django_htmx",
    "rest_framework",
    "django_filters",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.forms",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "accounts.middleware.CompanyMiddleware",
    "core.middleware.no_nul_in_addresses",
]

ROOT_URLCONF = "timechimp_afas.urls"
WSGI_APPLICATION = "timechimp_afas.wsgi.application"
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "core.context_processors.site",
            ],
            "builtins": ["core.templatetags.ui"],
        },
    }
]

# ---- Database: SQLite for trying out and small teams, PostgreSQL for the rest.
DATABASES = {
    "default": env.db_url("DATABASE_URL", default=f"sqlite:///{VAR_DIR / 'db.sqlite3'}"),
}
DATABASE = DATABASES["default"]
if DATABASE["ENGINE"].endswith("sqlite3"):
    # Immediate transactions and full synchronisation: a claim that was committed stays committed
    # (DECISIONS A1), and a writer waits instead of failing half-way.
    DATABASE["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;",
    }
else:
    DATABASE["CONN_MAX_AGE"] = env.int("CONN_MAX_AGE", default=60)
    DATABASE["CONN_HEALTH_CHECKS"] = True
    # What DATABASE_URL says of TLS stays (?sslmode=…).
    DATABASE["OPTIONS"] = {**DATABASE.get("OPTIONS", {}), "options": "-c synchronous_commit=on"}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# What every safe duration is multiplied by, so that a proof can play an hour in two minutes.
TIME_SCALE = env.float("TIME_SCALE", default=1.0)
if TIME_SCALE != 1 and not DEBUG:
    raise ImproperlyConfigured(
        "TIME_SCALE shortens the times on which the safety of billing rests. Leave it out."
    )

# ---- Work in the background: the database is the queue, Celery is the doorbell.
REDIS_URL = env.str("REDIS_URL", default="")
CELERY_BROKER_URL = REDIS_URL or "memory://"
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_TRANSPORT_OPTIONS = {"socket_timeout": 5, "socket_connect_timeout": 5}
CELERY_TASK_IGNORE_RESULT = True
# Longer than a write of 150 s and the two minutes in which its answer is stored, shorter than the
# 5.5 minutes after which the sweep gives a write up. A mail is given up after twice this time.
CELERY_TASK_TIME_LIMIT = 300 * TIME_SCALE
CELERY_TASK_DEFAULT_QUEUE = "documents"
CELERY_TASK_ROUTES = {
    "integrations.import_*": {"queue": "imports"},
    "integrations.check_*": {"queue": "imports"},
    "integrations.read_*": {"queue": "imports"},
    "integrations.release": {"queue": "imports"},  # it may make files
    # A mail server that is slow must not hold up what goes to AFAS.
    "invoicing.send_*": {"queue": "imports"},
    "accounts.*": {"queue": "imports"},
    "invoicing.keep_*": {"queue": "imports"},
}
CELERY_TIMEZONE = "Europe/Amsterdam"
CELERY_BEAT_SCHEDULE = in_scale(SCHEDULE, TIME_SCALE)
CELERY_BEAT_SCHEDULE_FILENAME = env.str("BEAT_FILE", default=str(VAR_DIR / "beat"))
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
if REDIS_URL:
    CACHES = {
        "default": {
            "BACKEND": "django.core.cache.backends.redis.RedisCache",
            "LOCATION": REDIS_URL,
        }
    }

# ---- AFAS. {environment} is empty, "test" or "accept".
AFAS_URL_TEMPLATE = env.str(
    "AFAS_URL_TEMPLATE",
    default="https://{participant}.rest{environment}.afas.online/ProfitRestServices",
)
AFAS_INTEGRATION_ID = env.str("AFAS_INTEGRATION_ID", default="")

# ---- People
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator",
        "OPTIONS": {"user_attributes": ("name", "email")},
    },
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator"},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
ACCOUNT_ADAPTER = "accounts.adapter.AccountAdapter"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_SIGNUP_FORM_CLASS = "accounts.forms.SignupForm"
ACCOUNT_EMAIL_VERIFICATION = "optional"
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False
ACCOUNT_LOGOUT_REDIRECT_URL = LOGIN_URL
ACCOUNT_SESSION_REMEMBER = None

EMAIL_CONFIG = env.email_url("EMAIL_URL", default="consolemail://")
vars().update(EMAIL_CONFIG)
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", default=f"{SITE_NAME} <no-reply@localhost>")

# ---- Language, time and figures
LANGUAGE_CODE = "en"
LANGUAGES = [("en", _("English")), ("nl", _("Dutch"))]
LOCALE_PATHS = [BASE_DIR / "locale"]
TIME_ZONE = "Europe/Amsterdam"
USE_TZ = True
USE_I18N = True

# ---- Files
STATIC_URL = "/static/"
STATIC_ROOT = env.str("STATIC_ROOT", default=str(BASE_DIR / "staticfiles"))
STATICFILES_DIRS = [BASE_DIR / "static"]
MEDIA_ROOT = env.str("MEDIA_ROOT", default=str(VAR_DIR / "media"))
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = DEBUG
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 5000
DATA_UPLOAD_MAX_NUMBER_FILES = 20
RECEIPT_MAX_BYTES = 10 * 1024 * 1024  # each; larger ones go through a file on disk while checked
RECEIPTS_PER_EXPENSE = 10

# ---- The API: the same rooms through another door.
API_REQUESTS_PER_MINUTE = env.int("API_REQUESTS_PER_MINUTE", default=600)
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "accounts.api.callers.KeyAuthentication",
        "accounts.api.callers.PersonAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": [
        "accounts.api.callers.MaySignIn",
        "accounts.api.callers.HasScope",
        "accounts.api.callers.HasRight",
    ],
    "DEFAULT_THROTTLE_CLASSES": ["accounts.api.throttles.PerMinute"],
    "DEFAULT_PAGINATION_CLASS": "core.api.paging.KeyPagination",
    "DEFAULT_FILTER_BACKENDS": ["django_filters.rest_framework.DjangoFilterBackend"],
    "DEFAULT_SCHEMA_CLASS": "accounts.api.schema.Schema",
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "EXCEPTION_HANDLER": "core.api.problems.handle",
    "URL_FORMAT_OVERRIDE": None,
}
SPECTACULAR_SETTINGS = {
    "TITLE": SITE_NAME,
    "VERSION": "1",
    "OAS_VERSION": "3.1.1",
    "DESCRIPTION": (
        "What people do in the pages every day, for programs: register, approve, invoice, "
        "book in AFAS. Money is a decimal string in EUR, a duration whole minutes, a day a date; "
        "a problem is told as RFC 9457 says, in the sentences of the pages."
    ),
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_PERMISSIONS": ["rest_framework.permissions.AllowAny"],
    "SERVE_AUTHENTICATION": [],
    "SCHEMA_PATH_PREFIX": "/api/v1/",
    "COMPONENT_SPLIT_REQUEST": True,
    "ENUM_GENERATE_CHOICE_DESCRIPTION": False,
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "accounts.api.schema.told_once",
    ],
    "ENUM_NAME_OVERRIDES": {
        "AfasKindEnum": "integrations.models.Kind",
        "AfasStateEnum": "integrations.models.State",
        "AfasRunStatusEnum": "integrations.models.ImportRun.Status",
        "InvoiceKindEnum": "invoicing.models.InvoiceKind",
        "LineKindEnum": "invoicing.models.LineKind",
        "InvoiceStatusEnum": "invoicing.models.DocumentStatus",
        "DeliveryStateEnum": "invoicing.models.Delivery.State",
        "ThingKindEnum": ["hours", "expenses", "rides", "instalments", "periods"],
        "WayOfSendingEnum": ["printed", "mail", "portal", "peppol", "other"],
    },
    "SERVERS": [{"url": "/"}],
}

# ---- The browser's side of safety. No inline script or style anywhere.
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "object-src": [NONE],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
        "form-action": [SELF],
    }
}
HTTPS_ONLY = env.bool("HTTPS_ONLY", default=not DEBUG)
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS_ONLY
SECURE_SSL_REDIRECT = HTTPS_ONLY
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS_ONLY else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = HTTPS_ONLY
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if HTTPS_ONLY else None
SESSION_COOKIE_AGE = 60 * 60 * 24 * 30
X_FRAME_OPTIONS = "DENY"

# ---- One readable log line per event; secrets are filtered where they could slip in.
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {"secrets": {"()": "core.secrets.ScrubSecrets"}},
    "formatters": {"line": {"format": "%(asctime)s %(levelname)-7s %(name)s: %(message)s"}},
    "handlers": {
        "stream": {
            "class": "logging.StreamHandler",
            "stream": sys.stderr,
            "formatter": "line",
            "filters": ["secrets"],
        }
    },
    "root": {"handlers": ["stream"], "level": env.str("LOG_LEVEL", default="INFO")},
    "loggers": {
        "django.server": {"handlers": ["stream"], "propagate": False},
        "django.security.DisallowedHost": {"level": "ERROR"},
    },
}
DEFAULT_EXCEPTION_REPORTER_FILTER = "core.secrets.SecretsExceptionFilter"
