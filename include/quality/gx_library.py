"""Great Expectations, imported when first needed: the import costs seconds. Nothing is printed or kept.

A context shared by threads returns wrong rows, so each thread has one.
"""

from __future__ import annotations

import copy
import gc
import importlib
import logging
import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from types import ModuleType
from typing import TYPE_CHECKING, Any

from include.quality.gx_memory import visit_metrics_once

if TYPE_CHECKING:
    import pandas as pd

_of_thread = threading.local()
_FOR_OTHER_EXPECTATIONS = ("scipy.stats", "altair", "jsonschema", "mistune", "tzlocal")
"""What the library imports for four expectations and for pages of results: more than a third of its import."""
_FOR_OTHER_STORES = ("sqlalchemy", "psycopg2", "pyspark")
"""Packages that the library can do without: it imports them for data in databases, a fifth of the rest."""


@cache
def library() -> Any:
    """The library, without its 200 log lines and its progress-bar thread; the import runs without the collector.

    Packages that only a few expectations need are imported when one of them runs, and those for data in
    databases never, unless the process has them already.
    """
    import tqdm

    tqdm.tqdm.monitor_interval = 0
    os.environ.setdefault("GX_ANALYTICS_ENABLED", "false")
    logging.getLogger("great_expectations").setLevel(logging.WARNING)
    collecting = gc.isenabled()
    gc.disable()  # a third of the import would be collections that find nothing
    try:
        with _hidden(*_FOR_OTHER_STORES), _imported_when_used(*_FOR_OTHER_EXPECTATIONS), _fields_copied_by_part():
            import great_expectations as gx
            import great_expectations.expectations
            from great_expectations.execution_engine import pandas_execution_engine
    finally:
        if collecting:
            gc.enable()
    visit_metrics_once()
    pandas_execution_engine.HASH_THRESHOLD = 0  # no fingerprint of the data: it took a quarter of a judgement
    # The import has set this one to INFO.
    logging.getLogger("great_expectations.data_context.types.base").setLevel(logging.WARNING)
    return gx


@contextmanager
def _hidden(*names: str) -> Iterator[None]:
    """Inside, an import of these modules fails as if they were not installed; those imported before stay."""
    hidden = [name for name in names if name not in sys.modules]
    sys.modules.update(dict.fromkeys(hidden))  # type: ignore[arg-type] # None is what the import system takes for this
    try:
        yield
    finally:
        for name in hidden:
            del sys.modules[name]


class _StandIn(ModuleType):
    """A module in place of another one, which is imported for the first name that is looked up in it."""

    def __getattr__(self, name: str) -> Any:
        if sys.modules.get(self.__name__) is self:  # looked up while the library is still being imported
            del sys.modules[self.__name__]
        return getattr(importlib.import_module(self.__name__), name)


@contextmanager
def _imported_when_used(*names: str) -> Iterator[None]:
    """Inside, an import of these modules gives stand-ins; afterwards it gives the modules themselves."""
    stand_ins = {name: _StandIn(name) for name in names if name not in sys.modules}
    sys.modules.update(stand_ins)
    try:
        yield
    finally:
        for name, stand_in in stand_ins.items():
            if sys.modules.get(name) is stand_in:
                del sys.modules[name]


@contextmanager
def _fields_copied_by_part() -> Iterator[None]:
    """Inside, a deep copy of a pydantic field copies those parts alone that pydantic changes in the copy.

    pydantic 1 copies each field of a model for every model derived from it. The library has 370 models with long
    descriptions in their fields: copying all of it takes a sixth of the import.
    """
    from pydantic.v1.fields import ModelField

    def copied(field: ModelField, memo: dict[int, Any]) -> ModelField:
        twin = copy.copy(field)
        twin.field_info = copy.copy(field.field_info)
        twin.class_validators = dict(field.class_validators)
        twin.sub_fields = copy.deepcopy(field.sub_fields, memo)
        twin.key_field = copy.deepcopy(field.key_field, memo)
        return twin

    ModelField.__deepcopy__ = copied  # type: ignore[attr-defined] # the hook of the copy module
    try:
        yield
    finally:
        del ModelField.__deepcopy__  # type: ignore[attr-defined] # as above


def expectations() -> Any:
    """The gallery: `gxe = expectations()`, then `gxe.ExpectColumnValuesToNotBeNull(column=...)` as in its pages."""
    return library().expectations


def validator_of(frame: pd.DataFrame, result_format: str | dict[str, Any]) -> Any:
    """What validates suites and expectations on the frame; the library's Batch would prepare the frame twice."""
    gx = library()
    from great_expectations.validator.v1_validator import Validator

    if not hasattr(_of_thread, "batch_definition"):
        from great_expectations.data_context.types.base import ProgressBarsConfig

        context = gx.get_context(mode="ephemeral")
        context.variables.progress_bars = ProgressBarsConfig(globally=False)
        asset = context.data_sources.add_pandas("memory").add_dataframe_asset("open_interest")
        _of_thread.context = context
        _of_thread.batch_definition = asset.add_batch_definition_whole_dataframe("batch")
    return Validator(_of_thread.batch_definition, result_format, batch_parameters={"dataframe": frame})
