"""From options to a scope; what the options leave out comes from the settings."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, TypeVar

import typer

from include.cli.options import read_instant, read_interval, read_source
from include.configuration.text import clean_symbol
from include.domain.clock import EPOCH, iso, utc_now
from include.planning.windows.askable_range import in_future, not_storable

if TYPE_CHECKING:
    from include.pipeline.scope.scope import Scope
    from include.settings import Settings

T = TypeVar("T")


def chosen_scope(
    settings: Settings,
    symbols: list[str] | None,
    sources: list[str] | None,
    intervals: list[str] | None,
    start: str | None,
    end: str | None,
) -> Scope:
    """The scope that the options name; the settings give the rest, and the look-back the times."""
    from include.pipeline.scope.scope import scope_of

    begin, until = chosen_range(settings, start, end)
    try:
        return scope_of(
            settings,
            start=begin,
            end=until,
            symbols=_unique(read_symbol(symbol) for symbol in symbols or ()),
            sources=_unique(read_source(source) for source in sources or ()),
            intervals=_unique(read_interval(interval) for interval in intervals or ()),
        )
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None


def chosen_range(settings: Settings, start: str | None, end: str | None) -> tuple[datetime, datetime]:
    """`[from, to)`; without `to` it ends now, without `from` it starts the look-back before its end.

    A usage error where the warehouse could not hold it, or where all of it lies in the future.
    """
    now = utc_now()
    until = read_instant(end, "--to") if end else now.replace(microsecond=0)
    _refuse("--to", not_storable(EPOCH, until))
    lookback = timedelta(days=max(1, settings.plan.lookback_days))
    begin = read_instant(start, "--from") if start else EPOCH + max(timedelta(), until - EPOCH - lookback)
    _refuse("--from", not_storable(begin, until))
    in_order(begin, until)
    _refuse("--from", in_future(begin, now))
    return begin, until


def _refuse(option: str, problem: str | None) -> None:
    if problem:
        raise typer.BadParameter(problem, param_hint=option)


def in_order(begin: datetime, until: datetime) -> None:
    """A usage error unless `begin` comes first."""
    if begin >= until:
        raise typer.BadParameter(
            f"{iso(begin)} is not before --to {iso(until)}; give a range whose start comes first", param_hint="--from"
        )


def read_symbol(text: str) -> str:
    """The symbol that an option names."""
    try:
        return clean_symbol(text)
    except ValueError as error:
        raise typer.BadParameter(f"{error}; for example --symbol BTC", param_hint="--symbol") from None


def _unique(values: Iterable[T]) -> tuple[T, ...]:
    return tuple(dict.fromkeys(values))
