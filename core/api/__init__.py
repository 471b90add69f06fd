"""The other door to the same rooms: what every endpoint of the API has in common."""
