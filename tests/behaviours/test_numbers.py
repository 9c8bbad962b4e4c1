"""Each behaviour that the vendor's drift asks of a client has one test, named by its number."""

from __future__ import annotations

import ast
import re
from collections import Counter
from pathlib import Path

FIRST_BEHAVIOURS = range(1, 51)
"""The fifty that a robust client needs; docs/vendor.md lists all, and has a test of its own."""
_NAMED = re.compile(r"test_behaviour_(\d\d)_\w+")


def test_every_behaviour_has_exactly_one_test() -> None:
    files = Path(__file__).parent.glob("test_*.py")
    functions = (node for file in files for node in ast.walk(ast.parse(file.read_text())))
    names = (node.name for node in functions if isinstance(node, ast.FunctionDef))
    numbers = Counter(int(found.group(1)) for name in names if (found := _NAMED.fullmatch(name)))
    assert set(numbers) >= set(FIRST_BEHAVIOURS)
    assert set(numbers.values()) == {1}
