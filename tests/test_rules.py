"""Each rule that is never broken has a test that bears its number."""

from __future__ import annotations

import re
from pathlib import Path

RULES = range(1, 9)


def test_every_rule_has_a_test_of_its_number() -> None:
    files = Path(__file__).parent.rglob("test_*.py")
    numbers = {int(found) for file in files for found in re.findall(r"^def test_rule_(\d)_\w", file.read_text(), re.M)}
    assert numbers == set(RULES)
