"""docs/vendor.md has a line for each behaviour that is tested, and none that is not."""

from __future__ import annotations

import re

from include.settings import ROOT


def test_each_line_is_a_behaviour_with_a_test_of_its_number() -> None:
    lines = re.findall(r"^\| (\d+) \|", (ROOT / "docs" / "vendor.md").read_text(), re.MULTILINE)
    files = (ROOT / "tests" / "behaviours").glob("test_*.py")
    tested = {int(number) for file in files for number in re.findall(r"def test_behaviour_(\d+)", file.read_text())}

    assert [int(number) for number in lines] == sorted(tested)
