from __future__ import annotations

import json
import subprocess
import sys

from bench.queries import SQL
from include.settings import ROOT


def test_every_query_answers_and_the_as_of_view_is_exact() -> None:
    command = [sys.executable, "-m", "bench.queries", "30000", "--json"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=200, check=False)
    assert done.returncode == 0, done.stderr
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert [answer["name"] for answer in answers] == sorted(path.stem for path in (SQL / "queries").glob("*.sql"))
    assert all(answer["rows"] > 0 and answer["plan_rows"] > 0 for answer in answers)
    assert "rows known then are exact" in done.stderr
