"""`pipeline.yaml` as written: no value is guessed from its form, and nothing is dropped silently."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from include.configuration.errors import SettingsError
from include.configuration.text import read_text
from include.configuration.unquoted import Unquoted

MAX_VALUES = 20_000
"""Aliases of aliases can make a small file mean billions of values."""
_NULL = "tag:yaml.org,2002:null"
_KINDS = {
    "tag:yaml.org,2002:bool": "yes or no",
    "tag:yaml.org,2002:int": "a number",
    "tag:yaml.org,2002:float": "a number",
    "tag:yaml.org,2002:timestamp": "a date",
}


def read_yaml(path: Path) -> dict[str, Any]:
    """The sections of a YAML file; numbers, dates and yes or no come as `Unquoted`, for the settings to judge.

    Raises SettingsError for a file that cannot be read, is not YAML, or repeats a key.
    """
    text = read_text(path, "name another file with OI_CONFIG, or change its permissions")
    try:
        data = _load(text)
    except yaml.MarkedYAMLError as error:
        raise SettingsError(f"{path} is not valid YAML: {_explained(error)}") from None
    except yaml.YAMLError as error:
        raise SettingsError(f"{path} is not valid YAML: {' '.join(str(error).split())}") from None
    except RecursionError:
        raise SettingsError(f"{path} is not valid YAML: it is nested too deeply") from None
    if not isinstance(data, dict):
        raise SettingsError(f"{path} must hold sections such as `series:` and `budget:`, not a {_name(data)}")
    return data


def _load(text: str) -> object:
    loader = _Loader(text)
    try:
        node = loader.get_single_node()
        if node is None:
            return {}
        _check_tree(node)
        data = loader.construct_document(node)
        return {} if data is None else data
    finally:
        loader.dispose()


_FASTEST: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _Loader(_FASTEST):  # type: ignore[misc] # either of the two
    """Keeps the spelling of plain scalars."""

    def construct_as_written(self, node: yaml.ScalarNode) -> str:
        """A plain scalar as it is written; a tagged or quoted one as its text."""
        if node.style:
            return str(node.value)
        return Unquoted(node.value, _KINDS[node.tag], node.start_mark.line + 1)


for _tag in _KINDS:
    _Loader.add_constructor(_tag, _Loader.construct_as_written)


def _check_tree(root: yaml.Node) -> None:
    """Refuses repeated keys, an alias that holds itself, and aliases of aliases that stand for too much."""
    sizes: dict[int, int] = {}
    open_nodes: set[int] = set()

    def size(node: yaml.Node) -> int:
        if id(node) in sizes:
            return sizes[id(node)]
        if id(node) in open_nodes:
            raise _problem("an alias holds itself", node)
        open_nodes.add(id(node))
        if isinstance(node, yaml.MappingNode):
            _check_keys(node)
        total = 1 + sum(size(child) for child in _children(node))
        open_nodes.discard(id(node))
        if total > MAX_VALUES:
            raise _problem(f"it stands for more than {MAX_VALUES:,} values", node)
        sizes[id(node)] = total
        return total

    size(root)


def _check_keys(node: yaml.MappingNode) -> None:
    lines: dict[str, int] = {}
    for key, _ in node.value:
        if not isinstance(key, yaml.ScalarNode) or key.tag == _NULL or not key.value:
            raise _problem("a key must be one word", key)
        if key.value in lines:
            raise _problem(f"{key.value!r} is there already, in line {lines[key.value]}; keep one of the two", key)
        lines[key.value] = key.start_mark.line + 1


def _problem(text: str, node: yaml.Node) -> yaml.MarkedYAMLError:
    return yaml.MarkedYAMLError(problem=text, problem_mark=node.start_mark)


def _children(node: yaml.Node) -> list[yaml.Node]:
    if isinstance(node, yaml.MappingNode):
        return [part for pair in node.value for part in pair]
    return list(node.value) if isinstance(node, yaml.SequenceNode) else []


def _explained(error: yaml.MarkedYAMLError) -> str:
    mark = error.problem_mark or error.context_mark
    place = f"line {mark.line + 1}, column {mark.column + 1}: " if mark else ""
    context = f" ({error.context})" if error.context else ""
    return f"{place}{error.problem or 'it cannot be read'}{context}"


def _name(data: object) -> str:
    return "list" if isinstance(data, list) else "single value"
