"""Addresses of hours, expenses, rides, their overviews and the dashboard."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
