"""A warehouse with the rows of the dataset, shifted so that the newest are current, and with the ledger's copy."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bench.dataset import START, SYMBOLS, Dataset
from include.domain.clock import DAY
from include.domain.market import SOURCES, Interval
from include.settings import ROOT, Settings
from include.warehouse import days, embedded_connection_extra, open_warehouse, scripts

if TYPE_CHECKING:
    from clickhouse_connect.driver.client import Client

SQL = Path(__file__).with_name("sql")
STREAMS = {"sources": list(SOURCES), "symbols": list(SYMBOLS)}


@dataclass(frozen=True)
class Filling:
    """The dataset that is filled in, each timestamp shifted by `moved`, whole days."""

    dataset: Dataset
    moved: timedelta

    @classmethod
    def up_to(cls, now: datetime, rows: int) -> Filling:
        """At least `rows` rows, up to the last full hour before `now`: the marts of now read less of stale rows."""
        newest = Interval.H1.floor(now)
        shortest = Dataset.of_at_least(rows)
        dataset = Dataset(shortest.end + (newest - shortest.end) % DAY)
        return cls(dataset, newest - dataset.end)

    @property
    def start(self) -> datetime:
        return START + self.moved

    @property
    def end(self) -> datetime:
        """The first moment without rows."""
        return self.dataset.end + self.moved

    @property
    def bounds(self) -> dict[str, int]:
        """Start and end in Unix seconds."""
        return {"start": int(self.start.timestamp()), "end": int(self.end.timestamp())}


@contextmanager
def filled(rows: int) -> Iterator[tuple[Client, Filling]]:
    """A client of an embedded warehouse that holds at least `rows` current rows; it is deleted at the end."""
    import clickhouse_connect

    places = ROOT / ".oi" / "bench"
    places.mkdir(parents=True, exist_ok=True)
    home = Path(tempfile.mkdtemp(prefix="queries-", dir=places))
    try:
        settings, filling = Settings(home=home), Filling.up_to(datetime.now(UTC), rows)
        with open_warehouse(settings):
            pass  # the migrations
        with clickhouse_connect.get_client(**embedded_connection_extra(settings)["client_kwargs"]) as client:
            fill(client, filling)
            yield client, filling
    finally:
        shutil.rmtree(home, ignore_errors=True)


def fill(client: Client, filling: Filling) -> None:
    """Every row bought."""
    statement = (SQL / "fill.sql").read_text()
    for interval in Interval:
        for number, source in enumerate(SOURCES):
            client.command(
                statement,
                parameters={
                    "source": source, "source_number": number, "interval": interval.value, "seconds": interval.seconds,
                    "start": filling.bounds["start"], "points": interval.points(START, filling.dataset.end),
                    "symbols": STREAMS["symbols"],
                },
            )  # fmt: skip
    client.command((SQL / "fill_current.sql").read_text())
    for table in ("open_interest_observations", "open_interest_current"):
        client.command(f"OPTIMIZE TABLE market.{table} FINAL")
    _fill_days(client)
    of_ledger: dict[str, Any] = {**filling.bounds, **STREAMS, "ledger_as_of": filling.end}
    for part in scripts.statements((SQL / "fill_ledger.sql").read_text()):
        client.command(part, parameters=of_ledger)


def derive(client: Client, filling: Filling) -> None:
    """Replaces the coarse rows by as many derived ones."""
    drop = (SQL / "drop_coarse.sql").read_text()
    for table in ("open_interest_observations", "open_interest_current"):
        for source in SOURCES:
            for interval in set(Interval) - {Interval.M5}:
                client.command(drop, parameters={"table": table, "source": source, "interval": interval.value})
    client.command((SQL / "fill_derived.sql").read_text(), parameters={**filling.bounds, **STREAMS})
    _fill_days(client)


def _fill_days(client: Client) -> None:
    """What publishing does for each batch, at once for all days."""
    client.command(scripts.fill(scripts.read(days.FILL), {"database": "market"}))
    client.command("OPTIMIZE TABLE market.open_interest_day_rows FINAL")
