"""Addresses of booking our own invoices in AFAS."""

from django.urls import path

from integrations.views import bookings

urlpatterns = [
    path("afas/bookings/", bookings.begin, name="booking_begin"),
    path("afas/bookings/invoices/<int:pk>/", bookings.begin_one, name="booking_begin_one"),
    path("afas/bookings/<uuid:pk>/", bookings.run, name="booking_run"),
    path("afas/bookings/<uuid:pk>/again/", bookings.again, name="booking_again"),
]
