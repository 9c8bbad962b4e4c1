from __future__ import annotations

from pathlib import Path

import pytest

from include.pipeline.monitoring.lineage import LineageDataset, of_extract, of_load, of_settle
from include.pipeline.steps.extract.extracted import Extracted
from include.pipeline.steps.load.loaded import Loaded
from include.pipeline.steps.settle.totals import RunTotals
from include.settings import Settings, load_settings

WAREHOUSE = "clickhouse://db:8123"


def settings_with(home: Path, **variables: str) -> Settings:
    return load_settings({"OI_HOME": str(home), **variables})


def test_each_step_reads_what_the_one_before_it_wrote(tmp_path: Path) -> None:
    settings, loaded = settings_with(tmp_path), Loaded(new=160, changed=1, unchanged=7, quarantined=3)

    extract = of_extract(settings, "hourly", Extracted(requests=9, rows=171, credits=963))
    load = of_load(settings, WAREHOUSE, loaded)
    settle = of_settle(settings, WAREHOUSE, "hourly", RunTotals(loaded, 10, 1_013, []))

    assert extract.reads == [LineageDataset("https://kwery-api.com", "/v1/open-interest", 171)]
    assert extract.writes == load.reads == [LineageDataset("file", str(tmp_path / "landing"), 171)]
    assert load.writes == [
        LineageDataset(WAREHOUSE, "market.open_interest", 161),
        LineageDataset(WAREHOUSE, "market.quarantine", 3),
    ]
    assert [one.name for one in settle.reads] == [one.name for one in load.writes]
    assert LineageDataset(WAREHOUSE, "bi.open_interest_daily") in settle.writes
    assert extract.figures["spending"] == {"lane": "hourly", "credits": 963, "requests": 9}
    assert settle.figures["spending"] == {"lane": "hourly", "credits": 1_013, "requests": 10}
    assert load.figures["rows"] == settle.figures["rows"] == {
        "new": 160, "restated": 1, "unchanged": 7, "quarantined": 3
    }  # fmt: skip


@pytest.mark.parametrize(
    ("url", "namespace", "name"),
    [
        ("s3://bucket/open-interest/", "s3://bucket", "open-interest"),
        ("s3://bucket", "s3://bucket", "/"),
        ("file:///srv/landing%20zone", "file", "/srv/landing zone"),
    ],
)
def test_the_landing_zone_is_named_by_the_rules(tmp_path: Path, url: str, namespace: str, name: str) -> None:
    [landed] = of_extract(settings_with(tmp_path, OI_LANDING_URL=url), "daily", Extracted()).writes
    assert (landed.namespace, landed.name) == (namespace, name)


def test_another_address_of_the_vendor_keeps_its_path(tmp_path: Path) -> None:
    settings = settings_with(tmp_path, KWERY_BASE_URL="https://gateway.example.com:8443/kwery/v1")
    [vendor] = of_extract(settings, "daily", Extracted()).reads
    assert (vendor.namespace, vendor.name) == ("https://gateway.example.com:8443", "/kwery/v1/open-interest")


def test_marts_of_another_database_are_named_after_it(tmp_path: Path) -> None:
    settings = settings_with(tmp_path, CLICKHOUSE_DATABASE="research")
    found = of_settle(settings, WAREHOUSE, "daily", RunTotals(Loaded(), 0, 0, []))
    assert {one.name.partition(".")[0] for one in found.reads + found.writes} == {"research", "research_bi"}
