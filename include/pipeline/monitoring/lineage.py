"""What the steps of a run read and write: datasets by OpenLineage's naming rules, with rows and spending."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

if TYPE_CHECKING:
    from include.pipeline.steps.extract.extracted import Extracted
    from include.pipeline.steps.load.loaded import Loaded
    from include.pipeline.steps.settle.totals import RunTotals
    from include.settings import Settings

Figures = Mapping[str, int | str]


@dataclass(frozen=True, slots=True)
class LineageDataset:
    """A table, a folder or a route of an API."""

    namespace: str
    name: str
    rows: int | None = None
    """Rows that the step read from it or wrote to it; None where it does not count them."""


@dataclass(frozen=True, slots=True)
class Lineage:
    """One step's datasets, and its figures by topic: `spending` in credits and requests, `rows` by their fate."""

    reads: list[LineageDataset]
    writes: list[LineageDataset]
    figures: dict[str, Figures] = field(default_factory=dict)


def of_extract(settings: Settings, lane: str, result: Extracted) -> Lineage:
    """The vendor's rows as landed pages."""
    return Lineage(
        [_vendor(settings, result.rows)],
        [_landing_zone(settings, result.rows)],
        {"spending": _spending(lane, result.credits, result.requests)},
    )


def of_load(settings: Settings, warehouse: str, rows: Loaded) -> Lineage:
    """Landed pages as rows of the tables; `warehouse` is the namespace of the server."""
    database = settings.warehouse.database
    return Lineage(
        [_landing_zone(settings, rows.new + rows.changed + rows.unchanged + rows.quarantined)],
        [
            LineageDataset(warehouse, f"{database}.open_interest", rows.new + rows.changed),
            LineageDataset(warehouse, f"{database}.quarantine", rows.quarantined),
        ],
        {"rows": _rows(rows)},
    )


def of_settle(settings: Settings, warehouse: str, lane: str, totals: RunTotals) -> Lineage:
    """The tables as marts, with the figures of the whole run."""
    from include.warehouse.session import bi_database
    from include.warehouse.views import marts

    database = settings.warehouse.database
    return Lineage(
        [LineageDataset(warehouse, f"{database}.{table}") for table in ("open_interest", "quarantine")],
        [LineageDataset(warehouse, f"{bi_database(database)}.{mart}") for mart in marts()],
        {"rows": _rows(totals.loaded), "spending": _spending(lane, totals.credits, totals.requests)},
    )


def _vendor(settings: Settings, rows: int) -> LineageDataset:
    url = urlsplit(settings.api.base_url)
    path = url.path.rstrip("/").removesuffix("/v1")
    # Host and port alone: what stands before them may be a login.
    return LineageDataset(f"{url.scheme}://{url.netloc.rpartition('@')[2]}", f"{path}/v1/open-interest", rows)


def _landing_zone(settings: Settings, rows: int) -> LineageDataset:
    """`file` and the folder, or the bucket and the prefix in it."""
    url = urlsplit(settings.landing_url)
    if url.scheme == "file":
        return LineageDataset("file", unquote(url.path), rows)
    return LineageDataset(f"{url.scheme}://{url.netloc}", url.path.strip("/") or "/", rows)


def _spending(lane: str, credits: int, requests: int) -> Figures:
    return {"lane": lane, "credits": credits, "requests": requests}


def _rows(rows: Loaded) -> Figures:
    return {
        "new": rows.new,
        "restated": rows.changed,
        "unchanged": rows.unchanged,
        "quarantined": rows.quarantined,
    }
