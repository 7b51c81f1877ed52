"""Writes an example of each mail, for people to look at: `python -m notifications.samples DIR`."""

import sys
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from engine.facts import Company, Item, Person
from engine.store.mail import Mail
from engine.store.mail_facts import Tenant, Waiting
from notifications.decide import Known, gather, of_export_failed, of_rejected
from notifications.events import ExportFailed, Rejected
from notifications.message import build, message_id
from notifications.rendering import render
from notifications.summary import mails
from notifications.views import Words

CONSOLE: Final = "https://countersign.acme.test"
_SENDER: Final = "Countersign <countersign@acme.test>"
_NOW: Final = datetime(2026, 11, 20, 15, 2, tzinfo=UTC)
_AT: Final = "2026-11-20T14:58:12.000000Z"


def _total(_: str, payload: Mapping[str, Any]) -> str | None:
    return payload.get("total")


WORDS: Final = Words(
    CONSOLE,
    {
        "project": "Project",
        "budget": "Budget",
        "commitment": "Commitment",
        "commitment_change_order": "Commitment change order",
        "subcontractor_invoice": "Subcontractor invoice",
    },
    _total,
)
_PEOPLE: Final = (
    Person("pat@acme.test", "Pat Ledger", erp="standard", can_push_to_accounting=True),
    Person("maria@acme.test", "María Ferro"),
)


def _item(item_type: str, id_: str, title: str, total: str | None, **more: Any) -> Item:
    payload = {"number": id_, **({"total": total} if total else {})}
    state = more.pop("state", "ready_to_export")
    project = more.pop("project", "P-17")
    return Item(
        "acme",
        item_type,
        id_,
        state=state,
        title=title,
        project=project,
        payload=payload,
        created_by="maria@acme.test",
        sent_by="maria@acme.test",
        accepted_by="pat@acme.test",
        updated_at=more.pop("updated_at", "2026-11-18T17:20:00.000000Z"),
        **more,
    )


_ITEMS: Final = (
    _item("project", "P-17", "Riverside Clinic", None, state="synced", project=None),
    _item("project", "P-18", "Harbor Street Parking Structure", None, project="P-18"),
    _item(
        "commitment",
        "SC-1001",
        "Concrete foundations and slab on grade",
        "1248500.00",
        url="https://projects.acme.test/commitments/1001",
    ),
    _item("commitment", "PO-2040", "Structural steel, mill order", "386920.40"),
    _item("commitment_change_order", "SC-1001-CO-02", "Additional piles at grid line C", "-18250.00"),
    _item("subcontractor_invoice", "7731", "Progress billing no. 3, Delgado Concrete & Sons", "212345.67"),
    _item(
        "commitment",
        "SC-0987",
        "Electrical rough-in, levels 1 to 3",
        "742000.00",
        state="failed",
        error={
            "class": "reference",
            "code": "vendor_unknown",
            "message": "Vendor DELGADO is on hold in the ERP; no new commitments are taken for it.",
        },
    ),
)
_COMMENT: Final = """The retainage is 5 % here, but the signed subcontract says 10 %.

Line 3 should go to cost code 03-310 (formwork), not 03-300. Please correct both and send it again."""


def contexts() -> dict[str, Mail]:
    """One mail of each kind, by name."""
    known = _known()
    rejected = Rejected("e1", _AT, "acme/commitment/SC-1001", None, None, "pat@acme.test", _COMMENT)
    failures = [
        of_export_failed(each, known, WORDS, _NOW, timedelta(0))[0]
        for each in (
            _failure(
                "SC-1001",
                "commitment",
                "validation",
                "description_too_long",
                "Line 4: the description has 61 characters, and the ERP takes 30.",
            ),
            _failure(
                "7731",
                "subcontractor_invoice",
                "precondition",
                "period_closed",
                "The accounting period 10/2026 is closed; an invoice of 31 Oct 2026 cannot be posted to it.",
            ),
        )
    ]
    waiting = Waiting(known.tenants["acme"], tuple(i for i in _ITEMS if i.state != "synced"))
    return {
        "rejection": of_rejected(rejected, known, WORDS, _NOW)[0],
        "failure": _gathered(failures[:1]),
        "failures": _gathered(failures),
        "summary": mails(waiting, known.items, WORDS, date(2026, 11, 20), _NOW)[0],
    }


def _known() -> Known:
    company = Company("acme", "Acme Builders", timezone="America/Los_Angeles")
    people = {person.email: person for person in _PEOPLE}
    return Known({"acme": Tenant(company, _NOW, people)}, {item.key: item for item in _ITEMS}, {})


def _failure(id_: str, item_type: str, class_: str, code: str, message: str) -> ExportFailed:
    key = f"acme/{item_type}/{id_}"
    return ExportFailed(f"dl-{id_}", _AT, key, f"{key}@1", class_, code, message, 1, "sandbox")


def _gathered(failures: list[Mail]) -> Mail:
    first = failures[0]
    context = gather(failures)
    return Mail(first.id, "acme", "failure", first.recipient, first.cause, context, first.created_at, None)


def write(directory: Path) -> list[Path]:
    """Write each mail as .html, .txt and .eml."""
    directory.mkdir(parents=True, exist_ok=True)
    written = []
    for name, mail in contexts().items():
        rendered = render(mail.kind, mail.context, mail.recipient, CONSOLE)
        to = mail.context["recipient"]["name"]
        message = build(rendered, _SENDER, mail.recipient, to, message_id(mail.id, _SENDER), _NOW)
        parts = {"html": rendered.html.encode(), "txt": rendered.text.encode(), "eml": message.as_bytes()}
        for ending, content in parts.items():
            path = directory / f"{name}.{ending}"
            path.write_bytes(content)
            written.append(path)
    return written


if __name__ == "__main__":
    for sample in write(Path(sys.argv[1] if len(sys.argv) > 1 else "var/mail-samples")):
        print(sample)
