"""Runs that cannot succeed: refused once, by one task, with one notification and nothing bought."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.crash.scheduler import DagRun, Scheduler
from tests.crash.world import DAY, World
from tests.plugins.webhook import Webhook, listening

pytestmark = pytest.mark.slow

THE_DAY = {"from": DAY[1], "to": DAY[3]}


@pytest.fixture
def chat() -> Iterator[Webhook]:
    with listening() as started:
        yield started


def trigger(
    world: World, scheduler: Scheduler, chat: Webhook, lane: str, conf: dict[str, object], **environment: str
) -> DagRun:
    webhook = {"OI_NOTIFY_URL": chat.url, "NO_PROXY": "127.0.0.1"}
    return scheduler.run(f"open_interest_{lane}", conf, {**world.environment, **webhook, **environment}, {})


def assert_refused_once(run: DagRun, chat: Webhook, task: str) -> None:
    assert run.state == "failed", run.tail
    assert [name for name, state in run.states.items() if state == "failed"] == [task], run.tail
    assert len(run.codes(task)) == 1, "no retry"
    assert len(chat.texts) == 1, chat.texts


@pytest.mark.parametrize(
    ("lane", "task", "conf", "says"),
    [
        ("backfill", "price", {**THE_DAY, "dryrun": True}, "Unknown param `dryrun`. Did you mean `dry_run`?"),
        ("backfill", "price", {**THE_DAY, "max_credits": 40}, "The smallest request of this plan needs "),
        ("backfill", "price", {**THE_DAY, "symbols": ["BTX"]}, "does not name it; did you mean BTC?"),
        ("hourly", "plan", {"dry_run": True}, "Unknown param `dry_run`."),
        ("daily", "plan", {"from": DAY[3], "to": DAY[1]}, "must lie before `to`"),
    ],
    ids=["mistyped", "cap too small", "symbol that nobody lists", "of another DAG", "range backwards"],
)
def test_params_are_refused_once_and_nothing_is_bought(
    world: World,
    scheduler: Scheduler,
    chat: Webhook,
    lane: str,
    task: str,
    conf: dict[str, object],
    says: str,
) -> None:
    run = trigger(world, scheduler, chat, lane, conf)

    assert_refused_once(run, chat, task)
    assert says in chat.texts[0]
    assert world.vendor.questions == []


def test_a_refused_key_fails_one_task_that_names_where_it_is_set(
    world: World, scheduler: Scheduler, chat: Webhook
) -> None:
    run = trigger(world, scheduler, chat, "hourly", {}, KWERY_API_KEY="a-key-that-the-vendor-does-not-know")

    assert_refused_once(run, chat, "plan")
    assert "The key set by KWERY_API_KEY is refused." in chat.texts[0]
    cause, *_, rows = (run.note or "").split("\n")
    assert rows.startswith("0 rows new, 0 restated, 0 in quarantine; 0 credits in 0 requests; incomplete")
    assert rows.endswith(": see the log of plan, which failed")
    assert cause == "plan: The key set by KWERY_API_KEY is refused."
