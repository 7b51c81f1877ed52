"""Setting up, usage, and errors, through the command line alone."""

from __future__ import annotations

import json
import subprocess

import pytest

from tests.acceptance.cli.installation import Installation

COMMANDS = [
    "demo",
    "up",
    "serve",
    "sandbox-erp",
    "init",
    "upgrade",
    "apply",
    "doctor",
    "send",
    "accept",
    "reject",
    "retrieve",
    "replay",
    "link",
    "confirm-posting",
    "unlink",
    "archive",
    "restore",
    "items",
    "show",
    "events",
    "workflows",
    "summary",
    "verify",
    "recover",
    "prune",
    "dead-letters",
    "integrations",
]


def test_help_lists_every_command_and_loads_none(empty: Installation) -> None:
    """Whoever types --help wants to read, not to wait."""
    text = empty.ok("--help")
    assert [name for name in COMMANDS if f"  {name} " not in text] == []
    heavy = "sqlalchemy|pydantic|kombu|pika|rich|structlog|jinja2|fastapi|alembic"
    code = (
        "import sys; from console.main import run; run(['--help']); "
        f"sys.exit(', '.join(sorted(set(sys.modules) & set('{heavy}'.split('|')))) or 0)"
    )
    done = subprocess.run([*empty.python, "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_init_and_apply_say_what_they_did_and_may_run_again(empty: Installation) -> None:
    """Both are idempotent, so scripts need not ask first."""
    assert empty.run("items").returncode == 2
    empty.set_up()
    assert "up to date" in empty.ok("init")
    assert "up to date" in empty.ok("upgrade")
    assert "Nothing changes" in empty.ok("apply", str(empty.folder / "acme.toml"))
    assert empty.json("apply", str(empty.folder / "acme.toml")) == []
    assert empty.json("items") == []
    assert "There is no such item." in empty.ok("items")


def test_a_missing_database_is_told_in_one_sentence(empty: Installation) -> None:
    """It names the database and what to run, and nothing is created by looking."""
    done = empty.run("show", "acme/project/P-1")
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert "countersign init" in done.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        ["itemz"],
        ["items", "--limit", "none"],
        ["serve", "cook"],
        ["serve", "connector"],
        ["serve", "engine", "sandbox"],
        ["dead-letters", "replay", "--reason", "x"],
        ["dead-letters", "replay", "1", "--all", "--reason", "x"],
        ["dead-letters", "replay", "1"],
        ["apply", "nowhere.toml"],
        ["send", "nowhere.json"],
        ["summary", "--date", "tomorrow"],
        [],
    ],
    ids=" ".join,
)
def test_wrong_usage_is_exit_2_without_a_traceback(installation: Installation, arguments: list[str]) -> None:
    """Every mistake has a sentence."""
    done = installation.run(*arguments)
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr
    assert "Traceback" not in done.stderr


def test_a_wrong_setting_is_told_without_its_password(empty: Installation) -> None:
    """Addresses carry passwords, and errors are read by many."""
    wrong = Installation(
        empty.folder, {"COUNTERSIGN_BROKER_URL": "http://user:s3cret@host", "COUNTERSIGN_LEASE": "soon"}
    )
    done = wrong.run("items")
    assert done.returncode == 2
    assert "COUNTERSIGN_BROKER_URL" in done.stderr
    assert "COUNTERSIGN_LEASE" in done.stderr
    assert "s3cret" not in done.stderr


def test_a_service_that_is_away_is_exit_3(installation: Installation, free_port: int) -> None:
    """At start nobody waits for a missing service."""
    away = {"COUNTERSIGN_DATABASE_URL": f"postgresql://user:s3cret@127.0.0.1:{free_port}/none"}
    for arguments in (["items"], ["serve", "engine"], ["up"]):
        done = Installation(installation.folder, away).run(*arguments)
        assert done.returncode == 3, (arguments, done.stderr)
        assert "s3cret" not in done.stderr
        assert "Traceback" not in done.stderr
    away = {"COUNTERSIGN_BROKER_URL": f"amqp://user:s3cret@127.0.0.1:{free_port}/"}
    command = json.dumps(installation.project("P-1"))
    done = Installation(installation.folder, away).run("send", "-", given=command)
    assert done.returncode == 3
    assert "s3cret" not in done.stderr


def test_a_reader_that_has_enough_is_no_error(installation: Installation) -> None:
    """`countersign workflows show ... | head -1` is quiet."""
    process = installation.begin("workflows", "show", "commitment")
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.close()
    with process.stderr as errors:
        told = errors.read()
    assert (process.wait(60), told) == (0, "")


def test_workflows_are_listed_checked_shown_and_drawn(empty: Installation) -> None:
    """They need no database."""
    assert len(empty.json("workflows", "list")) == 10
    assert "10 workflows keep every rule" in empty.ok("workflows", "check")
    rows = empty.json("workflows", "show", "project")
    assert list(rows[0]) == ["event", "from", "to", "by", "when", "then"]
    assert empty.ok("workflows", "diagram", "project").startswith("stateDiagram-v2\n")
    assert empty.run("workflows", "show", "poem").returncode == 1


def test_the_practice_erp_prints_its_address_and_ends_when_told(empty: Installation) -> None:
    """A script reads the address from its first line."""
    with empty.started("sandbox-erp", "--port", "0", "--database", str(empty.folder / "erp.db")) as output:
        line = output.wait_for("The practice ERP listens on http://127.0.0.1:")
        port = line.rpartition(":")[2]
        done = empty.run("sandbox-erp", "--port", port)
        assert done.returncode == 2
        assert "choose another --port" in done.stderr
