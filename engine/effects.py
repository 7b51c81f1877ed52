"""What a transition does besides changing the state: values, performed later by the service."""

from dataclasses import dataclass
from enum import Enum


@dataclass(frozen=True, slots=True)
class Emit:
    """Publish `countersign.item.<event>.v1` and write it into the history."""

    event: str


class Effect(Enum):
    """A change beside the state; the text is what the generated tables show."""

    REVISE = "take the new title and payload; the version rises"
    WAIT = "note what it waits for; go on at once if there is nothing"
    STOP_WAITING = "forget what it waited for"
    KEEP_FIELDS = "keep the approver's fields; take the ERP codes"
    TAKE_CODES = "take the ERP codes again"
    KEEP_COMMENT = "keep the comment"
    KEEP_LINK = "keep the ERP id that the connector has to adopt"
    FREE_CODES = "free the ERP codes"
    REQUEST_EXPORT = "ask the connector for an attempt"
    REQUEST_UNLINK = "ask the connector whether the ERP record is gone"
    RECORD_SYNC = "keep the ERP ids; what waited for it goes on"
    FORGET_SYNC = "forget the ERP ids"
    DEAD_LETTER = "open a dead letter"
    RESOLVE_DEAD_LETTER = "resolve the open dead letter"


Then = Emit | Effect
