"""The address of going live after a trial."""

from django.urls import path

from integrations.views import going_live

urlpatterns = [
    path("settings/app-center/afas/going-live/", going_live.page, name="afas_going_live"),
]
