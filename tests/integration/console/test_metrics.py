"""The page that Prometheus reads, and who asks it for what."""

from __future__ import annotations

import socket
import urllib.request
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from console import metrics
from console.commands.apply import run_apply
from console.commands.init import run_init
from console.health import HealthServer
from console.metrics import PREFIX, page, served
from console.serving import addresses
from console.wiring import Site
from engine.errors import Misconfigured
from engine.store.bulk import run
from engine.times import after
from tests.integration.console.sites import installation

ACME = '[company.acme.integration]\nconnector = "abacus"\nurl = "http://127.0.0.1:1"\n'
Samples = dict[tuple[str, ...], float]


@pytest.fixture
def site(tmp_path: Path, free_port: int) -> Iterator[Site]:
    """An installation with one company, whose connector is not installed here."""
    with installation(tmp_path, METRICS_LISTEN=f"127.0.0.1:{free_port}") as found:
        run_init(found)
        (tmp_path / "acme.toml").write_text(ACME)
        run_apply(found, tmp_path / "acme.toml")
        yield found


def read(text: str) -> Samples:
    """Each of our samples by its name and its labels' values."""
    families = list(text_string_to_metric_families(text))
    return {
        (sample.name.removeprefix(PREFIX), *sample.labels.values()): sample.value
        for family in families
        for sample in family.samples
        if sample.name.startswith(PREFIX)
    }


def samples(site: Site) -> Samples:
    """What the page shows now."""
    status, kind, body = page(site)
    assert (status, kind.partition(";")[0]) == (200, "text/plain")
    return read(body.decode())


def late(site: Site, seconds: float) -> str:
    """A time that has passed."""
    return after(site.now(), -seconds)


def fill(site: Site) -> None:
    """A little of everything that can be open, and something of each that is not."""
    with site.database.write() as connection:
        run(
            connection,
            "INSERT INTO event_log (id, type, at, body) VALUES (901, 't', :at, ''), (902, 't', :now, '')",
            at=late(site, 90),
            now=site.now(),
        )
        run(
            connection,
            """INSERT INTO outbox (id, bucket, exchange, routing_key, mandatory, message_id)
               VALUES (900, 0, '', 'reply', false, 'r'),
                      (901, 0, 'x', 'k', false, 'a'), (902, 0, 'x', 'k', false, 'b')""",
        )
        for key, status, due in (("a", "retrying", 120), ("b", "retrying", -60), ("c", "succeeded", 9000)):
            run(
                connection,
                """INSERT INTO exports (key, item, company, connector, version, status, attempt, mode, due_at, request,
                                        requested_at)
                   VALUES (:key, :key, 'acme', 'abacus', 1, :status, 1, 'send', :due, '{}', '')""",
                key=key,
                status=status,
                due=late(site, due),
            )
        for key, state in (("a", "failed"), ("b", "failed"), ("c", "synced")):
            run(
                connection,
                """INSERT INTO items (key, company, item_type, id, state, version, sequence, head, payload, fields,
                                      waiting_on, erp_lines, attachments, created_at, updated_at)
                   VALUES (:key, 'acme', 'project', :key, :state, 1, 1, '', '{}', '{}', '[]', '{}', '[]', '', '')""",
                key=key,
                state=state,
            )
        run(connection, "INSERT INTO waits (item, need) VALUES ('b', 'n'), ('c', 'n')")
        for resolved in (None, site.now()):
            run(
                connection,
                """INSERT INTO dead_letters (kind, reason, class, message, attempts, fingerprint, size, sha256,
                                             properties, added_at, resolved_at)
                   VALUES ('message', 'malformed', 'c', 'm', 0, 'f', 0, '', '{}', '', :resolved)""",
                resolved=resolved,
            )
        for mail, waiting in (("a", site.now()), ("b", None)):
            run(
                connection,
                """INSERT INTO mail (id, company, kind, recipient, cause, context, created_at, due_at)
                   VALUES (:mail, 'acme', 'summary', 'x', 'x', '{}', :at, :due)""",
                mail=mail,
                at=late(site, 7200),
                due=waiting,
            )
        run(connection, "UPDATE integrations SET state = 'stopped'")


def check_filled(site: Site) -> None:
    """What is open is counted, and what is finished is not."""
    found = samples(site)
    assert found["up", "database"] == found["up", "broker"] == 1
    assert (found["outbox_messages",], found["waits",], found["mails",]) == (3, 2, 1)
    assert found["outbox_oldest_seconds",] == pytest.approx(90, abs=30)
    assert found["mails_oldest_seconds",] == pytest.approx(7200, abs=30)
    assert {key: value for key, value in found.items() if key[0] == "exports"} == {
        ("exports", "abacus", "retrying"): 2
    }
    assert found["exports_overdue_seconds", "abacus", "retrying"] == pytest.approx(120, abs=30)
    assert {key: value for key, value in found.items() if key[0] == "items"} == {
        ("items", "project", "failed"): 2
    }
    assert found["dead_letters", "message", "malformed"] == 1
    assert [found["integrations", state] for state in ("running", "open", "stopped")] == [0, 0, 1]
    assert found["queue_messages", "countersign.commands"] == 0


def test_what_is_open_is_counted_and_what_is_finished_is_not(site: Site) -> None:
    """An operator sees what waits, and since when."""
    fill(site)
    check_filled(site)


def test_full_services_show_the_same(tmp_path: Path, postgres_url: str, rabbitmq_url: str) -> None:
    """PostgreSQL and RabbitMQ are asked the same questions."""
    with installation(tmp_path, DATABASE_URL=postgres_url, BROKER_URL=rabbitmq_url) as site:
        run_init(site)
        (tmp_path / "acme.toml").write_text(ACME)
        run_apply(site, tmp_path / "acme.toml")
        fill(site)
        check_filled(site)


def test_nothing_open_is_zero(site: Site) -> None:
    """A figure that is missing could also mean that nobody looked."""
    found = samples(site)
    names = ("outbox_messages", "outbox_oldest_seconds", "waits", "mails", "mails_oldest_seconds")
    assert [found[name,] for name in names] == [0] * len(names)


def test_the_queue_of_a_connector_that_runs_elsewhere_is_shown(site: Site) -> None:
    """It may be written in any language; a queue that nobody has declared yet is no outage."""
    assert ("queue_messages", "countersign.exports.abacus") in samples(site)
    with site.database.write() as connection:
        run(connection, "UPDATE integrations SET connector = 'brand-new'")
    found = samples(site)
    assert ("queue_messages", "countersign.exports.brand-new") not in found
    assert found["up", "broker"] == 1


def test_services_that_are_away_are_told_by_a_page_all_the_same(tmp_path: Path, free_port: int) -> None:
    """Who watches has to learn that the database is away, not that nobody answers."""
    away = f"u:hunter2@127.0.0.1:{free_port}"
    with installation(tmp_path, DATABASE_URL=f"postgresql://{away}/x", BROKER_URL=f"amqp://{away}/") as site:
        assert samples(site) == {("up", "database"): 0, ("up", "broker"): 0}


def test_while_a_look_hangs_nobody_else_takes_a_connection(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who asks every few seconds must not starve the roles that share the process."""
    monkeypatch.setattr(metrics, "_PATIENCE_S", 0.01)
    with metrics._turn:
        assert samples(site) == {("up", "database"): 0, ("up", "broker"): 0}
    assert samples(site)["up", "database"] == 1


def test_a_broker_that_is_away_hides_no_figure_of_the_database(tmp_path: Path, free_port: int) -> None:
    """Then most of all somebody wants to know what waits in the outbox."""
    with installation(tmp_path, BROKER_URL=f"amqp://u:p@127.0.0.1:{free_port}/") as site:
        with pytest.raises(Exception, match="RabbitMQ"):
            run_init(site)
        found = samples(site)
    assert found["up", "broker"] == 0
    assert not any(name == "queue_messages" for name, *_ in found)
    assert found["up", "database"] == 1
    assert found["outbox_messages",] == 0


def test_the_page_is_served_beside_the_roles_until_they_end(site: Site) -> None:
    """The setting has an effect."""
    with served(site) as server:
        assert server is not None
        assert server.port == site.settings.metrics_listen.port  # type: ignore[union-attr]
        with urllib.request.urlopen(f"{server.address}/metrics", timeout=30) as answer:
            text = answer.read().decode()
        assert read(text)["up", "database"] == 1
        assert "process_resident_memory_bytes" in text
        with socket.create_connection(("127.0.0.1", server.port), timeout=30) as client:
            client.sendall(b"nonsense\r\n\r\n")  # hurts nobody else
            client.recv(1)
        with urllib.request.urlopen(f"{server.address}/metrics", timeout=30) as answer:
            assert answer.status == 200
    with pytest.raises(OSError, match="refused"):
        socket.create_connection(("127.0.0.1", server.port), timeout=30)


def test_of_several_processes_with_one_address_the_first_has_it(site: Site) -> None:
    """The others go on without."""
    with served(site) as first, served(site) as second:
        assert first is not None
        assert second is None
    with served(site) as again:
        assert again is not None


def test_without_the_setting_nothing_listens(tmp_path: Path) -> None:
    """A port is opened only by who asks for it."""
    with installation(tmp_path) as site, served(site) as server:
        assert server is None


def test_the_console_tells_where_it_really_listens(tmp_path: Path, free_port: int) -> None:
    """The address in the mails may be a proxy's."""
    listen = f"127.0.0.1:{free_port}"
    given = {"CONSOLE_URL": "https://erp.example.test", "CONSOLE_LISTEN": listen}
    with installation(tmp_path, **given) as site, closing(HealthServer(site)) as server:
        assert addresses([("console", server)]) == f"http://{listen}"
        with pytest.raises(Misconfigured, match="COUNTERSIGN_CONSOLE_LISTEN"):
            HealthServer(site)
