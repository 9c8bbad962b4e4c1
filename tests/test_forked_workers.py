"""Processes for tests, forked as execnet would start them."""

from __future__ import annotations

import execnet
import pytest
from execnet import gateway_io

from tests.forked_workers import ForkedWorker


def test_a_forked_process_serves_and_ends_as_a_started_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """It has imported what the process has that it is forked from."""
    monkeypatch.setattr(gateway_io, "Popen2IOMaster", ForkedWorker)
    group = execnet.Group()
    gateway = group.makegateway("popen//execmodel=main_thread_only")
    process = gateway._io.popen
    imported = gateway.remote_exec("import os, sys; channel.send(('pandas' in sys.modules, os.getpid()))")
    assert imported.receive(timeout=60) == (True, process.pid)
    group.terminate(timeout=60)
    assert process.wait(60) == 0
