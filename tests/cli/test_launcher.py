import os
import subprocess
from pathlib import Path

import pytest

from tests.cli.oi import ROOT, Oi


def _checkout(tmp_path: Path, *, with_packages: bool) -> Path:
    """A second checkout made of links to this one."""
    names = ["include", "pipeline.yaml", *([".venv"] if with_packages else [])]
    for name in names:
        (tmp_path / name).symlink_to(ROOT / name)
    launcher = tmp_path / "oi"
    launcher.write_bytes((ROOT / "oi").read_bytes())
    launcher.chmod(0o755)
    return launcher


def test_it_runs_from_any_folder_and_through_a_symbolic_link(oi: Oi, tmp_path: Path) -> None:
    (tmp_path / "include").mkdir()  # a folder of that name where the person stands is not ours
    link = tmp_path / "open-interest"
    link.symlink_to(ROOT / "oi")

    answer = oi("--help", cwd=tmp_path, launcher=link)

    assert answer.code == 0, answer.err
    assert "Usage: oi" in answer.out


@pytest.mark.parametrize(
    "variable", [("PATH", ""), ("PATH", "/nowhere"), ("PYTHONINSPECT", "1"), ("PYTHONEXECUTABLE", "/nowhere/python")]
)
def test_variables_of_the_shell_and_of_python_do_not_matter(oi: Oi, variable: tuple[str, str], tmp_path: Path) -> None:
    """Without the system's tools it said that no packages are installed; Python began a session, or found none."""
    link = tmp_path / "open-interest"
    link.symlink_to(ROOT / "oi")

    answer = oi("--help", launcher=link, **dict([variable]))

    assert (answer.code, answer.err) == (0, "")


def test_without_installed_packages_it_says_what_to_run(tmp_path: Path) -> None:
    launcher = _checkout(tmp_path, with_packages=False)

    done = subprocess.run([launcher, "--help"], capture_output=True, text=True, check=False)

    assert done.returncode == 1
    assert "setup" in done.stderr
    assert str(tmp_path) in done.stderr


def test_dot_env_is_read_and_the_environment_wins_over_it(oi: Oi, tmp_path: Path) -> None:
    launcher = _checkout(tmp_path, with_packages=True)
    (tmp_path / ".env").write_text("OI_CONFIG=/not/here.yaml\nKWERY_AUTH='none such'\n")
    unset = {"OI_CONFIG": str(ROOT / "pipeline.yaml")}

    overruled = oi("plan", launcher=launcher, **unset)
    environment = {"OI_HOME": str(oi.home), "PATH": "/usr/bin:/bin"}
    read = subprocess.run([launcher, "plan"], env=environment, capture_output=True, text=True, check=False)

    assert overruled.code == 0, overruled.err
    assert read.returncode == 2
    assert "/not/here.yaml" in read.stderr


def test_dot_env_is_read_and_never_executed(oi: Oi, tmp_path: Path) -> None:
    """Windows line ends make no folder `home\\r`, and a value with a command in it runs nothing.

    The checkout's name holds what a configuration file fills in.
    """
    tmp_path /= "100%s pct"
    tmp_path.mkdir()
    launcher = _checkout(tmp_path, with_packages=True)
    environment = {"PATH": "/usr/bin:/bin"}
    command = [launcher, "plan", "--from", "2026-03-07", "--to", "2026-03-08"]
    (tmp_path / ".env").write_bytes(b"OI_HOME=home\r\nKWERY_AUTH='header'\r\n")
    read = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    (tmp_path / ".env").write_text("OI_HOME=$(touch executed)\n")
    refused = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)

    assert read.returncode == 0, read.stderr
    assert (tmp_path / "home" / "ledger.db").exists()
    assert refused.returncode == 2
    assert "line 1: the value of OI_HOME holds a $ that names no variable" in refused.stderr
    assert not (tmp_path / "executed").exists()


def test_a_checkout_that_python_cannot_import_from_is_refused(tmp_path: Path) -> None:
    folder = tmp_path / "a:b"
    folder.mkdir()
    launcher = _checkout(folder, with_packages=True)

    done = subprocess.run([launcher, "--help"], capture_output=True, text=True, check=False)

    assert done.returncode == 2
    assert "':'" in done.stderr


@pytest.mark.parametrize("variable", ["PYTHONIOENCODING=garbage", "PYTHONHASHSEED=x", "PYTHONHOME=/none"])
def test_variables_that_python_does_not_start_with_are_named(variable: str) -> None:
    name, _, value = variable.partition("=")
    environment = {"PATH": "/usr/bin:/bin", "PYTHONUNBUFFERED": "1", name: value}

    done = subprocess.run([ROOT / "oi", "--help"], env=environment, capture_output=True, text=True, check=False)

    assert (done.returncode, done.stdout) == (2, "")
    assert f"values of {name} in the environment" in done.stderr


def test_a_small_stack_is_raised_or_refused() -> None:
    """Python did not start, and variables were blamed."""
    for limit in ("ulimit -s 64", "ulimit -S -s 64"):
        command = ["sh", "-c", f"{limit}; exec ./oi sql ''"]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
        assert done.returncode == 2
        assert ("(ulimit -s)" if limit == "ulimit -s 64" else "the query is empty") in done.stderr


def test_a_folder_as_input_is_taken_for_none(tmp_path: Path) -> None:
    """Python itself would not start."""
    folder = os.open(tmp_path, os.O_RDONLY)
    try:
        done = subprocess.run([ROOT / "oi", "--help"], stdin=folder, capture_output=True, text=True, check=False)
    finally:
        os.close(folder)
    assert done.returncode == 0, done.stderr
