"""A lifecycle that is small, complete and right; the tests of tables break it in one place each."""

from typing import Final

from engine.effects import Effect, Emit
from engine.workflow import Role, State, ignore, on, workflow

ROWS: Final = (
    on(
        "send",
        State.NEW,
        State.SENT,
        Role.SENDER,
        then=[Effect.REVISE, Effect.WAIT, Emit("sent")],
    ),
    on(
        "release",
        State.SENT,
        State.READY_TO_EXPORT,
        Role.SYSTEM,
        then=[Effect.STOP_WAITING, Emit("ready_to_export")],
    ),
    on(
        "accept",
        State.READY_TO_EXPORT,
        State.ACCEPTED,
        Role.APPROVER,
        then=[Effect.REQUEST_EXPORT, Emit("accepted")],
    ),
    on("succeeded", State.ACCEPTED, State.SYNCED, Role.CONNECTOR, then=[Effect.RECORD_SYNC, Emit("synced")]),
    on("failed", State.ACCEPTED, State.FAILED, Role.CONNECTOR, then=[Effect.DEAD_LETTER, Emit("failed")]),
    on(
        "replay",
        State.FAILED,
        State.ACCEPTED,
        Role.ERP_ADMIN,
        then=[Effect.RESOLVE_DEAD_LETTER, Effect.REQUEST_EXPORT, Emit("replayed")],
    ),
)
IGNORED: Final = (
    ignore("succeeded", [State.SYNCED, State.FAILED]),
    ignore("failed", [State.SYNCED, State.FAILED]),
)
FINAL: Final = frozenset((State.SYNCED,))
SMALL: Final = workflow("small", ROWS, IGNORED, FINAL)
