"""Addresses of what the owners are told, and of the first steps."""

from django.urls import path

from integrations.views import watch

urlpatterns = [
    path("afas/alerts/<int:pk>/dismiss/", watch.dismiss, name="alert_dismiss"),
    path("settings/app-center/checklist/hide/", watch.hide_checklist, name="checklist_hide"),
    path("settings/app-center/checklist/show/", watch.show_checklist, name="checklist_show"),
]
