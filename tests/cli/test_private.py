"""What a load leaves in OI_HOME is its owner's alone, whatever made it: SQLite, the engine, parquet, a zip."""

from __future__ import annotations

import os
import stat
from fnmatch import fnmatch
from pathlib import Path

from include.host.private_files import OURS
from tests.cli.oi import Oi


def test_all_that_a_load_makes_is_its_owners_alone(oi_with_api: Oi) -> None:
    home = oi_with_api.home
    home.chmod(0o755)
    before = os.umask(0o022)
    try:
        loaded = oi_with_api("load", "--interval", "1d", "--from", "2026-03-07", "--to", "2026-03-08")
        assert loaded.code == 0, loaded.err
        assert oi_with_api("sql", "SELECT 1").code == 0
    finally:
        os.umask(before)
    made = [home, *home.rglob("*")]
    assert {"ledger.db", "landing", "warehouse", "batches"} <= {path.name for path in home.iterdir()}
    assert [path for path in made if not path.is_symlink() and mode(path) & 0o077] == []
    assert [path.name for path in home.iterdir() if not any(fnmatch(path.name, pattern) for pattern in OURS)] == []


def mode(path: Path) -> int:
    return stat.S_IMODE(path.lstat().st_mode)
