"""What every item type's payload answers about itself."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Annotated, Any, ClassVar, Self

from pydantic import BaseModel, ConfigDict, ValidationError

from engine.text import printable

Reference = Annotated[tuple[str, str], "item type and id within the same company"]

_MOST_PROBLEMS = 100  # of one payload; nobody reads more, and a refusal has to stay small
_LONGEST_STEP = 64  # of a path; a payload's own keys are in it

_SENTENCES = {  # pydantic's own texts speak of Python
    "missing": "is required",
    "extra_forbidden": "is not known here; remove it or correct its name",
    "model_type": "has to be a JSON object",
    "tuple_type": "has to be a JSON array",
    "too_short": "has to have at least one entry",
    "bool_type": "has to be true or false",
    "bool_parsing": "has to be true or false",
}


class Payload(BaseModel):
    """Base of the ten payloads; unknown fields are refused, values are never coerced silently."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    sendable: ClassVar[frozenset[str] | None] = None  # values of `status` that `send` takes
    waits_for: ClassVar[tuple[str, ...]] = ()  # what `references` and `cost_codes` name, in words

    def title_text(self) -> str | None:
        """What a list calls the item when its sender gave no title."""
        for name in ("title", "name", "number"):
            text = getattr(self, name, None)
            if isinstance(text, str) and text:
                return text
        return None

    def project_id(self) -> str | None:
        """The project that the payload itself names."""
        value: str | None = getattr(self, "project", None)
        return value

    def parent(self) -> Reference | None:
        """The item whose project is this item's project, where the payload names none."""
        return None

    def references(self) -> tuple[Reference, ...]:
        """The items that need a synced version first."""
        return ()

    def cost_codes(self) -> tuple[tuple[str, str], ...]:
        """The cost codes with category that need to be in the ERP first."""
        return ()

    def claims(self) -> tuple[tuple[str, str, str], ...]:
        """(scope, value, path): what no second item of the company may have."""
        return ()

    def meets(self) -> tuple[tuple[str, str], ...]:
        """The cost codes with category that the ERP knows once this item is synced."""
        return ()

    def total(self) -> Decimal | None:
        """The item's amount in the company's currency, where it has one."""
        return None

    def problems_when_sent(self) -> tuple[tuple[str, str], ...]:
        """(path, message): what a draft may lack and a sent item may not."""
        status = getattr(self, "status", None)
        if self.sendable is None or status in self.sendable:
            return ()
        return (("payload.status", f"only {' or '.join(sorted(self.sendable))} can be sent, not {status}"),)

    def problems_against(self, synced: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
        """(path, message): what may not change because the ERP has it."""
        return ()

    @classmethod
    def merged(cls, synced: Mapping[str, Any] | None, payload: Mapping[str, Any]) -> Mapping[str, Any]:
        """What the ERP has after `payload` was exported on top of `synced`."""
        return payload

    @classmethod
    def difference(cls, synced: Mapping[str, Any] | None, payload: Mapping[str, Any]) -> Mapping[str, Any]:
        """What has to travel when the ERP already has `synced`."""
        return payload

    @classmethod
    def read(cls, data: object) -> tuple[Self | None, tuple[tuple[str, str], ...]]:
        """The payload, or (path, message) for each mistake."""
        try:
            return cls.model_validate(data), ()
        except ValidationError as error:
            problems = error.errors(include_url=False, include_input=False, include_context=False)
            return None, tuple(
                (_path(problem["loc"]), _SENTENCES.get(problem["type"], problem["msg"]))
                for problem in problems[:_MOST_PROBLEMS]
            )


def _path(steps: tuple[int | str, ...]) -> str:
    return ".".join(["payload", *(printable(str(step), _LONGEST_STEP) for step in steps)])
