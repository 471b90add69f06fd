"""`make bench`: what invoicing costs, beside the plainest SQL that does the same, in one run."""
