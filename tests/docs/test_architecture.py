"""docs/architecture.md shows the rooms as the import rules have them."""

from __future__ import annotations

import re
import tomllib
from typing import Any

from include.settings import ROOT

PAGE = (ROOT / "docs" / "architecture.md").read_text()
BLOCK = re.compile(r"^```\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def contract(kind: str) -> dict[str, Any]:
    config = tomllib.loads((ROOT / "pyproject.toml").read_text())
    return next(one for one in config["tool"]["importlinter"]["contracts"] if one["type"] == kind)


def rooms(line: str) -> set[str]:
    return {room.strip().removeprefix("include.") for room in re.split(r"[|,]", line)}


def test_picture_shows_the_layers_of_the_import_rules() -> None:
    picture = BLOCK.findall(PAGE)[0].splitlines()

    assert rooms(picture[0]) == {"plugins", "dags"}
    assert [rooms(line) for line in picture[1:]] == [rooms(layer) for layer in contract("layers")["layers"]]


def test_rooms_on_one_line_are_independent() -> None:
    beside = max((rooms(line) for line in BLOCK.findall(PAGE)[0].splitlines()), key=len)
    assert beside == {module.removeprefix("include.") for module in contract("independence")["modules"]}


def test_every_room_of_the_tree_is_in_the_picture_and_the_table() -> None:
    folders = {path.name for path in (ROOT / "include").iterdir() if (path / "__init__.py").exists()}
    modules = {path.stem for path in (ROOT / "include").glob("*.py") if path.stem != "__init__"}
    shown = set().union(*(rooms(line) for line in BLOCK.findall(PAGE)[0].splitlines()))

    assert shown == folders | modules | {"plugins", "dags"}
    assert {
        name for row in re.findall(r"^\| (`.*?) \|", PAGE, re.MULTILINE) for name in re.findall(r"`(\w+)`", row)
    } == shown


def test_tree_of_the_pipeline_is_the_folder_itself() -> None:
    tree = BLOCK.findall(PAGE)[1]
    folders = {path.name for path in (ROOT / "include" / "pipeline").iterdir() if (path / "__init__.py").exists()}
    assert set(re.findall(r"^  (\w+)/", tree, re.MULTILINE)) == folders
