"""docs/operating.md has a runbook for each alarm and each task that can turn red, and for nothing else."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

from include.settings import ROOT
from tests.docs.pages import headings, section

PAGE = (ROOT / "docs" / "operating.md").read_text()


def raised(file: Path) -> Iterator[str]:
    """The names of the alarms that a module makes, given as text or as a constant of the module."""
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Alarm" and node.args:
            match node.args[0]:
                case ast.Constant(value=str(name)):
                    yield name
                case ast.Name(id=constant) if constant.isupper():
                    yield getattr(import_module(".".join(file.relative_to(ROOT).with_suffix("").parts)), constant)


def tasks() -> Iterator[str]:
    """The functions that are tasks of the DAGs."""
    for file in (ROOT / "plugins" / "oi_airflow").glob("*.py"):
        for node in ast.parse(file.read_text()).body:
            if isinstance(node, ast.FunctionDef) and any(
                ast.unparse(one).startswith("step(") for one in node.decorator_list
            ):
                yield node.name


def test_every_alarm_has_its_runbook_and_every_runbook_its_alarm() -> None:
    files = [*(ROOT / "include" / "alarms").glob("*.py"), *(ROOT / "plugins" / "oi_airflow").glob("*.py")]
    names = {name for file in files for name in raised(file)}

    assert len(names) > 10
    assert set(headings(section(PAGE, "Alarms"), 3)) == names


def test_each_runbook_has_all_four_parts() -> None:
    for runbook in re.split(r"^### ", section(PAGE, "Alarms"), flags=re.MULTILINE)[1:]:
        for part in ("**Means** ", "**Look at** ", "**Do", "**Goes away** "):
            assert part in runbook, f"{runbook.splitlines()[0]} has no {part}"


def test_every_task_that_can_turn_red_has_its_runbook() -> None:
    assert set(headings(section(PAGE, "Red tasks"), 3)) == set(tasks())
