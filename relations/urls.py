"""Addresses of this app."""

from django.urls import path

from relations.views import contacts, customers

urlpatterns = [
    path("relations/customers/", customers.customers, name="customers"),
    path("relations/customers/new/", customers.customer_new, name="customer_new"),
    path("relations/customers/<int:pk>/", customers.customer, name="customer"),
    path("relations/customers/<int:pk>/edit/", customers.customer_edit, name="customer_edit"),
    path(
        "relations/customers/<int:pk>/archive/", customers.customer_archive, name="customer_archive"
    ),
    path(
        "relations/customers/<int:pk>/unarchive/",
        customers.customer_unarchive,
        name="customer_unarchive",
    ),
    path("relations/contacts/", contacts.contacts, name="contacts"),
    path("relations/contacts/new/", contacts.contact_new, name="contact_new"),
    path("relations/contacts/<int:pk>/", contacts.contact, name="contact"),
    path("relations/contacts/<int:pk>/edit/", contacts.contact_edit, name="contact_edit"),
    path("relations/contacts/<int:pk>/delete/", contacts.contact_delete, name="contact_delete"),
]
