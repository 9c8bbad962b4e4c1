"""Plan, extract, validate, load, settle: one function a step, called by the DAGs, the command line and tests.

Names are imported when they are first used, so that a task or a command pays for no more than it needs.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from include.pipeline.adopting import Adoption, adopt
    from include.pipeline.alarming import alarms, hourly_alarms
    from include.pipeline.budgeting import BudgetView, budget
    from include.pipeline.checking import check_marts
    from include.pipeline.comparing import Comparison, compare
    from include.pipeline.errors import PipelineError
    from include.pipeline.extraction import extract
    from include.pipeline.healing import heal
    from include.pipeline.limits import limit_met, note_limit
    from include.pipeline.overlapped import load_all
    from include.pipeline.planner import plan
    from include.pipeline.previewing import preview
    from include.pipeline.priced import keep_price, priced_run
    from include.pipeline.publication import load
    from include.pipeline.replaying import Replayed, replay
    from include.pipeline.reporting import report
    from include.pipeline.results import (
        AllowanceView,
        ExtractBatch,
        Extracted,
        FloorView,
        Loaded,
        MonthView,
        OnProgress,
        PlanLine,
        PlannedRun,
        Preview,
        PriceView,
        Progress,
        RunReport,
        SeriesReport,
        Settled,
        Stop,
        WindowView,
    )
    from include.pipeline.scope import RunSpec, Scope, new_run_id, scope_of
    from include.pipeline.settlement import settle
    from include.pipeline.standing import Status, reconciliation, status
    from include.pipeline.symbol_states import Symbols, symbols
    from include.pipeline.telling import tell_warehouse
    from include.pipeline.validation import validate

_HOMES = {
    "adopting": ("Adoption", "adopt"),
    "alarming": ("alarms", "hourly_alarms"),
    "budgeting": ("BudgetView", "budget"),
    "checking": ("check_marts",),
    "comparing": ("Comparison", "compare"),
    "errors": ("PipelineError",),
    "extraction": ("extract",),
    "healing": ("heal",),
    "limits": ("limit_met", "note_limit"),
    "overlapped": ("load_all",),
    "planner": ("plan",),
    "previewing": ("preview",),
    "priced": ("keep_price", "priced_run"),
    "publication": ("load",),
    "replaying": ("Replayed", "replay"),
    "reporting": ("report",),
    "results": (
        "AllowanceView",
        "ExtractBatch",
        "Extracted",
        "FloorView",
        "Loaded",
        "MonthView",
        "OnProgress",
        "PlanLine",
        "PlannedRun",
        "Preview",
        "PriceView",
        "Progress",
        "RunReport",
        "SeriesReport",
        "Settled",
        "Stop",
        "WindowView",
    ),
    "scope": ("RunSpec", "Scope", "new_run_id", "scope_of"),
    "settlement": ("settle",),
    "standing": ("Status", "reconciliation", "status"),
    "symbol_states": ("Symbols", "symbols"),
    "telling": ("tell_warehouse",),
    "validation": ("validate",),
}
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}

__all__ = [
    "Adoption",
    "AllowanceView",
    "BudgetView",
    "Comparison",
    "ExtractBatch",
    "Extracted",
    "FloorView",
    "Loaded",
    "MonthView",
    "OnProgress",
    "PipelineError",
    "PlanLine",
    "PlannedRun",
    "Preview",
    "PriceView",
    "Progress",
    "Replayed",
    "RunReport",
    "RunSpec",
    "Scope",
    "SeriesReport",
    "Settled",
    "Status",
    "Stop",
    "Symbols",
    "WindowView",
    "adopt",
    "alarms",
    "budget",
    "check_marts",
    "compare",
    "extract",
    "heal",
    "hourly_alarms",
    "keep_price",
    "limit_met",
    "load",
    "load_all",
    "new_run_id",
    "note_limit",
    "plan",
    "preview",
    "priced_run",
    "reconciliation",
    "replay",
    "report",
    "scope_of",
    "settle",
    "status",
    "symbols",
    "tell_warehouse",
    "validate",
]


def __getattr__(name: str) -> Any:
    if name not in _HOME_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOME_OF[name]}"), name)
