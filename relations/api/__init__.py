"""Customers and contacts, for programs."""
