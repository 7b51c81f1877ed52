"""Routing keys against patterns, as a topic exchange compares them."""

import itertools
import time

import pytest

from engine.bus.topic import matches


@pytest.mark.parametrize(
    ("pattern", "routing_key", "fits"),
    [
        ("#", "", True),
        ("#", "a.b.c", True),
        ("*", "a", True),
        ("*", "", True),
        ("*", "a.b", False),
        ("a.*.c", "a.b.c", True),
        ("a.*.c", "a..c", True),
        ("a.*.c", "a.c", False),
        ("a.#", "a", True),
        ("a.#", "a.b.c", True),
        ("a.#", "ab", False),
        ("#.c", "c", True),
        ("#.c", "a.b.c", True),
        ("a.#.c", "a.c", True),
        ("a.#.c", "a.b.b.c", True),
        ("a.#.*", "a", False),
        ("a.#.*", "a.b", True),
        ("item.*.rejected.*", "item.project.rejected.acme", True),
        ("item.*.rejected.*", "item.project.synced.acme", False),
        ("export.sage.300.requested.*", "export.sage.300.requested.acme", True),
        ("a.b", "a+b", False),
        ("", "", True),
        ("", "a", False),
    ],
)
def test_a_pattern_fits_as_on_rabbitmq(pattern: str, routing_key: str, fits: bool) -> None:
    """`*` is one word, `#` is any number of words."""
    assert matches(pattern, routing_key) is fits


def test_every_short_pattern_agrees_with_the_definition() -> None:
    """All patterns and keys of up to four words."""
    keys = [".".join(words) for length in range(1, 5) for words in itertools.product("ab", repeat=length)]
    for length in range(1, 5):
        for words in itertools.product("a*#", repeat=length):
            for key in keys:
                assert matches(".".join(words), key) is _defined(list(words), key.split(".")), (words, key)


def test_a_hostile_key_costs_no_time() -> None:
    """Whoever chooses a routing key must not be able to stop the program."""
    begun = time.monotonic()
    assert not matches(".".join(["#"] * 50 + ["b"]), ".".join(["a"] * 100))
    assert time.monotonic() - begun < 1


def _defined(pattern: list[str], key: list[str]) -> bool:
    if not pattern:
        return not key
    if pattern[0] == "#":
        return any(_defined(pattern[1:], key[skipped:]) for skipped in range(len(key) + 1))
    return bool(key) and pattern[0] in {"*", key[0]} and _defined(pattern[1:], key[1:])
