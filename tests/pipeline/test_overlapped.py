from __future__ import annotations

import subprocess
from collections.abc import Iterator

import pytest

from include import pipeline
from include.kwery.contract import Interval
from include.ledger import engine, holder
from include.pipeline import overlapped
from include.settings import Settings
from tests.pipeline.conftest import rows_of, scope


@pytest.fixture
def another() -> Iterator[subprocess.Popen[bytes]]:
    """A process that lives until it is killed."""
    with subprocess.Popen(["sleep", "60"]) as process:
        yield process
        process.kill()


def test_what_another_load_leaves_that_dies_meanwhile_is_loaded(
    settings: Settings, another: subprocess.Popen[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    wanted = scope(settings, Interval.H4)
    with monkeypatch.context() as patched:
        patched.setattr(engine, "this_process", lambda: holder._name_of(another.pid))
        run = pipeline.RunSpec(pipeline.new_run_id("test"), "backfill")
        pipeline.extract(settings, run, pipeline.plan(settings, run, wanted).window_ids)
    cut = overlapped._Cutter.cut

    def cut_before_it_dies(cutter: overlapped._Cutter, **how: bool) -> None:
        cut(cutter, **how)
        if not how:  # nothing more is cut in this round
            another.kill()
            another.wait()

    monkeypatch.setattr(overlapped._Cutter, "cut", cut_before_it_dies)
    report = pipeline.load_all(settings, pipeline.RunSpec(pipeline.new_run_id("test"), "backfill"), wanted)

    assert report.complete, report.left
    assert report.requests == 0
    assert rows_of(settings)
