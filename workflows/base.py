"""The lifecycle that every item shares, and the differences that several item types share."""

from engine.effects import Emit
from engine.guards import (
    codes_are_free,
    erp_holds_nothing,
    fields_fit_the_profile,
    has_an_integration,
    nothing_depends_on_it,
    payload_can_be_sent,
    payload_is_valid,
    prerequisites_are_met,
    was_never_synced,
)
from engine.workflow import ignore, on, workflow
from workflows.words import (
    ACCEPTED,
    APPROVER,
    ARCHIVED,
    CONNECTOR,
    DEAD_LETTER,
    DRAFT,
    ERP_ADMIN,
    FAILED,
    FORGET_SYNC,
    FREE_CODES,
    KEEP_COMMENT,
    KEEP_FIELDS,
    NEW,
    READY_TO_EXPORT,
    RECORD_SYNC,
    REJECTED,
    REQUEST_EXPORT,
    REQUEST_UNLINK,
    RESOLVE_DEAD_LETTER,
    REVISE,
    SENDER,
    SENT,
    STOP_WAITING,
    SYNCED,
    SYSTEM,
    TAKE_CODES,
    UNLINKING,
    WAIT,
)

# Columns: event, from, to, by; below them: when, then.
# fmt: off
BASE = workflow("base", transitions=(
    on("draft",     [NEW, DRAFT],           DRAFT,           SENDER,
       [payload_is_valid], [REVISE, Emit("drafted")]),
    on("draft",     REJECTED,               REJECTED,        SENDER,
       [payload_is_valid], [REVISE, Emit("drafted")]),
    on("send",      [NEW, DRAFT, REJECTED], SENT,            SENDER,
       [payload_can_be_sent], [REVISE, Emit("sent"), WAIT]),
    on("release",   SENT,                   READY_TO_EXPORT, SYSTEM,
       [prerequisites_are_met], [STOP_WAITING, Emit("ready_to_export")]),
    on("retrieve",  [SENT, READY_TO_EXPORT], DRAFT,          SENDER,
       [], [STOP_WAITING, Emit("retrieved")]),
    on("accept",    READY_TO_EXPORT,        ACCEPTED,        APPROVER,
       [fields_fit_the_profile, prerequisites_are_met, has_an_integration],
       [KEEP_FIELDS, REQUEST_EXPORT, Emit("accepted")]),
    on("accept",    FAILED,                 ACCEPTED,        APPROVER,
       [fields_fit_the_profile, prerequisites_are_met, has_an_integration],
       [KEEP_FIELDS, RESOLVE_DEAD_LETTER, REQUEST_EXPORT, Emit("accepted")]),
    on("reject",    READY_TO_EXPORT,        REJECTED,        APPROVER,
       [], [FREE_CODES, KEEP_COMMENT, Emit("rejected")]),
    on("reject",    FAILED,                 REJECTED,        APPROVER,
       [erp_holds_nothing], [FREE_CODES, RESOLVE_DEAD_LETTER, KEEP_COMMENT, Emit("rejected")]),
    on("succeeded", ACCEPTED,               SYNCED,          CONNECTOR,
       [], [RECORD_SYNC, Emit("synced")]),
    on("failed",    ACCEPTED,               FAILED,          CONNECTOR,
       [], [DEAD_LETTER, Emit("failed")]),
    on("replay",    FAILED,                 ACCEPTED,        ERP_ADMIN,
       [codes_are_free, prerequisites_are_met, has_an_integration],
       [TAKE_CODES, RESOLVE_DEAD_LETTER, REQUEST_EXPORT, Emit("replayed")]),
    on("archive",   [DRAFT, REJECTED],      ARCHIVED,        SENDER,
       [was_never_synced], [FREE_CODES, Emit("archived")]),
    on("restore",   ARCHIVED,               DRAFT,           SENDER,
       [], [Emit("restored")]),
), ignored=(  # delivery is at least once and unordered: late and repeated answers are expected
    ignore("succeeded", [DRAFT, SENT, READY_TO_EXPORT, REJECTED, SYNCED, FAILED, ARCHIVED]),
    ignore("failed",    [DRAFT, SENT, READY_TO_EXPORT, REJECTED, SYNCED, FAILED, ARCHIVED]),
), final=(SYNCED, ARCHIVED))

# What can be taken out of the ERP again.
UNLINKABLE = (
    on("unlink",      SYNCED,    UNLINKING, APPROVER,
       [nothing_depends_on_it, has_an_integration], [REQUEST_UNLINK, Emit("unlinking")]),
    on("gone",        UNLINKING, DRAFT,     CONNECTOR,
       [], [FORGET_SYNC, FREE_CODES, Emit("unlinked")]),
    on("still_there", UNLINKING, SYNCED,    CONNECTOR,
       [], [Emit("unlink_refused")]),
)
UNLINKABLE_IGNORED = (
    ignore("succeeded",   [UNLINKING]),
    ignore("failed",      [UNLINKING]),
    ignore("gone",        [DRAFT, SENT, READY_TO_EXPORT, ACCEPTED, REJECTED, SYNCED, FAILED, ARCHIVED]),
    ignore("still_there", [DRAFT, SENT, READY_TO_EXPORT, ACCEPTED, REJECTED, SYNCED, FAILED, ARCHIVED]),
)

# What grows: sent again when the ERP has it, and then only the difference is exported.
RESENDABLE = (
    on("send", SYNCED, SENT, SENDER, [payload_can_be_sent], [REVISE, Emit("sent"), WAIT]),
)
# fmt: on
