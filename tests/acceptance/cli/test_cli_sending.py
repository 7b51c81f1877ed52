"""`send` and the commands of people, through the command line alone."""

from __future__ import annotations

import json

import pytest

from tests.acceptance.cli.installation import Installation


def test_an_object_an_array_and_lines_are_all_sent(installation: Installation) -> None:
    """Upstream scripts write whichever they like."""
    one, two, three = (installation.project(f"P-{number}") for number in (1, 2, 3))
    pretty = json.dumps(one, indent=2)
    lines = json.dumps(two) + "\n\n" + json.dumps(three) + "\n"
    assert "1 command safely queued" in installation.ok("send", "-", given=pretty)
    assert "2 commands safely queued" in installation.ok("send", "-", given=lines)
    assert "2 commands safely queued" in installation.ok("send", "-", given=json.dumps([two, three]))


def test_what_was_sent_before_the_first_start_is_kept(installation: Installation) -> None:
    """`init` has made the queue, so nobody has to listen yet."""
    installation.ok("send", "-", given=json.dumps(installation.project("P-1")))
    with installation.served() as output:
        output.wait_for("serve.ready")
        assert installation.send(installation.project("P-2")).returncode == 0
    assert {item["key"] for item in installation.json("items")} == {"acme/project/P-1", "acme/project/P-2"}


def test_an_unreadable_entry_is_named_and_nothing_is_sent(installation: Installation) -> None:
    """Half a file would be harder to put right than none."""
    good, bad = installation.project("P-1"), installation.project("P-2", source="")
    done = installation.run("send", "-", given=json.dumps(good) + "\n" + json.dumps(bad))
    assert done.returncode == 1
    assert "line 2: the attribute source has to be a string" in done.stderr
    done = installation.run("send", "-", given=json.dumps([good, bad]))
    assert "element 2: the attribute source" in done.stderr
    with installation.served():
        assert installation.send(installation.project("P-3")).returncode == 0
    assert [item["key"] for item in installation.json("items")] == ["acme/project/P-3"]


@pytest.mark.parametrize(
    "given", ["{", "[{}", '[{"a": 1} {}]', "[{}] x", "\ufeff[1]", b"\xff\xfe", '{"a": NaN}']
)
def test_what_is_no_json_is_refused_in_a_sentence(installation: Installation, given: str | bytes) -> None:
    """Whatever comes in, there is no traceback."""
    done = installation.run("send", "-", given=given)
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert done.stderr.startswith("countersign: nothing was sent")


def test_send_waits_for_outcomes_and_fails_when_one_is_refused(installation: Installation) -> None:
    """A script sees by the exit code whether all went well."""
    stranger = installation.command("send", "acme/project/P-2", "who@acme.test", {"payload": {"name": "x"}})
    with installation.served():
        done = installation.send(installation.project("P-1"), stranger)
    assert done.returncode == 1
    outcomes = json.loads(done.stdout)
    assert [each["outcome"] for each in outcomes] == ["applied", "refused"]
    assert outcomes[1]["reason"]["code"] == "unknown_actor"


def test_a_reused_id_is_told_although_its_outcome_is_never_kept(installation: Installation) -> None:
    """The same id with other content is somebody's mistake, and they have to hear of it."""
    with installation.served():
        assert installation.send(installation.project("P-1", id="same")).returncode == 0
        repeated = installation.send(installation.project("P-1", id="same"))
        other = installation.send(installation.project("P-2", id="same"))
    assert (repeated.returncode, other.returncode) == (0, 1)
    assert json.loads(other.stdout)[0]["reason"]["code"] == "reused_id"


def test_waiting_ends_with_exit_3_while_nobody_answers(installation: Installation) -> None:
    """The command is queued, and whoever waits is told so."""
    command = json.dumps(installation.project("P-1"))
    done = installation.run("send", "-", "--wait", "--timeout", "0.2", given=command)
    assert done.returncode == 3
    assert "no answer yet and stays queued" in done.stderr


def test_an_approver_accepts_with_fields_and_sees_why_not(installation: Installation) -> None:
    """One sentence for an outcome, one line for each error of a refusal."""
    with installation.served():
        installation.send(installation.project("P-1"), installation.project("P-2"))
        refused = installation.run(
            "accept", "acme/project/P-1", "--as", "pat@acme.test", "--field", "job_id=1"
        )
        done = installation.run("accept", "acme/project/P-1", "acme/project/P-2", "--as", "pat@acme.test")
        again = installation.run("accept", "acme/project/P-1", "--as", "pat@acme.test")
    assert refused.returncode == 1
    assert "accept refused (invalid_field)" in refused.stderr
    assert "fields.job_id" in refused.stderr
    assert done.returncode == 0
    assert "acme/project/P-1: accept applied, now accepted, version 1." in done.stdout
    assert again.returncode == 1
    assert "wrong_state" in again.stderr


def test_every_command_of_a_person_reaches_the_engine(installation: Installation) -> None:
    """Each is one message with the person as its actor."""
    key, pm, pat = "acme/project/P-1", ("--as", "pm@acme.test"), ("--as", "pat@acme.test")
    with installation.served():
        installation.send(installation.project("P-1"))
        installation.ok("reject", key, *pat, "--comment", "wrong name")
        installation.ok("archive", key, *pm)
        installation.ok("restore", key, *pm, "--version", "1")
        assert installation.run("retrieve", key, *pm).returncode == 1
        assert installation.run("replay", key, *pat).returncode == 1
        assert installation.run("unlink", key, *pat).returncode == 1
        assert installation.run("link", key, "--erp-id", "4711", *pat).returncode == 1
        assert installation.run("confirm-posting", key, *pat, "--comment", "seen").returncode == 1
        stale = installation.run("archive", key, *pm, "--version", "7", "--json")
    assert json.loads(stale.stdout)[0]["reason"]["code"] == "stale_version"
    history = installation.json("show", key)["history"]
    assert [each["event"] for each in history] == [
        "sent",
        "ready_to_export",
        "rejected",
        "archived",
        "restored",
    ]
    assert history[2] | {"at": ""} == {
        "sequence": 3,
        "event": "rejected",
        "state": "rejected",
        "actor": "pat@acme.test",
        "at": "",
        "comment": "wrong name",
    }


def test_a_command_without_a_person_is_a_usage_error(installation: Installation) -> None:
    """Nobody accepts anything anonymously."""
    done = installation.run("accept", "acme/project/P-1")
    assert done.returncode == 2
    assert "--as EMAIL" in done.stderr
    done = installation.run("accept", "acme/project/P-1", "--as", "pat@acme.test", "--field", "job_id")
    assert done.returncode == 2
    assert "write it as NAME=VALUE" in done.stderr


def test_no_wait_returns_when_the_command_is_queued(installation: Installation) -> None:
    """A script may look at the outcome later."""
    done = installation.run("accept", "acme/project/P-1", "--as", "pat@acme.test", "--no-wait")
    assert done.returncode == 0
    assert "1 command safely queued" in done.stdout
