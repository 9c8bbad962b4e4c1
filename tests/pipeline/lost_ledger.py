"""What tests of a lost or restored ledger share: small pages, copies of the ledger, refusals and adoptions."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from include.domain.market import Interval
from include.ledger.credits.spend_totals import totals
from include.ledger.database.engine import open_ledger
from include.pipeline.landing_zone import UnknownPages
from include.pipeline.scope.scope import Scope
from include.pipeline.steps.extract.page_writer import PageWriter
from include.pipeline.workflows.adopt import adopt
from include.settings import Settings
from include.simulator.server import RunningSimulator
from tests.pipeline.conftest import KEY, rows_of, run_steps, scope


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return with_small_pages(settings)


@pytest.fixture
def wanted(settings: Settings) -> Scope:
    return scope(settings, Interval.H1)


def with_small_pages(settings: Settings) -> Settings:
    """Three pages make a window, several windows a scope, and one request at a time is under way."""
    return settings.model_copy(
        update={
            "plan": settings.plan.model_copy(update={"window_pages": 3}),
            "api": settings.api.model_copy(update={"row_cap": 10, "concurrency": 1}),
        }
    )


def ledger_file(settings: Settings) -> Path:
    return settings.home / "ledger.db"


def copy(settings: Settings, to: Path) -> None:
    """As `sqlite3 ledger.db ".backup copy.db"` does, also while a run is at work."""
    with closing(sqlite3.connect(ledger_file(settings))) as source, closing(sqlite3.connect(to)) as target:
        source.backup(target)


def restore(settings: Settings, backup: Path | None) -> None:
    """The ledger as it was copied, or none at all."""
    for file in settings.home.glob("ledger.db*"):
        file.unlink()
    if backup is not None:
        copied = backup.read_bytes()
        ledger_file(settings).write_bytes(copied)


def settled_credits(settings: Settings) -> int:
    with open_ledger(settings.ledger_url) as ledger, ledger.read() as connection:
        settled, reserved = totals(connection)
    return settled + reserved


def refusal(settings: Settings, wanted: Scope) -> str:
    with pytest.raises(UnknownPages) as caught:
        run_steps(settings, wanted)
    assert caught.value.next_step == "stop_run"
    return str(caught.value)


def copied_after(settings: Settings, wanted: Scope, backup: Path, commits: int) -> None:
    """A run from its plan to its report, whose ledger was copied when it had committed that many pages."""
    commit, done = PageWriter.commit, 0

    def committed(*arguments: Any) -> Any:
        nonlocal done
        moved = commit(*arguments)
        done += 1
        if done == commits:
            copy(settings, backup)
        return moved

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(PageWriter, "commit", committed)
        assert run_steps(settings, wanted).complete


def check_nothing_is_bought_again(vendor: RunningSimulator, settings: Settings, wanted: Scope, rows: list[Any]) -> None:
    asked, paid = len(vendor.questions), vendor.account(KEY).credits
    assert "./oi ledger adopt" in refusal(settings, wanted)
    assert len(vendor.questions) == asked, "not even a free request is made"

    seen = adopt(settings, dry_run=True)
    done = adopt(settings)
    assert (seen.pages, seen.rows, seen.credits) == (done.pages, done.rows, done.credits)
    assert settled_credits(settings) == paid
    report = run_steps(settings, wanted)

    assert report.complete, report.left
    assert (report.requests, vendor.account(KEY).credits) == (0, paid)
    assert settled_credits(settings) == paid
    assert rows_of(settings) == rows


def page_of(settings: Settings, sequence: int) -> Path:
    """A page of a window that has three."""
    landed = settings.home / "landing"
    window_id = min(landed.rglob("*-00002-*.zst")).name.partition("-00002-")[0]
    return next(landed.rglob(f"{window_id}-{sequence:05d}-*.zst"))


def die(*_: object) -> None:
    raise ZeroDivisionError
