"""The options that several commands share, each read once, in one way, with one sentence when it is wrong."""

from __future__ import annotations

import socket
from collections.abc import Callable
from datetime import datetime
from typing import Annotated, TypeVar, cast

import typer

from include.domain.clock import parse_instant
from include.domain.market import SOURCES, Interval
from include.kwery.answers.headers import MOST
from include.settings.budget import LANES, Lane

T = TypeVar("T")

Symbols = Annotated[
    list[str] | None,
    typer.Option(
        "--symbol", metavar="SYMBOL", help="Asset or market slug, such as BTC; repeat for more. Default: pipeline.yaml."
    ),
]
Sources = Annotated[
    list[str] | None,
    typer.Option(
        "--source", metavar="SOURCE", help=f"One of {', '.join(SOURCES)}; repeat for more. Default: pipeline.yaml."
    ),
]
Intervals = Annotated[
    list[str] | None,
    typer.Option(
        "--interval", metavar="INTERVAL", help=f"One of {', '.join(Interval)}; repeat for more. Default: pipeline.yaml."
    ),
]
From = Annotated[
    str | None,
    typer.Option(
        "--from", metavar="TIME", help="Start, inclusive, UTC: 2026-03-07, 2026-03-07T04:00:00Z or Unix time."
    ),
]
To = Annotated[str | None, typer.Option("--to", metavar="TIME", help="End, exclusive, UTC. Default: now.")]
Json = Annotated[bool, typer.Option("--json", help="Write JSON and nothing else to stdout.")]
LaneName = Annotated[
    str,
    typer.Option(
        "--lane", metavar="LANE", help=f"Whose budget share pays: {', '.join(LANES)} (see budget in pipeline.yaml)."
    ),
]
MaxCredits = Annotated[
    int | None,
    typer.Option(
        "--max-credits",
        min=0,
        max=MOST,
        metavar="N",
        help="Spend at most N credits in this run, whatever the budget allows.",
    ),
]


def read_interval(text: str) -> Interval:
    """The interval that an option names."""
    return _read(Interval.parse, text, "--interval")


def read_instant(text: str, option: str) -> datetime:
    """The instant that an option names."""
    return _read(parse_instant, text, option)


def read_source(text: str) -> str:
    """The source that an option names."""
    return one_of(SOURCES, text, "--source", "source")


def read_lane(text: str) -> Lane:
    """The lane that an option names."""
    return cast(Lane, one_of(LANES, text, "--lane", "lane"))


def one_of(known: tuple[str, ...], text: str, option: str, what: str) -> str:
    """`text` when it is known; otherwise a usage error that lists what is."""
    if text not in known:
        raise typer.BadParameter(f"{what} {text!r} is not one of {', '.join(known)}", param_hint=option)
    return text


def _read(reader: Callable[[str], T], text: str, option: str) -> T:
    try:
        return reader(text)
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint=option) from None


def free_port(host: str, port: int) -> int:
    """`port`, or a free one for 0; one that is in use is a usage error before anything starts."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise typer.BadParameter(
                f"port {port} of {host} cannot be used ({error.strerror}); choose another, or --port 0 for a free one",
                param_hint="--port",
            ) from None
        return int(probe.getsockname()[1])
