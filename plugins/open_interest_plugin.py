"""What Airflow must know by registration; everything else in `oi_airflow` is an ordinary import."""

from airflow.plugins_manager import AirflowPlugin

from oi_airflow import batch_labels, run_note
from oi_airflow.params import know_instants
from oi_airflow.priority import LiveFirst

know_instants()  # the web server checks params, and reads no DAG file


class OpenInterestPlugin(AirflowPlugin):
    name = "open_interest"
    listeners = [run_note, batch_labels]  # noqa: RUF012 - as Airflow reads it
    priority_weight_strategies = [LiveFirst]  # noqa: RUF012 - Airflow reads a plain class attribute
