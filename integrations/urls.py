"""Addresses of this app: the link itself, billing over it, and undoing that."""

from integrations.billing_urls import urlpatterns as billing_urls
from integrations.link_urls import urlpatterns as link_urls
from integrations.undo_urls import urlpatterns as undo_urls

urlpatterns = [*link_urls, *billing_urls, *undo_urls]
