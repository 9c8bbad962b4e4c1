"""Each worked example of docs/extending.md works as written."""

from __future__ import annotations

from pathlib import Path

import pytest

from include.settings import ROOT
from tests.docs.pages import blocks, headings, section
from tests.docs.worked_example import copy_of_the_project, follow

PAGE = (ROOT / "docs" / "extending.md").read_text()
SOAKED = ("A new source", "A new rule", "A new alarm")
"""Each copies the project and runs pytest there, about ten seconds of CPU: these run with `make soak`."""
EXAMPLES = [title for title in headings(PAGE, 2) if title.startswith("A new ")]


def test_there_is_an_example_of_each_kind() -> None:
    assert [f"A new {kind}" for kind in ("source", "endpoint", "rule", "mart", "alarm")] == EXAMPLES


@pytest.mark.slow
@pytest.mark.parametrize(
    "title", [pytest.param(title, marks=[pytest.mark.soak] * (title in SOAKED)) for title in EXAMPLES]
)
def test_each_example_makes_its_own_test_pass(tmp_path: Path, title: str) -> None:
    steps = blocks(section(PAGE, title))
    assert any("pytest" in block.text for block in steps if block.language == "sh")

    copy = copy_of_the_project(tmp_path)
    for block in steps:
        follow(block, copy)
