"""Projects, and what is registered on them, for programs."""
