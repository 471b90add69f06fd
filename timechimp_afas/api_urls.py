"""Addresses of the API, gathered from the apps, and of its documentation."""

from django.urls import include, path, re_path
from drf_spectacular.views import SpectacularAPIView
from rest_framework.routers import SimpleRouter

from accounts.api import routes as accounts_routes
from integrations.api import routes as integrations_routes
from invoicing.api import routes as invoicing_routes
from registration.api import routes as registration_routes
from relations.api import routes as relations_routes
from timechimp_afas.api_docs import docs, nothing_here

router = SimpleRouter(use_regex_path=True)
for routes in (
    relations_routes,
    registration_routes,
    invoicing_routes,
    integrations_routes,
    accounts_routes,
):
    routes.register(router)

urlpatterns = [
    path("v1/", include(accounts_routes.urlpatterns)),
    path("v1/", include(router.urls)),
    re_path(r"^v1/(?P<rest>[\s\S]*)$", nothing_here, name="api_nothing"),  # a newline too
    path("schema.yml", SpectacularAPIView.as_view(), name="api_schema"),
    path("docs/", docs, name="api_docs"),
]
