from __future__ import annotations

import io
import os
import subprocess
import sys
import time
from pathlib import Path

import msgspec
import psutil
import pytest

from include.pipeline.errors import PipelineError
from include.pipeline.steps.validate.batch_files import exists
from include.pipeline.steps.validate.landed_batch import LandedBatch
from include.pipeline.steps.validate.worker import (
    ValidationWorker,
    _answers,
    _read_settings,
    _received,
    _write_settings,
)
from include.settings import ROOT, Settings, load_settings
from tests.patience import PATIENCE_SECONDS

SECRETS = {
    "KWERY_API_KEY": "kwery_test_business_hidden",
    "CLICKHOUSE_PASSWORD": "hidden-word",
    "OI_NOTIFY_URL": "https://hooks.example.com/hidden",
    "OI_METRICS_TOKEN": "hidden-word-of-prometheus",
    "OI_LEDGER_URL": "postgresql://oi:hidden@ledger/oi",
}


def test_the_validation_process_gets_settings_that_hold_and_no_secret(tmp_path: Path) -> None:
    file = tmp_path / "pipeline.yaml"
    file.write_text("quality: {max_bad_share: 0.25, symbol_aliases: {BTCUSDT: BTC}}\n")
    settings = load_settings({"OI_HOME": str(tmp_path), **SECRETS}, file)

    line = _write_settings(settings)

    assert b"hidden" not in line
    received = _read_settings(line)
    assert (received.home, received.landing_url) == (tmp_path, settings.landing_url)
    assert vars(received.quality) == settings.quality.model_dump()


def test_the_validation_process_starts_without_secrets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a process was started with stays readable in /proc; a landing zone on S3 still needs its credentials."""
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "for the landing zone")
    for name, value in SECRETS.items():
        monkeypatch.setenv(name, value)
    others = set(psutil.Process().children())
    with ValidationWorker(Settings(home=tmp_path)):
        (started,) = set(psutil.Process().children()) - others
        while not (environment := started.environ()):  # the system shows it only at the end of exec
            time.sleep(0.001)
    assert "hidden" not in str(environment)
    assert environment["AWS_SECRET_ACCESS_KEY"] == "for the landing zone"


def test_the_validation_process_starts_without_the_models_of_settings() -> None:
    code = (
        "import sys\n"
        "import include.pipeline.steps.validate.worker, include.pipeline.steps.validate.landed_batch\n"
        "assert not [name for name in sys.modules if name.startswith(('include.settings', 'pydantic', 'sqlalchemy'))]\n"
    )
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True)


def test_lines_hold_under_any_encoding_of_text(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """PYTHONIOENCODING=latin-1 made another symbol and another folder of them: all rows were rejected."""
    sent = io.BytesIO(_write_settings(Settings(home=tmp_path / "hömé")) + b"\n")
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(sent, encoding="latin-1"))
    assert [_read_settings(line).home for line in _received()] == [tmp_path / "hömé"]


def test_a_process_without_memory_answers_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It ended with a traceback, and the run with the advice to repeat it."""
    batch = msgspec.json.encode(LandedBatch("a batch", []))
    lines = [_write_settings(Settings(home=tmp_path)), batch, batch]
    answered = []
    for place in ("include.quality.validation.warm_up", "include.pipeline.steps.validate.landed_batch.validate_landed"):
        with monkeypatch.context() as short:
            short.setattr(place, raise_memory_error)
            answered.append(list(_answers(iter(lines))))
    assert [len(answers) for answers in answered] == [1, 2]
    assert all("more memory (ulimit -v" in one["error"] for answers in answered for one in answers)


def raise_memory_error(*_: object) -> None:
    raise MemoryError


def test_a_batch_sent_to_a_dead_validation_process_fails_readably(tmp_path: Path) -> None:
    others = set(psutil.Process().children())
    with pytest.raises(PipelineError, match="the validation process ended with code -9"):
        ask_once_it_is_killed(Settings(home=tmp_path), others)


def ask_once_it_is_killed(settings: Settings, others: set[psutil.Process]) -> None:
    with ValidationWorker(settings) as worker:
        (started,) = set(psutil.Process().children()) - others
        started.kill()
        os.waitid(os.P_PID, started.pid, os.WEXITED | os.WNOWAIT)
        worker.submit(LandedBatch("a batch", []))
        worker.result()


@pytest.mark.usefixtures("forked_worker")
def test_the_process_ends_with_its_input_and_starts_again(tmp_path: Path) -> None:
    """So its memory is free while the last batch is published, and a load that waited for others has one again."""
    with ValidationWorker(Settings(home=tmp_path)) as worker:
        for batch_id in ("first", "second"):
            worker.reopen()
            worker.submit(LandedBatch(batch_id, []))
            worker.close_input()
            worker.result()
            assert worker._process.wait(timeout=PATIENCE_SECONDS) == 0
            assert exists(tmp_path, batch_id)
