"""The values that payloads are made of: each is taken as sent, or refused with a sentence for its sender."""

from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any, Final

from pydantic import AfterValidator, Field, GetCoreSchemaHandler, StringConstraints
from pydantic_core import CoreSchema, core_schema

# Line separators would break a mail's header; direction marks show an approver another text than the ERP's.
_UNSEEN: Final = r"\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069"
_ONE_LINE: Final = rf"^[^\x00-\x1f{_UNSEEN}]*$"
_MANY_LINES: Final = rf"^[^\x00-\x08\x0b\x0c\x0e-\x1f{_UNSEEN}]*$"
_AMOUNT: Final = r"[0-9]{1,13}(\.[0-9]{1,4})?"


@dataclass(frozen=True, slots=True)
class Otherwise:
    """The one sentence that a sender reads when a value is refused, whatever is wrong with it."""

    sentence: str

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        schema = handler(source)
        return core_schema.custom_error_schema(
            schema, custom_error_type="unfit", custom_error_message=self.sentence
        )


def _text(longest: int, pattern: str = _ONE_LINE, shortest: int = 1) -> StringConstraints:
    return StringConstraints(
        strict=True, strip_whitespace=True, min_length=shortest, max_length=longest, pattern=pattern
    )


def _is_calendar_day(value: str) -> str:
    date.fromisoformat(value)
    return value


Text = Annotated[
    str,
    _text(255),
    Otherwise("has to be text of 1 to 255 characters without line breaks or control characters"),
]
Word = Annotated[
    str,
    _text(100),
    Otherwise("has to be text of 1 to 100 characters without line breaks or control characters"),
]
LongText = Annotated[
    str,
    _text(4000, _MANY_LINES),
    Otherwise(
        "has to be text of 1 to 4000 characters without control characters; tabs and line breaks are fine"
    ),
]
Note = Annotated[  # what is optional may be blank, too
    str,
    _text(4000, _MANY_LINES, shortest=0),
    Otherwise(
        "has to be text of at most 4000 characters; tabs and line breaks are fine, control characters not"
    ),
]
ShortNote = Annotated[
    str,
    _text(255, shortest=0),
    Otherwise("has to be text of at most 255 characters without line breaks or control characters"),
]
Number = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=64, pattern=_ONE_LINE),
    Field(coerce_numbers_to_str=True, json_schema_extra={"type": ["string", "integer"]}),
    Otherwise("has to be a number or text of 1 to 64 characters without control characters"),
]
Email = Annotated[
    str,
    StringConstraints(
        strict=True, max_length=254, pattern=rf"^[^@\s\x00-\x1f{_UNSEEN}]+@[^@\s\x00-\x1f{_UNSEEN}]+$"
    ),
    Field(json_schema_extra={"format": "email"}),
    Otherwise('has to be an e-mail address such as "pat@example.com"'),
]
ItemId = Annotated[
    str,
    StringConstraints(strict=True, pattern=r"^[A-Za-z0-9._-]{1,64}$"),
    Field(json_schema_extra={"format": "item id"}),
    Otherwise("has to be the id of an item: 1 to 64 letters, digits, dots, hyphens or underscores"),
]
Date = Annotated[
    str,
    StringConstraints(strict=True, pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"),
    AfterValidator(_is_calendar_day),
    Field(json_schema_extra={"format": "date"}),
    Otherwise('has to be a day of the calendar such as "2026-11-21"'),
]
Money = Annotated[
    str,
    StringConstraints(strict=True, pattern=rf"^-?{_AMOUNT}$"),
    Field(json_schema_extra={"format": "decimal"}),
    Otherwise(
        'has to be a decimal string such as "1234.50"; a JSON number is refused because it loses cents'
    ),
]
Unsigned = Annotated[
    str,
    StringConstraints(strict=True, pattern=rf"^{_AMOUNT}$"),
    Field(json_schema_extra={"format": "decimal"}),
    Otherwise(
        'has to be a decimal string such as "1234.50", not negative; a JSON number is refused, it loses cents'
    ),
]
Percent = Annotated[
    str,
    StringConstraints(pattern=r"^(100(\.0{1,4})?|[0-9]{1,2}(\.[0-9]{1,4})?)$"),
    Field(coerce_numbers_to_str=True, json_schema_extra={"type": ["string", "number"], "format": "percent"}),
    Otherwise('has to be a percentage from 0 to 100 such as "10" or "7.5"'),
]
