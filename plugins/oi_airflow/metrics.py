"""The ledger's figures as metrics of Airflow: StatsD, Datadog or OpenTelemetry, whichever `[metrics]` configures."""

from __future__ import annotations

from typing import TYPE_CHECKING

from airflow.sdk.configuration import conf
from airflow.sdk.observability import stats

from oi_airflow.text import warn

if TYPE_CHECKING:
    from include.pipeline.monitoring.metrics import Metric, Sample
    from include.settings import Settings

SWITCHES = ("statsd_on", "statsd_datadog_enabled", "otel_on")
PREFIX = "open_interest"


def send_metrics(settings: Settings) -> None:
    """Sends every figure as a gauge, where Airflow sends metrics at all; a failure is logged, and fails no task."""
    if not any(conf.getboolean("metrics", switch, fallback=False) for switch in SWITCHES):
        return
    from include.pipeline.monitoring.metrics import metrics

    try:
        for metric in metrics(settings):
            for sample in metric.samples:
                stats.gauge(name_of(metric, sample), sample.value, tags=sample.labels)
    except Exception as error:  # whatever the sender raises: the run is reported without metrics too
        warn([f"metrics were not sent: {type(error).__name__}: {error}"])


def name_of(metric: Metric, sample: Sample) -> str:
    """`open_interest.hourly.credits_spent`: the labels are in the name too, since plain StatsD drops tags.

    Totals are gauges as well: a retried task would count an increment twice.
    """
    labels = [sample.labels[name] for name in ("lane", "source", "interval") if name in sample.labels]
    return ".".join([PREFIX, *labels, metric.name])
