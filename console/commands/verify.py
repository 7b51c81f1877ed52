"""`verify`: proves the histories, and with an anchor that nothing was cut off."""

from collections.abc import Iterable, Iterator
from dataclasses import asdict
from pathlib import Path

from console import errors
from console.output import Progress, as_json, counted, progress, remark, say
from console.wiring import Site, site
from engine.effects import Effect, Emit
from engine.store import anchor as anchors
from engine.store.verify import Finding, Moves, Tally, verify
from engine.workflow import Row
from workflows import item_types

_TOLD = 1000  # findings that are told one by one


def run(anchor: Path | None, *, json: bool) -> int:
    """Check everything; write the new anchor only if all is well."""
    tally = Tally()
    with site() as here:
        findings: list[Finding] = []
        wrong = 0
        with progress("Checking", None) as step:
            for finding in _all(here, anchor, tally, step):
                wrong += 1
                if wrong <= _TOLD:
                    findings.append(finding)
        if not wrong and anchor is not None:
            anchors.write(here.database, anchor, here.now())
    if json:
        as_json([asdict(finding) for finding in findings])
    else:
        for finding in findings:
            say(str(finding))
        if wrong > _TOLD:
            say(f"and {wrong - _TOLD} more")
    looked_at = (
        f"{counted(tally.items, 'item')} with {counted(tally.entries, 'history entry', 'history entries')}"
    )
    if wrong:
        remark(
            f"countersign: {counted(wrong, 'thing is', 'things are')} wrong in {looked_at}: "
            "find out who changed the database"
        )
        return errors.WANTING
    remark(f"{looked_at}: all is as it was written.")
    return errors.DONE


def _all(here: Site, anchor: Path | None, tally: Tally, step: Progress) -> Iterable[Finding]:
    if anchor is not None and anchor.exists():
        yield from anchors.compare(here.database, anchor)
    yield from verify(here.database, moves(), tally, step)


def moves() -> Moves:
    """Every step that the workflows know; an item type that is not installed has none and may take any."""
    return {name: frozenset(_steps(kind.workflow.rows)) for name, kind in item_types().items()}


def _steps(rows: Iterable[Row]) -> Iterator[tuple[str, str, str]]:
    for row in rows:
        for then in row.then:
            if isinstance(then, Emit):
                yield then.event, str(row.source), str(row.target)
            elif then is Effect.WAIT:
                yield "waiting", str(row.target), str(row.target)
