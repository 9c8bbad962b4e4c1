"""Replays where landed pages are damaged or gone."""

from __future__ import annotations

from typing import Any

import pytest

from include.pipeline.errors import PipelineError
from include.pipeline.scope.scope import Scope
from include.pipeline.workflows.replay import replay
from include.settings import Settings
from tests.pipeline.conftest import rows_of, run_steps
from tests.pipeline.damage import COLUMNS, PAGES_OF_A_WINDOW, extract, give_up_and_load, pages_of
from tests.pipeline.damage import settings as settings
from tests.pipeline.damage import undisturbed as undisturbed
from tests.pipeline.damage import wanted as wanted


@pytest.mark.parametrize("content", [b"damaged", None], ids=["damaged", "gone"])
def test_a_window_with_an_unreadable_page_keeps_its_rows(
    settings: Settings, wanted: Scope, undisturbed: list[Any], content: bytes | None
) -> None:
    run_steps(settings, wanted)
    page = pages_of(settings, "BTC")[1]
    page.unlink() if content is None else page.write_bytes(content)
    replayed = replay(settings)

    assert rows_of(settings, COLUMNS) == undisturbed
    assert replayed.pages == PAGES_OF_A_WINDOW, "those of the other window"
    [sentence] = replayed.left
    assert page.name in sentence
    assert "reread" in sentence


def test_an_unreadable_page_that_was_never_loaded_names_heal(settings: Settings, wanted: Scope) -> None:
    extract(settings, wanted)
    pages_of(settings, "BTC")[1].unlink()

    [sentence] = replay(settings).left
    assert "./oi heal --damaged" in sentence


def test_a_replay_at_another_address_stops(settings: Settings, wanted: Scope) -> None:
    run_steps(settings, wanted)
    elsewhere = settings.model_copy(update={"landing_url": settings.home.joinpath("elsewhere").as_uri()})

    with pytest.raises(PipelineError, match="OI_LANDING_URL"):
        replay(elsewhere)


def test_a_replay_leaves_given_up_pages_out(settings: Settings, wanted: Scope, undisturbed: list[Any]) -> None:
    extract(settings, wanted)
    pages_of(settings, "BTC")[1].write_bytes(b"damaged")
    give_up_and_load(settings, wanted)
    replayed = replay(settings)

    assert replayed.left == []
    assert rows_of(settings, COLUMNS) == undisturbed


def test_an_unknown_damaged_page_stops_a_replay(settings: Settings, wanted: Scope) -> None:
    run_steps(settings, wanted)
    page = pages_of(settings, "BTC")[1]
    page.with_name(f"another-{page.name}").write_bytes(b"damaged")

    with pytest.raises(PipelineError, match="move the file away"):
        replay(settings)
