from __future__ import annotations

from include.cli.exit_codes import ExitCode
from include.cli.failures import explain
from include.quality import BodyUnreadable


def test_a_page_that_cannot_be_validated_is_reported() -> None:
    unreadable = BodyUnreadable("BTC/page.json.zst", "no JSON")

    assert explain(unreadable) == (str(unreadable), ExitCode.FAILED)
