"""A company's colour on paper: dark enough to be read, and light enough to write on."""

from __future__ import annotations

LEAST_CONTRAST = 4.5
BLACK, WHITE = (0, 0, 0), (255, 255, 255)
WEIGHTS = (0.2126, 0.7152, 0.0722)


def readable(colour: str) -> str:
    """`colour` (#rrggbb), darkened until text in it can be read on white and on its tint.

    Source: WCAG 2.2, success criterion 1.4.3.
    """
    shades = (_mixed(colour, BLACK, step / 20) for step in range(21))
    return next(shade for shade in shades if contrast(shade, tint(colour)) >= LEAST_CONTRAST)


def tint(colour: str) -> str:
    """A trace of `colour`, to lay behind text."""
    return _mixed(colour, WHITE, 0.94)


def contrast(one: str, other: str) -> float:
    """From 1 (the same) to 21 (black and white). Source: WCAG 2.2, contrast ratio."""
    darker, lighter = sorted((_luminance(one), _luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: str) -> float:
    parts = (_linear(part / 255) for part in _rgb(colour))
    return sum(weight * part for weight, part in zip(WEIGHTS, parts, strict=True))


def _linear(part: float) -> float:
    return part / 12.92 if part <= 0.03928 else float(((part + 0.055) / 1.055) ** 2.4)


def _mixed(colour: str, other: tuple[int, int, int], share: float) -> str:
    parts = zip(_rgb(colour), other, strict=True)
    return "#" + "".join(f"{round(a + (b - a) * share):02x}" for a, b in parts)


def _rgb(colour: str) -> tuple[int, int, int]:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)
