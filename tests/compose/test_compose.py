from __future__ import annotations

import os
import re
import subprocess
from typing import Any
from xml.etree import ElementTree

import pytest
import yaml

from include.settings import ROOT
from tests.compose.rendering import FILE, SECRETS, render, services

PROFILES = [(), *((name,) for name in sorted(set(re.findall(r"profiles: \[(\w+)\]", FILE.read_text()))))]
EVERY_PROFILE = [name for names in PROFILES for name in names]
Services = dict[str, dict[str, Any]]

NODES = {"clickhouse", "clickhouse-1-2", "clickhouse-2-1", "clickhouse-2-2"}
TASKS = {"airflow-scheduler", "airflow-worker"}
AIRFLOW = {"airflow-init", "airflow-apiserver", "airflow-dag-processor", "airflow-triggerer", *TASKS}
OPTIONAL_SECRETS = {
    "AWS_SECRET_ACCESS_KEY": "made-up-bucket",
    "OI_NOTIFY_URL": "https://chat/made-up-chat",
    "OI_METRICS_TOKEN": "made-up-word-of-prometheus",
}
WHO_KNOWS = {
    "KWERY_API_KEY": TASKS,
    "POSTGRES_PASSWORD": {"postgres", "databases", *AIRFLOW},
    "CLICKHOUSE_PASSWORD": {"warehouse", *TASKS},
    "CLICKHOUSE_READER_PASSWORD": {"warehouse", "superset", *TASKS},
    "CLICKHOUSE_ADMIN_PASSWORD": {"warehouse", *NODES},
    "CLICKHOUSE_CLUSTER_SECRET": NODES,
    "AIRFLOW_ADMIN_PASSWORD": {"airflow-init"},
    "AIRFLOW_FERNET_KEY": AIRFLOW,
    "AIRFLOW_SECRET_KEY": AIRFLOW,
    "AIRFLOW_JWT_SECRET": AIRFLOW,
    "SUPERSET_SECRET_KEY": {"superset"},
    "SUPERSET_ADMIN_PASSWORD": {"superset"},
    "SUPERSET_POSTGRES_PASSWORD": {"superset", "superset-postgres"},
    "AWS_SECRET_ACCESS_KEY": TASKS,
    "OI_NOTIFY_URL": AIRFLOW,
    "OI_METRICS_TOKEN": {"airflow-apiserver"},
}
LOOKS_LIKE_A_SECRET = (
    re.compile(r"""(?i)(password|passwd|secret|token|fernet|_key)\w*["']?[:= ]+(?!from_env)["']?[^\s"',}]+"""),
    re.compile(r"://[^\s/@:]*:[^\s/@]+@"),
    re.compile(r"<(password|secret)\b[^>]*(?<!/)>[^<]"),
)


@pytest.fixture(scope="module", params=PROFILES, ids=lambda profiles: profiles[0] if profiles else "plain")
def rendered(request: pytest.FixtureRequest) -> Services:
    return services(*request.param)


def run_once(rendered: Services) -> set[str]:
    """Services that others wait for to complete."""
    needs = [need for service in rendered.values() for need in service.get("depends_on", {}).items()]
    return {name for name, need in needs if need["condition"] == "service_completed_successfully"}


@pytest.mark.parametrize("secret", sorted(SECRETS))
def test_a_missing_secret_stops_it_with_what_to_do(secret: str) -> None:
    rendered = render(**{name: value for name, value in SECRETS.items() if name != secret})
    assert rendered.returncode != 0
    advice = "put your key into .env" if secret == "KWERY_API_KEY" else "run make secrets"
    assert re.search(rf"{secret}.*{advice}", rendered.stderr)


def test_each_secret_is_known_to_those_who_need_it_and_stands_nowhere_else() -> None:
    given = {**SECRETS, **OPTIONAL_SECRETS}
    rendered = yaml.safe_load(render(*EVERY_PROFILE, **given).stdout)
    who_knows = {
        name: {service for service, one in rendered["services"].items() if secret in repr(one)}
        for name, secret in given.items()
    }
    assert who_knows == WHO_KNOWS
    others = {name: part for name, part in rendered.items() if name not in ("services", "x-airflow")}
    assert not any(secret in repr(others) for secret in given.values())


@pytest.mark.parametrize("optional", [OPTIONAL_SECRETS, {}], ids=["every secret is set", "only those that must be"])
def test_the_rendered_files_hold_no_secret_of_their_own(optional: dict[str, str]) -> None:
    given = {**SECRETS, **optional}
    text = render(*EVERY_PROFILE, **given).stdout
    assert all(text.count(secret) for secret in given.values())
    for secret in given.values():
        text = text.replace(secret, "")
    mounted = [file.read_text() for file in (ROOT / "docker" / "clickhouse").glob("*.xml")]
    left = [match[0] for one in (text, *mounted) for shape in LOOKS_LIKE_A_SECRET for match in shape.finditer(one)]
    assert left == []


@pytest.mark.parametrize(
    "text",
    [
        "command: [redis-server, --password hunter2]",
        "- POSTGRES_PASSWORD=hunter2",
        "SUPERSET_SECRET_KEY: 'hunter2'",
        '\'{"password": "hunter2"}\'',
        "test: [CMD, curl, http://admin:hunter2@localhost:8080/health]",
        "<password>hunter2</password>",
    ],
)
def test_what_looks_like_a_secret_is_seen_wherever_it_stands(text: str) -> None:
    assert any(shape.search(text) for shape in LOOKS_LIKE_A_SECRET)


def test_everything_is_reached_from_this_machine_only(rendered: Services) -> None:
    ports = [port for service in rendered.values() for port in service.get("ports", [])]
    assert ports
    assert all(port.startswith("127.0.0.1:") for port in ports)


def test_what_runs_on_is_watched_and_restarted(rendered: Services) -> None:
    once = run_once(rendered)
    for name, service in rendered.items():
        if name not in once:
            assert service.get("healthcheck", {}).get("test"), name
            assert service.get("restart") == "unless-stopped", name


def test_images_are_pinned_and_volumes_are_named(rendered: Services) -> None:
    volumes = yaml.safe_load(FILE.read_text())["volumes"]
    for name, service in rendered.items():
        assert "build" in service or re.search(r":\d", service["image"]), name
        for mount in service.get("volumes", []):
            origin = mount.split(":")[0]
            assert origin in volumes or (FILE.parent / origin).exists(), f"{name}: {mount}"


def test_every_service_that_one_waits_for_is_there(rendered: Services) -> None:
    for name, service in rendered.items():
        needs = service.get("depends_on", {}).items()
        assert {other for other, need in needs if need.get("required", True)} <= rendered.keys(), name


def test_roles_users_and_marts_are_there_before_anybody_loads_or_reads(rendered: Services) -> None:
    assert rendered["warehouse"]["command"][-2:] == ["include.cli", "grant"]
    waiting = {name for name, service in rendered.items() if "warehouse" in service.get("depends_on", {})}
    assert waiting == {"airflow-init", "superset"} & rendered.keys()


def test_who_loads_is_nobody_who_may_make_users(rendered: Services) -> None:
    administrator = rendered["clickhouse"]["environment"]["CLICKHOUSE_USER"]
    warehouse = rendered["warehouse"]["environment"]
    assert warehouse["CLICKHOUSE_ADMIN_USER"] == administrator
    loader = rendered["airflow-scheduler"]["environment"]["CLICKHOUSE_USER"]
    assert loader == warehouse["CLICKHOUSE_USER"] != administrator


def test_a_worker_shares_no_folder_and_needs_a_bucket() -> None:
    worker = services("celery")["airflow-worker"]
    assert worker["volumes"] == ["airflow-logs:/opt/airflow/logs"]
    guard = worker["command"][-1].replace("$$", "$").replace("exec airflow", "exec echo airflow")
    for bucket, code in (("", 127), ("s3://bucket/landing", 0)):
        ended = subprocess.run(["bash", "-c", guard], env={**os.environ, "OI_LANDING_URL": bucket}, capture_output=True)
        assert (ended.returncode, b"a bucket in .env" in ended.stderr) == (code, code > 0), ended.stderr


def test_the_ledger_has_a_database_apart_from_airflows(rendered: Services) -> None:
    scheduler = rendered["airflow-scheduler"]["environment"]
    assert scheduler["OI_LEDGER_URL"].endswith("@postgres/ledger")
    assert scheduler["AIRFLOW__DATABASE__SQL_ALCHEMY_CONN"].endswith("@postgres/airflow")
    assert rendered["airflow-apiserver"]["environment"]["OI_LEDGER_URL"] == scheduler["OI_LEDGER_URL"]


def test_the_cluster_has_two_shards_of_two_replicas() -> None:
    rendered = services("cluster", CLICKHOUSE_NODES="cluster")
    config = ElementTree.parse(ROOT / "docker" / "clickhouse" / "cluster.xml")  # noqa: S314 - our own file
    shards = [[str(host.text) for host in shard.iter("host")] for shard in config.iter("shard") if len(shard)]
    assert [len(replicas) for replicas in shards] == [2, 2]
    for number, replicas in enumerate(shards, start=1):
        for name in replicas:
            node = rendered[name]
            assert (node["environment"]["SHARD"], node["environment"]["REPLICA"]) == (str(number), name)
            assert any(mount.startswith("./docker/clickhouse/cluster.xml:") for mount in node["volumes"]), name
    assert {str(host.text) for host in config.iter("host")} <= rendered.keys()


def test_what_is_made_on_a_cluster_waits_for_all_its_nodes() -> None:
    rendered = services("cluster", CLICKHOUSE_NODES="cluster")
    needs = rendered["warehouse"]["depends_on"]
    assert needs.keys() == NODES | {"keeper"} <= rendered.keys()
    assert {need["condition"] for need in needs.values()} == {"service_healthy"}
