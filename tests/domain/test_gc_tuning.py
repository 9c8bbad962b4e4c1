from __future__ import annotations

import subprocess
import sys

from tests.patience import PATIENCE_SECONDS

PROGRAM = """
import atexit, gc
from include.domain.gc_tuning import collect_seldom
atexit.register(lambda: print(gc.get_freeze_count() > 0, flush=True))  # called last
collect_seldom()
class Circle: pass
for _ in range(500_000):
    circle = Circle()
    circle.itself = circle
alive = sum(isinstance(one, Circle) for one in gc.get_objects())
print(alive < 100_000)
"""


def test_cyclic_garbage_is_collected_but_not_at_exit() -> None:
    said = subprocess.run(
        [sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True, timeout=PATIENCE_SECONDS
    )

    assert said.stdout.split() == ["True", "True"]
