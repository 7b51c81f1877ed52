"""`doctor`: what is wrong, one line each, with what to do."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pika
import pytest

from connectors.sandbox import SandboxConnector
from console.checkup import database, machine
from console.checkup.broker import version
from console.checkup.finding import GIB, Finding
from console.commands.apply import run_apply
from console.commands.doctor import in_order, run_doctor
from console.commands.init import run_init
from console.connectors import probes
from console.wiring import Site
from engine.errors import StoreUnavailable
from engine.store.bulk import run
from engine.topology import COMMANDS
from tests.integration.console.sites import installation

ACME = """
[company.acme.integration]
connector = "{connector}"
url = "http://127.0.0.1:1"
password = {{ env = "{variable}" }}
"""


def apply(site: Site, folder: Path, connector: str = "sandbox", variable: str = "HOME") -> None:
    """A company with an integration."""
    path = folder / "acme.toml"
    path.write_text(ACME.format(connector=connector, variable=variable))
    run_apply(site, path)


def failed(findings: list[Finding]) -> list[str]:
    """The lines that fail."""
    return [str(finding) for finding in findings if finding.status == "fail"]


def only(findings: list[Finding], check: str) -> Finding:
    """The one finding of a check."""
    (found,) = [finding for finding in findings if finding.check == check]
    return found


def test_a_ready_installation_is_in_order(tmp_path: Path) -> None:
    """Mails that become files are worth a word, but no failure."""
    with installation(tmp_path) as site:
        run_init(site)
        apply(site, tmp_path)
        findings = run_doctor(site, {"sandbox": lambda settings: None})
    assert failed(findings) == []
    assert in_order(findings)
    assert only(findings, "mail").status == "warn"
    assert only(findings, "acme") == Finding("acme", "ok", "sandbox at http://127.0.0.1:1")


def test_before_init_the_doctor_says_what_to_run_and_makes_nothing(tmp_path: Path) -> None:
    """Looking must not create an empty database."""
    with installation(tmp_path) as site:
        findings = run_doctor(site)
    assert not in_order(findings)
    assert all(line.endswith("run `countersign init`") for line in failed(findings))
    assert {only(findings, name).status for name in ("data directory", "database", "broker")} == {"fail"}
    assert not (tmp_path / "var/countersign.db").exists()


def test_services_that_are_away_are_findings(tmp_path: Path, free_port: int) -> None:
    """Each service has its line, and no line shows a password."""
    away = f"u:hunter2@127.0.0.1:{free_port}"
    with installation(
        tmp_path,
        DATABASE_URL=f"postgresql://{away}/x",
        BROKER_URL=f"amqp://{away}/",
        SMTP_URL=f"smtp://{away}?starttls=0",
    ) as site:
        findings = run_doctor(site)
    assert {only(findings, name).status for name in ("database", "broker", "mail", "companies")} == {"fail"}
    assert "hunter2" not in "".join(map(str, findings))


def test_full_services_are_in_order(tmp_path: Path, postgres_url: str, rabbitmq_url: str) -> None:
    """PostgreSQL and RabbitMQ are named with their releases."""
    with installation(tmp_path, DATABASE_URL=postgres_url, BROKER_URL=rabbitmq_url) as site:
        run_init(site)
        findings = run_doctor(site)
    assert failed(findings) == []
    assert "PostgreSQL" in only(findings, "database").message
    assert only(findings, "broker").message.startswith("RabbitMQ ")
    assert only(findings, "broker's names").status == "ok"


def test_a_queue_with_other_limits_is_found(tmp_path: Path, rabbitmq_url: str) -> None:
    """A queue made by hand keeps its own limits, silently."""
    connection = pika.BlockingConnection(pika.URLParameters(rabbitmq_url))
    connection.channel().queue_declare(COMMANDS, durable=True, arguments={"x-queue-type": "quorum"})
    connection.close()
    with installation(tmp_path, BROKER_URL=rabbitmq_url) as site:
        run_init(site)
        finding = only(run_doctor(site), "broker's names")
    assert (finding.status, finding.message.split()[0]) == ("warn", COMMANDS)


def test_names_that_are_missing_on_the_broker_are_found(tmp_path: Path, rabbitmq_url: str) -> None:
    """Looking declares nothing."""
    with installation(tmp_path, BROKER_URL=rabbitmq_url) as site:
        for _ in range(2):
            finding = only(run_doctor(site), "broker's names")
            assert finding.status == "fail"
            assert COMMANDS in finding.message


def test_a_secret_that_is_missing_is_named(tmp_path: Path) -> None:
    """The line says which variable to set."""
    with installation(tmp_path) as site:
        run_init(site)
        apply(site, tmp_path, variable="COUNTERSIGN_TEST_NO_SUCH_SECRET")
        finding = only(run_doctor(site), "acme")
    assert finding.status == "fail"
    assert "set the environment variable COUNTERSIGN_TEST_NO_SUCH_SECRET" in finding.advice


def test_the_connector_of_an_integration_is_asked(tmp_path: Path) -> None:
    """An address at which nobody listens is found before the first item is accepted."""
    with installation(tmp_path) as site:
        run_init(site)
        apply(site, tmp_path)
        finding = only(run_doctor(site, probes()), "acme")
    assert finding.status == "fail"
    assert "the ERP cannot be reached" in finding.message


def test_a_connector_that_fails_at_being_asked_is_a_finding(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without its words, which may hold a password."""

    def check(self: object, settings: Mapping[str, Any]) -> str | None:
        raise KeyError(settings["password"])

    monkeypatch.setattr(SandboxConnector, "check", check)
    with installation(tmp_path) as site:
        run_init(site)
        apply(site, tmp_path)
        finding = only(run_doctor(site, probes()), "acme")
    assert finding.status == "fail"
    assert "its connector failed with a KeyError" in finding.message
    assert str(Path.home()) not in finding.message


def test_an_erp_that_does_not_answer_is_a_finding(tmp_path: Path) -> None:
    """What the connector says is shown."""

    def away(settings: object) -> str | None:
        raise StoreUnavailable("nobody answers")

    with installation(tmp_path) as site:
        run_init(site)
        apply(site, tmp_path)
        refused = only(run_doctor(site, {"sandbox": lambda settings: "wrong password"}), "acme")
        silent = only(run_doctor(site, {"sandbox": away}), "acme")
    assert "wrong password" in refused.message
    assert "nobody answers" in silent.message
    assert refused.status == silent.status == "fail"


def test_a_stopped_integration_is_a_finding(tmp_path: Path) -> None:
    """Its reason says how to start it again."""
    with installation(tmp_path) as site:
        run_init(site)
        apply(site, tmp_path)
        with site.database.write() as connection:
            run(connection, "UPDATE integrations SET state = 'stopped', reason = 'resume it'")
        assert any("the integration is stopped: resume it" in line for line in failed(run_doctor(site)))


def test_a_connector_that_is_not_here_is_worth_a_word(tmp_path: Path) -> None:
    """It may run elsewhere."""
    with installation(tmp_path) as site:
        run_init(site)
        apply(site, tmp_path, connector="cobol")
        findings = [finding for finding in run_doctor(site) if finding.check == "acme"]
    assert [finding.status for finding in findings] == ["warn", "ok"]


@pytest.mark.parametrize(
    ("finding", "status"),
    [
        (machine.free_space(50 * GIB), "ok"),
        (machine.free_space(GIB), "warn"),
        (machine.free_space(0), "fail"),
        (database.skew(0.1), "ok"),
        (database.skew(-5), "warn"),
        (database.skew(60), "fail"),
        (version("3.9.29"), "fail"),
        (version("3.10.0"), "ok"),
        (version("4.1.0-beta.1"), "ok"),
    ],
)
def test_limits_decide_between_a_word_and_a_failure(finding: Finding, status: str) -> None:
    """A disk, a clock and a release are each right, doubtful or wrong."""
    assert finding.status == status
