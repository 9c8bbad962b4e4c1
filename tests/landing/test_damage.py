"""A page that is damaged, missing or not the one that was asked for is reported, and kept."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from backports import zstd

from include.landing.layout import page_path
from include.landing.store import LandingDamaged, LandingStore
from tests.kwery.pages import request
from tests.landing.conftest import WINDOW, page_of

Damage = Callable[[bytes], bytes]
DAMAGES: list[tuple[str, Damage]] = [
    ("do not decompress", lambda data: data[: len(data) // 2]),
    ("do not decompress", lambda data: b""),
    ("do not decompress", lambda data: b"plain text"),
    ("do not decompress", lambda data: data[:40] + bytes([data[40] ^ 1]) + data[41:]),
    ("not an envelope", lambda data: zstd.compress(b"{}\nbody")),
    ("not an envelope", lambda data: zstd.compress(b"\xff\nbody")),
    ("version 2", lambda data: zstd.compress(zstd.decompress(data).replace(b'"version":1', b'"version":2'))),
    ("SHA-256", lambda data: zstd.compress(zstd.decompress(data).replace(b'"data"', b'"date"'))),
]


@pytest.mark.parametrize(("message", "damage"), DAMAGES)
def test_damage_is_reported_with_path_and_next_step(
    on_disk: LandingStore, folder: Path, message: str, damage: Damage
) -> None:
    landed = on_disk.land(WINDOW, 0, 1, page_of())
    file = folder / landed.path
    file.write_bytes(damage(file.read_bytes()))
    for ask in (lambda: on_disk.read(landed.path), lambda: on_disk.find(WINDOW, 0, page_of().request)):
        with pytest.raises(LandingDamaged, match=message) as caught:
            ask()
        assert landed.path in str(caught.value)
        assert "Next:" in str(caught.value)


def test_a_missing_page_is_reported(store: LandingStore) -> None:
    path = page_path(WINDOW, 0, request())
    with pytest.raises(LandingDamaged, match="got no file"):
        store.read(path, "0" * 64)


def test_a_page_with_another_body_than_the_ledger_noted_is_reported(store: LandingStore) -> None:
    landed = store.land(WINDOW, 0, 1, page_of())
    with pytest.raises(LandingDamaged, match="expected a body with SHA-256 00"):
        store.read(landed.path, "0" * 64)


def test_an_answer_to_another_question_under_the_name_is_reported(on_disk: LandingStore, folder: Path) -> None:
    landed = on_disk.land(WINDOW, 0, 1, page_of())
    other = request(after="other")
    target = folder / page_path(WINDOW, 0, other)
    (folder / landed.path).rename(target)
    with pytest.raises(LandingDamaged, match="the answer to"):
        on_disk.find(WINDOW, 0, other)


def test_a_damaged_page_is_kept_beside_a_new_answer(on_disk: LandingStore, folder: Path) -> None:
    path = on_disk.land(WINDOW, 0, 1, page_of()).path
    (folder / path).write_bytes(b"damaged")
    landed = on_disk.land(WINDOW, 0, 2, page_of())
    assert (folder / path).read_bytes() == b"damaged"
    assert on_disk.read(landed.path) == landed


def test_what_is_wrong_with_a_page_is_reported(on_disk: LandingStore, folder: Path) -> None:
    landed = on_disk.land(WINDOW, 0, 1, page_of())
    intact = on_disk.damage(landed.path, landed.sha256)
    (folder / landed.path).write_bytes(b"damaged")
    damaged = on_disk.damage(landed.path, landed.sha256)
    (folder / landed.path).unlink()
    missing = on_disk.damage(landed.path, landed.sha256)

    assert intact is None
    assert "that do not decompress" in (damaged or "")
    assert "no file" in (missing or "")
