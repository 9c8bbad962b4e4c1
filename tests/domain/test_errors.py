"""Rule 8: what is raised says what happens next, wherever it is raised."""

from __future__ import annotations

import ast
import builtins
import pickle
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

from include.domain.errors import OiError, UsageError
from include.domain.next_step import NextStep
from include.kwery.errors import RateLimited
from include.landing.errors import LandingFull
from include.ledger.database.dialects import LedgerAddressInvalid
from include.pipeline.errors import PipelineError
from include.settings import ROOT

READERS = (ValueError, OSError, EOFError)
"""Raised by what reads a value or a file; its caller adds where that is, or meets it as the system's own."""
FRAMEWORKS = {
    "typer.BadParameter": "include/cli",
    "typer.Exit": "include/cli",
    "argparse.ArgumentTypeError": "plugins",
    "AirflowFailException": "plugins",
    "AirflowSkipException": "plugins",
    "DownstreamTasksSkipped": "plugins",
    "BaseException": "plugins",  # a step hands on what it met
    "yaml.MarkedYAMLError": "include/configuration",  # with the library's own mark of the place
    "HTTPException": "include/simulator",
    "ApiError": "include/simulator",
    "ProgrammingError": "include/readonly_sql",  # the driver's, for Superset
    "DatabaseError": "include/readonly_sql",  # the driver's, with advice
    "AttributeError": "include/readonly_sql",
    "NotImplementedError": "plugins",
    "DBAPIError": "include/ledger/database",  # as SQLAlchemy itself would
    "httpcore.ReadTimeout": "include/kwery/http",  # as the library itself would
}
"""What a library expects of its callbacks, and the folder where it may be raised."""


@dataclass(frozen=True, slots=True)
class RaiseSite:
    """One `raise` with what it raises, as written there."""

    path: Path
    line: int
    raised: ast.expr

    @property
    def place(self) -> str:
        return f"{self.path}:{self.line}"


def raise_sites() -> Iterator[RaiseSite]:
    for path in sources():
        for node in nodes(path):
            if isinstance(node, ast.Raise) and node.exc is not None:
                yield RaiseSite(path.relative_to(ROOT), node.lineno, node.exc)


@cache
def nodes(path: Path) -> tuple[ast.AST, ...]:
    return tuple(ast.walk(ast.parse(path.read_text(encoding="utf-8"))))


def test_rule_8_every_raise_is_of_the_one_base_or_known() -> None:
    """A new kind of error either derives from OiError, or is one that a library or a caller turns into something."""
    sites = list(raise_sites())
    assert len(sites) > 150, "the sites are found"
    assert [f"{site.place}: {ast.unparse(site.raised)}" for site in sites if not is_known(site)] == []


def is_known(site: RaiseSite) -> bool:
    if isinstance(site.raised, ast.Name | ast.Attribute) and last_name(site.raised)[:1].islower():
        return True  # a variable: what it holds was caught, so was raised elsewhere
    return all(is_known_class(name, site.path) for name in raised_classes(site.raised, site.path))


def raised_classes(raised: ast.expr, path: Path) -> list[str]:
    """Names of the classes; those of a function are what it returns, by its annotation."""
    if isinstance(raised, ast.IfExp):
        return [*raised_classes(raised.body, path), *raised_classes(raised.orelse, path)]
    if isinstance(raised, ast.Call) and isinstance(raised.func, ast.Attribute) and is_class(raised.func.value):
        return [ast.unparse(raised.func.value)]  # a class's own constructor
    name = last_name(raised)
    if name.lstrip("_")[:1].isupper():
        return [ast.unparse(raised.func if isinstance(raised, ast.Call) else raised)]
    return [part.strip() for part in returned_by(name, path).split("|")]


def is_class(node: ast.expr) -> bool:
    return isinstance(node, ast.Name) and node.id[:1].isupper()


def last_name(node: ast.expr) -> str:
    return ast.unparse(node.func if isinstance(node, ast.Call) else node).rpartition(".")[2]


def returned_by(function: str, path: Path) -> str:
    """What a function of that name returns: of the same file, of those that it imports from, else of any."""
    for file in (ROOT / path, *imported_by(path), *sources()):
        if function in returns_of(file):
            return returns_of(file)[function]
    raise LookupError(f"{function} in {path}")


def imported_by(path: Path) -> list[Path]:
    imports = [node for node in nodes(ROOT / path) if isinstance(node, ast.ImportFrom)]
    modules = [f"{node.module}.{one.name}" for node in imports for one in node.names] + [
        node.module for node in imports
    ]
    files = [ROOT / f"{str(module).replace('.', '/')}.py" for module in modules]
    return [file for file in files if file.exists()]


@cache
def returns_of(path: Path) -> dict[str, str]:
    """The functions of a file, and what each returns."""
    functions = [node for node in nodes(path) if isinstance(node, ast.FunctionDef)]
    return {node.name: ast.unparse(node.returns) for node in functions if node.returns is not None}


def is_known_class(name: str, path: Path) -> bool:
    if name in FRAMEWORKS:
        return str(path).startswith(FRAMEWORKS[name])
    found = getattr(builtins, name, None)
    if isinstance(found, type):
        return issubclass(found, READERS)
    if name in ("OiError", "Signal"):
        return True
    own = name.rpartition(".")[2]
    files = (file for file in (ROOT / path, *imported_by(path), *sources()) if own in bases_of(file))
    home = next(files, None)
    return home is not None and any(is_known_class(base, home.relative_to(ROOT)) for base in bases_of(home)[own])


@cache
def bases_of(path: Path) -> dict[str, list[str]]:
    """The classes of a file, with the names of their bases."""
    classes = [node for node in nodes(path) if isinstance(node, ast.ClassDef)]
    return {node.name: [ast.unparse(base) for base in node.bases] for node in classes}


@cache
def sources() -> tuple[Path, ...]:
    return tuple(path for folder in ("include", "plugins", "dags") for path in sorted((ROOT / folder).rglob("*.py")))


@pytest.mark.parametrize(
    "error",
    [
        OiError("a", next_step=NextStep.WAIT, wait_seconds=3),
        PipelineError("a", NextStep.RETRY, 2.5),
        RateLimited("a", wait_seconds=60, wait_reason="Retry-After"),
        LandingFull("s3://bucket", 1, 2, "full"),
        LedgerAddressInvalid("a"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_an_error_keeps_its_next_step_in_another_process(error: OiError) -> None:
    copy = pickle.loads(pickle.dumps(error))  # noqa: S301 - made a line above
    assert (copy.next_step, copy.wait_seconds, str(copy)) == (error.next_step, error.wait_seconds, str(error))


def test_without_another_word_no_retry_helps() -> None:
    assert OiError("a").next_step is UsageError("a").next_step is NextStep.STOP_RUN
    assert OiError("a").wait_seconds is None
