"""`manage.py seed` and `manage.py rotate_keys`."""
