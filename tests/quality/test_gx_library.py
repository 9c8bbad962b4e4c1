from __future__ import annotations

import sys

import pandas as pd

from include.quality.gx_library import _imported_when_used, batch_of, expectations


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


def test_imported_module_keeps_its_place() -> None:
    import json

    with _imported_when_used("json"):
        import json as inside
    assert inside is json
    assert sys.modules["json"] is json


def test_expectation_on_a_distribution_works() -> None:
    """It needs packages that the library's import leaves out."""
    expectation = expectations().ExpectColumnKLDivergenceToBeLessThan(
        column="side", partition_object={"values": ["a", "b"], "weights": [0.5, 0.5]}, threshold=0.1
    )
    even = batch_of(pd.DataFrame({"side": ["a", "b"] * 10})).validate(expectation)
    uneven = batch_of(pd.DataFrame({"side": ["a"] * 19 + ["b"]})).validate(expectation)
    assert (even.success, uneven.success) == (True, False), (even.exception_info, uneven.exception_info)
