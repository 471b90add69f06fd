"""Addresses of projects, activities, expense categories and rates."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
