"""The product's settings, with one safety rule switched off: such a run must end badly."""

from timechimp_afas.settings import *  # noqa: F403

INSTALLED_APPS = [*INSTALLED_APPS, "tests.chaos.broken.Broken"]  # noqa: F405
