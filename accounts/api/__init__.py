"""Who calls the API, what they may do there, and what every endpoint does on their behalf."""
