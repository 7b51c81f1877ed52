"""Configuration files as tests write them."""

from __future__ import annotations

from pathlib import Path

import pytest

from console.config_file import Written, read
from engine.errors import Misconfigured

CONNECTORS = ("sandbox", "tryton")


def written(text: str, folder: Path = Path("/srv/config")) -> Written:
    """What a file says."""
    return read(text, "acme.toml", folder, CONNECTORS)


def problems(text: str) -> tuple[str, ...]:
    """What is wrong with a file, without its name."""
    with pytest.raises(Misconfigured) as raised:
        written(text)
    assert all(sentence.startswith("acme.toml") for sentence in raised.value.problems)
    return tuple(sentence.removeprefix("acme.toml: ") for sentence in raised.value.problems)


def of_integration(lines: str) -> str:
    """A file with one integration that has these lines."""
    return f'[company.acme.integration]\nconnector = "sandbox"\n{lines}\n'


def of_person(lines: str) -> str:
    """A file with one person that has these lines."""
    return f'[[company.acme.people]]\nemail = "pat@acme.test"\n{lines}\n'
