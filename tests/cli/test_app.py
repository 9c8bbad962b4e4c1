import json
import subprocess

import pytest

from include.cli.app import app
from tests.cli.oi import ROOT, Oi

COMMANDS = [command.name or command.callback.__name__ for command in app.registered_commands if command.callback]
HEAVY = (
    "pandas",
    "numpy",
    "pyarrow",
    "great_expectations",
    "chdb",
    "clickhouse_connect",
    "httpcore",
    "httpx",
    "sqlalchemy",
    "airflow",
)
LOADED_MODULES = """
import json, sys
from include.cli.app import app
try:
    app(sys.argv[1:], prog_name="oi")
except SystemExit:
    print(json.dumps(sorted(sys.modules)))
"""


@pytest.mark.parametrize("arguments", [["--help"], ["load", "--help"], ["load", "--interval"]])
def test_help_and_usage_errors_load_nothing_heavy(arguments: list[str]) -> None:
    command = [ROOT / ".venv/bin/python", "-c", LOADED_MODULES, *arguments]

    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)

    loaded = {name.partition(".")[0] for name in json.loads(done.stdout.splitlines()[-1])}
    assert "typer" in loaded
    assert loaded.isdisjoint(HEAVY)


def test_the_help_has_a_sentence_for_each_command_and_exit_codes(oi: Oi) -> None:
    answer = oi("--help")

    assert answer.code == 0
    lines = {line.split()[0]: line for line in answer.out.splitlines() if line.strip()}
    assert all(lines[name].endswith(".") and not lines[name].endswith("...") for name in COMMANDS)
    assert all(f"  {code} " in answer.out for code in (0, 1, 2, 3, 130))
    assert "\x1b" not in answer.out


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_teaches_by_examples(oi: Oi, name: str) -> None:
    answer = oi(name, "--help")

    assert answer.code == 0
    assert f"./oi {name}" in answer.out.partition("Examples:")[2]
