"""Addresses of this app: what is unbilled, invoices, drafts, and how a company invoices."""

from invoicing import draft_urls, invoice_urls, settings_urls, unbilled_urls

urlpatterns = [
    *unbilled_urls.urlpatterns,
    *draft_urls.urlpatterns,
    *invoice_urls.urlpatterns,
    *settings_urls.urlpatterns,
]
