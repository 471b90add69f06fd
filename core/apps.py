"""The few ideas every app shares."""

import gc

from django.apps import AppConfig

# Young objects to a collection of cycles, and young collections to an older one. A month of
# invoices makes some hundred thousand objects that all live until it is done; by default the
# collector stops for every 700 and walks them again and again, a third of the time it takes.
COLLECT_AT = (50_000, 20, 20)


class CoreConfig(AppConfig):
    name = "core"

    def ready(self) -> None:
        """Collect garbage as suits a process that works on many rows at a time."""
        gc.set_threshold(*COLLECT_AT)
