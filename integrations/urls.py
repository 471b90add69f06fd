"""Addresses of this app: the link, billing over it, undoing that, watching and comparing it."""

from integrations.billing_urls import urlpatterns as billing_urls
from integrations.booking_urls import urlpatterns as booking_urls
from integrations.going_live_urls import urlpatterns as going_live_urls
from integrations.link_urls import urlpatterns as link_urls
from integrations.reconcile_urls import urlpatterns as reconcile_urls
from integrations.undo_urls import urlpatterns as undo_urls
from integrations.watch_urls import urlpatterns as watch_urls

urlpatterns = [
    *link_urls,
    *billing_urls,
    *booking_urls,
    *undo_urls,
    *watch_urls,
    *going_live_urls,
    *reconcile_urls,
]
