"""Every point of a load at which state changes hands, by name, with the function call that marks it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Moment = Literal["before", "after"]
Where = Literal["main", "worker"]


@dataclass(frozen=True, slots=True)
class Point:
    """The moment before or after the `call`-th call of `target`, which is written `module:name` or `module:Class.name`.

    `where` is the process that reaches it: the load itself, or its validation process.
    """

    target: str
    moment: Moment
    call: int
    where: Where = "main"


# Calls are chosen to lie in the middle of a load: inside a chain of three pages, at the second batch.
READING: dict[str, Point] = {
    "planned": Point("include.pipeline.steps.plan.plan:plan", "after", 1),
    "reserved": Point("include.ledger.credits.permits:permit", "after", 2),
    "answered": Point("include.kwery.client:KweryClient.page", "after", 2),
    "half_landed": Point("os:link", "before", 3),
    "landed": Point("include.pipeline.steps.extract.page_writer:PageWriter.land", "after", 2),
    "last_page_landed": Point("include.pipeline.steps.extract.page_writer:PageWriter.land", "after", 3),
    "committed": Point("include.pipeline.steps.extract.page_writer:PageWriter.commit", "after", 2),
    "last_page_committed": Point("include.pipeline.steps.extract.page_writer:PageWriter.commit", "after", 3),
    "window_closed": Point("include.pipeline.steps.extract.extract:_Extraction._land", "after", 1),
}
PUBLISHING: dict[str, Point] = {
    "batch_cut": Point("include.pipeline.steps.validate.validate:cut_batches", "after", 2),
    "validating": Point("include.pipeline.steps.validate.landed_batch:validate_pages", "before", 2, "worker"),
    "result_half_written": Point("include.pipeline.steps.validate.batch_files:_write_table", "after", 5, "worker"),
    "result_written": Point("include.pipeline.steps.validate.batch_files:write", "after", 2, "worker"),
    "quarantine_written": Point("include.warehouse.publish:_store_findings", "after", 2),
    "staged": Point("include.warehouse.publish:_check_stage", "before", 2),
    "half_inserted": Point("include.warehouse.publish:_alone", "before", 2),
    "inserted": Point("include.warehouse.warehouse:Warehouse.publish", "after", 2),
    "before_settle": Point("include.pipeline.steps.settle.settle:settle_batch", "before", 2),
    "half_settled": Point("include.pipeline.steps.settle.settle:claims_of", "before", 3),
    "settled": Point("include.pipeline.steps.validate.batch_files:remove", "before", 2),
    "before_marts": Point("include.warehouse.warehouse:Warehouse.store_ledger", "before", 1),
    "before_report": Point("include.pipeline.steps.report.run_report:report", "before", 1),
}
POINTS = READING | PUBLISHING

IN_TASKS: dict[str, tuple[str, ...]] = {
    "plan": ("planned",),
    "extract[0]": tuple(READING)[1:],
    "extract[1]": tuple(READING)[1:],
    "validate": ("batch_cut", "validating", "result_half_written", "result_written"),
    "load": ("quarantine_written", "staged", "half_inserted", "inserted"),
    "settle": ("before_settle", "half_settled", "settled", "before_marts"),
    "report": ("before_report",),
}
"""The points that each of Airflow's tasks reaches."""
