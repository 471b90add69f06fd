"""Addresses of what is still to be invoiced."""

from django.urls import URLPattern, path

from invoicing.views import unbilled

urlpatterns: list[URLPattern] = [
    path("overviews/unbilled/", unbilled.index, name="unbilled"),
    path("finance/unbilled/", unbilled.in_finance, name="unbilled_in_finance"),
]
