from __future__ import annotations

import logging

import pytest

from include.pipeline.progress import Progress
from oi_airflow.read_progress import EVERY_SECONDS, ReadProgress


def test_progress_is_logged_now_and_then(caplog: pytest.LogCaptureFixture) -> None:
    moments = iter([0.0, 1.0, EVERY_SECONDS, EVERY_SECONDS, EVERY_SECONDS + 1])
    said = ReadProgress(lambda: next(moments))
    with caplog.at_level(logging.INFO, logger="open_interest"):
        for requests in (1, 2, 3):
            said(Progress("reading", 1, 9, requests, 100 * requests, 350 * requests))
    assert caplog.messages == ["reading: 1 of 9 windows read; 200 rows for 700 credits in 2 requests so far"]
