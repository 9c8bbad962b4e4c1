"""Ctrl-C in the middle of a load, and where Python does not see it at once."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time

import pytest

from include.cli.interrupt import ends_at_once
from include.simulator.server import RunningSimulator
from tests.cli.oi import COMMAND, KEY, SILENCED, Oi
from tests.patience import PATIENCE_SECONDS

WINTER = ("--symbol", "BTC", "--interval", "5m", "--from", "2025-12-15", "--to", "2026-03-01")


def test_what_was_paid_is_kept_and_the_same_command_goes_on(oi_with_api: Oi, simulator: RunningSimulator) -> None:
    environment = {**os.environ, **SILENCED, "OI_HOME": str(oi_with_api.home), **oi_with_api.environment}
    command = [*COMMAND, "load", *WINTER]
    with subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        while len(simulator.questions) < 10 and process.poll() is None:
            time.sleep(0.05)
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=PATIENCE_SECONDS)

    paid = simulator.account(KEY).credits
    status = oi_with_api("status", "--json").json
    finished = oi_with_api("load", *WINTER, "--json")

    assert process.returncode == 130
    assert "interrupted" in err
    assert "Traceback" not in err
    assert status["credits"]["spent"] == paid
    assert status["rows"]["stored"] > 0, "what was paid for is loaded before the command ends"
    assert finished.code == 0, finished.err
    fingerprints = [asked.fingerprint for asked in simulator.questions if asked.status == 200]
    assert len(fingerprints) == len(set(fingerprints))


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_command_that_only_reads_ends_while_the_engine_works(number: signal.Signals) -> None:
    """As a query does, the hash returns to Python only at its end; the signal comes from the process itself."""
    program = f"""
import hashlib, os, threading
from include.cli import interrupt
interrupt.PATIENCE_SECONDS = 0.1
with interrupt.ends_at_once():
    threading.Timer(0.1, os.kill, (os.getpid(), {int(number)})).start()
    hashlib.pbkdf2_hmac("sha256", b"", b"", 10**9)
"""
    if number is signal.SIGTERM:
        program = f"import signal; signal.signal({int(number)}, signal.default_int_handler)" + program
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=PATIENCE_SECONDS)
    assert (ended.returncode, ended.stderr) == (130, "oi: interrupted: the query was ended\n")


def test_a_block_that_ended_is_not_watched_any_more() -> None:
    before = threading.active_count()
    with pytest.raises(KeyboardInterrupt), ends_at_once():
        signal.raise_signal(signal.SIGINT)
    for thread in threading.enumerate():
        if thread.name == "interrupt":
            thread.join(timeout=PATIENCE_SECONDS)
    assert threading.active_count() == before
    assert signal.set_wakeup_fd(-1) == -1
