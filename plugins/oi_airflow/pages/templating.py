"""HTML from the templates beside this module; whatever the vendor or a person wrote is shown as text."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader

from include.domain.clock import iso
from include.domain.display import shown_line
from include.domain.text import about, figure, named
from include.pipeline.monitoring.coverage import Gap, SeriesCalendar

TEMPLATES = Path(__file__).parent / "templates"
MOST_SYMBOLS = 20
"""More symbols than these are not named in a link: without any all are meant, and covered time costs nothing."""


def page(template: str, **values: Any) -> HTMLResponse:
    """The page or the part of a page that the template makes of the values."""
    return HTMLResponse(render(template, **values))


def render(template: str, **values: Any) -> str:
    """As `page`, as text."""
    return _environment().get_template(template).render(values)


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_shown,
    )
    environment.filters.update(about=about, figure=figure, instant=_instant, share=_share, age=_age, named=named)
    environment.globals.update(trigger=_trigger_for_day, heal=_heal)
    return environment


def _shown(value: object) -> object:
    """Texts without characters that a browser hides or that turn the direction of what follows; markup is ours."""
    return shown_line(value) if type(value) is str else value


def _instant(moment: str | datetime | None) -> str:
    """`2026-03-07 04:00`, UTC."""
    if moment is None:
        return "never"
    if isinstance(moment, datetime):
        return f"{moment:%Y-%m-%d %H:%M}"
    return moment.replace("T", " ").removesuffix(":00Z").removesuffix("Z")


def _share(part: float) -> str:
    """`97.3 %`; 100 and 0 only where they are exact."""
    if part in (0, 1):
        return f"{part:.0%}".replace("%", " %")
    return f"{min(max(100 * part, 0.1), 99.9):.1f} %"


def _age(moment: datetime | None, now: datetime) -> str:
    """How long ago, in the largest unit that says enough."""
    if moment is None:
        return "never"
    minutes = max(0, int((now - moment).total_seconds() // 60))
    if minutes < 120:
        return f"{minutes} min ago"
    return f"{minutes // 60} h ago" if minutes < 2880 else f"{minutes // 1440} days ago"


def _trigger_for_day(day: str, series: SeriesCalendar) -> str:
    """The trigger form for one day of one series."""
    end = date.fromisoformat(day) + timedelta(days=1)
    return _form(day, end.isoformat(), [series.symbol], series.source, series.interval, dry_run=True)


def _heal(gap: Gap, *, dry_run: bool) -> str:
    """The trigger form for a gap."""
    symbols = gap.symbols if len(gap.symbols) <= MOST_SYMBOLS else []
    return _form(iso(gap.start), iso(gap.end), symbols, gap.source, gap.interval, dry_run=dry_run)


def _form(start: str, end: str, symbols: list[str], source: str, interval: str, *, dry_run: bool) -> str:
    fields = {"from": start, "to": end, "symbols": ",".join(symbols), "sources": source, "intervals": interval}
    return f"trigger?{urlencode(fields | {'dry_run': str(dry_run).lower()})}"
