"""A validated batch before it is published: three Arrow files and its findings, in a folder of OI_HOME.

They stay on this machine: another machine makes its own from the same landed pages.
"""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from include.domain.clock import iso, parse_instant
from include.domain.market import Interval, Series
from include.domain.next_step import NextStep
from include.domain.time_range import TimeRange
from include.kwery.answers.doubts import read_doubts
from include.landing.local import lasting_file, sync_folder
from include.pipeline.errors import PipelineError
from include.planning.windows.series_finding import SeriesFinding

if TYPE_CHECKING:
    import pyarrow as pa

    from include.quality.model import ValidationResult

_TABLES = ("accepted", "quarantine", "dq")
_FINDINGS = "findings.json"
_ABANDONED_SECONDS = 3600.0


@dataclass(frozen=True, slots=True)
class BatchTables:
    """What publishing takes."""

    accepted: pa.Table
    quarantine: pa.Table
    dq: pa.Table


def write(home: Path, batch_id: str, result: ValidationResult) -> None:
    """Writes a batch's folder under a temporary name, then renames it: also a power cut leaves it complete or absent.

    Raises PipelineError when it cannot be written.
    """
    folder = _folder(home, batch_id)
    if folder.exists():
        return  # with an equal result: validation is a pure function of the landed pages
    part = folder.with_name(f"{folder.name}.{uuid4().hex[:8]}.part")
    try:
        part.mkdir(parents=True)
        for name in _TABLES:
            _write_table(part / f"{name}.arrow", getattr(result, name))
        with lasting_file(part / _FINDINGS) as file:
            file.write(json.dumps([_to_json(one) for one in result.findings]).encode())
        sync_folder(part)
        part.rename(folder)  # needs no sync: a power cut that reverts it costs one more validation
    except OSError as error:
        shutil.rmtree(part, ignore_errors=True)
        if not folder.exists():  # else another process finished the same batch first
            raise PipelineError(
                f"a validated batch cannot be written in {folder.parent}: {error.strerror or error}. Its pages are "
                "kept. Next: make room there, or change its permissions, then run the same command again",
                NextStep.RETRY,
            ) from error


def exists(home: Path, batch_id: str) -> bool:
    """True when the batch was validated and its files are still there."""
    return _folder(home, batch_id).exists()


def any_left(home: Path) -> bool:
    """True where a folder of any batch is there: of one to be published, or of one that a crash kept from going."""
    root = home / "batches"
    return root.exists() and any(root.iterdir())


def read_tables(home: Path, batch_id: str) -> BatchTables:
    """The three tables, memory-mapped. Raises ValueError for an incomplete file."""
    import pyarrow as pa

    folder = _folder(home, batch_id)
    tables = [pa.ipc.open_file(pa.memory_map(str(folder / f"{name}.arrow"))).read_all() for name in _TABLES]
    return BatchTables(*tables)


def read_findings(home: Path, batch_id: str) -> list[SeriesFinding]:
    """What the batch found, by window and series. Raises ValueError for an incomplete file."""
    return [_from_json(one) for one in json.loads((_folder(home, batch_id) / _FINDINGS).read_text())]


def remove(home: Path, batch_id: str) -> None:
    """Deletes a batch's folder, and what a validation that was killed half-wrote of it."""
    folder = _folder(home, batch_id)
    for one in (folder, *folder.parent.glob(f"{batch_id}.*.part")):
        shutil.rmtree(one, ignore_errors=True)


def remove_finished(home: Path, settled: Callable[[str], bool]) -> None:
    """Deletes the folders of batches that are settled, and half-written ones that were not touched for an hour."""
    root = home / "batches"
    for folder in root.iterdir() if root.exists() else ():
        batch_id, _, unfinished = folder.name.partition(".")
        if settled(batch_id) or (unfinished and _is_abandoned(folder)):
            shutil.rmtree(folder, ignore_errors=True)


def _is_abandoned(part: Path) -> bool:
    try:
        return time.time() - part.stat().st_mtime > _ABANDONED_SECONDS
    except FileNotFoundError:  # finished meanwhile, under its own name
        return False


def _folder(home: Path, batch_id: str) -> Path:
    return home / "batches" / batch_id


def _write_table(path: Path, table: pa.Table) -> None:
    import pyarrow as pa

    with lasting_file(path) as sink, pa.ipc.new_file(sink, table.schema) as writer:
        writer.write_table(table)


def _to_json(finding: SeriesFinding) -> dict[str, object]:
    series = finding.series
    return {
        "window_id": finding.window_id,
        "series": [series.symbol, series.source, series.interval.value],
        "counts": [finding.received, finding.accepted, finding.quarantined, finding.duplicates, finding.outside],
        "blocked": finding.blocked,
        "found": [[iso(part.start), iso(part.end)] for part in finding.found],
        "doubts": list(finding.doubts),
    }


def _from_json(data: dict[str, Any]) -> SeriesFinding:
    symbol, source, interval = data["series"]
    received, accepted, quarantined, duplicates, outside = data["counts"]
    return SeriesFinding(
        data["window_id"],
        Series(symbol, source, Interval(interval)),
        received,
        accepted,
        quarantined,
        duplicates,
        outside,
        data["blocked"],
        [TimeRange(parse_instant(start), parse_instant(end)) for start, end in data["found"]],
        read_doubts(data.get("doubts")),  # a batch may be older than doubts
    )
