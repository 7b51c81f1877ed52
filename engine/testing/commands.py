"""Commands as a sender would put them on the bus."""

from itertools import count
from typing import Any, Final

from engine.messages import COMMAND_PREFIX, STRUCTURED, Message, dump, envelope

SOURCE: Final = "/test"
_numbers = count(1)


def command(
    name: str,
    subject: str | None,
    actor: str | None,
    data: Any = None,
    *,
    id_: str | None = None,
    source: str = SOURCE,
    reply_to: str | None = None,
    correlation_id: str | None = None,
    user_id: str | None = None,
    **more: Any,
) -> Message:
    """A command as a message; `more` is put into its data, and every command has an id of its own."""
    body = dict(data or {}, **more) if more or data is None else data
    event = envelope(
        f"{COMMAND_PREFIX}{name}.v1",
        subject,
        body,
        id_=id_ or f"command-{next(_numbers)}",
        time="2026-11-21T09:30:00Z",
        source=source,
    )
    if actor is not None:
        event["actor"] = actor
    return Message(
        dump(event).encode(),
        content_type=STRUCTURED,
        message_id=event["id"],
        reply_to=reply_to,
        correlation_id=correlation_id,
        user_id=user_id,
    )
