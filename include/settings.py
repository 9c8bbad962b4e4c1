"""The one settings surface: `pipeline.yaml`, then the environment on top, with every problem listed at once."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError, field_validator, model_validator

from include.kwery.api_key import ApiKey
from include.kwery.contract import MAX_LIMIT, SOURCES, Interval
from include.kwery.question import api_root
from include.shown import ShownError

ROOT = Path(__file__).resolve().parent.parent
DEFAULT_BASE_URL = "https://kwery-api.com"
Lane = Literal["hourly", "daily", "backfill"]
LANES: tuple[Lane, ...] = get_args(Lane)
HOURLY_INTERVALS = (Interval.M5, Interval.M15, Interval.H1)
"""What the hourly lane reads; the daily lane reads 4h and 1d, and heals all five."""
Share = Annotated[float, Field(gt=0, le=1)]
Credits = Annotated[int, Field(ge=0)]
IDENTIFIER = r"^[A-Za-z_][A-Za-z0-9_]*$"
"""A name that SQL takes without quotes."""
SHARE_TOLERANCE = 1e-9
"""0.5 + 0.1 + 0.35 + 0.05 is not exactly 1 in binary."""


class SettingsError(ShownError):
    """The settings do not hold together; the message lists every problem, one a line."""


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class SymbolGroup(_Section):
    """Symbols that are wanted on other sources or at other intervals than the rest; an empty list: as the rest."""

    symbols: list[str]
    sources: list[str] = []
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

    symbols: list[str] = ["BTC", "ETH", "SOL"]
    sources: list[str] = list(SOURCES)
    intervals: list[Interval] = list(Interval)
    groups: list[SymbolGroup] = []
    """The first group that holds a symbol decides its sources and intervals; a name wins over a pattern."""
    listing_hours: int = Field(1, ge=1, le=168)
    """The vendor's list of symbols (free) is read at most once in so many hours, and only where there are patterns."""
    silent_days: float = Field(7, gt=0)
    """A symbol found by a pattern that had no row for so long is dead: it is asked no more."""
    refusals: int = Field(3, ge=1)
    """A symbol that the vendor refused so often as unknown is asked no more until the list changes."""
    derive: bool = False
    """Read 15m, 1h, 4h and 1d off the stored 5m snapshots where the vendor's own values are proven to equal them."""
    derive_proof_buckets: int = Field(20, ge=1)
    """Proven means: at least so many final buckets of the series were compared in turn, and all were equal ..."""
    derive_proof_days: int = Field(2, ge=1, le=30)
    """... and the newest of them lie no further back than so many days."""
    derive_sample_buckets: int = Field(6, ge=1, le=96)
    """How many final buckets, a day's at most, the daily lane buys of each derived interval to prove it anew."""

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
    if any(not symbol.strip("! ") for symbol in value):
        raise ValueError("a symbol must not be empty")
    if value and all(symbol.startswith("!") for symbol in value):
        raise ValueError("only takes symbols out; name at least one, or a pattern such as KXFED-*")
    return _unique(value)


def _unique(value: list[str]) -> list[str]:
    if not value:
        raise ValueError("needs at least one entry")
    return list(dict.fromkeys(value))


def _known(sources: list[str]) -> list[str]:
    unknown = sorted(set(sources) - set(SOURCES))
    if unknown:
        raise ValueError(f"unknown source {', '.join(unknown)}; known are {', '.join(SOURCES)}")
    return sources


class Api(_Section):
    """How the vendor is reached."""

    base_url: str = DEFAULT_BASE_URL
    key: SecretStr | None = None
    auth: Literal["header", "api-key", "api_key"] = "header"
    connect_timeout_seconds: float = Field(10, gt=0)
    read_timeout_seconds: float = Field(30, gt=0)
    total_timeout_seconds: float = Field(120, gt=0)
    """For a whole answer: the read time-out bounds each part of it only."""
    concurrency: int = Field(16, ge=1, le=32)
    """16 windows at a time use 20 requests a second as long as an answer takes at most 0.7 s."""
    attempts: int = Field(4, ge=1, le=20)
    max_wait_seconds: float = Field(60, gt=0)
    """The longest single wait inside a run; a longer Retry-After stops the run cleanly instead."""
    row_cap: int = Field(MAX_LIMIT, ge=1, le=MAX_LIMIT)
    """Rows a page, never above the plan's own cap."""
    max_row_bytes: int = Field(2000, ge=200, le=100_000)
    """A page larger than this for each row of its limit (and 256 KB for what stands beside them) is not read."""

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

    base_credits: Credits = 50
    per_row_credits: Credits = 3

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
    """In the last so many days of the cycle, what hourly and daily runs will not need flows to backfill."""
    heal_credits: Credits = 50_000
    """What one run may spend on holes and late rows before its own interval; the rest is left to the next run."""

    @model_validator(mode="after")
    def _shares_add_up(self) -> Budget:
        shares = {**dict(self.lane_shares), "reserve_share": self.reserve_share}
        if sum(shares.values()) > 1 + SHARE_TOLERANCE:
            told = ", ".join(f"{name} {share:g}" for name, share in shares.items())
            raise ValueError(
                f"lane_shares and reserve_share together are {sum(shares.values()):g} of the allowance, and 1 is all "
                f"there is ({told}): lower one of them"
            )
        return self


class Plan(_Section):
    """How wanted time becomes windows."""

    lookback_days: int = Field(3, ge=0, le=3660)
    """How far back from its own time a run heals holes and late rows, and one run more; 0: not at all."""
    provisional_buckets: dict[Interval, Annotated[int, Field(ge=0, le=100)]] = dict.fromkeys(Interval, 1)
    """A bucket is final this many intervals after it closed; until then it is re-read as it changes phase."""
    window_pages: int = Field(20, ge=1, le=1000)
    """A window holds at most so many full pages."""
    recheck_gap_hours: float = Field(24, ge=0)
    """A stretch that answered empty is asked a second time after so long; empty twice is proven empty."""


class Schedule(_Section):
    """When the DAGs run."""

    hourly_every_hours: Literal[1, 2, 3, 4, 6, 8, 12, 24] = 1
    """The hourly DAG reads that many hours at once; rarer runs cost fewer requests and leave the newest row older."""


class Quality(_Section):
    """Bounds of the rules."""

    max_open_interest: float = Field(1e15, gt=0)
    max_open_interest_usd: float = Field(1e15, gt=0)
    max_bad_share: Share = 0.5
    """More bad rows than this share blocks a series in a batch ..."""
    min_rows_to_block: int = Field(20, ge=1)
    """... once it has at least so many rows there."""
    implied_price_band: float = Field(5.0, gt=1)
    """usd / oi may differ from its series' median by this factor before a unit change is suspected (warning)."""
    restatement_share: Share = 0.05
    """A restated value that differs by more than this share of the one before is told with both values."""
    symbol_aliases: dict[str, str] = {}
    """Row symbols that stand for an asked one, such as BTCUSDT: BTC."""


class Warehouse(_Section):
    """Where ClickHouse is: a server when `host` is set, else chDB inside OI_HOME."""

    host: str | None = None
    port: int = Field(8123, ge=1, le=65535)
    user: str = "default"
    password: SecretStr = SecretStr("")
    secure: bool = False
    reader_user: str = Field("reader", pattern=IDENTIFIER)
    """Who BI tools are: a user that may only read the marts."""
    reader_password: SecretStr = SecretStr("")
    admin_user: str | None = None
    """Who makes users and roles in `./oi grant`; without one, `user` must be allowed to."""
    admin_password: SecretStr = SecretStr("")
    database: str = Field("market", pattern=IDENTIFIER)
    cluster: str | None = Field(None, pattern=IDENTIFIER)
    """The server's name for the cluster that holds the tables; None: the server alone."""
    batch_rows: int = Field(250_000, ge=1)
    """Rows validated and published together."""
    lock_timeout_seconds: float = Field(300, gt=0)
    """How long to wait for another process that has the embedded warehouse open."""


FRESH_WITHIN = {Interval.M5: 36, Interval.M15: 12, Interval.H1: 3, Interval.H4: 8, Interval.D1: 2}
"""Three hours where the hourly DAG reads, a day and some hours more where the daily one does."""


def fresh_within(interval: Interval, hourly_every_hours: int) -> int:
    """The bound for an interval of the hourly lane that bears one missed run, and an hour."""
    return (2 * hourly_every_hours + 1) * 3600 // interval.seconds


class Alarms(_Section):
    """When something is told as an alarm: by `./oi status`, by the checks that end the DAGs, to `notify_url`."""

    fresh_within: dict[Interval, Annotated[int, Field(ge=1)]] = FRESH_WITHIN
    """The newest row of a series that is kept current may have closed at most so many intervals ago."""
    hole_hours: float = Field(24, gt=0)
    """A hole that runs reach back to and that is older than this should have been healed."""
    recent_days: int = Field(3, ge=1, le=365)
    """For so long rows in quarantine, refusals and possibly clipped answers are told."""
    quarantine_share: Share = 0.05
    """A series may have at most this share of bad rows, once it has `quality.min_rows_to_block`."""
    pace_after_days: float = Field(5, gt=0, le=31)
    """The billing cycle's spending is projected to its end once so many days of it passed."""
    unexplained_credits: Credits = 100
    """The account may use so many credits a day that the ledger did not spend."""
    charge_tolerance: float = Field(0.05, ge=0, le=1)
    """A charge may differ from the price table by this share of it."""
    stuck_hours: float = Field(6, gt=0)
    """A window with work left may wait so long for somebody to do it."""
    refusals: int = Field(3, ge=1)
    """A stream that was refused so often is told."""
    notify_url: SecretStr | None = None
    """A webhook that takes `{"text": ...}`: a chat, or what sends mail. None: alarms go to the log only."""

    @field_validator("fresh_within")
    @classmethod
    def _every_interval(cls, value: dict[Interval, int]) -> dict[Interval, int]:
        return {**FRESH_WITHIN, **value}

    @field_validator("notify_url")
    @classmethod
    def _http(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and not value.get_secret_value().startswith(("http://", "https://")):
            raise ValueError("the webhook's address must begin with http:// or https://")
        return value


class Settings(_Section):
    """Everything a run needs to know; build it with `load_settings`."""

    home: Path
    series: WantedSeries = WantedSeries()
    api: Api = Api()
    prices: Prices = Prices()
    budget: Budget = Budget()
    plan: Plan = Plan()
    schedule: Schedule = Schedule()
    quality: Quality = Quality()
    warehouse: Warehouse = Warehouse()
    alarms: Alarms = Alarms()
    ledger_url: str = Field("", repr=False)
    """May hold a password, so it is not shown."""
    landing_url: str = Field("", repr=False)

    @model_validator(mode="before")
    @classmethod
    def _places_under_home(cls, data: dict[str, Any]) -> dict[str, Any]:
        home = data.get("home")
        if isinstance(home, Path):
            ledger = (home / "ledger.db").as_uri().removeprefix("file://")
            data.setdefault("ledger_url", f"sqlite:///{ledger}")
            data.setdefault("landing_url", (home / "landing").as_uri())
        return data

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


ENVIRONMENT: dict[str, tuple[str, ...]] = {
    "KWERY_API_KEY": ("api", "key"),
    "KWERY_BASE_URL": ("api", "base_url"),
    "KWERY_AUTH": ("api", "auth"),
    "CLICKHOUSE_HOST": ("warehouse", "host"),
    "CLICKHOUSE_PORT": ("warehouse", "port"),
    "CLICKHOUSE_USER": ("warehouse", "user"),
    "CLICKHOUSE_PASSWORD": ("warehouse", "password"),
    "CLICKHOUSE_SECURE": ("warehouse", "secure"),
    "CLICKHOUSE_CLUSTER": ("warehouse", "cluster"),
    "CLICKHOUSE_READER_USER": ("warehouse", "reader_user"),
    "CLICKHOUSE_READER_PASSWORD": ("warehouse", "reader_password"),
    "CLICKHOUSE_ADMIN_USER": ("warehouse", "admin_user"),
    "CLICKHOUSE_ADMIN_PASSWORD": ("warehouse", "admin_password"),
    "CLICKHOUSE_DATABASE": ("warehouse", "database"),
    "LEDGER_URL": ("ledger_url",),
    "OI_LEDGER_URL": ("ledger_url",),
    "OI_LANDING_URL": ("landing_url",),
    "OI_MONTHLY_CREDITS": ("budget", "monthly_credits"),
    "OI_RUN_CREDITS": ("budget", "run_credits"),
    "OI_NOTIFY_URL": ("alarms", "notify_url"),
}
"""Each environment variable and the setting that it overrides, the later ones first; an empty value is not set."""
OTHER_NAMES = ("LEDGER_URL",)
"""Read as well, since people write them; pages and messages have the one with `OI_`, which wins."""


def load_settings(environment: Mapping[str, str] | None = None, file: Path | None = None) -> Settings:
    """Reads `pipeline.yaml` (or OI_CONFIG, or `file`) and the environment.

    Raises SettingsError with every problem listed, each with the place to mend it.
    """
    env = os.environ if environment is None else environment
    path = file or Path(env.get("OI_CONFIG") or ROOT / "pipeline.yaml")
    data = _read(path)
    for name, keys in ENVIRONMENT.items():
        if env.get(name):
            _put(data, keys, env[name])
    data["home"] = Path(env.get("OI_HOME") or ROOT / ".oi").expanduser().resolve()
    try:
        return Settings(**data)
    except ValidationError as error:
        raise SettingsError(_problems(error, path)) from None


def _read(path: Path) -> dict[str, Any]:
    import yaml

    if not path.exists():
        if path == ROOT / "pipeline.yaml":
            return {}
        raise SettingsError(f"settings file {path} does not exist; correct OI_CONFIG or remove it")
    try:
        data = yaml.safe_load(path.read_text()) or {}
    except yaml.YAMLError as error:
        raise SettingsError(f"{path} is not valid YAML: {error}") from None
    if not isinstance(data, dict):
        raise SettingsError(f"{path} must hold sections such as `series:` and `budget:`, not a {type(data).__name__}")
    data.pop("home", None)
    return data


def _put(data: dict[str, Any], keys: tuple[str, ...], value: str) -> None:
    for key in keys[:-1]:
        if not isinstance(data.get(key), dict):
            data[key] = {}
        data = data[key]
    data[keys[-1]] = value


def _problems(error: ValidationError, path: Path) -> str:
    variables = {keys: name for name, keys in ENVIRONMENT.items()}
    lines = []
    for problem in error.errors(include_input=False, include_url=False):
        keys = tuple(str(part) for part in problem["loc"])
        variable = variables.get(keys)
        place = f"{'.'.join(keys)}{f' ({variable})' if variable else ''}: " if keys else ""
        lines.append(f"  {place}{problem['msg']}")
    return f"{len(lines)} problem(s) in the settings ({path} and the environment):\n" + "\n".join(lines)
