"""Great Expectations, imported when first needed: the import costs seconds. Nothing is printed or kept.

A context shared by threads returns wrong rows, so each thread has one.
"""

from __future__ import annotations

import copy
import gc
import importlib.util
import logging
import os
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from functools import cache
from pathlib import Path
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
_FOR_ITS_SERVICE = (
    "great_expectations.data_context.store.gx_cloud_store_backend",
    "great_expectations.experimental.metric_repository.cloud_data_store",
)
"""Modules of the library that need an HTTP client when they are imported; others need it when they send something."""
_SOURCES = "great_expectations.datasource.fluent"
_SOURCES_IN_USE = ("pandas_datasource", "invalid_datasource")


@cache
def library() -> Any:
    """The library, without its 200 log lines and its progress-bar thread; the import runs without the collector.

    Packages that only a few expectations need are imported when one of them runs. Those for data in databases never
    are, unless the process has them already, and the library's own modules for data in files and databases are not.
    """
    import tqdm

    tqdm.tqdm.monitor_interval = 0
    os.environ.setdefault("GX_ANALYTICS_ENABLED", "false")
    logging.getLogger("great_expectations").setLevel(logging.WARNING)
    collecting = gc.isenabled()
    gc.disable()  # a third of the import would be collections that find nothing
    try:
        with (
            _hidden(*_FOR_OTHER_STORES),
            _imported_when_used(*_FOR_OTHER_EXPECTATIONS, "requests"),
            _in_place_of({name: _Unused(name) for name in (*_FOR_ITS_SERVICE, *_other_sources())}),
            _in_place_of({f"{_SOURCES}.dynamic_pandas": _no_readers()}),
            _fields_copied_by_part(),
        ):
            import great_expectations as gx
            import great_expectations.expectations
            from great_expectations.execution_engine import pandas_execution_engine
    finally:
        if collecting:
            gc.freeze()  # else all that was imported is looked through once, for nothing
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


class _Unused(ModuleType):
    """A module in place of one that nothing here uses: each name that is looked up in it is an empty class."""

    def __getattr__(self, name: str) -> Any:
        return type(name, (), {"__module__": self.__name__})


def _imported_when_used(*names: str) -> AbstractContextManager[None]:
    """Inside, an import of these modules gives stand-ins; afterwards it gives the modules themselves."""
    return _in_place_of({name: _StandIn(name) for name in names})


@contextmanager
def _in_place_of(modules: Mapping[str, ModuleType]) -> Iterator[None]:
    """Inside, an import by one of these names gives its module here, unless the real one is imported already."""
    placed = {name: module for name, module in modules.items() if name not in sys.modules}
    sys.modules.update(placed)
    try:
        yield
    finally:
        for name, module in placed.items():
            if sys.modules.get(name) is module:
                del sys.modules[name]


def _other_sources() -> list[str]:
    """The library's modules for data that is not in memory: the models in them are a third of its import."""
    spec = importlib.util.find_spec("great_expectations")
    assert spec is not None
    assert spec.origin is not None
    folder = Path(spec.origin).parent / "datasource" / "fluent"
    found = {file.stem for file in folder.glob("*_datasource.py")} | {"fabric"}
    return [f"{_SOURCES}.{name}" for name in sorted(found.difference(_SOURCES_IN_USE))]


def _no_readers() -> ModuleType:
    """In place of the module that makes a model of each function with which pandas reads files: makes none."""
    module = ModuleType("dynamic_pandas")
    module._generate_pandas_data_asset_models = lambda *_, **__: {}  # type: ignore[attr-defined] # the library's name
    return module


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
