"""The landing zone: whole or not at all, byte for byte, and never without noticing damage."""

from __future__ import annotations

import json
import subprocess
import sys
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import fsspec
import pytest
from backports import zstd
from hypothesis import given
from hypothesis import strategies as st

from include.domain.market import Interval, Stream
from include.kwery.client import KweryClient
from include.kwery.models import ChargeSource, Request
from include.landing import local
from include.landing.errors import LandingFailed, LandingUnreachable
from include.landing.identity import Identity
from include.landing.store import LandedPage, LandingStore
from tests.kwery.pages import KEY, envelope, page_reply, request
from tests.kwery.scripted_server import serving
from tests.landing.conftest import WINDOW, page_of


@pytest.mark.parametrize("name", ["a b ü", "100%", "a%20b", "a#b", "a?b", "a::b", "a[b]*"])
def test_pages_land_in_the_folder_that_a_file_url_means(name: str, tmp_path: Path) -> None:
    folder = tmp_path / name / "landing"
    store = LandingStore(folder.as_uri())
    landed = store.land(WINDOW, 7, 42, page_of())
    assert (folder / landed.path).is_file()
    assert [path.name for path in tmp_path.iterdir()] == [name]
    assert list(store.walk()) == [landed.path]
    assert store.read(landed.path, landed.sha256) == landed


def test_a_landed_page_is_read_back_as_it_was(store: LandingStore) -> None:
    landed = store.land(WINDOW, 7, 42, page_of())
    assert store.read(landed.path, landed.sha256) == landed
    assert landed == LandedPage(landed.path, landed.sha256, landed.bytes, page_of(), WINDOW, 7, 42)


def test_fields_that_are_unknown_stay_unknown(store: LandingStore) -> None:
    bare = page_of(
        asked=request(source=None),
        vendor_time=None,
        next_cursor=None,
        charge_source=ChargeSource.PRICE_TABLE,
        credits_remaining=None,
        clamped_to=None,
        request_id=None,
        warnings=(),
    )
    assert store.read(store.land(WINDOW, 0, 1, bare).path).page == bare


ANY_BODY = st.one_of(st.binary(max_size=500), st.text(max_size=200).map(str.encode), st.just(b"\n\n"), st.just(b""))


@given(body=ANY_BODY)
def test_any_body_comes_back_byte_for_byte(body: bytes) -> None:
    store = LandingStore(f"memory://{uuid.uuid4().hex}")
    landed = store.land(WINDOW, 0, 1, page_of(body))
    assert store.read(landed.path, landed.sha256).page.body == body


def test_a_page_can_be_read_with_common_tools(on_disk: LandingStore, folder: Path) -> None:
    body = json.dumps(envelope(3), indent=1).encode()
    landed = on_disk.land(WINDOW, 0, 42, page_of(body))
    first, rest = zstd.decompress((folder / landed.path).read_bytes()).split(b"\n", 1)
    assert rest == body
    header = json.loads(first)
    assert header["request"] == {
        "symbol": "BTC",
        "interval": "4h",
        "source": "binance_futures",
        "start": "2026-03-07T00:00:00Z",
        "end": "2026-03-08T00:00:00Z",
        "limit": 1000,
        "after": "eyJvZmZzZXQiOiAxfQ==",
    }
    assert (header["charge_id"], header["charge_credits"], header["body_sha256"]) == (42, 59, landed.sha256)
    assert header["received_at"] == "2026-03-07T12:00:00.123000Z"


def test_a_page_that_landed_before_a_crash_is_found(store: LandingStore) -> None:
    landed = store.land(WINDOW, 7, 42, page_of())
    assert store.find(WINDOW, 7, page_of().request) == landed


def test_what_has_not_landed_is_not_found(store: LandingStore) -> None:
    store.land(WINDOW, 7, 42, page_of())
    assert store.find(WINDOW, 8, page_of().request) is None
    assert store.find("w2", 7, page_of().request) is None
    assert store.find(WINDOW, 7, request(after="another")) is None


def test_a_crash_in_mid_write_leaves_no_page(
    on_disk: LandingStore, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def power_cut(descriptor: int) -> None:
        raise OSError("no power")

    monkeypatch.setattr(local.os, "fsync", power_cut)
    with pytest.raises(LandingFailed, match="no power"):
        on_disk.land(WINDOW, 0, 1, page_of())
    assert on_disk.find(WINDOW, 0, page_of().request) is None
    assert [path for path in folder.rglob("*") if path.is_file()] == []


def test_a_process_killed_while_landing_leaves_whole_pages_only(folder: Path) -> None:
    code = (
        "import os, sys; from tests.landing.conftest import *\n"
        "store = LandingStore(sys.argv[1])\n"
        "for i in range(100000):\n"
        "    store.land('w', i, i, page_of(os.urandom(50000))); print(i, flush=True)"
    )
    root = Path(__file__).parents[2]
    with subprocess.Popen(
        [sys.executable, "-c", code, folder.as_uri()], cwd=root, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        last = -1
        for _ in range(20):
            last = int(process.stdout.readline())
        process.kill()
        last = max([last, *(int(line) for line in process.stdout if line.endswith("\n"))])
    store = LandingStore(folder.as_uri())
    sequences = sorted(store.read(path).sequence for path in store.walk())
    assert sequences[: last + 1] == list(range(last + 1)), "a page that land() returned from is there"


def test_a_left_over_part_file_is_harmless(on_disk: LandingStore, folder: Path) -> None:
    landed = on_disk.land(WINDOW, 0, 1, page_of())
    (folder / landed.path).with_name(".0123.part").write_bytes(b"half")
    assert list(on_disk.walk()) == [landed.path]


def test_a_second_paid_answer_never_replaces_the_first(store: LandingStore) -> None:
    first = store.land(WINDOW, 0, 1, page_of(b'{"data": [1]}'))
    second = store.land(WINDOW, 0, 2, page_of(b'{"data": [2]}'))
    assert store.read(first.path, first.sha256) == first
    assert store.read(second.path, second.sha256) == second
    assert list(store.walk()) == sorted([first.path, second.path])
    assert store.find(WINDOW, 0, page_of().request) == first


def test_a_page_that_lands_between_write_and_name_is_kept(
    on_disk: LandingStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A process that was frozen there wakes, and another has landed its answer to the same question."""
    ours, theirs = page_of(b'{"data": [1]}'), page_of(b'{"data": [2]}')
    name, landed = local._name, list[LandedPage]()

    def frozen(part: Path, path: Path) -> None:
        monkeypatch.undo()
        landed.append(on_disk.land(WINDOW, 0, 8, theirs))
        name(part, path)

    monkeypatch.setattr(local, "_name", frozen)
    woken = on_disk.land(WINDOW, 0, 7, ours)
    assert on_disk.read(landed[0].path).page.body == theirs.body
    assert on_disk.read(woken.path).page.body == ours.body
    assert woken.path != landed[0].path


def test_landing_the_same_answer_again_changes_nothing(store: LandingStore) -> None:
    first = store.land(WINDOW, 0, 1, page_of())
    assert store.land(WINDOW, 0, 1, page_of()) == first
    assert list(store.walk()) == [first.path]


def test_the_walk_is_sorted(store: LandingStore) -> None:
    streams = [
        Stream(symbol, interval) for symbol in ("ETH", "BTC", "BTCUSDT") for interval in (Interval.D1, Interval.H1)
    ]
    asked = [Request(stream, request().start, request().end, 1000) for stream in streams]
    paths = [store.land(WINDOW, 0, 1, page_of(asked=question)).path for question in asked]
    assert list(store.walk()) == sorted(paths)


def test_what_lies_beside_the_pages_is_not_looked_through(on_disk: LandingStore, folder: Path) -> None:
    """A landing zone may be a disk with much else on it."""
    landed = on_disk.land(WINDOW, 0, 1, page_of())
    (folder / "elsewhere").mkdir()
    (folder / "elsewhere" / "x.json.zst").touch()
    (folder / "y.json.zst").touch()
    assert list(on_disk.walk()) == [landed.path]


def test_pages_in_a_folder_that_lies_on_another_disk_are_found(on_disk: LandingStore, folder: Path) -> None:
    landed = on_disk.land(WINDOW, 0, 1, page_of())
    (inner,) = (folder / "symbol=BTC").iterdir()
    inner.rename(folder / "elsewhere")
    inner.symlink_to(folder / "elsewhere")
    assert list(on_disk.walk()) == [landed.path]


def test_a_folder_of_pages_that_cannot_be_read_is_not_passed_over(on_disk: LandingStore, folder: Path) -> None:
    """Its pages would be bought again."""
    on_disk.land(WINDOW, 0, 1, page_of())
    (folder / "symbol=ETH").symlink_to(folder / "symbol=ETH")
    with pytest.raises(LandingUnreachable, match="Too many levels of symbolic links"):
        list(on_disk.walk())


def test_an_empty_landing_zone_has_no_pages(store: LandingStore) -> None:
    assert list(store.walk()) == []
    assert store.find(WINDOW, 0, request()) is None


def test_threads_land_pages_side_by_side(store: LandingStore) -> None:
    asked = [request(after=str(i)) for i in range(60)]
    with ThreadPoolExecutor(8) as pool:
        landed = list(pool.map(lambda i: store.land(WINDOW, i, i, page_of(str(i).encode(), asked[i])), range(60)))
    assert [store.read(page.path, page.sha256) for page in landed] == landed
    assert len(list(store.walk())) == 60


@pytest.mark.parametrize("auth", ["header", "api-key", "api_key"])
def test_no_landed_file_holds_the_key(on_disk: LandingStore, folder: Path, auth: Any) -> None:
    headers = {"X-Api-Key": KEY, "Set-Cookie": f"key={KEY}", "Link": f"</v1/open-interest?api-key={KEY}>"}
    with serving([page_reply(headers=headers, next=f"/v1?api-key={KEY}")]) as server:
        with KweryClient(server.url, KEY, auth=auth) as client:
            landed = on_disk.land(WINDOW, 0, 1, client.page(request()))
        sent = server.asked[0]
    assert KEY in (*sent.headers.values(), *sent.query.values()), "the key was sent, so it could have been kept"
    file = folder / landed.path
    assert KEY.encode() not in zstd.decompress(file.read_bytes())
    assert KEY not in str(file)


def test_headers_that_may_hold_a_secret_are_left_out(store: LandingStore) -> None:
    secrets = {"Authorization": "Bearer s", "set-cookie": "s", "x-api-key": "s", "apikey": "s", "x-auth-token": "s"}
    landed = store.land(WINDOW, 0, 1, page_of(headers={**secrets, "x-plan": "pro", "x-ratelimit-remaining": "1"}))
    assert store.read(landed.path).page.headers == {"x-plan": "pro", "x-ratelimit-remaining": "1"}


def test_any_fsspec_store_will_do() -> None:
    name = uuid.uuid4().hex
    landed = LandingStore(f"memory://{name}/deep/prefix/").land(WINDOW, 0, 1, page_of())
    assert fsspec.filesystem("memory").exists(f"/{name}/deep/prefix/{landed.path}")


@pytest.mark.parametrize("url", ["gs://bucket/x", "unknown://bucket/x"])
def test_a_store_that_cannot_be_opened_is_named(url: str) -> None:
    with pytest.raises(LandingUnreachable, match="OI_LANDING_URL"):
        LandingStore(url)


@pytest.mark.parametrize("call", range(5))
def test_of_two_ledgers_at_one_moment_one_at_most_gets_the_zone(
    store: LandingStore, monkeypatch: pytest.MonkeyPatch, call: int
) -> None:
    """The second one claims it before one call of the first to the store; neither saw a note before."""
    files, calls, got = store._files, iter(range(99)), []

    def interrupted(do: Callable[..., Any]) -> Callable[..., Any]:
        def run(*args: Any) -> Any:
            if next(calls) == call:
                got.append(store.claim(Identity("second", "2"), None))
            return do(*args)

        return run

    for name in ("note", "read", "starting_with"):
        monkeypatch.setattr(files, name, interrupted(getattr(files, name)))
    got.append(store.claim(Identity("first", "1"), None))
    assert len(got) == 2, "the second one claimed it in between"
    assert got.count(True) <= 1
    last = store.claim(Identity("third", "3"), None)
    assert last is not any(got), "nothing stays behind where neither got it"
    identity = store.identity()
    assert identity is not None
    assert (identity.ledger_id == "third") is last


def test_a_claim_of_a_dead_process_holds_its_zone_for_its_ledger(store: LandingStore) -> None:
    store._files.note(Identity("dead", "1").claim, b"1")
    assert not store.claim(Identity("other", "2"), None)
    assert store.claim(Identity("dead", "3"), None)
    assert store.claim(Identity("other", "4"), "dead")
