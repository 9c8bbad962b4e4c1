from __future__ import annotations

import sys
from pathlib import Path
from typing import ClassVar

import pandas as pd
import pytest
from pydantic.v1 import BaseModel, ValidationError, validator
from pydantic.v1.fields import ModelField

from include.quality.gx_library import (
    _fields_copied_by_part,
    _hidden,
    _imported_when_used,
    _in_place_of,
    _Unused,
    expectations,
    validator_of,
)
from tests.quality.fresh_process import run


def test_stand_in_imports_its_module_at_first_use() -> None:
    name = "colorsys"
    sys.modules.pop(name, None)
    with _imported_when_used(name):
        import colorsys as early

        assert sys.modules[name] is early
    assert name not in sys.modules, "nothing was imported"
    assert early.rgb_to_hsv(0, 0, 0) == (0, 0, 0)

    import colorsys as late

    assert late.__file__ is not None
    assert early.rgb_to_hsv is late.rgb_to_hsv


def test_stand_in_gives_way_to_its_module_inside_the_block() -> None:
    """A library may look a name up while it is imported."""
    sys.modules.pop("colorsys", None)
    with _imported_when_used("colorsys"):
        import colorsys as early

        assert early.rgb_to_hsv(0, 0, 0) == (0, 0, 0)
        import colorsys as real
    import colorsys as late

    assert real is late
    assert late.__file__ is not None


def test_imported_module_keeps_its_place() -> None:
    import json

    with _imported_when_used("json"):
        import json as inside
    assert inside is json
    assert sys.modules["json"] is json


def test_hidden_module_cannot_be_imported_inside_the_block() -> None:
    sys.modules.pop("colorsys", None)
    with _hidden("colorsys", "json"), pytest.raises(ImportError):
        import colorsys
    import colorsys

    assert colorsys.rgb_to_hsv(0, 0, 0) == (0, 0, 0)


def test_imported_module_is_not_hidden() -> None:
    import json

    with _hidden("json"):
        import json as inside
    assert inside is json
    assert sys.modules["json"] is json


def test_names_of_an_unused_module_are_empty_classes() -> None:
    """So that a library can import, derive from and compare with them."""
    sys.modules.pop("colorsys", None)
    with _in_place_of({"colorsys": _Unused("colorsys")}):
        from colorsys import Colour  # type: ignore[attr-defined] # no such name

        class Derived(Colour):  # type: ignore[misc] # as above
            pass

    assert not isinstance("red", Colour)
    assert isinstance(Derived(), Colour)

    import colorsys

    assert colorsys.rgb_to_hsv(0, 0, 0) == (0, 0, 0)


def test_the_import_leaves_out_what_no_rule_needs(tmp_path: Path) -> None:
    """What is left out can be imported afterwards, as if it had never been."""
    code = (
        "import sys\n"
        "from include.quality.gx_library import library\n"
        "context = library().get_context(mode='ephemeral')\n"
        "sources = 'great_expectations.datasource.fluent'\n"
        "unused = ('sql_datasource', 'spark_datasource', 'pandas_file_path_datasource', 'dynamic_pandas', 'fabric')\n"
        "heavy = {'requests', 'urllib3', 'sqlalchemy', 'scipy.stats', *(f'{sources}.{name}' for name in unused)}\n"
        "assert not heavy & set(sys.modules), heavy & set(sys.modules)\n"
        "import great_expectations.datasource.fluent.pandas_filesystem_datasource as files, requests\n"
        "assert issubclass(files.PandasFilesystemDatasource, files._PandasFilePathDatasource)\n"
        "assert requests.Session().headers\n"
        "from great_expectations.core.http import create_session\n"
        "assert isinstance(create_session('token'), requests.Session)\n"
    )
    run(code, tmp_path)


def test_fields_of_a_derived_model_are_its_own() -> None:
    """Constraints, validators and aliases of the model below do not reach the one above, nested fields included."""

    class Above(BaseModel):
        by_name: dict[str, list[int]] = {}
        size: int = 1

    before = Above.schema()
    with _fields_copied_by_part():

        class Below(Above):
            class Config:
                fields: ClassVar = {"size": {"alias": "length"}}

            @validator("size")
            def _is_small(cls, size: int) -> int:
                assert size < 10
                return size

    for name, field in Below.__fields__.items():
        above = Above.__fields__[name]
        assert field is not above
        assert field.field_info is not above.field_info
    assert Below.__fields__["by_name"].sub_fields is not Above.__fields__["by_name"].sub_fields
    assert Above.schema() == before
    assert Above(size=10).size == 10
    assert Below.parse_obj({"length": 9, "by_name": {"a": ["1"]}}).by_name == {"a": [1]}
    with pytest.raises(ValidationError, match="length"):
        Below.parse_obj({"length": 10})
    assert not hasattr(ModelField, "__deepcopy__")


def test_expectation_on_a_distribution_works() -> None:
    """It needs packages that the library's import leaves out."""
    expectation = expectations().ExpectColumnKLDivergenceToBeLessThan(
        column="side", partition_object={"values": ["a", "b"], "weights": [0.5, 0.5]}, threshold=0.1
    )
    even = validator_of(pd.DataFrame({"side": ["a", "b"] * 10}), "BASIC").validate_expectation(expectation)
    uneven = validator_of(pd.DataFrame({"side": ["a"] * 19 + ["b"]}), "BASIC").validate_expectation(expectation)
    assert (even.success, uneven.success) == (True, False), (even.exception_info, uneven.exception_info)


def test_expectation_on_json_works() -> None:
    """It needs a package that the library's import leaves out."""
    expectation = expectations().ExpectColumnValuesToMatchJsonSchema(column="text", json_schema={"type": "object"})
    found = validator_of(pd.DataFrame({"text": ["{}", "[]"]}), "BASIC").validate_expectation(expectation)
    assert found.result["unexpected_count"] == 1, found.exception_info


def test_no_fingerprint_of_the_data_is_computed(monkeypatch: pytest.MonkeyPatch) -> None:
    from great_expectations.execution_engine import pandas_execution_engine

    monkeypatch.delattr(pandas_execution_engine, "hash_pandas_dataframe")
    rule = expectations().ExpectColumnValuesToNotBeNull(column="value")
    assert validator_of(pd.DataFrame({"value": [1.0]}), "BASIC").validate_expectation(rule).success
