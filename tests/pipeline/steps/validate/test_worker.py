from __future__ import annotations

import os
from pathlib import Path

import psutil
import pytest

from include.pipeline.errors import PipelineError
from include.pipeline.steps.validate.worker import ValidationWorker, _read_settings, _write_settings
from include.settings import Settings, load_settings

SECRETS = {
    "KWERY_API_KEY": "kwery_test_business_hidden",
    "CLICKHOUSE_PASSWORD": "hidden-word",
    "OI_NOTIFY_URL": "https://hooks.example.com/hidden",
    "OI_METRICS_TOKEN": "hidden-word-of-prometheus",
}


def test_the_validation_process_gets_settings_that_hold_and_no_secret(tmp_path: Path) -> None:
    file = tmp_path / "pipeline.yaml"
    file.write_text(
        "schedule: {hourly_every_hours: 4}\nalarms: {fresh_within: {5m: 108, 15m: 36, 1h: 9}}\n"
        "quality: {max_bad_share: 0.25}\n"
    )
    settings = load_settings({"OI_HOME": str(tmp_path), **SECRETS}, file)

    line = _write_settings(settings)

    assert "hidden" not in line
    assert _read_settings(line) == settings.model_copy(
        update={
            "api": type(settings.api)(),
            "warehouse": type(settings.warehouse)(),
            "alarms": settings.alarms.model_copy(update={"notify_url": None, "metrics_token": None}),
        }
    )


def test_the_validation_process_starts_without_secrets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a process was started with stays readable in /proc; a landing zone on S3 still needs its credentials."""
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "for the landing zone")
    for name, value in SECRETS.items():
        monkeypatch.setenv(name, value)
    others = set(psutil.Process().children())
    with ValidationWorker(Settings(home=tmp_path)):
        (started,) = set(psutil.Process().children()) - others
        environment = started.environ()
    assert "hidden" not in str(environment)
    assert environment["AWS_SECRET_ACCESS_KEY"] == "for the landing zone"


def test_a_batch_sent_to_a_dead_validation_process_fails_readably(tmp_path: Path) -> None:
    others = set(psutil.Process().children())
    with pytest.raises(PipelineError, match="the validation process ended with code -9"):
        ask_once_it_is_killed(Settings(home=tmp_path), others)


def ask_once_it_is_killed(settings: Settings, others: set[psutil.Process]) -> None:
    with ValidationWorker(settings) as worker:
        (started,) = set(psutil.Process().children()) - others
        started.kill()
        os.waitid(os.P_PID, started.pid, os.WEXITED | os.WNOWAIT)
        worker.submit("a batch")
        worker.result()
