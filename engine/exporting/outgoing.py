"""A report as a command on its way to the engine."""

from uuid import uuid4

from engine.exporting.receipts import too_large
from engine.exporting.reports import Report
from engine.messages import COMMAND_PREFIX, dump, envelope
from engine.ports import Outgoing
from engine.topology import COMMANDS
from engine.values import replace


def outgoing(report: Report, connector: str, now: str, limit: int) -> Outgoing:
    """The command; publishing it twice is one command. What is larger than `limit` bytes is said in fewer words."""
    message = _message(report, connector, now)
    if len(message.body) > limit and "traceback" in report.data:
        data = {name: value for name, value in report.data.items() if name != "traceback"}
        message = _message(replace(report, data=data), connector, now)
    elif len(message.body) > limit and report.data["outcome"] == "succeeded":
        message = _message(too_large(report, limit), connector, now)
    return message


def _message(report: Report, connector: str, now: str) -> Outgoing:
    export, item = report.claimed.export, report.claimed.item
    message_id = uuid4().hex
    body = envelope(
        f"{COMMAND_PREFIX}{report.command}.v1",
        item.key,
        {"export": export.key, "attempt": export.attempt, **report.data},
        id_=message_id,
        time=now,
        source=f"/countersign/connector/{connector}",
        actor=f"connector:{connector}",
    )
    key = f"{report.command}.{item.item_type}"
    return Outgoing(COMMANDS, key, dump(body).encode(), message_id, mandatory=True)
