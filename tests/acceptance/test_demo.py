"""The demo: it ends by itself, says where everything is, and its exit code can be trusted."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from email import policy
from email.parser import BytesParser
from pathlib import Path
from typing import Any

import pytest

from console.demo import examples, run
from console.demo.examples import Expected

PATIENCE = 110  # seconds; a slow machine is no failure
WIDTH = 80


@dataclass(frozen=True, slots=True)
class Runs:
    """Two demos that ran beside each other: one for people, one for programs."""

    folder: Path
    code: int
    text: str
    errors: str
    json_code: int
    result: dict[str, Any]


def _begin(folder: Path, *options: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "console.main", "demo", "--data-dir", str(folder), *options]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("COUNTERSIGN_")}
    pipe = subprocess.PIPE
    return subprocess.Popen(command, stdout=pipe, stderr=pipe, env=environment, text=True)


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Runs]:
    """Both demos at their ends."""
    folder = tmp_path_factory.mktemp("demo")
    shown, counted = _begin(folder / "shown"), _begin(folder / "counted", "--json")
    try:
        text, errors = shown.communicate(timeout=PATIENCE)
        result, _ = counted.communicate(timeout=PATIENCE)
        yield Runs(folder / "shown", shown.returncode, text, errors, counted.returncode, json.loads(result))
    finally:
        for process in (shown, counted):
            process.kill()
            process.wait()


def test_everything_arrives_where_it_should(runs: Runs) -> None:
    """Exit code 0, and nothing on the error stream."""
    assert (runs.code, runs.errors) == (0, ""), runs.text
    assert "Everything is where it should be" in runs.text


def test_the_json_result_names_every_item_and_no_problem(runs: Runs) -> None:
    """Programs read the same end."""
    assert (runs.json_code, runs.result["ok"], runs.result["problems"]) == (0, True, [])
    expected = {
        key: {"state": state, "version": version}
        for key, (state, version) in examples.expected().items.items()
    }
    found = {
        key: {name: item[name] for name in ("state", "version")} for key, item in runs.result["items"].items()
    }
    assert found == expected


@pytest.mark.parametrize(
    "told",
    [
        "Monday 2 November: the project and its vendors",
        "sends      project P-2601",
        "as job 26-014.01",
        "fields.job_id",
        "until the ERP has vendor",
        "Rosa Kim      rejects",
        "ERP           refuses",
        "ERP           is away",
        "is in doubt",
        "nothing was sent twice",
        "Operator      replays",
        "gets mail  ERP Commitment Rejection Notification",
    ],
)
def test_the_timeline_tells_what_happens(runs: Runs, told: str) -> None:
    """Sends, waits, accepts, rejects, exports, fails, replays."""
    assert told in runs.text


def test_the_output_fits_eighty_columns_and_is_plain_where_it_is_no_terminal(runs: Runs) -> None:
    """It can be piped, kept and mailed."""
    lines = runs.text.splitlines()
    assert [line for line in lines if len(line) > WIDTH and str(runs.folder) not in line] == []
    assert "\x1b" not in runs.text


def test_every_mail_is_a_file_in_the_folder_that_the_demo_names(runs: Runs) -> None:
    """Whoever runs the demo can open them."""
    folder = runs.folder / "mail"
    parser = BytesParser(policy=policy.default)
    subjects = {str(parser.parsebytes(path.read_bytes())["Subject"]) for path in folder.glob("*.eml")}
    assert subjects == {
        "ERP Commitment Rejection Notification",
        "ERP Commitment Export Failure Notification",
        "ERP Integrations Daily Summary",
    }


def test_a_folder_with_somebody_s_files_is_left_alone(tmp_path: Path) -> None:
    """The demo empties only what a demo made."""
    (tmp_path / "letters.txt").write_text("mine", encoding="utf-8")
    process = _begin(tmp_path)
    _, errors = process.communicate(timeout=PATIENCE)
    assert (process.returncode, (tmp_path / "letters.txt").read_text(encoding="utf-8")) == (2, "mine")
    assert "--data-dir" in errors


def test_an_interrupt_ends_the_demo_at_once_and_without_a_traceback(tmp_path: Path) -> None:
    """Ctrl-C is no failure."""
    process = _begin(tmp_path / "demo")
    assert process.stdout is not None
    for line in process.stdout:
        if "sends" in line:
            break
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=PATIENCE)
    assert (process.returncode, errors) == (130, "")


def test_what_is_not_where_it_should_be_makes_the_demo_fail(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The last invoice is undecided, and whoever expects it in the ERP is told."""
    wanted = examples.expected()
    last = "acme/subcontractor_invoice/INV-CGS-0907"

    def mistaken() -> Expected:
        return Expected(
            items={**wanted.items, last: ("synced", 1)},
            refused=wanted.refused,
            tried_again=wanted.tried_again,
            in_doubt=wanted.in_doubt,
            dead_letters=wanted.dead_letters,
            mails=wanted.mails,
        )

    monkeypatch.setattr(examples, "expected", mistaken)
    assert run.main(tmp_path / "demo") == 1
    assert "INV-CGS-0907 is ready_to_export" in " ".join(capsys.readouterr().out.split())
