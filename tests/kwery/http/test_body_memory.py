"""Sixteen large answers at once, in a process of their own whose peak memory is measured."""

from __future__ import annotations

import gzip
import subprocess
import sys
from pathlib import Path

import pytest

from tests.kwery.scripted_server import Asked, Reply, serving
from tests.patience import PATIENCE_SECONDS

ROOT = Path(__file__).parents[2]
BOUND_MB = 1000
READ_SIXTEEN = """
import resource, sys
from concurrent.futures import ThreadPoolExecutor
from include.kwery.client import KweryClient
from include.kwery.errors import ContractBroken
from tests.kwery.pages import KEY, request

def ask(_):
    try:
        return client.page(request()).row_count
    except ContractBroken as error:
        return str(error)

with KweryClient(sys.argv[1], KEY, connections=16) as client, ThreadPoolExecutor(16) as pool:
    answers = list(pool.map(ask, range(16)))
print(sum(isinstance(answer, str) for answer in answers), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)
"""


def large() -> list[Reply]:
    """A gigabyte of zeros in a megabyte, a body without end, a million rows, and the smallest rows within the bound."""
    bomb = Reply(200, gzip.compress(bytes(10_000_000)) * 100, {"Content-Encoding": "gzip"})
    row = b'{"timestamp":"2026-03-07T00:00:00Z","open_interest":1},'
    return [
        bomb,
        Reply(body=b'{"data": [' * 1000, behaviour="endless"),
        Reply(body=b'{"data": [' + row * 1_000_000 + b"{}]}"),
        Reply(body=b'{"data": [' + b"0," * 1_100_000 + b"0]}"),
        Reply(body=b'{"data": [NaN,' + b"[]," * 700_000 + b"0]}"),
    ]


@pytest.mark.slow
def test_sixteen_large_answers_at_once_stay_under_a_gigabyte() -> None:
    replies = large()
    turn = iter(range(1000))

    def reply(_: Asked) -> Reply:
        return replies[next(turn) % len(replies)]

    with serving(reply) as server:
        command = [sys.executable, "-c", READ_SIXTEEN, server.url]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=PATIENCE_SECONDS, check=True)
    refused, peak_mb = map(int, done.stdout.split())
    assert refused == 16
    assert peak_mb < BOUND_MB
