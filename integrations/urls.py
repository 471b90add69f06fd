"""Addresses of this app: the link itself, billing over it, undoing that, and watching it."""

from integrations.billing_urls import urlpatterns as billing_urls
from integrations.link_urls import urlpatterns as link_urls
from integrations.undo_urls import urlpatterns as undo_urls
from integrations.watch_urls import urlpatterns as watch_urls

urlpatterns = [*link_urls, *billing_urls, *undo_urls, *watch_urls]
