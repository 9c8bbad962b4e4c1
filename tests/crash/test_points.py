from __future__ import annotations

from functools import reduce
from importlib import import_module

import pytest

from tests.crash.points import POINTS


@pytest.mark.parametrize("point", POINTS)
def test_a_point_names_a_function_of_the_product(point: str) -> None:
    """A function that was renamed fails here, in a moment, and not in a load that is to be killed there."""
    module, _, path = POINTS[point].target.partition(":")
    assert callable(reduce(getattr, path.split("."), import_module(module)))
