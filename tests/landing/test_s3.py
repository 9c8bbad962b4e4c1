"""The landing zone on S3: whole pages, lists of many parts, and sentences for what a person has to repair."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor

import pytest

from include.landing.errors import LandingFailed, LandingUnreachable
from include.landing.layout import page_path
from include.landing.store import LandingStore
from tests.kwery.pages import request
from tests.landing.conftest import WINDOW, page_of
from tests.s3 import BUCKET, S3Server


@pytest.fixture
def store(s3: S3Server) -> LandingStore:
    return LandingStore(s3.url("landing"))


def test_a_page_is_one_put(store: LandingStore, s3: S3Server) -> None:
    landed = store.land(WINDOW, 0, 1, page_of())
    assert [one.split("?")[0] for one in s3.asked if one.startswith(("PUT", "POST"))] == [
        f"PUT /{BUCKET}/landing/{landed.path}".replace("=", "%3D")
    ]


def test_a_page_larger_than_a_part_is_whole_too(store: LandingStore) -> None:
    landed = store.land(WINDOW, 0, 1, page_of(os.urandom(12_000_000)))
    assert store.read(landed.path, landed.sha256) == landed


def test_every_page_is_walked_beyond_the_thousand_of_one_list(store: LandingStore, s3: S3Server) -> None:
    paths = [page_path(WINDOW, sequence, request()) for sequence in range(2_345)]
    for path in paths:
        file = s3.folder / BUCKET / "landing" / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch()
    assert list(store.walk()) == paths
    assert sum("list-type" in one for one in s3.asked) >= 3


def test_a_zone_that_can_be_written_passes_the_check_and_has_no_page(store: LandingStore) -> None:
    store.check()
    store.check()
    assert list(store.walk()) == []


def test_a_missing_bucket_is_reported_before_anything_is_landed(s3: S3Server) -> None:
    with pytest.raises(LandingUnreachable, match="OI_LANDING_URL") as caught:
        LandingStore("s3://nowhere/landing").check()
    assert "s3://nowhere/landing" in str(caught.value)
    assert "NO_SUCH_BUCKET" in str(caught.value)


@pytest.mark.parametrize("name", ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"])
def test_a_key_that_is_refused_is_reported_without_the_secret(
    store: LandingStore, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setenv(name, "somebody")
    for ask in (store.check, lambda: list(store.walk()), lambda: store.find(WINDOW, 0, request())):
        with pytest.raises(LandingUnreachable, match="AWS_ACCESS_KEY_ID") as caught:
            ask()
        assert os.environ["AWS_SECRET_ACCESS_KEY"] not in str(caught.value)
        assert "\n" not in str(caught.value)
    with pytest.raises(LandingFailed, match="paid for"):
        store.land(WINDOW, 0, 1, page_of())


def test_threads_share_one_client(store: LandingStore) -> None:
    asked = [request(after=str(i)) for i in range(20)]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda i: store.land(WINDOW, i, i, page_of(str(i).encode(), asked[i])), range(20)))
    assert len(list(store.walk())) == 20


def test_a_page_that_lands_between_look_and_put_is_kept(store: LandingStore, s3: S3Server) -> None:
    """A put replaces what lies at its path; a process that was frozen past its lease must replace nothing."""
    ours, theirs = page_of(b'{"data": [1]}'), page_of(b'{"data": [2]}')
    write = store._files.write

    def frozen(path: str, data: bytes) -> None:
        LandingStore(store.url).land(WINDOW, 0, 18, theirs)
        write(path, data)

    store._files.write = frozen  # type: ignore[method-assign] # the process sleeps here
    woken = store.land(WINDOW, 0, 7, ours)
    assert [store.read(path).page.body for path in store.walk()] == [theirs.body, ours.body]
    assert store.find(WINDOW, 0, ours.request) == woken
    assert store.differs_from_another(woken)


def test_pages_that_were_landed_under_their_question_alone_are_found(store: LandingStore, s3: S3Server) -> None:
    """As versions before did, which looked before each put."""
    landed = store.land(WINDOW, 0, 7, page_of())
    before = page_path(WINDOW, 0, landed.page.request)
    folder = s3.folder / BUCKET / "landing"
    (folder / landed.path).rename(folder / before)
    found = store.find(WINDOW, 0, landed.page.request)
    assert found is not None
    assert (found.path, found.page) == (before, landed.page)
    assert store.find(WINDOW, 1, landed.page.request) is None
