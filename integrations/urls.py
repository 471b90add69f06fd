"""Addresses of this app: the link itself, and billing over it."""

from integrations.billing_urls import urlpatterns as billing_urls
from integrations.link_urls import urlpatterns as link_urls

urlpatterns = [*link_urls, *billing_urls]
