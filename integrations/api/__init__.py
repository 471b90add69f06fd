"""AFAS for programs: what was told to it, and what is to be told."""
