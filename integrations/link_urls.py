"""Addresses of App Center, AFAS settings and import."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
