"""`init`, `upgrade`, `apply` and `doctor` as the command line shows them."""

from dataclasses import asdict
from pathlib import Path

from console import errors
from console.commands.apply import run_apply
from console.commands.doctor import in_order, run_doctor
from console.commands.init import Prepared, declare, run_init
from console.commands.upgrade import run_upgrade
from console.connectors import probes
from console.output import as_json, remark, say
from console.wiring import site
from engine.store import schema


def initialise() -> int:
    """Create what is missing."""
    with site() as here:
        return _tell(run_init(here))


def initialise_if_empty() -> int:
    """Create everything where there is nothing yet; refuse a database of another release."""
    with site() as here:
        if schema.current(here.database) is None:
            return _tell(run_init(here))
        schema.ensure_current(here.database)
        declare(here)
    return errors.DONE


def upgrade() -> int:
    """Bring the database to this release."""
    with site() as here:
        return _tell(run_upgrade(here))


def _tell(prepared: Prepared) -> int:
    say(prepared.sentence)
    say(f"The broker's names are declared; connectors: {', '.join(prepared.connectors) or 'none'}")
    return errors.DONE


def apply(file: Path, *, dry_run: bool, json: bool) -> int:
    """Show what changed."""
    with site() as here:
        applied = run_apply(here, file, dry_run=dry_run)
    for warning in applied.warnings:
        remark(warning)
    if json:
        as_json([asdict(change) for change in applied.changes])
        return errors.DONE
    for change in applied.changes:
        say(str(change))
    if not applied.changes:
        say("Nothing changes: everything is as it is written.")
    return errors.DONE


def doctor(*, json: bool) -> int:
    """One line for each finding."""
    with site() as here:
        findings = run_doctor(here, probes())
    if json:
        as_json([asdict(finding) for finding in findings])
    else:
        for finding in findings:
            say(str(finding))
    return errors.DONE if in_order(findings) else errors.WANTING
