"""What the pages name exists: links and anchors, commands and options, make targets, settings, variables, paths."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
import typer
from pydantic import BaseModel

from include.cli.app import app
from include.settings import ROOT, Settings
from tests.docs.pages import PAGES, anchors, code_in, links

COMMANDS = typer.main.get_group(app)
_SETTING = re.compile(rf"^({'|'.join(Settings.model_fields)})\.[a-z_.]+")
_PATH = re.compile(r"^(include|plugins|dags|tests|docs|docker|bench)/[\w./-]*$")
_VARIABLE = re.compile(r"\b(?:OI|KWERY|CLICKHOUSE)_[A-Z_]+\b")
CODE = [file for folder in ("include", "plugins", "dags") for file in sorted((ROOT / folder).rglob("*.py"))]


@pytest.fixture(params=PAGES, ids=lambda page: page.name)
def page(request: pytest.FixtureRequest) -> Path:
    return Path(request.param)


def test_every_link_leads_somewhere(page: Path) -> None:
    for link in links(page.read_text()):
        if link.startswith(("https://", "http://")):
            continue
        target, _, anchor = link.partition("#")
        file = (page.parent / target).resolve() if target else page
        assert file.exists(), f"{page.name} links to {link}"
        assert not anchor or anchor in anchors(file.read_text()), f"{page.name} links to {link}"


def test_every_page_that_the_code_points_to_exists() -> None:
    linked = {link for file in CODE for link in re.findall(r"docs/[\w-]+\.md(?:#[\w-]+)?", file.read_text())}
    assert "docs/operating.md#alarms" in linked
    for link in linked:
        target, _, anchor = link.partition("#")
        assert not anchor or anchor in anchors((ROOT / target).read_text()), link
        assert (ROOT / target).exists(), link


def test_every_command_and_option_exists(page: Path) -> None:
    for line in code_in(page.read_text()):
        for command in re.findall(r"(?:^|\s)(\./oi (?:[^|&#`]|#\S)*)", line):
            own, _, _ = command.partition(" -- ")  # what follows is another program's
            _, *arguments = shlex.split(own, comments=True)
            if arguments and arguments[0] not in ("...", "--help"):
                _assert_known(arguments[0], [one.split("=")[0] for one in arguments[1:] if one.startswith("-")])


def _assert_known(name: str, options: list[str]) -> None:
    assert name in COMMANDS.commands, f"there is no ./oi {name}"
    known = {
        one for parameter in COMMANDS.commands[name].params for one in (*parameter.opts, *parameter.secondary_opts)
    }
    assert set(options) <= known, f"./oi {name} has no {set(options) - known}"


def test_every_make_target_exists(page: Path) -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    named = [name for line in code_in(page.read_text()) for name in re.findall(r"(?:^|\s)make ([a-z]+)", line)]
    assert set(named) <= targets


def test_every_setting_exists(page: Path) -> None:
    for text in code_in(page.read_text()):
        found = _SETTING.match(text)
        if found and not text.endswith((".py", ".sql", ".yaml")):
            _assert_setting(found.group(0))


def _assert_setting(name: str) -> None:
    at: object = Settings(home=ROOT / ".oi")
    for part in name.split("."):
        if not isinstance(at, BaseModel):
            return  # a key of a table, such as a lane of budget.lane_shares
        assert part in type(at).model_fields or hasattr(at, part), f"there is no setting {name}"
        at = getattr(at, part)


def test_every_variable_and_path_exists(page: Path) -> None:
    text = page.read_text()
    read = {name for file in CODE for name in _VARIABLE.findall(file.read_text())}
    assert set(_VARIABLE.findall(text)) <= read
    for path in code_in(text):
        if _PATH.match(path):
            assert (ROOT / path).exists(), f"{page.name} names {path}"
