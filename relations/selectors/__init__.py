"""Questions about customers; every one names the company."""
