from __future__ import annotations

from pathlib import Path

import pytest

from bench.contestants.job import Job
from bench.dataset import START, Dataset
from bench.paired import OURS, compare, contestants_with, page
from bench.process import Measured
from include.domain.clock import iso
from include.domain.market import Interval

DATASET = Dataset.of_at_least(200)


def _took(cpu_seconds: float) -> Measured:
    return Measured(0, "", 2 * cpu_seconds, cpu_seconds, 300 * 2**20, 200 * 2**20)


def test_ratios_are_taken_within_a_round() -> None:
    """A round in which the machine is busy weighs on both sides."""
    ours, theirs = iter([3.0, 9.0, 2.0]), iter([2.0, 6.0, 2.0])
    mine, other = compare(
        {OURS: lambda *_: _took(next(ours)), "other": lambda *_: _took(next(theirs))}, DATASET, rounds=3
    )
    assert (mine.ratios, other.ratios) == ([1, 1, 1], [1.5, 1.5, 1.0])
    line = page([mine, other]).splitlines()[-1]
    assert line.split() == ["other", "2.00", "4.00", "300", "1.50", "(1.00", "to", "1.50)"]


def test_without_dlt_the_others_are_compared(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    named = list(contestants_with(tmp_path / "python"))
    assert named == [OURS, "plain script", "plain script with Great Expectations"]
    assert "make bench-dlt" in capsys.readouterr().err


def test_plain_script_proves_its_rows() -> None:
    """The whole process, and what it prints, against the sums of the dataset."""
    found = compare({OURS: contestants_with(Path("none"))["plain script"]}, DATASET, rounds=1)
    assert found[0].cpu_seconds[0] > 0


def test_job_is_read_as_it_was_written() -> None:
    job = Job("http://localhost:1", "key", iso(START), iso(DATASET.end), ["BTC"], [Interval.M5.value], "/folder")
    assert Job.read(job.write()) == job
    assert [stream["symbol"] for stream in job.streams()] == ["BTC"]
    assert job.page_url({"after": "a b"}) == "http://localhost:1/v1/open-interest?after=a+b"
