"""What Great Expectations works out again for each batch, remembered: two thirds of the judgement of a small one.

The library builds a graph of metrics from the expectations, and fills it in from the batch. The graph depends on the
expectations alone, and no public option keeps it. Values of metrics are never kept.
"""

from __future__ import annotations

import copy
import threading
from functools import cache, wraps
from typing import Any

_of_thread = threading.local()
_defining = threading.Lock()


def remembering(expectation: Any, **fields: Any) -> Any:
    """The same expectation with `fields` set, which works out once what a validation asks of it many times."""
    kind: Any = type(expectation)
    with _defining:  # a class made by two threads at once would be registered twice
        kind = _remembering(kind)
    return kind(**expectation.dict(exclude_unset=True) | fields)


@cache
def _remembering(parent: Any) -> Any:
    """The kind of expectation with two members that remember: of each object, and of all with equal arguments.

    A validation reads `configuration` ninety times, and asks for the metrics that the expectation needs twice.
    """
    from great_expectations.compatibility.pydantic import PrivateAttr

    def configuration(expectation: Any) -> Any:
        if expectation._configuration is None:
            expectation._configuration = parent.configuration.fget(expectation)
        return expectation._configuration

    def get_validation_dependencies(
        expectation: Any, execution_engine: Any = None, runtime_configuration: dict[str, Any] | None = None
    ) -> Any:
        known = _of_thread.__dict__.setdefault("dependencies", {})
        key = (parent, repr(expectation.configuration.kwargs), repr(runtime_configuration))
        if key not in known:
            known[key] = parent.get_validation_dependencies(
                expectation, execution_engine=execution_engine, runtime_configuration=runtime_configuration
            )
        found = known[key]
        # The metrics are shared, what the library may change is not.
        return type(found)(dict(found.metric_configurations), copy.deepcopy(found.result_format))

    members = {
        "_configuration": PrivateAttr(None),
        "configuration": property(configuration),
        "get_validation_dependencies": get_validation_dependencies,
    }
    return type(parent)(f"{parent.__name__}Once", (parent,), members)


def visit_metrics_once() -> None:
    """Has the library add each metric once to a graph, with the metrics that it depends on as worked out before.

    It follows a metric again wherever another one depends on it, thirty times for an expectation with eight metrics.
    """
    from great_expectations.validator.validation_graph import MetricEdge, ValidationGraph

    work_out = ValidationGraph.build_metric_dependency_graph

    @wraps(work_out)
    def build_metric_dependency_graph(
        graph: Any, metric_configuration: Any, runtime_configuration: dict[str, Any] | None = None
    ) -> None:
        metric, visited = metric_configuration, graph.__dict__.setdefault("_visited", {})
        if first := visited.get(metric.id):
            graph.set_metric_configuration_default_kwargs_if_absent(metric)
            metric.metric_dependencies = first.metric_dependencies
            return
        visited[metric.id] = metric
        if not metric.metric_dependencies:
            work_out(graph, metric, runtime_configuration)
            return
        for needed in metric.metric_dependencies.values():
            graph.add(MetricEdge(left=metric, right=needed))
            graph.build_metric_dependency_graph(needed, runtime_configuration)

    ValidationGraph.build_metric_dependency_graph = build_metric_dependency_graph
