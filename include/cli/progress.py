"""Progress of a running command: one moving line on a terminal, nothing in a pipe."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from include.cli.console import messages
from include.domain.display import shown_line

if TYPE_CHECKING:
    from include.pipeline.progress import OnProgress, Progress


@contextmanager
def shown_progress(*, quiet: bool) -> Iterator[OnProgress | None]:
    """Yields a callback that draws the bar, or None where stderr is not a terminal."""
    console = messages()
    if quiet or not console.is_terminal:
        yield None
        return
    from rich import progress as bars

    bar = bars.Progress(
        bars.SpinnerColumn(),
        bars.TextColumn("{task.description:<11}"),
        bars.BarColumn(),
        bars.TextColumn("{task.fields[figures]}", markup=False),
        bars.TimeElapsedColumn(),
        console=console,
        transient=True,
    )
    with bar:
        task = bar.add_task("planning", total=None, figures="")

        def show(seen: Progress) -> None:
            bar.update(
                task,
                description=seen.stage,
                completed=seen.windows_done,
                total=seen.windows or None,
                figures=_figures(seen),
            )

        yield show


def _figures(seen: Progress) -> str:
    return f"{seen.requests:,} requests  {seen.rows:,} rows  {seen.credits:,} credits  {shown_line(seen.label)}"
