from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from fnmatch import fnmatch
from pathlib import Path

import pytest

from include.host import private_files
from include.host.private_files import keep_private


@pytest.fixture(autouse=True)
def usual_umask() -> Iterator[None]:
    before = os.umask(0o022)
    yield
    os.umask(before)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.lstat().st_mode)


def an_old_home(home: Path) -> None:
    """As versions before made it, with something of the user's own beside."""
    pages = home / "landing" / "2026" / "03"
    pages.mkdir(parents=True)
    (home / "own").mkdir()
    for file in (home / "ledger.db", home / "ledger.db-wal", pages / "page.json.zst", home / "own" / "notes.txt"):
        file.write_text("")
    (home / "landing" / "link").symlink_to(home / "own" / "notes.txt")
    home.chmod(0o755)


def test_a_new_home_and_all_made_in_it_is_its_owners_alone(tmp_path: Path) -> None:
    home = tmp_path / "state" / "oi"
    keep_private(home)
    (home / "landing").mkdir()
    (home / "landing" / "page").write_text("")
    assert [mode(home), mode(home / "landing"), mode(home / "landing" / "page")] == [0o700, 0o700, 0o600]


def test_an_old_home_is_closed_and_what_is_not_ours_is_left(tmp_path: Path) -> None:
    an_old_home(tmp_path)
    keep_private(tmp_path)
    for path in (tmp_path, tmp_path / "landing", tmp_path / "landing" / "2026" / "03"):
        assert mode(path) == 0o700, path
    for path in (tmp_path / "ledger.db", tmp_path / "ledger.db-wal", tmp_path / "landing/2026/03/page.json.zst"):
        assert mode(path) == 0o600, path
    assert [mode(tmp_path / "own"), mode(tmp_path / "own" / "notes.txt")] == [0o755, 0o644]


def test_a_closed_home_with_an_open_ledger_is_closed(tmp_path: Path) -> None:
    an_old_home(tmp_path)
    tmp_path.chmod(0o700)
    keep_private(tmp_path)
    assert mode(tmp_path / "ledger.db") == 0o600


def test_files_that_others_delete_meanwhile_are_no_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """SQLite deletes `ledger.db-wal` and `ledger.db-shm` when the last process closes the ledger."""
    an_old_home(tmp_path)
    walk, page = os.walk, tmp_path / "landing" / "2026" / "03" / "page.json.zst"

    def is_ours(name: str, pattern: str) -> bool:
        (tmp_path / "ledger.db-wal").unlink(missing_ok=True)
        return fnmatch(name, pattern)

    def walked(path: str) -> list[tuple[str, list[str], list[str]]]:
        found = list(walk(path))
        page.unlink()
        return found

    monkeypatch.setattr(private_files, "fnmatch", is_ours)
    monkeypatch.setattr(os, "walk", walked)
    keep_private(tmp_path)
    assert [mode(tmp_path / "ledger.db"), mode(page.parent)] == [0o600, 0o700]


def test_a_home_that_a_group_shares_stays_the_groups(tmp_path: Path) -> None:
    an_old_home(tmp_path)
    tmp_path.chmod(0o2775)
    keep_private(tmp_path)
    (tmp_path / "landing" / "new").write_text("")
    assert mode(tmp_path) == 0o2770
    assert mode(tmp_path / "ledger.db") == 0o640
    assert mode(tmp_path / "landing" / "new") == 0o660


@pytest.mark.parametrize("sticky", [True, False], ids=["as /tmp is", "of another user"])
def test_a_home_that_is_not_ours_is_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, sticky: bool) -> None:
    an_old_home(tmp_path)
    if sticky:
        tmp_path.chmod(0o1777)
    else:
        monkeypatch.setattr(os, "geteuid", lambda: tmp_path.stat().st_uid + 1)
    before = mode(tmp_path)
    keep_private(tmp_path)
    (tmp_path / "new").write_text("")
    assert [mode(tmp_path), mode(tmp_path / "ledger.db"), mode(tmp_path / "new")] == [before, 0o644, 0o644]


def test_a_home_that_is_no_folder_is_left_as_it_is(tmp_path: Path) -> None:
    """A device such as /dev/null, which root could close to everybody, is a pipe here."""
    file, pipe = tmp_path / "file", tmp_path / "pipe"
    file.write_text("of somebody else")
    os.mkfifo(pipe)
    for home in (file, pipe):
        home.chmod(0o666)
        with pytest.raises(NotADirectoryError):
            keep_private(home)
        assert mode(home) == 0o666


def test_what_is_neither_file_nor_folder_keeps_its_rights(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "batches")
    (tmp_path / "batches").chmod(0o666)
    keep_private(tmp_path)
    assert mode(tmp_path / "batches") == 0o666
