"""The pages of relations."""
