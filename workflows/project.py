"""A project (the ERP's job): what everything else of it waits for."""

from pydantic import Field

from engine.payload import Payload
from engine.workflow import ItemType
from workflows.address import Address
from workflows.base import BASE
from workflows.fields import Date, Note, ShortNote, Text


class Project(Payload):
    """A construction project."""

    name: Text
    number: ShortNote | None = Field(
        None, description="the upstream tool's own; the ERP's job id is an approver's field"
    )
    address: Address | None = None
    start_date: Date | None = None
    description: Note | None = None


PROJECT = ItemType(name="project", label="Project", payload=Project, workflow=BASE.extend("project"))
