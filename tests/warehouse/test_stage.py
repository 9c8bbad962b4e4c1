from __future__ import annotations

import re
from datetime import timedelta

import pytest

from include.warehouse import Warehouse
from include.warehouse.stage import drop_stale_stages, stage_name


@pytest.mark.parametrize(
    "batch_id", ["b1", "hourly/2026-03-07T12:00:00+00:00", "'; DROP TABLE x; --", "ü☃", "x" * 500, ""]
)
def test_any_batch_id_gives_one_plain_table_name(batch_id: str):
    assert re.fullmatch(r"stage_\w{1,60}", stage_name(batch_id), re.ASCII)
    assert stage_name(batch_id) == stage_name(batch_id)


def test_ids_that_read_alike_have_stages_of_their_own():
    ids = ["a-b", "a_b", "a/b", "A_B", "x" * 50, "x" * 51]
    assert len({stage_name(one) for one in ids}) == len(ids)


def test_only_stages_old_enough_are_dropped(warehouse: Warehouse):
    session = warehouse._session
    session.run("open_interest/publish/01_create_stage.sql", stage=stage_name("died"))
    assert drop_stale_stages(session) == []
    dropped = drop_stale_stages(session, older_than=timedelta(0))
    assert sorted(dropped) == [f"{stage_name('died')}_{part}" for part in ("current", "observations")]
    assert drop_stale_stages(session, older_than=timedelta(0)) == []
    assert warehouse.counts().rows == 0
