from __future__ import annotations

import os
from pathlib import Path

import pytest

from include.pipeline.steps.validate import batch_files
from include.quality.validation import validate
from include.settings.quality import Quality
from tests import clock


@pytest.fixture
def root(tmp_path: Path) -> Path:
    root = tmp_path / "batches"
    for name in ("settled", "open", "open.1a2b3c4d.part", "settled.1a2b3c4d.part", "abandoned.1a2b3c4d.part"):
        (root / name).mkdir(parents=True)
    an_hour_ago = clock.now().timestamp() - 3700
    os.utime(root / "abandoned.1a2b3c4d.part", (an_hour_ago, an_hour_ago))
    return root


def names(root: Path) -> list[str]:
    return sorted(folder.name for folder in root.iterdir())


def test_a_sweep_leaves_what_is_open_or_being_written(root: Path) -> None:
    batch_files.remove_finished(root.parent, lambda batch_id: batch_id == "settled")

    assert names(root) == ["open", "open.1a2b3c4d.part"]


def test_a_batch_finished_during_a_sweep_stays(root: Path) -> None:
    def finished_meanwhile(batch_id: str) -> bool:
        part = root / f"{batch_id}.1a2b3c4d.part"
        if batch_id == "abandoned" and part.exists():
            part.rename(root / "abandoned")
        return False

    batch_files.remove_finished(root.parent, finished_meanwhile)

    assert names(root) == ["abandoned", "open", "open.1a2b3c4d.part", "settled", "settled.1a2b3c4d.part"]


def test_nothing_is_swept_without_any_batch(tmp_path: Path) -> None:
    batch_files.remove_finished(tmp_path, lambda _: True)


def test_a_batch_gets_its_name_once_it_would_outlast_a_power_cut(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: set[int] = set()
    fsync, rename = os.fsync, Path.rename

    def noted(descriptor: int) -> None:
        fsync(descriptor)
        synced.add(os.fstat(descriptor).st_ino)

    def renamed(part: Path, folder: Path) -> Path:
        assert {one.stat().st_ino for one in (part, *part.iterdir())} <= synced
        return rename(part, folder)

    monkeypatch.setattr(os, "fsync", noted)
    monkeypatch.setattr(Path, "rename", renamed)
    batch_files.write(tmp_path, "b1", validate("b1", [], Quality()))

    assert len(list((tmp_path / "batches" / "b1").iterdir())) == 4
