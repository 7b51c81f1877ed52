"""Splitting a file into commands."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.commands.entries import entries
from console.errors import Wanting
from engine.messages import dump

VALUES = st.dictionaries(st.text(max_size=5), st.integers() | st.text(max_size=5), max_size=3)


def bodies(text: str) -> list[str]:
    """The entries' own text."""
    return [entry.body.decode() for entry in entries(text.encode())]


@given(st.lists(VALUES, max_size=5), st.sampled_from(["", " ", "\n", "\r\n "]))
def test_the_elements_of_an_array_keep_their_text(values: list[dict[str, object]], space: str) -> None:
    """What is published is byte for byte what was written."""
    texts = [dump(value) for value in values]
    assert bodies(space + "[" + space + f"{space},{space}".join(texts) + space + "]" + space) == texts


@given(st.lists(VALUES, min_size=2, max_size=5), st.sampled_from(["\n", "\r\n", "\n\n"]))
def test_each_line_is_an_entry(values: list[dict[str, object]], end: str) -> None:
    """Empty lines count for the line's number and for nothing else."""
    texts = [dump(value) for value in values]
    assert bodies(end.join(texts) + end) == texts


def test_an_entry_is_found_by_its_line_or_element() -> None:
    """Whoever has to correct it wants to know where it is."""
    assert [entry.where for entry in entries(b'{"a":1}\n\n{"b":2}')] == ["line 1", "line 3"]
    assert [entry.where for entry in entries(b"[1, 2]")] == ["element 1", "element 2"]
    assert [entry.where for entry in entries(b'{\n"a": 1\n}')] == [""]


def test_numbers_are_left_as_they_are_written() -> None:
    """A price does not become a float on its way."""
    assert bodies('[{"amount": 1.10, "large": 1e400}]') == ['{"amount": 1.10, "large": 1e400}']


def test_an_empty_file_has_no_entries() -> None:
    """A pipeline with nothing to send is no mistake."""
    assert entries(b"") == entries(b" \n") == entries(b"[ ]") == []


@pytest.mark.parametrize("text", ["[1", "[1,]", "[1 2]", "[1] 2", "[", "[" * 5000])
def test_an_array_that_is_none_is_refused(text: str) -> None:
    """The reason names the element."""
    with pytest.raises(Wanting, match="nothing was sent"):
        entries(text.encode())
