"""What people fill in about relations."""
