"""Customers, for programs."""
