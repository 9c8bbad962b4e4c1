"""Room for what is in flight: taken before anything is paid, and looked at again before each request."""

from __future__ import annotations

import errno
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from uuid import uuid4

import pytest

from include.landing import room
from include.landing.errors import LandingFailed, LandingFull, LandingUnreachable
from include.landing.identity import Identity
from include.landing.store import LandingStore
from tests.crash.small_disk import mounted, needs_a_disk
from tests.kwery.pages import request
from tests.landing.conftest import WINDOW, page_of

KIB = 1024
ASKED = (WINDOW, 0, request())


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "landing"


@pytest.fixture
def disk(folder: Path) -> Iterator[Path]:
    with mounted(folder, "size=1m,nr_inodes=40") as disk:
        yield disk


@pytest.fixture
def store(folder: Path) -> LandingStore:
    store = LandingStore(folder.as_uri())
    store.identify(Identity("ledger", "token"))
    return store


def fill(disk: Path) -> None:
    with suppress(OSError), open(disk / "other", "wb", buffering=0) as file:
        while file.write(bytes(KIB)):
            pass


@needs_a_disk
def test_a_disk_without_room_is_refused_before_anything_is_paid(disk: Path, store: LandingStore) -> None:
    with pytest.raises(LandingFull, match=r"2 pages .* No space left") as caught, store.room_held(2, 700 * KIB):
        pass
    assert caught.value.next_step == "stop_run"


@needs_a_disk
def test_what_is_in_flight_lands_in_the_held_room(disk: Path, store: LandingStore) -> None:
    """The disk fills up meanwhile: no page is lost, and no other request leaves."""
    with store.room_held(3, 64 * KIB):
        store.see_room(*ASKED)
        fill(disk)
        landed = [store.land(WINDOW, number, number, page_of(os.urandom(60 * KIB))) for number in range(3)]
        with pytest.raises(LandingFull, match="No space left"):
            store.see_room(*ASKED)
    assert [store.read(one.path, one.sha256) for one in landed] == landed


@needs_a_disk
def test_without_held_room_a_full_disk_loses_the_page(disk: Path, store: LandingStore) -> None:
    fill(disk)
    with pytest.raises(LandingFailed, match="No space left"):
        store.land(WINDOW, 0, 1, page_of(os.urandom(60 * KIB)))


@needs_a_disk
def test_a_disk_that_can_hold_no_more_files_is_refused(disk: Path, store: LandingStore) -> None:
    with pytest.raises(LandingFull, match="more files"), store.room_held(16, KIB):
        pass
    with store.room_held(2, KIB):
        store.see_room(*ASKED)
        for number in range(30):
            with open(disk / f"{number}", "x"):
                pass
            if os.statvfs(disk).f_favail < 2 * room.FILES_A_PAGE:
                break
        with pytest.raises(LandingFull, match="more files"):
            store.see_room(*ASKED)


@needs_a_disk
def test_a_disk_that_turns_read_only_ends_the_asking(disk: Path, store: LandingStore) -> None:
    with store.room_held(1, KIB):
        store.see_room(*ASKED)
    subprocess.run(["mount", "-o", "remount,ro", disk], check=True)
    with pytest.raises(LandingUnreachable, match=r"cannot be written|Read-only") as caught:
        store.see_room(*ASKED)
    assert caught.value.next_step == "stop_run"
    with pytest.raises(LandingUnreachable, match="Read-only"), store.room_held(1, KIB):
        pass


@pytest.mark.parametrize("lacking", [errno.EDQUOT, errno.ENOSPC], ids=errno.errorcode.get)
def test_a_quota_counts_as_a_full_disk(lacking: int, store: LandingStore, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: int) -> None:
        raise OSError(lacking, os.strerror(lacking))

    monkeypatch.setattr(room.os, "posix_fallocate", refuse)
    with pytest.raises(LandingFull, match=os.strerror(lacking)), store.room_held(1, KIB):
        pass


@needs_a_disk
def test_a_disk_that_cannot_allocate_is_written_instead(
    disk: Path, store: LandingStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unsupported(*_: int) -> None:
        raise OSError(errno.EOPNOTSUPP, os.strerror(errno.EOPNOTSUPP))

    monkeypatch.setattr(room.os, "posix_fallocate", unsupported)
    with store.room_held(1, 400 * KIB):
        assert os.statvfs(disk).f_bavail * os.statvfs(disk).f_frsize < 700 * KIB
    with pytest.raises(LandingFull), store.room_held(1, 1000 * KIB):
        pass


def test_a_landing_zone_that_is_gone_ends_the_asking(folder: Path, store: LandingStore) -> None:
    """Removed, or another disk is mounted there: what comes next would be landed where nobody looks."""
    shutil.rmtree(folder)
    with pytest.raises(LandingUnreachable, match="no longer mounted"):
        store.see_room(*ASKED)
    folder.mkdir()
    with pytest.raises(LandingUnreachable, match="no longer mounted"):
        store.see_room(*ASKED)


def test_a_folder_that_cannot_be_made_ends_the_asking(folder: Path, store: LandingStore) -> None:
    (folder / "symbol=BTC").write_text("a file")
    with pytest.raises(LandingUnreachable, match=r"Not a directory|exists"):
        store.see_room(*ASKED)


def test_a_folder_of_another_user_ends_the_asking(store: LandingStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("include.landing.local.os.access", lambda *_: False)  # a test that is root may write anywhere
    with pytest.raises(LandingUnreachable, match="cannot be written") as caught:
        store.see_room(*ASKED)
    assert caught.value.next_step == "stop_run"


def test_a_name_that_is_too_long_is_refused_at_once(folder: Path) -> None:
    store = LandingStore((folder / ("x" * 300)).as_uri())
    with pytest.raises(LandingUnreachable, match="File name too long") as caught, store.room_held(1, KIB):
        pass
    assert caught.value.next_step == "stop_run"


def test_held_room_leaves_no_file(folder: Path, store: LandingStore) -> None:
    """A process that dies while it holds room leaves nothing to be removed either."""
    with store.room_held(4, 64 * KIB):
        assert [file.name for file in folder.iterdir()] == [".landing-zone"]


def test_an_object_store_near_its_quota_is_refused_before_anything_is_paid(monkeypatch: pytest.MonkeyPatch) -> None:
    """A file of a few bytes would still fit there, run after run, and no page would."""
    store, kept = LandingStore(f"memory://{uuid4().hex}"), dict[str, int]()

    def note(path: str, data: bytes) -> None:
        kept[path] = len(data)
        if sum(kept.values()) > 200 * KIB:
            raise OSError(errno.EDQUOT, os.strerror(errno.EDQUOT))

    monkeypatch.setattr(store._files, "note", note)
    with store.room_held(2, KIB):
        assert sum(kept.values()) < KIB, "the room is free again"
    with pytest.raises(LandingFull, match="quota"), store.room_held(4, KIB):
        pass
