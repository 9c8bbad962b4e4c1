"""The one settings surface: `pipeline.yaml`, then the environment on top, with every problem listed at once."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, get_args

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PrivateAttr,
    SecretStr,
    ValidationError,
    field_validator,
    model_validator,
)

from include.configuration.addresses import clickhouse_host, landing_url, ledger_url, webhook
from include.configuration.errors import SettingsError as SettingsError
from include.configuration.problems import problem_lines
from include.configuration.text import clean_symbol
from include.configuration.unquoted import Text
from include.configuration.variables import ENVIRONMENT as ENVIRONMENT
from include.configuration.variables import OTHER_NAMES as OTHER_NAMES
from include.configuration.variables import folder_of, network_problems, override, settings_file
from include.domain.market import SOURCES, Interval
from include.kwery.answers.headers import MOST
from include.kwery.api_key import ApiKey
from include.kwery.models import MAX_LIMIT
from include.kwery.plans import BASE_CREDITS, ROW_CREDITS
from include.kwery.query import api_root

ROOT = Path(__file__).resolve().parent.parent
DEFAULT_BASE_URL = "https://kwery-api.com"
Lane = Literal["hourly", "daily", "backfill"]
LANES: tuple[Lane, ...] = get_args(Lane)
HOURLY_INTERVALS = (Interval.M5, Interval.M15, Interval.H1)
"""What the hourly lane reads; the daily lane reads 4h and 1d, and heals all five."""
Share = Annotated[float, Field(gt=0, le=1)]
Credits = Annotated[int, Field(ge=0, le=MOST)]
Count = Annotated[int, Field(ge=1, le=10**9)]
Seconds = Annotated[float, Field(gt=0, le=86_400)]
Hours = Annotated[float, Field(gt=0, le=87_600)]
Days = Annotated[float, Field(gt=0, le=3_660)]
LONGEST_RUN_MINUTES = 366 * 24 * 60
IDENTIFIER = r"^[A-Za-z_][A-Za-z0-9_]{0,63}$"
_OF_CLICKHOUSE = {"system", "information_schema", "_temporary_and_external_tables"}
"""Databases that every ClickHouse has, and in which nobody makes tables."""
"""A name that SQL takes without quotes."""
SHARE_TOLERANCE = 1e-9
"""0.5 + 0.1 + 0.35 + 0.05 is not exactly 1 in binary."""


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class SymbolGroup(_Section):
    """Symbols wanted on other sources or at other intervals than the rest; an empty list means the same as the rest."""

    symbols: list[Text]
    sources: list[Text] = []
    intervals: list[Interval] = []

    @field_validator("symbols")
    @classmethod
    def _readable(cls, value: list[str]) -> list[str]:
        return _symbols(value)

    @field_validator("sources")
    @classmethod
    def _known_sources(cls, value: list[str]) -> list[str]:
        return _known(value)


class WantedSeries(_Section):
    """What is wanted: every symbol on every source at every interval, unless one of `groups` says otherwise.

    A symbol is a name, a pattern over the vendor's list (`KXFED-*`), or what is taken out of it (`!KXFED-2?DEC`).
    """

    symbols: list[Text] = ["BTC", "ETH", "SOL"]
    sources: list[Text] = list(SOURCES)
    intervals: list[Interval] = list(Interval)
    groups: list[SymbolGroup] = []
    """The first group that holds a symbol decides its sources and intervals; a name wins over a pattern."""
    listing_hours: int = Field(1, ge=1, le=168)
    """Hours between two reads of the vendor's list of symbols, which is free and read for patterns only."""
    silent_days: Days = 7
    """Days without rows before a pattern-matched symbol is considered inactive and no longer requested."""
    refusals: Count = 3
    """Refusals as unknown before a symbol is no longer requested, until the list changes."""
    derive: bool = False
    """Read 15m, 1h, 4h and 1d off the stored 5m snapshots where the vendor's own values are proven to equal them."""
    derive_proof_buckets: Count = 20
    """Minimum of final buckets that were compared and equal before a series is derived ..."""
    derive_proof_days: int = Field(2, ge=1, le=30)
    """... and the most days that the newest of them may lie back."""
    derive_sample_buckets: int = Field(6, ge=1, le=96)
    """Final buckets of each derived interval that the daily lane buys to confirm it, a day's at most."""

    @field_validator("sources", "intervals")
    @classmethod
    def _not_empty(cls, value: list[str]) -> list[str]:
        return _unique(value)

    @field_validator("symbols")
    @classmethod
    def _readable(cls, value: list[str]) -> list[str]:
        return _symbols(value)

    @field_validator("sources")
    @classmethod
    def _known_sources(cls, value: list[str]) -> list[str]:
        return _known(value)

    @property
    def all_groups(self) -> tuple[SymbolGroup, ...]:
        """Every group with its sources and intervals filled in, those of `groups` first."""
        own = SymbolGroup(symbols=self.symbols, sources=self.sources, intervals=self.intervals)
        others = (
            SymbolGroup(
                symbols=one.symbols,
                sources=one.sources or self.sources,
                intervals=one.intervals or self.intervals,
            )
            for one in self.groups
        )
        return (*others, own)


def _symbols(value: list[str]) -> list[str]:
    value = [clean_symbol(symbol) for symbol in value]
    if value and all(symbol.startswith("!") for symbol in value):
        raise ValueError("only takes symbols out; name at least one, or a pattern such as KXFED-*")
    return _unique(value)


def _unique(value: list[str]) -> list[str]:
    if not value:
        raise ValueError("needs at least one entry")
    return list(dict.fromkeys(value))


def _known(sources: list[Text]) -> list[str]:
    unknown = sorted(set(sources) - set(SOURCES))
    if unknown:
        raise ValueError(f"unknown source {', '.join(unknown)}; known are {', '.join(SOURCES)}")
    return sources


class Api(_Section):
    """How the vendor is reached."""

    base_url: Text = DEFAULT_BASE_URL
    key: SecretStr | None = None
    auth: Literal["header", "api-key", "api_key"] = "header"
    connect_timeout_seconds: Seconds = 10
    read_timeout_seconds: Seconds = 30
    total_timeout_seconds: Seconds = 120
    """For a whole answer: the read time-out bounds each part of it only."""
    concurrency: int = Field(16, ge=1, le=32)
    """16 windows at a time use 20 requests a second as long as an answer takes at most 0.7 s."""
    attempts: int = Field(4, ge=1, le=20)
    max_wait_seconds: Seconds = 60
    """The longest single wait inside a run; a longer Retry-After stops the run cleanly instead."""
    row_cap: int = Field(MAX_LIMIT, ge=1, le=MAX_LIMIT)
    """Rows a page, never above the plan's own cap."""
    max_row_bytes: int = Field(2000, ge=200, le=100_000)
    """A page larger than this for each row of its limit (and 256 KB for what stands beside them) is not read."""
    harmless_fields: tuple[Text, ...] = ()
    """Fields and headers of an answer, by name or path, that say nothing of its rows."""
    _key_place: str = PrivateAttr("KWERY_API_KEY")

    @property
    def key_place(self) -> str:
        """Where the key is set, for messages."""
        return self._key_place

    def with_key_place(self, place: str) -> Api:
        """The same section, whose messages name `place` as where the key is set."""
        copy = self.model_copy()
        copy._key_place = place
        return copy

    @field_validator("base_url")
    @classmethod
    def _http(cls, value: str) -> str:
        api_root(value.strip())
        return value.strip().rstrip("/")

    @field_validator("key")
    @classmethod
    def _key_length(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None:
            ApiKey(value.get_secret_value())
        return value


class Prices(_Section):
    """The vendor's price table for open interest, used to reserve and to check charges (the page: 50 + 3 per row)."""

    base_credits: Credits = BASE_CREDITS
    per_row_credits: Credits = ROW_CREDITS

    def credits(self, rows: int) -> int:
        """What one answer with `rows` rows costs."""
        return self.base_credits + self.per_row_credits * rows


class LaneShares(_Section):
    """The share of a cycle's allowance that each lane can count on."""

    hourly: float = Field(0.5, ge=0, le=1)
    daily: float = Field(0.1, ge=0, le=1)
    backfill: float = Field(0.35, ge=0, le=1)


class Budget(_Section):
    """What may be spent in a billing cycle, and by whom. A null amount means: whatever the account still has."""

    monthly_credits: Credits | None = None
    cycle_day: int = Field(1, ge=1, le=28)
    """The day of the month, from midnight UTC, on which the vendor renews the account's allowance."""
    run_credits: Credits | None = None
    lane_shares: LaneShares = LaneShares()
    reserve_share: float = Field(0.05, ge=0, le=1)
    """No lane touches this share of the allowance."""
    release_days: float = Field(5, gt=0, le=28)
    """Days at the end of the cycle in which backfill may use what hourly and daily runs will not need."""
    heal_credits: Credits = 50_000
    """What one run may spend on holes and late rows before its own interval; the rest is left to the next run."""

    @model_validator(mode="after")
    def _shares_add_up(self) -> Budget:
        shares = {**dict(self.lane_shares), "reserve_share": self.reserve_share}
        if sum(shares.values()) > 1 + SHARE_TOLERANCE:
            given = ", ".join(f"{name} {share:g}" for name, share in shares.items())
            raise ValueError(
                f"lane_shares and reserve_share together are {sum(shares.values()):g} of the allowance, and 1 is all "
                f"there is ({given}): lower one of them"
            )
        return self


class PlanSettings(_Section):
    """How wanted time becomes windows."""

    lookback_days: int = Field(3, ge=0, le=3660)
    """How far back from its own time a run heals holes and late rows, and one run more; 0: not at all."""
    provisional_buckets: dict[Interval, Annotated[int, Field(ge=0, le=100)]] = dict.fromkeys(Interval, 1)
    """A bucket is final this many intervals after it closed; until then it is re-read as it changes phase."""
    window_pages: int = Field(20, ge=1, le=1000)
    """Maximum of full pages in a window."""
    recheck_gap_hours: float = Field(24, ge=0, le=87_600)
    """Hours before a range that came back empty is requested again; empty twice is proven empty."""


def _whole(value: object) -> object:
    """The file's numbers come as they are written."""
    return int(value) if isinstance(value, str) and value.isdecimal() else value


class ScheduleSettings(_Section):
    """When the DAGs run."""

    hourly_every_hours: Annotated[Literal[1, 2, 3, 4, 6, 8, 12, 24], BeforeValidator(_whole)] = 1
    """The hourly DAG reads that many hours at once; rarer runs cost fewer requests and leave the newest row older."""


class Quality(_Section):
    """Bounds of the rules."""

    max_open_interest: float = Field(1e15, gt=0)
    max_open_interest_usd: float = Field(1e15, gt=0)
    max_bad_share: Share = 0.5
    """More bad rows than this share blocks a series in a batch ..."""
    min_rows_to_block: Count = 20
    """... once the series has this many rows in the batch."""
    implied_price_band: float = Field(5.0, gt=1)
    """usd / oi may differ from its series' median by this factor before a unit change is suspected (warning)."""
    restatement_share: Share = 0.05
    """A restated value that differs from the one before by more than this share is reported with both values."""
    symbol_aliases: dict[Text, Text] = {}
    """Row symbols that stand for an asked one, such as BTCUSDT: BTC."""

    @field_validator("symbol_aliases")
    @classmethod
    def _clean_symbols(cls, value: dict[str, str]) -> dict[str, str]:
        return {clean_symbol(alias): clean_symbol(symbol) for alias, symbol in value.items()}


class WarehouseSettings(_Section):
    """Where ClickHouse is: a server when `host` is set, else chDB inside OI_HOME."""

    host: Text | None = None
    port: int = Field(8123, ge=1, le=65535)
    user: Text = "default"
    password: SecretStr = SecretStr("")
    secure: bool = False
    reader_user: Text = Field("reader", pattern=IDENTIFIER)
    """Who BI tools are: a user that may only read the marts."""
    reader_password: SecretStr = SecretStr("")
    admin_user: Text | None = None
    """Who makes users and roles in `./oi grant`; without one, `user` must be allowed to."""
    admin_password: SecretStr = SecretStr("")
    database: Text = Field("market", pattern=IDENTIFIER)
    cluster: Text | None = Field(None, pattern=IDENTIFIER)
    """The server's name for the cluster that holds the tables; None: the server alone."""
    batch_rows: Count = 250_000
    """Rows validated and published together."""
    lock_timeout_seconds: Seconds = 300
    """How long to wait for another process that has the embedded warehouse open."""

    @field_validator("database")
    @classmethod
    def _not_of_clickhouse(cls, value: str) -> str:
        if value.lower() in _OF_CLICKHOUSE:
            raise ValueError("it is ClickHouse's own database, which takes no tables; name another, such as market")
        return value

    @field_validator("host")
    @classmethod
    def _host_alone(cls, value: str | None) -> str | None:
        return None if value is None else clickhouse_host(value)


FRESH_WITHIN = {Interval.M5: 36, Interval.M15: 12, Interval.H1: 3, Interval.H4: 8, Interval.D1: 2}
"""Three hours where the hourly DAG reads, a day and some hours more where the daily one does."""


def fresh_within(interval: Interval, hourly_every_hours: int) -> int:
    """The bound for an interval of the hourly lane that bears one missed run, and an hour."""
    return (2 * hourly_every_hours + 1) * 3600 // interval.seconds


class Alarms(_Section):
    """When an alarm is raised: in `./oi status`, by the checks that end the DAGs, and to `notify_url`."""

    fresh_within: dict[Interval, Count] = FRESH_WITHIN
    """Maximum age, in intervals, of the newest row of a series that is kept current."""
    hole_hours: Hours = 24
    """Maximum age of a hole that scheduled runs reach back to."""
    recent_days: int = Field(3, ge=1, le=365)
    """Days for which rows in quarantine, refusals and possibly clipped answers are reported."""
    quarantine_share: Share = 0.05
    """Maximum share of bad rows of a series that has `quality.min_rows_to_block` rows."""
    pace_after_days: float = Field(5, gt=0, le=31)
    """Days of the billing cycle before its spending is projected to its end."""
    unexplained_credits: Credits = 100
    """Credits a day that the account may use without the ledger."""
    charge_tolerance: float = Field(0.05, ge=0, le=1)
    """A charge may differ from the price table by this share of it."""
    stuck_hours: Hours = 6
    """Maximum hours that an unfinished window may wait."""
    refusals: Count = 3
    """Refusals before a stream is reported."""
    notify_url: SecretStr | None = None
    """A webhook that takes `{"text": ...}`: a chat, or what sends mail. None: alarms go to the log only."""

    @field_validator("fresh_within")
    @classmethod
    def _every_interval(cls, value: dict[Interval, int]) -> dict[Interval, int]:
        return {**FRESH_WITHIN, **value}

    @field_validator("notify_url")
    @classmethod
    def _http(cls, value: SecretStr | None) -> SecretStr | None:
        return None if value is None else SecretStr(webhook(value.get_secret_value()))


class Settings(_Section):
    """Everything a run needs to know; build it with `load_settings`."""

    home: Path
    series: WantedSeries = WantedSeries()
    api: Api = Api()
    prices: Prices = Prices()
    budget: Budget = Budget()
    plan: PlanSettings = PlanSettings()
    schedule: ScheduleSettings = ScheduleSettings()
    quality: Quality = Quality()
    warehouse: WarehouseSettings = WarehouseSettings()
    alarms: Alarms = Alarms()
    ledger_url: Text = Field("", repr=False)
    """May hold a password, so it is not shown."""
    landing_url: Text = Field("", repr=False)

    @model_validator(mode="before")
    @classmethod
    def _places_under_home(cls, data: dict[str, Any]) -> dict[str, Any]:
        home = data.get("home")
        if isinstance(home, Path):
            ledger = (home / "ledger.db").as_uri().removeprefix("file://")
            data.setdefault("ledger_url", f"sqlite:///{ledger}")
            data.setdefault("landing_url", (home / "landing").as_uri())
        return data

    @field_validator("ledger_url")
    @classmethod
    def _ledger_file(cls, value: str) -> str:
        return ledger_url(value)

    @field_validator("landing_url")
    @classmethod
    def _landing_zone(cls, value: str) -> str:
        return landing_url(value)

    @model_validator(mode="after")
    def _alarms_bear_the_schedule(self) -> Settings:
        hours = self.schedule.hourly_every_hours
        for interval in (one for one in HOURLY_INTERVALS if one in self.series.intervals):
            if self.alarms.fresh_within[interval] * interval.seconds <= hours * 3600:
                raise ValueError(
                    f"alarms.fresh_within would always alarm: {self.alarms.fresh_within[interval]} intervals of "
                    f"{interval} are no more than the {hours} hours of schedule.hourly_every_hours; "
                    f"set {interval} to {fresh_within(interval, hours)}"
                )
        return self


def load_settings(environment: Mapping[str, str] | None = None, file: Path | None = None) -> Settings:
    """Reads `pipeline.yaml` (or OI_CONFIG, or `file`) and the environment.

    Raises SettingsError with every problem listed, each with the place to correct it.
    """
    env = os.environ if environment is None else environment
    path = file or settings_file(env, ROOT / "pipeline.yaml")
    data = _sections(path)
    problems = override(data, env)
    data["home"] = folder_of(env, ROOT / ".oi")
    settings: Settings | None = None
    try:
        settings = Settings(**data)
    except ValidationError as error:
        problems += problem_lines(error, env)
    if settings is not None:
        problems += _engine_problems(settings)
        problems += network_problems(api_root(settings.api.base_url), env)
    if settings is None or problems:
        lines = "\n".join(f"  {problem}" for problem in problems)
        raise SettingsError(f"{len(problems)} problem(s) in the settings ({path} and the environment):\n{lines}")
    return settings


def _engine_problems(settings: Settings) -> list[str]:
    """The embedded engine takes what follows a question mark in its path for options."""
    if settings.warehouse.host is not None or "?" not in str(settings.home):
        return []
    return [f"OI_HOME: the embedded warehouse cannot be kept in {settings.home}: set it to a folder without ?"]


def _sections(path: Path) -> dict[str, Any]:
    """The file's sections, none where the project's own file is not there; an empty section has the defaults."""
    from include.configuration.yaml_file import read_yaml

    if path == ROOT / "pipeline.yaml" and not path.exists():
        return {}
    data = {name: section for name, section in read_yaml(path).items() if section is not None}
    data.pop("home", None)
    return data
