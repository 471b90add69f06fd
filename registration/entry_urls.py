"""Addresses of registering, of the overviews and of the dashboard."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
