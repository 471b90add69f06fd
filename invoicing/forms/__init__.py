"""The forms of invoicing."""
