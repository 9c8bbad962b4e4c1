"""`.env` as people write it: what is read, and what is refused with its line."""

from __future__ import annotations

from pathlib import Path

import pytest

from include.configuration.env_file import read_env_file
from include.configuration.errors import SettingsError

HOME = {"HOME": "/home/me"}


def read(tmp_path: Path, text: str | bytes, **environment: str) -> dict[str, str]:
    file = tmp_path / ".env"
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    return read_env_file(file, {**HOME, **environment})


@pytest.mark.parametrize(
    ("line", "value"),
    [
        ("A=b", "b"),
        ("export A=b", "b"),
        ("  A = b  ", "b"),
        ("A=b # a comment", "b"),
        ("A=b#c", "b#c"),
        ("A=", ""),
        ("A= # nothing", ""),
        ("A=two words", "two words"),
        ("A='two words' # both", "two words"),
        ("A='$HOME `id` $(id) \\'", None),
        ("A='$HOME `id` $(id)'", "$HOME `id` $(id)"),
        ("A=`id`", "`id`"),
        ('A="b # c"', "b # c"),
        ('A="a\\"b\\\\c\\td\\$HOME"', 'a"b\\c\td$HOME'),
        ("A=C:\\temp", "C:\\temp"),
        ("A=$HOME/x", "/home/me/x"),
        ('A="${HOME}/x"', "/home/me/x"),
        ("A=${NOWHERE:-/y}/x", "/y/x"),
        ("A=a$$b", "a$b"),
        ("A='ü'", "ü"),
        ("A=x=y&z;w|v", "x=y&z;w|v"),
        ("A=$(id)", None),
        ('A="$(id)"', None),
        ("A=$5", None),
        ("A=100$", None),
        ("A=${HOME", None),
        ("A=$NOWHERE", None),
        ("A='b", None),
        ('A="b', None),
        ("A='b'c", None),
        ("A=b\x07", None),
        ("A", None),
        ("1A=b", None),
        ("A: b", None),
        ("echo hello", None),
    ],
)
def test_a_line_means_what_docker_compose_reads(line: str, value: str | None, tmp_path: Path) -> None:
    """None: its readers disagree, or it would be executed, so that it is refused."""
    if value is None:
        with pytest.raises(SettingsError, match=r"1 problem\(s\) in .*\.env:\n  line 2: "):
            read(tmp_path, f"# first\n{line}\n")
    else:
        assert read(tmp_path, f"# first\n{line}\n") == {"A": value}


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
def test_line_ends_and_a_byte_order_mark_are_no_part_of_a_value(end: str, mark: bytes, tmp_path: Path) -> None:
    text = end.join(["A=b", "", "B='c'", 'C="d" # e', ""])
    assert read(tmp_path, mark + text.encode()) == {"A": "b", "B": "c", "C": "d"}


def test_a_variable_that_is_set_wins_even_when_empty(tmp_path: Path) -> None:
    assert read(tmp_path, "A=b\nB=c\n", A="") == {"B": "c"}
    assert read(tmp_path, "A=b\nB=$A\n", A="given") == {"B": "given"}


def test_every_problem_is_listed_without_the_values(tmp_path: Path) -> None:
    with pytest.raises(SettingsError) as caught:
        read(tmp_path, "KEY='secret\nKEY=secret$(x)\nnonsense secret\nA=1\nA=2\n")
    message = str(caught.value)
    assert message.startswith("4 problem(s)")
    assert "line 5: A is there already, in line 4" in message
    assert "secret" not in message


@pytest.mark.parametrize("data", [b"A=\xff", "A=b".encode("utf-16")])
def test_a_file_that_is_not_utf8_is_refused_by_name(data: bytes, tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"\.env is .*UTF-.*save it as UTF-8"):
        read(tmp_path, data)


def test_a_folder_is_refused_and_a_missing_file_sets_nothing(tmp_path: Path) -> None:
    assert read_env_file(tmp_path / "none", {}) == {}
    with pytest.raises(SettingsError, match="cannot be read"):
        read_env_file(tmp_path, {})
