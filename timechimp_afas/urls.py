"""All addresses; each app brings its own."""

from django.urls import include, path

from timechimp_afas import health

urlpatterns = [
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("accounts/", include("allauth.account.urls")),
    path("i18n/", include("django.conf.urls.i18n")),
    path("api/", include("timechimp_afas.api_urls")),
    path("", include("accounts.urls")),
    path("", include("relations.urls")),
    path("", include("registration.urls")),
    path("", include("invoicing.urls")),
    path("", include("integrations.urls")),
]
