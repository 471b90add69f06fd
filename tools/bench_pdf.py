"""How long a PDF takes, warm and in this process: `python -m tools.bench_pdf`.

Two pages with a logo, the payment code and a specification of twenty hours. The budget is 60 ms of
one processor; exit code 1 when the median is over it.
"""

from __future__ import annotations

import io
import os
import statistics
import sys
import time
from datetime import date, timedelta
from decimal import Decimal

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
django.setup()

from PIL import Image  # noqa: E402
from pypdf import PdfReader  # noqa: E402

from invoicing.services import pdf  # noqa: E402
from invoicing.services.printing import Look  # noqa: E402
from invoicing.services.specification import SpecifiedHour, SpecifiedLine  # noqa: E402
from tests.invoicing import papers  # noqa: E402

BUDGET = 60
TIMES = 30
COLD = 3


def main() -> int:
    """Print the figures of this processor's time; the exit code says whether they fit."""
    logo = io.BytesIO()
    Image.effect_noise((600, 160), 40).convert("RGB").save(logo, format="PNG")
    look = papers.look(logo=pdf.as_svg(logo.getvalue()))
    took = []
    for at in range(TIMES + COLD):
        begun = time.thread_time()
        made = _rendered(at, look)
        took.append((time.thread_time() - begun) * 1000)
    warm = statistics.median(took[COLD:])
    sys.stdout.write(
        f"PDF: {len(PdfReader(io.BytesIO(made)).pages)} pages, {len(made) / 1024:.0f} kB; "
        f"first {took[0]:.0f} ms, warm median {warm:.0f} ms, worst {max(took[COLD:]):.0f} ms; "
        f"budget {BUDGET} ms\n"
    )
    return int(warm > BUDGET)


def _rendered(at: int, look: Look) -> bytes:
    """Another paper each time, so that nothing can be remembered."""
    lines = (papers.line(n, description=f"Line {at}.{n}") for n in range(1, 9))
    hours = tuple(_hour(at, day) for day in range(20))
    work = SpecifiedLine(title="Work", project="Site", is_covered=False, hours=hours)
    return pdf.render(papers.paper(*lines, number=f"2026-{at:04d}"), look, [work])


def _hour(at: int, day: int) -> SpecifiedHour:
    return SpecifiedHour(
        day=date(2026, 10, 1) + timedelta(days=day),
        person="Ada de Vries",
        activity="Development",
        note=f"Search page, part {at}.{day}",
        minutes=60,
        rate=Decimal(95),
        amount=Decimal(95),
    )


if __name__ == "__main__":
    sys.exit(main())
