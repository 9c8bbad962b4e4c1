"""docs/rules.md states rules 1 to 8 and names tests that exist."""

from __future__ import annotations

import re

from include.settings import ROOT

PAGE = (ROOT / "docs" / "rules.md").read_text()
RULE = re.compile(r"^## Rule (\d): .+?(?=^## |\Z)", re.MULTILINE | re.DOTALL)
TEST = re.compile(r"`(tests/\S+\.py)::(test_rule_(\d)_\w+)`")


def test_every_rule_names_tests_of_its_number_that_exist() -> None:
    rules = {int(found[1]): TEST.findall(found[0]) for found in RULE.finditer(PAGE)}

    assert sorted(rules) == list(range(1, 9))
    for number, tests in rules.items():
        assert tests, f"rule {number} names no test"
        for file, name, of in tests:
            assert int(of) == number
            assert f"def {name}(" in (ROOT / file).read_text(), f"{file} has no {name}"
