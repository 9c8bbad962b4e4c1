"""What stops a whole batch. A bad row never does: it goes to quarantine.

QualityError
├── BodyUnreadable   a landed page is not what the client landed
└── RulesFailed      a rule could not be judged, so nothing may be published
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from include.domain.errors import OiError

if TYPE_CHECKING:
    import pyarrow as pa


class QualityError(OiError):
    """The batch has no result; nothing of it may be published. The same pages and rules would end the same again."""


class BodyUnreadable(QualityError):
    """A landed page holds no JSON object with a `data` list; `page_path` names it."""

    def __init__(self, page_path: str, reason: str) -> None:
        self.page_path = page_path
        super().__init__(
            f"landed page {page_path} cannot be read: {reason}; expected a JSON object with a `data` list. "
            "Nothing of its batch was published; it stays landed and paid. Please report this."
        )


class RulesFailed(QualityError):
    """A rule raised instead of judging, or found the batch itself malformed; `dq` holds every result, to be stored."""

    def __init__(self, batch_id: str, rule: str, reason: str, dq: pa.Table) -> None:
        self.rule = rule
        self.dq = dq
        super().__init__(
            f"rule {rule} could not be judged for batch {batch_id}: {reason}. Nothing of the batch was published; "
            "its pages stay landed and paid. Correct the rule, then repeat the batch."
        )
