"""The embedded engine says once what its version, its zone and its 1,400 settings are: a fifth of a session's time.

Each client of clickhouse-connect asks when it is made, and the answer is always the same, unless the engine runs under
a configuration of its own. Processes that tests start ask as they always do.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

_answers: dict[tuple[object, ...], Any] = {}


@contextmanager
def introduced_once() -> Iterator[None]:
    """Inside the block clients of an engine take the answers that an earlier one got."""
    from clickhouse_connect.driver._chdbclient import ChdbClient

    ask = ChdbClient._init_common_settings

    def introduce(client: Any, zone_policy: Any) -> None:
        if "?" in client._backend.connection_string:  # a configuration of its own
            ask(client, zone_policy)
        else:
            client._apply_init_result(_answer(client, zone_policy))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ChdbClient, "_init_common_settings", introduce)
        yield


def _answer(client: Any, zone_policy: Any) -> Any:
    from clickhouse_connect.driver._backend.models import ClientConfig
    from clickhouse_connect.driver._backend.orchestration import init_sequence, run_sync

    settings = client._initial_settings or {}
    key = (zone_policy, os.environ.get("TZ"), *sorted(settings.items()))
    if key not in _answers:
        config = ClientConfig(settings=settings, timezone_policy=zone_policy)
        _answers[key] = run_sync(init_sequence(config), client._execute_operation)
    return _answers[key]
