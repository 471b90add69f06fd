"""What `make` calls: the environment, the running stack, the catalogues, the checks."""
