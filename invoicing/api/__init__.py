"""What is unbilled, and our own invoices, for programs."""
