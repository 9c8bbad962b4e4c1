"""Makes garbage collection rare in processes that live for seconds."""

import atexit
import gc


def collect_seldom() -> None:
    """For programs, at their start: nearly all that they allocate are modules, which are not garbage.

    Python looks through all of them again and again while they are imported, and several times more at the end. With
    libraries as large as Airflow's that is a third of a short run.
    """
    gc.set_threshold(20_000, 10, 10)
    atexit.register(gc.freeze)
