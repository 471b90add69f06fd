"""Addresses of this app: keeping projects and rates, and registering work."""

from registration import entry_urls, manage_urls

urlpatterns = [*manage_urls.urlpatterns, *entry_urls.urlpatterns]
