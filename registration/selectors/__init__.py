"""Questions to the database; every one names the company."""
