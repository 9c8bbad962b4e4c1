from __future__ import annotations

from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

import pytest
from _pytest.assertion import rewrite

from tests.rewritten_once import rewrite_asserts


def test_pytest_takes_what_was_rewritten_before(
    pytestconfig: pytest.Config, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its own rewriting must not run: it would cost each process the same again."""
    file = tmp_path / "test_of_one_line.py"
    file.write_text("def test_it():\n    assert [1] == [2]\n")
    rewrite_asserts([file], pytestconfig)
    monkeypatch.delattr(rewrite, "_rewrite_test")
    spec = spec_from_file_location(file.stem, file, loader=pytestconfig.stash[rewrite.assertstate_key].hook)
    assert spec is not None
    module = module_from_spec(spec)
    assert spec.loader is not None
    spec.loader.exec_module(module)

    with pytest.raises(AssertionError, match="At index 0 diff: 1 != 2"):
        module.test_it()
