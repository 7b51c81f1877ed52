"""The compose file and what it mounts."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from console.metrics import METRICS, PREFIX

ROOT = Path(__file__).resolve().parents[2]
ROLES = {"engine", "relay", "connector", "notifier", "scheduler", "dead-letters", "console"}


@pytest.fixture
def compose() -> dict[str, Any]:
    """The compose file, read."""
    text = (ROOT / "docker-compose.yml").read_text(encoding="utf-8")
    loaded: dict[str, Any] = yaml.safe_load(text)
    return loaded


def test_every_role_is_a_service(compose: dict[str, Any]) -> None:
    """Each role runs, and can be scaled, by itself."""
    served = {
        service["command"][1]
        for service in compose["services"].values()
        if service.get("command", [""])[0] == "serve"
    }
    assert served == ROLES


def test_a_role_starts_after_the_database_and_the_broker_are_prepared(compose: dict[str, Any]) -> None:
    """No role meets a database without tables."""
    conditions = {role: compose["services"][role]["depends_on"]["init"]["condition"] for role in ROLES}
    assert set(conditions.values()) == {"service_completed_successfully"}


def test_published_ports_are_open_to_this_machine_alone(compose: dict[str, Any]) -> None:
    """The default passwords protect nothing from the network."""
    ports = [port for service in compose["services"].values() for port in service.get("ports", [])]
    assert [port for port in ports if not port.startswith("127.0.0.1:")] == []


def test_mounted_files_exist(compose: dict[str, Any]) -> None:
    """Docker would make an empty folder in the place of a missing file."""
    volumes = [volume for service in compose["services"].values() for volume in service.get("volumes", [])]
    sources = [volume.split(":")[0] for volume in volumes if volume.startswith("./")]
    assert sources
    assert [source for source in sources if not (ROOT / source).exists()] == []


def test_prometheus_reads_every_role() -> None:
    """A role that nobody watches fails unseen."""
    config = yaml.safe_load((ROOT / "deploy/docker/prometheus.yml").read_text(encoding="utf-8"))
    (job,) = [job for job in config["scrape_configs"] if job["job_name"] == "countersign"]
    watched = {target.split(":")[0] for target in job["static_configs"][0]["targets"]}
    assert watched == ROLES


def test_dashboards_ask_the_provisioned_source() -> None:
    """A panel with another source stays empty."""
    folder = ROOT / "deploy/docker/grafana"
    provisioned = yaml.safe_load(
        (folder / "provisioning/datasources/prometheus.yml").read_text(encoding="utf-8")
    )
    known = {source["uid"] for source in provisioned["datasources"]}
    for path in (folder / "dashboards").glob("*.json"):
        panels = json.loads(path.read_text(encoding="utf-8"))["panels"]
        assert {panel["datasource"]["uid"] for panel in panels} <= known


def _asked(value: Any) -> Iterator[str]:
    """Every question in a file of rules or panels."""
    if isinstance(value, dict):
        yield from (each for name, each in value.items() if name == "expr")
        yield from (expr for each in value.values() for expr in _asked(each))
    elif isinstance(value, list):
        yield from (expr for each in value for expr in _asked(each))


@pytest.mark.parametrize("path", ["alerts.yml", "grafana/dashboards/countersign.json"])
def test_rules_and_panels_ask_for_what_there_is(path: str) -> None:
    """A misspelt name would stay silent for ever."""
    text = (ROOT / "deploy/docker" / path).read_text(encoding="utf-8")
    asked = list(_asked(json.loads(text) if path.endswith("json") else yaml.safe_load(text)))
    used = {name for expr in asked for name in re.findall(rf"\b{PREFIX}\w+", expr)}
    assert len(used) > 3
    assert used <= {PREFIX + metric.name for metric in METRICS}
    labels = {label for metric in METRICS for label in metric.labels}
    grouped = {
        name for expr in asked for found in re.findall(r"by \(([^)]*)\)", expr) for name in found.split(", ")
    }
    assert grouped <= labels


def test_prometheus_reads_the_rules_that_are_mounted() -> None:
    """Rules in a file that nobody reads do not ring."""
    config = yaml.safe_load((ROOT / "deploy/docker/prometheus.yml").read_text(encoding="utf-8"))
    compose = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))
    mounted = {volume.split(":")[1] for volume in compose["services"]["prometheus"]["volumes"]}
    assert set(config["rule_files"]) <= mounted
