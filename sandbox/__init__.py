"""A pretend AFAS Profit: the REST service, over real HTTP, with a memory.

`python -m sandbox --port 8010` starts it; `sandbox.testing.running()` starts it inside a test.
It shares no code with the product, so that a mistake there cannot be excused by the same one here.
"""
