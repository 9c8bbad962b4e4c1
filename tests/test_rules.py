"""Each rule that is never broken has a test that bears its number; and rules for the tests themselves."""

from __future__ import annotations

import re
from pathlib import Path

RULES = range(1, 9)
TESTS = Path(__file__).parent


def test_every_rule_has_a_test_of_its_number() -> None:
    files = TESTS.rglob("test_*.py")
    numbers = {int(found) for file in files for found in re.findall(r"^def test_rule_(\d)_\w", file.read_text(), re.M)}
    assert numbers == set(RULES)


def test_only_the_clock_of_the_tests_reads_the_clock() -> None:
    """A test that reads the machine's own passes on some days, and on others not."""
    reading = re.compile(r"\b(utc_?now|time\.time(_ns)?|(datetime|date)\.(now|today))\(")
    own = {TESTS / "clock.py", TESTS / "domain" / "test_clock.py", Path(__file__)}
    found = [
        f"{file.relative_to(TESTS)}:{number}: {line.strip()}"
        for file in sorted(set(TESTS.rglob("*.py")) - own)
        for number, line in enumerate(file.read_text().splitlines(), 1)
        if reading.search(line)
    ]
    assert found == [], "write clock.now() of tests.clock; clock.real_now() beside an engine's now()"
