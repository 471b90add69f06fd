"""How invoices look in a page."""
