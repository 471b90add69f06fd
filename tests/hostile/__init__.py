"""`make hostile`: the shipped services against the worst of AFAS, of time and of people.

docs/how/the-proof.md tells what is played and what must hold.
"""
