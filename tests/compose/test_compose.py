from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
import yaml

from include.settings import ROOT
from tests.compose.rendering import FILE, SECRETS, render, services

PROFILES = [(), *((name,) for name in sorted(set(re.findall(r"profiles: \[(\w+)\]", FILE.read_text()))))]
Services = dict[str, dict[str, Any]]


@pytest.fixture(scope="module", params=PROFILES, ids=lambda profiles: profiles[0] if profiles else "plain")
def rendered(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Services:
    return services(tmp_path_factory.mktemp("compose"), *request.param)


def run_once(rendered: Services) -> set[str]:
    """Services that others wait for to complete."""
    needs = [need for service in rendered.values() for need in service.get("depends_on", {}).items()]
    return {name for name, need in needs if need["condition"] == "service_completed_successfully"}


@pytest.mark.parametrize("secret", sorted(SECRETS))
def test_a_missing_secret_stops_it_with_what_to_do(secret: str, tmp_path: Path) -> None:
    rendered = render(tmp_path, **{name: value for name, value in SECRETS.items() if name != secret})
    assert rendered.returncode != 0
    advice = "put your key into .env" if secret == "KWERY_API_KEY" else "run make secrets"
    assert re.search(rf"{secret}.*{advice}", rendered.stderr)


def test_no_password_stands_in_the_file() -> None:
    named = re.compile(r"(PASSWORD|SECRET|KEY|FERNET)")
    for service in yaml.safe_load(FILE.read_text())["services"].values():
        for name, value in (service.get("environment") or {}).items():
            assert not named.search(name) or value.startswith("${"), f"{name}: {value}"
            assert not re.search(r"://[^$@/]*:[^$@/]+@", str(value)), f"{name}: {value}"


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
        assert service.get("depends_on", {}).keys() <= rendered.keys(), name


def test_a_worker_has_no_folder_of_the_others_and_does_not_start_without_a_bucket(tmp_path: Path) -> None:
    worker = services(tmp_path, "celery")["airflow-worker"]
    assert worker["volumes"] == ["airflow-logs:/opt/airflow/logs"]
    guard = worker["command"][-1].replace("$$", "$").replace("exec airflow", "exec echo airflow")
    for bucket, code in (("", 127), ("s3://bucket/landing", 0)):
        ended = subprocess.run(["bash", "-c", guard], env={**os.environ, "OI_LANDING_URL": bucket}, capture_output=True)
        assert (ended.returncode, b"a bucket in .env" in ended.stderr) == (code, code > 0), ended.stderr


def test_only_who_needs_the_key_and_the_warehouse_knows_them(rendered: Services) -> None:
    keys = {name for name, service in rendered.items() if "KWERY_API_KEY" in service.get("environment", {})}
    assert keys <= {"airflow-scheduler", "airflow-worker"}
    assert "airflow-scheduler" in keys


def test_the_ledger_has_a_database_apart_from_airflows(rendered: Services) -> None:
    scheduler = rendered["airflow-scheduler"]["environment"]
    assert scheduler["OI_LEDGER_URL"].endswith("@postgres/ledger")
    assert scheduler["AIRFLOW__DATABASE__SQL_ALCHEMY_CONN"].endswith("@postgres/airflow")
    assert rendered["airflow-apiserver"]["environment"]["OI_LEDGER_URL"] == scheduler["OI_LEDGER_URL"]


def test_the_cluster_has_two_shards_of_two_replicas_that_each_know_who_they_are(tmp_path: Path) -> None:
    rendered = services(tmp_path, "cluster", CLICKHOUSE_NODES="cluster")
    config = ElementTree.parse(ROOT / "docker" / "clickhouse" / "cluster.xml")  # noqa: S314 - our own file
    shards = [[str(host.text) for host in shard.iter("host")] for shard in config.iter("shard") if len(shard)]
    assert [len(replicas) for replicas in shards] == [2, 2]
    for number, replicas in enumerate(shards, start=1):
        for name in replicas:
            node = rendered[name]
            assert (node["environment"]["SHARD"], node["environment"]["REPLICA"]) == (str(number), name)
            assert any(mount.startswith("./docker/clickhouse/cluster.xml:") for mount in node["volumes"]), name
    assert {str(host.text) for host in config.iter("host")} <= rendered.keys()
