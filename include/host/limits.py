"""Limits that the system sets to a process's memory, against what the embedded engine needs."""

from __future__ import annotations

import resource

ADDRESS_SPACE_KIB, DATA_KIB = 2_500_000, 800_000
"""What a small load with the embedded engine needs, with room for more; most of it is reserved and never used."""
_BOUNDS = ((resource.RLIMIT_AS, "ulimit -v", ADDRESS_SPACE_KIB), (resource.RLIMIT_DATA, "ulimit -d", DATA_KIB))


def memory_problem() -> str | None:
    """What is wrong where the limits are below what the embedded engine reserves; None where they are not.

    The engine cannot be stopped while it starts: with less it fails under other names, kills the process, or hangs.
    """
    for limit, name, needed_kib in _BOUNDS:
        soft, _ = resource.getrlimit(limit)
        if soft != resource.RLIM_INFINITY and soft < needed_kib * 1024:
            return (
                f"a process may reserve {soft // 1024:,} KiB of memory here ({name}), and the embedded warehouse needs "
                f"{needed_kib:,}; raise the limit, or name a server with CLICKHOUSE_HOST"
            )
    return None
