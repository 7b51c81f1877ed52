"""Looking at items, events and integrations, and keeping them sound, through the command line alone."""

from __future__ import annotations

import json
import signal
import sqlite3
from contextlib import closing
from pathlib import Path

from tests.acceptance.cli.installation import Installation


def _sub_job(installation: Installation) -> dict[str, object]:
    payload = {"project": "P-9", "code": "01", "name": "North wing"}
    return installation.command("send", "acme/sub_job/S-1", "pm@acme.test", {"payload": payload})


def _change(installation: Installation, statement: str) -> None:
    with closing(sqlite3.connect(installation.folder / "countersign.db")) as database, database:
        database.execute(statement)


def test_items_are_filtered_and_show_has_the_public_fields(installation: Installation) -> None:
    """What scripts read has exactly these fields."""
    with installation.served():
        installation.send(installation.project("P-1"), installation.project("P-2"), _sub_job(installation))
        installation.ok("accept", "acme/project/P-1", "--as", "pat@acme.test")
    fields = [
        "key",
        "type",
        "title",
        "project",
        "state",
        "version",
        "waiting_on",
        "fields",
        "erp_id",
        "export",
    ]
    found = installation.json("items")
    assert found[0]["key"] == "acme/project/P-1"  # the newest change
    assert [list(item) for item in found] == [fields] * 3
    shown = installation.json("show", "acme/project/P-1")
    assert list(shown) == [*fields, "history"]
    assert shown["export"] == {
        "key": "acme/project/P-1@1",
        "status": "requested",
        "attempt": 1,
        "next_attempt_at": None,
        "error": None,
    }
    for filters, keys in (
        (["--type", "sub_job"], {"acme/sub_job/S-1"}),
        (["--state", "ready_to_export"], {"acme/project/P-2"}),
        (["--project", "P-9"], {"acme/sub_job/S-1"}),
        (["--search", "pROJECT p-2"], {"acme/project/P-2"}),
        (["--search", "100%"], set()),
        (["--company", "other"], set()),
    ):
        assert {item["key"] for item in installation.json("items", *filters)} == keys, filters
    done = installation.run("items", "--limit", "1")
    assert "2 more" in done.stderr
    told = installation.ok("show", "acme/sub_job/S-1")
    assert "waits for" in told
    assert "when (UTC)" in told
    assert installation.json("show", "acme/sub_job/S-1")["waiting_on"] == ["acme/project/P-9"]
    assert installation.run("show", "acme/project/P-7").returncode == 1


def test_events_are_followed_as_they_come(installation: Installation) -> None:
    """What was there first comes first, then each new event once."""
    with installation.served():
        installation.send(installation.project("P-1"))
        follow = ("events", "--follow", "--type", "item.sent", "--json")
        with installation.started(*follow, ends=signal.SIGINT, code=130) as output:
            output.wait_for('"subject": "acme/project/P-1"')
            installation.send(installation.project("P-2"))
            output.wait_for('"subject": "acme/project/P-2"')
    assert [json.loads(line)["type"] for line in output.lines] == ["countersign.item.sent.v1"] * 2
    assert len(installation.json("events", "--subject", "acme/project/P-2")) == 3
    assert len(installation.json("events", "--limit", "2")) == 2
    assert "item.ready_to_export" in installation.ok("events", "--company", "acme")


def test_verify_finds_what_was_changed_behind_the_engines_back(
    installation: Installation, tmp_path: Path
) -> None:
    """A changed title, a rewritten entry and a cut-off history are each told."""
    anchor = tmp_path / "anchor.json"
    with installation.served():
        installation.send(
            installation.project("P-1"), installation.project("P-2"), installation.project("P-3")
        )
    installation.ok("verify", "--anchor", str(anchor))
    assert json.loads(anchor.read_text())["items"]["acme/project/P-1"][0] == 2
    installation.ok("verify", "--anchor", str(anchor))
    before = anchor.read_text()
    _change(installation, "UPDATE items SET state = 'synced' WHERE key = 'acme/project/P-1'")
    _change(
        installation,
        "UPDATE history SET entry = replace(entry, 'pm@', 'xy@') WHERE item = 'acme/project/P-2'",
    )
    _change(installation, "DELETE FROM history WHERE item = 'acme/project/P-3'")
    _change(installation, "DELETE FROM items WHERE key = 'acme/project/P-3'")
    done = installation.run("verify")
    assert done.returncode == 1
    assert "acme/project/P-1: its state is 'synced'" in done.stdout
    assert "acme/project/P-2: history entry 1: the text is not what was hashed" in done.stdout
    assert "P-3" not in done.stdout  # without an anchor nobody can know
    done = installation.run("verify", "--anchor", str(anchor))
    assert "acme/project/P-3: history entry 2 was there at the anchor's time" in done.stdout
    assert anchor.read_text() == before


def test_recover_puts_open_exports_in_doubt(installation: Installation) -> None:
    """After a restore the ERP is asked before anything is sent again."""
    with installation.served():
        installation.send(installation.project("P-1"), installation.project("P-2"))
        installation.ok("accept", "acme/project/P-1", "--as", "pat@acme.test")
    assert installation.json("recover") == [{"in_doubt": 1}]
    export = installation.json("show", "acme/project/P-1")["export"]
    assert export["status"] == "in_doubt"
    assert export["next_attempt_at"] is not None
    assert len(installation.json("events", "--type", "export.in_doubt")) == 1
    installation.ok("verify")


def test_prune_deletes_only_what_is_old_and_published(installation: Installation) -> None:
    """An event that is still to be published stays, however old it is."""
    with installation.served("engine"):
        installation.send(installation.project("P-1"))
    _change(installation, "UPDATE event_log SET at = '2020-01-01T00:00:00.000000Z'")
    _change(installation, "UPDATE inbox SET at = '2020-01-01T00:00:00.000000Z'")
    deleted = {each["table"]: each["deleted"] for each in installation.json("prune")}
    assert (deleted["inbox"], deleted["event_log"]) == (1, 0)
    _change(installation, "DELETE FROM outbox")
    deleted = {each["table"]: each["deleted"] for each in installation.json("prune")}
    assert deleted["event_log"] == 3
    assert len(installation.json("show", "acme/project/P-1")["history"]) == 2


def test_a_stopped_integration_is_listed_and_resumed(installation: Installation) -> None:
    """After a refused log-in somebody corrects it and says go on."""
    _change(
        installation, "UPDATE integrations SET state = 'stopped', reason = 'log-in refused', failures = 3"
    )
    (listed,) = installation.json("integrations", "list")
    assert (listed["company"], listed["state"], listed["reason"]) == ("acme", "stopped", "log-in refused")
    assert "settings" not in listed
    assert "runs again" in installation.ok("integrations", "resume", "acme")
    (listed,) = installation.json("integrations", "list")
    assert (listed["state"], listed["failures"]) == ("running", 0)
    assert installation.run("integrations", "resume", "other").returncode == 1


def test_summaries_that_are_due_are_decided_once(installation: Installation) -> None:
    """A day's summary is decided once, however often somebody asks."""
    with installation.served():
        installation.send(installation.project("P-1"))
    (decided,) = installation.json("summary", "--company", "acme", "--date", "2031-01-02")
    assert decided == {"company": "acme", "date": "2031-01-02", "recipients": ["pat@acme.test"]}
    assert "No summary is due" in installation.ok("summary", "--company", "acme", "--date", "2031-01-02")
