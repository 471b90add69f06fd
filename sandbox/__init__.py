"""A pretend AFAS Profit: the REST service, over real HTTP, with a memory.

`python -m sandbox --port 8010` starts it; `sandbox.testing.running()` starts it inside a test.
With `--scale 0.05`, or `running(scale=0.05)`, a second of AFAS lasts a twentieth of one.

What it can be told, at `/_sandbox/`: `control` lists every door and setting, `faults` every fault,
`weather` explains random ones. What it holds and received is on its page at `/`.

It shares no code with the product, so that a mistake there cannot be excused by the same one here.
"""
