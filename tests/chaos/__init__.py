"""`make chaos`: the shipped product as real processes, in bad weather, with fast clocks.

PostgreSQL, Redis, two Celery workers, beat and the pretend AFAS run as they do in production. The
workers are killed, Redis forgets, AFAS hangs and lies, and people take part. At the end what we say
is compared with what AFAS holds.
"""
