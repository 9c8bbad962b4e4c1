"""The operator behind each step: Airflow's own for a function, which also answers to OpenLineage's provider.

The provider is idle until a transport is configured for it; then it asks each task for datasets and facets.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, ClassVar

from airflow.providers.standard.operators.python import PythonOperator
from airflow.sdk.bases.decorator import DecoratedOperator, task_decorator_factory

if TYPE_CHECKING:
    from airflow.providers.openlineage.extractors import OperatorLineage
    from airflow.sdk.bases.decorator import TaskDecorator
    from openlineage.client.facet_v2 import BaseFacet

    from include.pipeline.monitoring.lineage import Lineage, LineageDataset

FACET_PREFIX = "openInterest"


class StepOperator(DecoratedOperator, PythonOperator):
    """Runs a function; `lineage` is what it leaves there."""

    custom_operator_name = "@task"
    template_fields = ("op_args", "op_kwargs")
    template_fields_renderers: ClassVar = {"op_args": "py", "op_kwargs": "py"}
    lineage: Lineage | None = None

    def __init__(self, *, python_callable: Callable[..., Any], op_args: Any, op_kwargs: Any, **others: Any) -> None:
        given = {"python_callable": python_callable, "op_args": op_args, "op_kwargs": op_kwargs}
        super().__init__(kwargs_to_upstream=given, **given, **others)

    def get_openlineage_facets_on_complete(self, task_instance: Any) -> OperatorLineage[Any, Any]:
        """Called by OpenLineage's provider when the task has ended, well or not."""
        from airflow.providers.openlineage.extractors import OperatorLineage

        return OperatorLineage() if self.lineage is None else event_of(self.lineage)


def task(python_callable: Callable[..., Any] | None = None, **arguments: Any) -> TaskDecorator:
    """Airflow's `@task`, which makes a StepOperator."""
    return task_decorator_factory(python_callable, decorated_operator_class=StepOperator, **arguments)


def event_of(lineage: Lineage) -> OperatorLineage[Any, Any]:
    """The lineage in OpenLineage's classes: rows are standard facets of datasets, the figures facets of the run."""
    from airflow.providers.openlineage.extractors import OperatorLineage
    from openlineage.client.event_v2 import InputDataset, OutputDataset
    from openlineage.client.facet_v2 import input_statistics_input_dataset, output_statistics_output_dataset

    read = input_statistics_input_dataset.InputStatisticsInputDatasetFacet
    written = output_statistics_output_dataset.OutputStatisticsOutputDatasetFacet
    return OperatorLineage(
        inputs=[
            InputDataset(one.namespace, one.name, inputFacets=_counted(one, "inputStatistics", read))
            for one in lineage.reads
        ],
        outputs=[
            OutputDataset(one.namespace, one.name, outputFacets=_counted(one, "outputStatistics", written))
            for one in lineage.writes
        ],
        run_facets=dict(_run_facets(lineage)),
    )


def _counted(dataset: LineageDataset, name: str, facet: Callable[..., Any]) -> dict[str, Any]:
    return {} if dataset.rows is None else {name: facet(rowCount=dataset.rows)}


def _run_facets(lineage: Lineage) -> Iterator[tuple[str, BaseFacet]]:
    from openlineage.client.facet_v2 import RunFacet

    for topic, figures in lineage.figures.items():
        yield f"{FACET_PREFIX}_{topic}", RunFacet().with_additional_properties(**figures)
