from __future__ import annotations

import atexit
import contextlib
import logging
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from airflow.sdk.observability import stats

from include.domain.market import Interval
from include.pipeline.monitoring.metrics import metrics
from include.settings import Settings
from oi_airflow.metrics import send_metrics
from tests.pipeline.conftest import run_steps, scope, settings, settings_for, vendor  # noqa: F401 - fixtures


class Sent:
    """Stands for the sender that `[metrics]` configures."""

    def __init__(self) -> None:
        self.gauges: dict[str, tuple[float, dict[str, str]]] = {}
        self.fails = False

    def gauge(self, stat: str, value: float, *, tags: dict[str, str] | None = None, **_: Any) -> None:
        if self.fails:
            raise OSError("no route to host")
        self.gauges[stat] = (value, tags or {})


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> Iterator[Sent]:
    found = Sent()
    monkeypatch.setenv("AIRFLOW__METRICS__OTEL_ON", "True")
    stats.initialize(factory=lambda: found, export_legacy_names=False)  # type: ignore[arg-type,return-value] # all that is called
    yield found
    stats.initialize(factory=_none, export_legacy_names=False)


def _never(_: Settings) -> None:
    raise AssertionError("nobody receives it")


def _none() -> Any:
    from airflow.sdk._shared.observability.metrics.base_stats_logger import NoStatsLogger

    return NoStatsLogger()


def test_every_figure_is_sent_with_its_lane_in_name_and_tags(
    settings: Settings,  # noqa: F811 - a fixture
    sent: Sent,
) -> None:
    done = run_steps(settings, scope(settings, Interval.H1), lane="hourly")
    send_metrics(settings)

    assert sent.gauges["open_interest.hourly.credits_spent"] == (done.credits, {"lane": "hourly"})
    assert sent.gauges["open_interest.hourly.kalshi.1h.gap_buckets"][0] == 0
    assert len(sent.gauges) == sum(len(metric.samples) for metric in metrics(settings)), "no two share a name"


def test_metrics_that_cannot_be_sent_fail_nothing_and_are_logged(
    settings: Settings,  # noqa: F811 - a fixture
    sent: Sent,
    caplog: pytest.LogCaptureFixture,
) -> None:
    sent.fails = True
    with caplog.at_level(logging.WARNING, "open_interest"):
        send_metrics(settings)
    assert "metrics were not sent: OSError: no route to host" in caplog.text


def test_without_a_receiver_the_ledger_is_not_read(
    sent: Sent,
    monkeypatch: pytest.MonkeyPatch,
    settings: Settings,  # noqa: F811 - a fixture
) -> None:
    monkeypatch.setenv("AIRFLOW__METRICS__OTEL_ON", "False")
    monkeypatch.setattr("include.pipeline.monitoring.metrics.metrics", _never)
    send_metrics(settings)
    assert sent.gauges == {}


def test_a_collector_of_opentelemetry_receives_them(
    settings: Settings,  # noqa: F811 - a fixture
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """With Airflow's own sender, which flushes when the process of a task ends."""
    from airflow.sdk._shared.observability.metrics.otel_logger import flush_otel_metrics
    from airflow.sdk.observability.metrics.stats_utils import get_stats_factory
    from opentelemetry.metrics import get_meter_provider

    with collector() as (port, bodies):
        for name, value in (("OTEL_ON", "True"), ("OTEL_HOST", "127.0.0.1"), ("OTEL_PORT", str(port))):
            monkeypatch.setenv(f"AIRFLOW__METRICS__{name}", value)
        stats.initialize(factory=get_stats_factory(), export_legacy_names=False)
        send_metrics(settings)
        flush_otel_metrics()
        get_meter_provider().shutdown()  # else both wait for this collector when the process ends
        atexit.unregister(flush_otel_metrics)
        stats.initialize(factory=_none, export_legacy_names=False)

    assert b"airflow.open_interest.hourly.credits_spent" in b"".join(bodies)


def test_a_server_of_statsd_receives_them(
    settings: Settings,  # noqa: F811 - a fixture
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """With the client that Airflow uses for StatsD."""
    from airflow.sdk.observability.metrics.stats_utils import get_stats_factory

    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind(("127.0.0.1", 0))
        server.setblocking(False)
        port = server.getsockname()[1]
        for name, value in (("STATSD_ON", "True"), ("STATSD_HOST", "127.0.0.1"), ("STATSD_PORT", str(port))):
            monkeypatch.setenv(f"AIRFLOW__METRICS__{name}", value)
        stats.initialize(factory=get_stats_factory(), export_legacy_names=False)
        send_metrics(settings)
        stats.initialize(factory=_none, export_legacy_names=False)
        lines = list(received(server))

    assert "airflow.open_interest.hourly.credits_spent:0|g" in lines


def received(server: socket.socket) -> Iterator[str]:
    """What waits in the socket: on loopback, all that was sent."""
    with contextlib.suppress(BlockingIOError):
        while True:
            yield server.recv(1000).decode()


@contextmanager
def collector() -> Iterator[tuple[int, list[bytes]]]:
    """A server on a free port of this machine, and the bodies that it is sent."""
    bodies: list[bytes] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            bodies.append(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Says nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_port, bodies
        server.shutdown()
