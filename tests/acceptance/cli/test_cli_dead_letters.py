"""What was given up, through the command line alone; the tests speak for the connector."""

from __future__ import annotations

import getpass
import json

import pytest

from tests.acceptance.cli.installation import Installation

ERROR = {"class": "validation", "code": "bad_name", "message": "the name is too long"}


def _fail(installation: Installation, *numbers: str) -> None:
    """Let exports fail: sent, accepted, and refused by the ERP."""
    keys = [f"acme/project/{number}" for number in numbers]
    assert installation.send(*(installation.project(number) for number in numbers)).returncode == 0
    installation.ok("accept", *keys, "--as", "pat@acme.test")
    done = installation.send(*(installation.report(key, 1, "failed", error=ERROR) for key in keys))
    assert done.returncode == 0, done.stdout


def test_failed_exports_are_listed_grouped_shown_and_replayed(installation: Installation) -> None:
    """One cause is one group, and a group is tried again at once."""
    with installation.served():
        _fail(installation, "P-1", "P-2")
        letters = installation.json("dead-letters", "list")
        assert [letter["item"] for letter in letters] == ["acme/project/P-2", "acme/project/P-1"]
        (group,) = installation.json("dead-letters", "groups")
        assert (group["count"], group["class"], group["code"]) == (2, "validation", "bad_name")
        shown = installation.json("dead-letters", "show", str(letters[0]["id"]))
        assert shown["message"] == "the name is too long"
        beginning = group["group"][:6]
        told = installation.ok(
            "dead-letters", "replay", "--group", beginning, "--reason", "corrected in the ERP"
        )
    assert "2 dead letters replayed, 0 refused." in told
    assert installation.json("dead-letters", "list") == []
    (resolved, _) = installation.json("dead-letters", "list", "--resolved")
    assert resolved["resolution"] == "replayed"
    assert resolved["resolve_reason"] == "corrected in the ERP"
    assert resolved["resolved_by"] == f"operator:{getpass.getuser()}"
    item = installation.json("show", "acme/project/P-1")
    assert (item["state"], item["export"]["attempt"]) == ("accepted", 2)
    assert item["history"][-1]["event"] == "replayed"


def test_a_person_replays_by_their_own_right(installation: Installation) -> None:
    """With --as the engine asks what that person may do."""
    with installation.served():
        _fail(installation, "P-1")
        refused = installation.run("dead-letters", "replay", "1", "--reason", "x", "--as", "pm@acme.test")
        assert refused.returncode == 1
        assert "not_allowed" in refused.stderr
        assert installation.json("dead-letters", "replay", "1", "--reason", "x", "--as", "pat@acme.test") == [
            {"id": 1, "result": "replayed"}
        ]
        again = installation.run("dead-letters", "replay", "1", "--reason", "x")
    assert again.returncode == 1
    assert "not open" in again.stderr


def test_nobody_is_an_operator_without_the_databases_password(installation: Installation) -> None:
    """A message can claim any actor; only whoever can write to the database is believed."""
    with installation.served():
        _fail(installation, "P-1")
        done = installation.send(installation.command("replay", "acme/project/P-1", "operator:root", {}))
        assert done.returncode == 1
        assert json.loads(done.stdout)[0]["reason"]["code"] == "unknown_actor"
        assert "applied" in installation.ok("replay", "acme/project/P-1")


def test_a_discarded_export_stays_failed(installation: Installation) -> None:
    """Letting go is no decision about the item."""
    with installation.served():
        _fail(installation, "P-1")
        assert "stays failed" in installation.ok("dead-letters", "discard", "1", "--reason", "built twice")
        again = installation.run("dead-letters", "discard", "1", "--reason", "x")
    assert again.returncode == 1
    assert "settled already: discarded" in again.stderr
    assert installation.json("show", "acme/project/P-1")["state"] == "failed"
    assert installation.run("dead-letters", "show", "99").returncode == 1
    (event,) = installation.json("events", "--type", "dead_letter.resolved")
    assert event["data"]["dead_letter"]["resolution"] == "discarded"


def test_a_message_is_replayed_as_it_came(installation: Installation) -> None:
    """An unreadable message becomes a dead letter again, and its bytes are the same."""
    body = b"\xff no JSON"
    installation.publish(body)
    with installation.served() as output:
        installation.send(installation.project("P-1"))
        (letter,) = installation.json("dead-letters", "list")
        assert (letter["kind"], letter["reason"], letter["size"]) == ("message", "malformed", len(body))
        assert "1 dead letter replayed" in installation.ok(
            "dead-letters", "replay", "--all", "--reason", "try it"
        )
        installation.send(installation.project("P-2"))
        output.wait_for("serve.ready")
    (again,) = installation.json("dead-letters", "list")
    assert again["sha256"] == letter["sha256"]
    shown = installation.json("dead-letters", "show", str(again["id"]))
    assert shown["original_base64"] == "/yBubyBKU09O"


@pytest.mark.parametrize("size", [2 * 1024 * 1024])
def test_a_message_of_which_only_the_head_is_kept_is_not_replayed(
    installation: Installation, size: int
) -> None:
    """Half a message would be another message."""
    installation.publish(b"x" * size)
    with installation.served():
        installation.send(installation.project("P-1"))
        done = installation.run("dead-letters", "replay", "--all", "--reason", "try it")
    assert done.returncode == 1
    assert "its sender has to send it again" in done.stderr
