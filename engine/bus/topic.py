"""How a topic exchange compares a routing key with a binding's pattern."""

import re
from functools import lru_cache


def matches(pattern: str, routing_key: str) -> bool:
    """Whether the words fit: `*` stands for exactly one word, `#` for any number of them, also none."""
    return _compiled(pattern).fullmatch(routing_key + ".") is not None


@lru_cache(maxsize=1024)
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile("".join(map(_word, _simplified(pattern))), re.DOTALL)


def _simplified(pattern: str) -> list[str]:
    words: list[str] = []
    for word in pattern.split("."):
        if word == "#" and words and words[-1] == "#":
            continue  # "#.#" is "#", and costs exponential time as a regular expression
        words.append(word)
    return words


def _word(word: str) -> str:
    if word == "#":
        return r"(?:[^.]*\.)*"
    return (r"[^.]*" if word == "*" else re.escape(word)) + r"\."
