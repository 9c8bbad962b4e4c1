"""The metrics in Prometheus' text format."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from hmac import compare_digest
from typing import Annotated

from airflow.api_fastapi.core_api.security import get_user
from fastapi import APIRouter, Depends, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import PlainTextResponse
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4
from prometheus_client.registry import Collector

from include.settings import load_settings
from oi_airflow.pages import access, reads

PREFIX = "open_interest"
Bearer = Annotated[HTTPAuthorizationCredentials | None, Depends(HTTPBearer(auto_error=False))]


async def may_scrape(request: Request, bearer: Bearer) -> None:
    """Requires the word of OI_METRICS_TOKEN, else a user who may read the pages: Prometheus cannot renew a login."""
    token = load_settings().alarms.metrics_token
    if token and bearer and compare_digest(bearer.credentials.encode(), token.get_secret_value().encode()):
        return
    user = await get_user(request, None, bearer)
    await run_in_threadpool(access.may_read, request, user)


router = APIRouter(dependencies=[Depends(may_scrape)])


class LedgerCollector(Collector):
    """Reads the figures on request."""

    def collect(self) -> Iterator[Metric]:
        """The pipeline's metrics, and alarms by name and severity."""
        for one in reads.metrics():
            family = CounterMetricFamily if one.kind == "counter" else GaugeMetricFamily
            names = sorted({name for sample in one.samples for name in sample.labels})
            found = family(f"{PREFIX}_{one.name}", one.help, labels=names)
            for sample in one.samples:
                found.add_metric([sample.labels[name] for name in names], sample.value)
            yield found
        alarms = GaugeMetricFamily(f"{PREFIX}_alarms", "Alarms by the ledger.", labels=["alarm", "severity"])
        for (name, severity), count in Counter((one.name, one.severity.value) for one in reads.alarms()).items():
            alarms.add_metric([name, severity], count)
        yield alarms


@router.get("/metrics", response_class=PlainTextResponse, tags=["open interest"])
def metrics() -> PlainTextResponse:
    """Credits, requests, rows, waits, freshness and gaps by lane, and alarms, for Prometheus."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(LedgerCollector())
    return PlainTextResponse(generate_latest(registry), media_type=CONTENT_TYPE_PLAIN_0_0_4)
