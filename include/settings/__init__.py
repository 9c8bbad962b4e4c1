"""The one settings surface: `pipeline.yaml`, then the environment on top, with every problem listed at once.

Each section of the file has a module of its name here.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import Field, ValidationError, field_validator, model_validator

from include.configuration.addresses import landing_url, ledger_url
from include.configuration.errors import SettingsError
from include.configuration.problems import problem_lines
from include.configuration.unquoted import Text
from include.configuration.variables import folder_of, network_problems, override, refuse_in_file, settings_file
from include.kwery.query import api_root
from include.settings.alarms import Alarms, fresh_within
from include.settings.api import Api
from include.settings.budget import Budget
from include.settings.fields import Section
from include.settings.plan import PlanSettings
from include.settings.prices import Prices
from include.settings.quality import Quality
from include.settings.schedule import HOURLY_INTERVALS, ScheduleSettings
from include.settings.series import WantedSeries
from include.settings.warehouse import WarehouseSettings

ROOT = Path(__file__).resolve().parents[2]
"""The project's folder."""


class Settings(Section):
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
    """The ledger's database, SQLite in OI_HOME or PostgreSQL; it may hold a password, so it is not shown."""
    landing_url: Text = Field("", repr=False)
    """Where pages are landed: a folder (file:///path) or an object store (s3://bucket/prefix)."""

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
    def _alarms_fit_the_schedule(self) -> Settings:
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
    problems = refuse_in_file(data) + override(data, env)
    data["home"] = folder_of(env, ROOT / ".oi")
    settings: Settings | None = None
    try:
        settings = Settings(**data)
    except ValidationError as error:
        problems += problem_lines(error, Settings, env)
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
    return {name: section for name, section in read_yaml(path).items() if section is not None}
