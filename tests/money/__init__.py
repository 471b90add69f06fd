"""Random companies' work, invoiced, printed and credited, against arithmetic in whole cents.

`make test` plays some; `make money` plays ten thousand (EXAMPLES=), seeded (SEED=).
"""
