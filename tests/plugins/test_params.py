from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from oi_airflow.params import RunRefused, nearest_to, refuse_unknown

KNOWN = ["from", "to", "intervals", "max_credits", "reread", "lane", "symbols", "sources", "max_minutes", "dry_run"]


def context(conf: dict[str, Any] | None) -> dict[str, Any]:
    dag = SimpleNamespace(dag_id="open_interest_backfill", params=dict.fromkeys(KNOWN))
    return {"dag": dag, "dag_run": SimpleNamespace(conf=conf)}


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("dryrun", "dry_run"),
        ("Dry-Run", "dry_run"),
        ("symbol", "symbols"),
        ("MAX_CREDITS", "max_credits"),
        ("maxcredit", "max_credits"),
        ("form", "from"),
        ("interval", "intervals"),
        ("re_read", "reread"),
        ("colour", None),
    ],
)
def test_an_unknown_param_is_refused_with_the_nearest_name(written: str, meant: str | None) -> None:
    with pytest.raises(RunRefused, match=f"Unknown param `{written}`") as refused:
        refuse_unknown(context({written: True}))

    assert nearest_to(written, KNOWN) == meant
    assert (f"Did you mean `{meant}`?" in str(refused.value)) == (meant is not None)
    assert "Nothing was bought" in str(refused.value)


def test_each_unknown_param_is_named() -> None:
    with pytest.raises(RunRefused, match=r"`symbol`.*\n.*`dryrun`"):
        refuse_unknown(context({"symbol": "BTC", "from": "2026-03-07", "dryrun": True}))


@pytest.mark.parametrize("conf", [None, {}, {"from": "2026-03-07", "dry_run": True}])
def test_known_params_pass(conf: dict[str, Any] | None) -> None:
    refuse_unknown(context(conf))
