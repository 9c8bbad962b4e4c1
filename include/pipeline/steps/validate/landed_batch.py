"""A batch by its landed pages alone: all that validating it needs, without the ledger."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from include.domain.market import Stream
from include.landing.store import LandingStore
from include.pipeline.steps.validate import batch_files
from include.quality.model import PageInput
from include.quality.validation import validate as validate_pages

if TYPE_CHECKING:
    from include.settings import Settings


@dataclass(frozen=True, slots=True)
class LandedFile:
    """A page in the landing zone, with the checksum of its body."""

    path: str
    sha256: str


@dataclass(frozen=True, slots=True)
class LandedWindow:
    """A window `[start, end)` with its pages, in the order in which they were read."""

    window_id: str
    stream: Stream
    start: datetime
    end: datetime
    files: list[LandedFile]


@dataclass(frozen=True, slots=True)
class LandedBatch:
    """A batch as the ledger has it; may be sent to another process as JSON."""

    batch_id: str
    windows: list[LandedWindow]


def validate_landed(settings: Settings, batch: LandedBatch) -> None:
    """Validates a batch and writes its files; a batch whose files exist is left as it is.

    Raises BodyUnreadable, RulesFailed, LandingError and PipelineError.
    """
    if not batch_files.exists(settings.home, batch.batch_id):
        result = validate_pages(batch.batch_id, list(inputs_of(settings, batch)), settings.quality)
        batch_files.write(settings.home, batch.batch_id, result)


def inputs_of(settings: Settings, batch: LandedBatch) -> Iterator[PageInput]:
    """The batch's pages with what was requested, read from the landing zone and checked against their checksums."""
    store = LandingStore(settings.landing_url)
    for window in batch.windows:
        for file in window.files:
            yield _input(store, window, file)


def _input(store: LandingStore, window: LandedWindow, file: LandedFile) -> PageInput:
    page = store.read(file.path, file.sha256).page
    return PageInput(
        page_path=file.path,
        window_id=window.window_id,
        stream=window.stream,
        start=window.start,
        end=window.end,
        received_at=page.clocks.latest,
        known_at=page.known_at,
        body=page.body,
        resumed_at=page.request.start if page.request.after is None and page.request.start > window.start else None,
    )
