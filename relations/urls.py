"""Addresses of this app."""

from django.urls import path

from relations import views

urlpatterns = [
    path("relations/customers/", views.customers, name="customers"),
    path("relations/customers/new/", views.customer_new, name="customer_new"),
    path("relations/customers/<int:pk>/", views.customer, name="customer"),
    path("relations/customers/<int:pk>/edit/", views.customer_edit, name="customer_edit"),
    path("relations/customers/<int:pk>/archive/", views.customer_archive, name="customer_archive"),
    path(
        "relations/customers/<int:pk>/unarchive/",
        views.customer_unarchive,
        name="customer_unarchive",
    ),
]
