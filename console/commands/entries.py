"""Splits a file into commands: one JSON object, an array, or one object on each line.

Each entry keeps its own text, so that what is published is byte for byte what was written.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from console.errors import Wanting

_SPACE: Final = re.compile(r"[ \t\n\r]*")
_DECODER: Final = json.JSONDecoder(parse_float=str, parse_int=str)  # only where a value ends is asked


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry and where it stands; a single object stands nowhere in particular."""

    where: str
    body: bytes


def entries(content: bytes) -> list[Entry]:
    """Every entry of a file; raises Wanting where the file itself cannot be split."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Wanting(
            f"nothing was sent: the input is not UTF-8 ({error.reason} at byte {error.start})"
        ) from error
    start = _after_space(text, 0)
    if start == len(text):
        return []
    if text[start] == "[":
        return list(_elements(text, start))
    return (
        list(_lines(text))
        if _is_value(text[start:].partition("\n")[0])
        else [Entry("", text.strip().encode())]
    )


def _is_value(line: str) -> bool:
    try:
        json.loads(line, parse_float=str, parse_int=str)
    except (ValueError, RecursionError):
        return False
    return True


def _lines(text: str) -> Iterator[Entry]:
    lines = [(number, line) for number, line in enumerate(text.split("\n"), 1) if line.strip()]
    for number, line in lines:
        yield Entry(f"line {number}" if len(lines) > 1 else "", line.strip().encode())


def _elements(text: str, start: int) -> Iterator[Entry]:
    position = _after_space(text, start + 1)
    number = 0
    if text[position : position + 1] == "]":
        _refuse_rest(text, position + 1)
        return
    while True:
        number += 1
        end = _value_end(text, position, number)
        yield Entry(f"element {number}", text[position:end].encode())
        position = _after_space(text, end)
        separator = text[position : position + 1]
        if separator == "]":
            _refuse_rest(text, position + 1)
            return
        if separator != ",":
            raise Wanting(f"nothing was sent: a comma or the array's end is missing after element {number}")
        position = _after_space(text, position + 1)


def _value_end(text: str, position: int, number: int) -> int:
    try:
        return _DECODER.raw_decode(text, position)[1]
    except (ValueError, RecursionError) as error:
        reason = error.msg if isinstance(error, json.JSONDecodeError) else "it is nested too deep"
        line = text.count("\n", 0, getattr(error, "pos", position)) + 1
        raise Wanting(f"nothing was sent: element {number} is not JSON ({reason}, line {line})") from error


def _refuse_rest(text: str, position: int) -> None:
    if _after_space(text, position) != len(text):
        line = text.count("\n", 0, position) + 1
        raise Wanting(f"nothing was sent: something follows the array's end in line {line}")


def _after_space(text: str, position: int) -> int:
    match = _SPACE.match(text, position)
    return match.end() if match else position
