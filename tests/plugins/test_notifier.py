from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from oi_airflow.notifier import LONGEST_TEXT, FailedTask, NotifyError, webhook
from tests.plugins.webhook import Webhook, listening

KEY = "kwery_live_never_to_be_shown"
TASK = SimpleNamespace(dag_id="open_interest_hourly", task_id="extract", run_id="scheduled__2026-03-07T10:05:00+00:00")


@pytest.fixture
def chat(monkeypatch: pytest.MonkeyPatch) -> Iterator[Webhook]:
    with listening() as started:
        monkeypatch.setenv("OI_NOTIFY_URL", started.url)
        monkeypatch.setenv("NO_PROXY", "127.0.0.1")
        yield started


def context(error: str | None = "BTC 5m: the budget is used up; raise budget.monthly_credits", **more: Any) -> Any:
    return {"task_instance": TASK, "exception": RuntimeError(error) if error else None, **more}


def test_a_failed_task_is_reported_with_its_own_sentence(chat: Webhook) -> None:
    mapped = SimpleNamespace(**vars(TASK), rendered_map_index="BTC 5m 15m 1h")
    FailedTask()(context(task_instance=mapped))
    [text] = chat.texts
    assert text.startswith("open_interest_hourly: extract (BTC 5m 15m 1h) failed in scheduled__2026-03-07T10:05:00")
    assert "raise budget.monthly_credits" in text


def test_the_triggerer_reports_the_same(chat: Webhook) -> None:
    import asyncio

    async def notify() -> None:
        await FailedTask(context())

    asyncio.run(notify())
    assert "raise budget.monthly_credits" in chat.texts[0]


def test_a_task_whose_process_was_killed_is_reported(chat: Webhook) -> None:
    FailedTask()(context(error=None))
    assert "ended without an error" in chat.texts[0]


def test_rule_7_the_key_is_not_sent(chat: Webhook, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KWERY_API_KEY", KEY)
    FailedTask()(context(f"something went wrong with {KEY} in it"))
    assert "something went wrong with" in chat.texts[0]
    assert KEY not in chat.texts[0]


def test_a_text_too_long_for_a_chat_is_shortened(chat: Webhook) -> None:
    FailedTask()(context("x" * 10_000))
    assert len(chat.texts[0]) == LONGEST_TEXT
    assert chat.texts[0].endswith("...")


def test_without_a_webhook_the_sentence_is_logged_with_the_variable_to_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OI_NOTIFY_URL", raising=False)
    logged: list[str] = []
    notifier = FailedTask()
    monkeypatch.setattr(notifier.log, "warning", lambda text, *parts: logged.append(text % parts))
    notifier(context())
    assert "raise budget.monthly_credits" in logged[0]
    assert "OI_NOTIFY_URL" in logged[0]


def test_a_webhook_that_refuses_is_reported_without_its_address(
    chat: Webhook, caplog: pytest.LogCaptureFixture
) -> None:
    chat.answers = 410
    with caplog.at_level(logging.DEBUG), pytest.raises(NotifyError, match="answered 410") as caught:
        FailedTask()(context())
    assert "s3cret" not in str(caught.value) + caplog.text


def test_a_webhook_that_cannot_be_reached_is_reported_without_its_address(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with listening() as gone:
        monkeypatch.setenv("OI_NOTIFY_URL", gone.url)
    with pytest.raises(NotifyError, match="cannot be reached") as caught:
        FailedTask()(context())
    assert "s3cret" not in str(caught.value)


def test_wrong_settings_are_still_reported(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "broken.yaml").write_text("budget: {monthly: 3}\n")
    monkeypatch.setenv("OI_CONFIG", str(tmp_path / "broken.yaml"))
    monkeypatch.setenv("OI_NOTIFY_URL", "https://hooks.example.com/x")
    assert webhook() == "https://hooks.example.com/x"


def test_the_settings_file_may_name_the_webhook(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "pipeline.yaml").write_text("alarms:\n  notify_url: https://hooks.example.com/y\n")
    monkeypatch.setenv("OI_CONFIG", str(tmp_path / "pipeline.yaml"))
    monkeypatch.delenv("OI_NOTIFY_URL", raising=False)
    assert webhook() == "https://hooks.example.com/y"
