"""Compares where everything is with where it has to be: our tables, the ERP, the mails, the histories."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from email import policy
from email.parser import BytesParser
from pathlib import Path
from typing import Any

from console.commands.verify import moves
from console.demo.erp_desk import Record, amount
from console.demo.examples import COMPANY, Expected
from console.demo.knowledge import Knowledge
from console.demo.stage import Stage
from engine.facts import Item
from engine.store import rows
from engine.store.bulk import run
from engine.store.verify import Tally, verify
from notifications.mailers import MAIL_DIRECTORY


@dataclass(frozen=True, slots=True)
class Letter:
    """One mail as a file."""

    file: Path
    to: str
    subject: str


@dataclass(slots=True)
class Check:
    """What was found; well if there is no problem."""

    known: Knowledge
    items: Sequence[Item] = ()
    attempts: Mapping[str, int] = field(default_factory=dict)  # item key to attempts of all its exports
    records: Sequence[Record] = ()
    mails: Sequence[Letter] = ()
    mail_folder: Path = Path()
    verified: Tally = field(default_factory=Tally)
    problems: list[str] = field(default_factory=list)

    @property
    def is_well(self) -> bool:
        """Whether everything is where it should be."""
        return not self.problems


def check(stage: Stage, known: Knowledge, expected: Expected, stuck: str | None = None) -> Check:
    """Look everywhere and compare."""
    found = Check(known, records=stage.erp.records())
    with stage.site.database.read() as connection:
        mine = run(connection, "SELECT * FROM items WHERE company = :company ORDER BY key", company=COMPANY)
        found.items = [rows.item(row) for row in mine.mappings()]
        sql = "SELECT e.item, count(*) FROM exports e JOIN attempts a ON a.export = e.key GROUP BY e.item"
        found.attempts = {row[0]: row[1] for row in run(connection, sql)}
    found.mail_folder = stage.folder / MAIL_DIRECTORY
    found.mails = [_letter(path) for path in sorted(found.mail_folder.glob("*.eml"))]
    if stuck is not None:
        found.problems.append(f"the month stopped: {stuck}")
    found.problems += compare(found, expected)
    found.problems += map(str, verify(stage.site.database, moves(), found.verified))
    return found


def compare(found: Check, expected: Expected) -> list[str]:
    """Every difference between what was found and what has to be, each in one sentence."""
    return [
        *_items(found, expected),
        *_answers(found.known, expected),
        *_erp(found),
        *_exports(found.known, expected),
        *_dead_letters(found.known, expected),
        *_mails(found, expected),
    ]


def all_told(known: Knowledge, expected: Expected) -> bool:
    """Whether every expected mail went out and every dead letter ended as it has to."""
    return not [*_missing_mails(known, expected), *_dead_letters(known, expected)]


def _items(found: Check, expected: Expected) -> Iterator[str]:
    present = {item.key: (item.state, item.version) for item in found.items}
    for key, (state, version) in expected.items.items():
        if (there := present.get(key)) is None:
            yield f"{key} is missing"
        elif there != (state, version):
            yield f"{key} is {there[0]} in version {there[1]}, and should be {state} in version {version}"
    for key in present.keys() - expected.items.keys():
        yield f"{key} should not be there"


def _answers(known: Knowledge, expected: Expected) -> Iterator[str]:
    for (_, id_), code in known.answers.items():
        wanted = expected.refused.get(id_)
        if code != wanted:
            yield f"command {id_} was {_answered(code)}, and should be {_answered(wanted)}"
    for id_ in expected.refused.keys() - {id_ for _, id_ in known.answers}:
        yield f"command {id_} was never answered"


def _answered(code: str | None) -> str:
    return f"refused ({code})" if code else "applied"


def _erp(found: Check) -> Iterator[str]:
    """The ERP has each synced item exactly once, with its amounts, and nothing else."""
    records: dict[str, list[Record]] = defaultdict(list)
    for record in found.records:
        key = str(record["key"]).rpartition("@")[0]
        records[key].append(record)
    for item in found.items:
        there = records.pop(item.key, [])
        wanted = 1 if item.synced_version is not None else 0
        if len(there) != wanted:
            yield f"{item.key} is {len(there)} times in the ERP, and should be {wanted} times"
        elif there and (problem := _different(item, there[0])):
            yield problem
    for key in records:
        yield f"the ERP has a record that nobody sent ({key or 'typed in by hand'})"


def _different(item: Item, record: Record) -> str | None:
    if record["id"] != item.erp_id:
        return f"{item.key} is {record['id']} in the ERP, and {item.erp_id} here"
    ours, theirs = amount(item.synced_payload or item.payload), amount(record["data"])
    return None if ours == theirs else f"{item.key} comes to {ours} here and to {theirs} in the ERP"


def _exports(known: Knowledge, expected: Expected) -> Iterator[str]:
    for key in sorted(expected.tried_again - known.tried_again.keys()):
        yield f"{key} was never tried again"
    for key in sorted(expected.in_doubt - known.in_doubt):
        yield f"{key} was never in doubt"


def _dead_letters(known: Knowledge, expected: Expected) -> Iterator[str]:
    ended = known.endings()
    for name in sorted(ended.keys() | expected.dead_letters.keys()):
        is_, should = ended.get(name, "missing"), expected.dead_letters.get(name, "absent")
        if is_ != should:
            yield f"the dead letter of {name} is {is_}, and should be {should}"


def _mails(found: Check, expected: Expected) -> Iterator[str]:
    yield from _missing_mails(found.known, expected)
    told = Counter((mail.to, mail.subject) for mail in found.known.mails)
    filed = Counter((mail.to, mail.subject) for mail in found.mails)
    for to, subject in (told - filed) + (filed - told):
        counts = f"is there {filed[to, subject]} times, and was announced {told[to, subject]} times"
        yield f"the mail to {to}, {subject}, {counts}"


def _missing_mails(known: Knowledge, expected: Expected) -> Iterator[str]:
    for mail in expected.mails:
        got, about = known.recipients(mail.kind, mail.item), f" about {mail.item}" if mail.item else ""
        for address in sorted(mail.to - got):
            yield f"no {mail.kind} mail{about} went to {address}"
        for address in sorted(got - mail.to):
            yield f"a {mail.kind} mail{about} went to {address} by mistake"


def _letter(path: Path) -> Letter:
    message: Any = BytesParser(policy=policy.default).parsebytes(path.read_bytes())
    return Letter(path, message["To"].addresses[0].addr_spec, str(message["Subject"]))
