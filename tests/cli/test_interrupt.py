"""Ctrl-C in the middle of a load."""

from __future__ import annotations

import os
import signal
import subprocess
import time

from include.simulator.server import RunningSimulator
from tests.cli.oi import COMMAND, KEY, SILENCED, Oi

HALF_A_YEAR = ("--symbol", "BTC", "--interval", "5m", "--from", "2025-09-01", "--to", "2026-03-01")


def test_what_was_paid_is_kept_and_the_same_command_goes_on(oi_with_api: Oi, simulator: RunningSimulator) -> None:
    environment = {**os.environ, **SILENCED, "OI_HOME": str(oi_with_api.home), **oi_with_api.environment}
    command = [*COMMAND, "load", *HALF_A_YEAR]
    with subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        while len(simulator.questions) < 10 and process.poll() is None:
            time.sleep(0.05)
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=60)

    paid = simulator.account(KEY).credits
    status = oi_with_api("status", "--json").json
    finished = oi_with_api("load", *HALF_A_YEAR, "--json")

    assert process.returncode == 130
    assert "interrupted" in err
    assert "Traceback" not in err
    assert status["credits"]["spent"] == paid
    assert status["rows"]["stored"] > 0, "what was paid for is loaded before the command ends"
    assert finished.code == 0, finished.err
    fingerprints = [asked.fingerprint for asked in simulator.questions if asked.status == 200]
    assert len(fingerprints) == len(set(fingerprints))
