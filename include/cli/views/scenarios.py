"""Scenarios that keep series current, side by side."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any

from include.cli.console import answers, say, table
from include.domain.text import counted, times


def print_scenarios(comparison: Mapping[str, Any]) -> None:
    """The page of `./oi plan --compare`."""
    say("Keeping the symbols of pipeline.yaml current for 30 days, cheapest first:")
    plans = [one["plan"] for one in comparison["allowances"]]
    numbers = ("requests", "credits", *(f"of {plan}" for plan in plans))
    columns = ("intervals", "bought", "hourly DAG", "newest row", "final row", *numbers, "")
    rows = ([*_cells(option), *_shares(option, plans), _marks(option)] for option in comparison["options"])
    answers().print(table(columns, rows, numbers=("newest row", "final row", *numbers)))
    say("Bought 5m: the others are derived from it (series.derive) where proven equal; until then they are bought too.")
    say("Newest row, final row: how old that row of the finest interval is at worst, counted from its timestamp.")
    for one in comparison["allowances"]:
        depth = "full history" if one["history_days"] is None else f"{one['history_days']} days back"
        say(f"{one['plan']}: {counted(one['credits'], 'credit')} a month, {one['limit']:,} rows a page, {depth}.")
    shares = ", ".join(f"{lane} {share:.0%}" for lane, share in comparison["lane_shares"].items())
    say(f"Fits means the whole allowance; budget.lane_shares ({shares}) must leave the hourly and daily lanes as much.")
    for option in comparison["options"]:
        _print_choice(option, comparison["naive_credits"])


def _cells(option: Mapping[str, Any]) -> Iterator[object]:
    yield " ".join(option["intervals"])
    yield "5m" if option["derived"] else "all"
    hours = option["hourly_every_hours"]
    yield None if hours is None else f"every {hours} h"
    yield _age(option["newest_age_seconds"])
    yield _age(option["final_age_seconds"])
    yield option["requests"]
    yield option["credits"]


def _shares(option: Mapping[str, Any], plans: list[str]) -> Iterator[str]:
    for plan in plans:
        share = option["plans"][plan]
        yield f"{share['of_allowance']:.1%}{'' if share['fits'] else ' no'}"


def _marks(option: Mapping[str, Any]) -> str:
    marks = ["now"] if option["present"] else []
    marks += ["cheapest as fresh"] if option["cheapest_as_fresh"] else []
    marks += [f"best in {plan}" for plan, share in option["plans"].items() if share["best"]]
    return ", ".join(marks)


def _print_choice(option: Mapping[str, Any], naive_credits: int) -> None:
    marks = _marks(option)
    if not marks:
        return
    say()
    say(f"{marks}: {option['credits']:,} credits, {times(option['credits'], naive_credits)} what the naive reader pays")
    if option["present"]:
        return
    sections: dict[str, list[str]] = defaultdict(list)
    for setting, value in option["settings"].items():
        section, name = setting.split(".")
        sections[section].append(f"{name}: {_yaml(value)}")
    for section, lines in sections.items():
        say(f"  {section}: {{{', '.join(lines)}}}")


def _yaml(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value).replace("'", "")


def _age(seconds: int) -> str:
    """`2 d 0 h 20 min`, without leading zeros."""
    age = timedelta(seconds=seconds)
    hours, minutes = divmod(age.seconds // 60, 60)
    return f"{age.days} d {hours} h {minutes:02} min" if age.days else f"{hours} h {minutes:02} min"
