"""Text from outside, made safe to keep and to show."""

import re
from typing import Final

_UNPRINTABLE: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")


def is_printable(text: str) -> bool:
    """Whether a database and a terminal can take the text: no control characters, no lone surrogates."""
    return _UNPRINTABLE.search(text) is None


def printable(text: str, longest: int = 4000) -> str:
    """The text with what cannot be printed replaced, cut at `longest` characters."""
    return _UNPRINTABLE.sub("\N{REPLACEMENT CHARACTER}", text[:longest])


def with_article(name: str) -> str:
    """`a budget`, `an owner invoice`, `cost codes`: a name of ours as a sentence takes it."""
    words = name.replace("_", " ")
    if words.endswith("s"):
        return words
    return f"{'an' if words[0] in 'aeiou' else 'a'} {words}"
