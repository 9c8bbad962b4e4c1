from __future__ import annotations

import re

from bench.pages import PARTS, faults_of
from include.settings import ROOT


def test_the_bench_loads_the_parts_that_the_page_has() -> None:
    template = ROOT / "plugins" / "oi_airflow" / "pages" / "templates" / "operations.html"
    assert set(re.findall(r'data-part="part/(\w+)', template.read_text())) == set(PARTS)


def test_the_bench_finds_fault_with_a_slow_page_and_slow_alarms() -> None:
    good = dict.fromkeys(PARTS, 2.9) | {"alarms": 4.9}
    assert faults_of(good) == []
    assert len(faults_of(good | {"gaps": 3.1, "alarms": 5.1})) == 2
