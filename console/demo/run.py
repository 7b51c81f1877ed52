"""`demo`: plays the example month, shows it, compares where everything is, and says so by its exit code."""

import os
from pathlib import Path

from rich.console import Console

from console import errors
from console.demo import examples, report, stage
from console.demo.checking import Check, all_told, check
from console.demo.play import Play, Stuck
from console.demo.stage import Stage
from console.demo.timeline import Timeline
from console.demo.timeline import console as terminal
from console.output import as_json


def main(data_dir: Path | None = None, *, json: bool = False) -> int:
    """Run the demo; returns 0 only if everything arrived where it should."""
    folder = data_dir or Path(os.environ.get("COUNTERSIGN_DATA_DIR") or "var") / "demo"
    if not json:
        return _run(folder, terminal(), json=False)
    with Path(os.devnull).open("w", encoding="utf-8") as nowhere:
        return _run(folder, Console(file=nowhere), json=True)


def _run(folder: Path, shown: Console, *, json: bool) -> int:
    timeline = Timeline(shown)
    timeline.remark(f"A construction company's month, in {stage.shown(folder)}/ (emptied first).")
    with stage.prepared(folder) as prepared:
        timeline.remark(f"SQLite holds data and queue; the practice ERP answers at {prepared.erp.address}.")
        play = Play(prepared, timeline)
        try:
            found = _played(play, prepared)
        finally:
            play.close()
        seconds = timeline.seconds
        report.show(shown, prepared, found, seconds)
        if json:
            as_json(report.result(found, seconds))
    return errors.DONE if found.is_well else errors.WANTING


def _played(play: Play, prepared: Stage) -> Check:
    expected = examples.expected()
    stuck = None
    try:
        play.run()
        play.settle(lambda: all_told(play.known, expected))
    except Stuck as problem:
        stuck = str(problem)
    return check(prepared, play.known, expected, stuck)
