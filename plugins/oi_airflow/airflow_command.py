"""Any command of Airflow, with the variables of the Airflow that `./oi airflow` starts.

python -m oi_airflow.airflow_command backfill create --help
"""

from __future__ import annotations

import sys

from include.configuration.errors import SettingsError
from include.domain.display import shown
from include.domain.gc_tuning import collect_seldom
from include.settings import load_settings
from oi_airflow import environment


def main(arguments: list[str]) -> int:
    """Runs `airflow ARGUMENTS` in this process, so that its exit code and signals are Airflow's own."""
    try:
        settings = load_settings()
        home = environment.enter(settings)
    except SettingsError as error:
        print(shown(error), file=sys.stderr)
        return 2
    # Airflow reads its environment when it is first imported: not before this line.
    from airflow.__main__ import main as airflow

    from oi_airflow.clickhouse import offer_reader
    from oi_airflow.first_run import prepare

    offer_reader(settings)
    if not (home / "airflow.db").exists():
        prepare(home)
    sys.argv = ["airflow", *arguments]
    airflow()  # type: ignore[no-untyped-call] # Airflow's own
    return 0


if __name__ == "__main__":
    collect_seldom()
    sys.exit(main(sys.argv[1:]))
