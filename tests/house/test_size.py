"""The size of things. Raising a number here needs a sentence in the change that does it."""

import ast
from functools import cache
from pathlib import Path
from statistics import median

import pytest

ROOT = Path(__file__).resolve().parents[2]
PRODUCT = (
    "accounts",
    "core",
    "integrations",
    "invoicing",
    "registration",
    "relations",
    "sandbox",
    "timechimp_afas",
    "tools",
)
LONGEST_MODULE = 400  # lines
LONGEST_FUNCTION = 60  # lines, its docstring and decorators included
MEDIAN_FUNCTION = 8  # lines, without the docstring

Function = ast.FunctionDef | ast.AsyncFunctionDef


def modules(*folders: str) -> list[Path]:
    """Our Python files, migrations excepted."""
    found = [path for folder in folders for path in sorted((ROOT / folder).rglob("*.py"))]
    return [path for path in found if "migrations" not in path.parts]


@cache
def functions(path: Path) -> list[Function]:
    """Every function and method of a module."""
    nodes = ast.walk(ast.parse(path.read_text(encoding="utf-8")))
    return [node for node in nodes if isinstance(node, Function)]


def length(node: Function) -> int:
    """Lines from the def to the end."""
    return (node.end_lineno or node.lineno) - node.lineno + 1


def length_without_docstring(node: Function) -> int:
    """Lines of code, since a promise should not cost anything."""
    first = node.body[0]
    if ast.get_docstring(node, clean=False) is None:
        return length(node)
    return length(node) - ((first.end_lineno or first.lineno) - first.lineno + 1)


def named(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@pytest.mark.parametrize("path", modules(*PRODUCT, "tests"), ids=named)
def test_a_module_fits_in_one_reading(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) <= LONGEST_MODULE


def test_no_function_is_longer_than_a_screen() -> None:
    found = [
        f"{named(path)}:{node.lineno} {node.name} has {length(node)} lines"
        for path in modules(*PRODUCT, "tests")
        for node in functions(path)
        if length(node) > LONGEST_FUNCTION
    ]
    assert not found


def test_the_usual_function_is_a_few_lines() -> None:
    lengths = [
        length_without_docstring(node) for path in modules(*PRODUCT) for node in functions(path)
    ]
    assert len(lengths) > 500
    assert median(lengths) <= MEDIAN_FUNCTION
