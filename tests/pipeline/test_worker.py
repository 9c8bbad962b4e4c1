from __future__ import annotations

from pathlib import Path

from include.pipeline.worker import _read_settings, _write_settings
from include.settings import load_settings

SECRETS = {
    "KWERY_API_KEY": "kwery_test_business_hidden",
    "CLICKHOUSE_PASSWORD": "hidden-word",
    "OI_NOTIFY_URL": "https://hooks.example.com/hidden",
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
            "alarms": settings.alarms.model_copy(update={"notify_url": None}),
        }
    )
