"""Every text colour can be read on every surface it stands on, by day and by night."""

import math
import re
from pathlib import Path

import pytest

TOKENS = Path("static/css/tokens.css").read_text()
STYLES = Path("static/css/app.css").read_text()
SURFACES = ("canvas", "surface", "surface-sunk")
PAIRS = [
    *((text, surface) for text in ("text", "text-soft", "text-faint") for surface in SURFACES),
    *(("accent-text", surface) for surface in (*SURFACES, "accent-soft", "accent-softer")),
    *((text, "surface-hover") for text in ("text", "text-soft")),
    *((text, "surface-raised") for text in ("text", "text-soft", "text-faint", "bad-text")),
    ("on-accent", "accent"),
    ("on-accent", "accent-hover"),
    *((text, fill) for text in ("on-inverse", "on-inverse-soft") for fill in ("inverse", "door-1")),
    ("on-paper", "on-inverse"),
    *((f"{kind}-text", f"{kind}-soft") for kind in ("ok", "warn", "bad", "info")),
    *((f"{kind}-text", "surface") for kind in ("ok", "warn", "bad", "info")),
    *(("text", f"{kind}-soft") for kind in ("ok", "warn", "bad", "info")),
]
CONTROL_LINES = [("line-strong", surface) for surface in ("canvas", "surface")]


def luminance(lightness: float, chroma: float, hue: float) -> float:
    """WCAG relative luminance of an oklch colour (Ottosson's matrices, clipped to sRGB)."""
    a = chroma * math.cos(math.radians(hue))
    b = chroma * math.sin(math.radians(hue))
    long = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3
    medium = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3
    short = (lightness - 0.0894841775 * a - 1.2914855480 * b) ** 3
    red = 4.0767416621 * long - 3.3077115913 * medium + 0.2309699292 * short
    green = -1.2684380046 * long + 2.6097574011 * medium - 0.3413193965 * short
    blue = -0.0041960863 * long - 0.7034186147 * medium + 1.7076147010 * short
    red, green, blue = (min(1.0, max(0.0, part)) for part in (red, green, blue))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def colour(name: str, *, dark: bool) -> float:
    declared = re.search(rf"--{name}:\s*([^;]+);", TOKENS)
    assert declared, f"tokens.css declares no --{name}"
    found = re.findall(r"oklch\(([\d.]+)% ([\d.]+) ([\d.]+)\)", declared[1])
    assert found, f"--{name} is no plain colour: {declared[1]}"
    lightness, chroma, hue = (float(part) for part in found[-1 if dark else 0])
    return luminance(lightness / 100, chroma, hue)


def contrast(text: str, surface: str, *, dark: bool) -> float:
    lights = sorted((colour(text, dark=dark), colour(surface, dark=dark)))
    return (lights[1] + 0.05) / (lights[0] + 0.05)


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize(("text", "surface"), PAIRS)
def test_text_reaches_four_and_a_half_to_one(text, surface, dark):
    assert contrast(text, surface, dark=dark) >= 4.5


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize(("line", "surface"), CONTROL_LINES)
def test_the_edge_of_a_control_reaches_three_to_one(line, surface, dark):
    assert contrast(line, surface, dark=dark) >= 3


def test_the_formula_knows_black_and_white():
    assert luminance(0, 0, 0) == pytest.approx(0, abs=1e-6)
    assert luminance(1, 0, 0) == pytest.approx(1, abs=1e-3)


def test_colours_are_written_in_the_tokens_only():
    without_comments = re.sub(r"/\*.*?\*/", "", STYLES, flags=re.DOTALL)
    raw = re.findall(
        r"oklch\([\d.]|rgba?\(|hsla?\(|#[0-9a-fA-F]{3,8}\b(?![^{]*\{)", without_comments
    )
    assert raw == []


def test_every_token_in_use_is_declared():
    used = set(re.findall(r"var\(--([\w-]+)", STYLES))
    declared = set(re.findall(r"--([\w-]+):", TOKENS + STYLES))
    assert used - declared - {"col"} == set()
