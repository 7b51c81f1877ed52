"""A sub job: a part of a project that the ERP keeps apart (an extra, a phase)."""

from typing import ClassVar

from pydantic import Field

from engine.payload import Payload, Reference
from engine.workflow import ItemType
from workflows.base import BASE
from workflows.fields import ItemId, Text, Word


class SubJob(Payload):
    """A part of a project."""

    waits_for: ClassVar[tuple[str, ...]] = ("the project",)

    project: ItemId = Field(description="a project item")
    code: Word = Field(description="the ERP's code of the sub job")
    name: Text

    def references(self) -> tuple[Reference, ...]:
        return (("project", self.project),)


SUB_JOB = ItemType(name="sub_job", label="Sub Job", payload=SubJob, workflow=BASE.extend("sub_job"))
