"""The demo's end: where everything is, where the mails are, whether all is well, and what to try next."""

import shutil
import sys
import textwrap
from collections import Counter
from pathlib import Path
from typing import Any, Final

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from console.demo.checking import Check
from console.demo.erp_desk import amount
from console.demo.stage import ERP_FILE, Stage, shown
from console.demo.wording import NOUNS, named
from workflows import ITEM_TYPES

_NO_AMOUNT: Final = ("project", "sub_job", "company", "cost_codes")


def show(console: Console, stage: Stage, found: Check, seconds: float) -> None:
    """Print the summary."""
    _items(console, found)
    _troubles(console, found)
    _mails(console, found)
    _verdict(console, found, seconds)
    if found.is_well:
        _next(console, stage)


def _table(title: str, *columns: str, right: frozenset[str] = frozenset()) -> Table:
    table = Table(
        box=box.SIMPLE_HEAD,
        title=title,
        title_style="bold",
        title_justify="left",
        pad_edge=False,
        show_edge=False,
        padding=(0, 1),
    )
    for name in columns:
        table.add_column(name, justify="right" if name in right else "left", overflow="fold")
    return table


def _print(console: Console, table: Table) -> None:
    console.print()
    if console.is_terminal:
        console.print(table)
        return
    with console.capture() as captured:
        console.print(table)
    for line in captured.get().splitlines():
        console.print(line.rstrip())


def _items(console: Console, found: Check) -> None:
    """Items by type and state, beside what the ERP has of each type and what that comes to."""
    synced_first = sorted(found.items, key=lambda item: item.state != "synced")
    states = list(dict.fromkeys(item.state for item in synced_first))
    columns = (*states, "attempts", "in the ERP", "amount there")
    table = _table("Where everything is", "", *columns, right=frozenset(columns))
    for item_type in ITEM_TYPES:
        of_type = [item for item in found.items if item.item_type == item_type]
        in_state = Counter(item.state for item in of_type)
        records = [record for record in found.records if record["kind"] == item_type]
        table.add_row(
            NOUNS[item_type][len(of_type) != 1],
            *(str(in_state[state] or "") for state in states),
            str(sum(found.attempts.get(item.key, 0) for item in of_type)),
            str(len(records)),
            "" if item_type in _NO_AMOUNT else f"{sum(amount(record['data']) for record in records):,.2f}",
        )
    _print(console, table)


def _troubles(console: Console, found: Check) -> None:
    """What went wrong on the way, and how it ended."""
    known = found.known
    table = _table("What went wrong on the way", "", "what", "how it ended")
    for command, code in known.answers.items():
        if code and (asked := known.asked.get(command)):
            person = asked.actor.partition("@")[0]
            table.add_row("refused", f"{asked.command} of {named(asked.item)} by {person}", code)
    for number, letter in sorted(known.letters.items()):
        what = named(letter["item"]) if letter.get("item") else f"a {letter['reason']} message"
        table.add_row(f"dead letter {number}", what, letter.get("resolution") or "open")
    for word, keys in (("tried again", known.tried_again), ("in doubt", known.in_doubt)):
        for key in sorted(keys):
            table.add_row(word, named(key), _ended(found, key))
    _print(console, table)


def _ended(found: Check, key: str) -> str:
    state = next((item.state for item in found.items if item.key == key), "missing")
    return f"{state}, {found.attempts.get(key, 0)} attempts"


def _mails(console: Console, found: Check) -> None:
    """One row for each mail's text, with everybody who got it."""
    table = _table(f"Mails, as .eml files in {shown(found.mail_folder)}/", "subject", "about", "to")
    rows: dict[tuple[str, tuple[str, ...]], list[str]] = {}
    for mail in found.known.mails:
        rows.setdefault((mail.subject, tuple(sorted(mail.items))), []).append(mail.to)
    for (subject, items), people in rows.items():
        about = "\n".join(item.rpartition("/")[2] for item in items)
        table.add_row(subject, about, "\n".join(sorted(people)))
    _print(console, table)


def _verdict(console: Console, found: Check, seconds: float) -> None:
    console.print()
    if found.is_well:
        looked = f"{found.verified.items} items with {found.verified.entries} history entries"
        _say(
            console,
            f"Everything is where it should be, after {seconds:.0f} seconds: {looked} verified, "
            "each synced item in the ERP exactly once and to the cent.",
            "bold green",
        )
        return
    _say(console, "Not everything is where it should be:", "bold red")
    for problem in found.problems:
        _say(console, f"- {problem}", "red")


def _say(console: Console, text: str, style: str) -> None:
    for line in textwrap.wrap(text, console.width, subsequent_indent="  " if text.startswith("-") else ""):
        console.print(Text(line, style=style))


def _next(console: Console, stage: Stage) -> None:
    folder = shown(stage.folder)
    us = _program()
    port = stage.erp.address.rpartition(":")[2]
    invoice = "acme/subcontractor_invoice/INV-CGS-0907"
    console.print()
    console.print(Text("What to try next", style="bold"))
    for line in (
        f"export COUNTERSIGN_DATA_DIR={folder}",
        f"{us} items",
        f"{us} show acme/commitment/SC-2601-06",
        f"{us} dead-letters list",
        "# and to accept the last invoice, with the ERP and Countersign running again:",
        f"{us} sandbox-erp --port {port} --database {folder}/{ERP_FILE} &",
        f"{us} up &",
        f"{us} accept {invoice} \\",
        "    --as rosa.kim@acme.test --field accounting_date=2026-11-30",
    ):
        console.print(Text(f"  {line}", style="dim" if line.startswith("#") else ""), soft_wrap=True)


def _program() -> str:
    """How this program is called from here."""
    called = Path(sys.argv[0])
    return "countersign" if shutil.which("countersign") or called.name != "countersign" else shown(called)


def result(found: Check, seconds: float) -> dict[str, Any]:
    """The summary for programs."""
    known = found.known
    return {
        "ok": found.is_well,
        "problems": found.problems,
        "seconds": round(seconds, 1),
        "items": {
            item.key: {"state": item.state, "version": item.version, "erp_id": item.erp_id}
            for item in found.items
        },
        "refused": {id_: code for (_, id_), code in known.answers.items() if code},
        "tried_again": sorted(known.tried_again),
        "in_doubt": sorted(known.in_doubt),
        "dead_letters": known.endings(),
        "mails": [{"to": mail.to, "subject": mail.subject, "file": str(mail.file)} for mail in found.mails],
        "erp": Counter(str(record["kind"]) for record in found.records),
    }
