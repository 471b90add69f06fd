"""Reading invoices, their settings, and what is still to be invoiced."""
