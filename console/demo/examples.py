"""The example month's files: where they are, and what they say."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from console.commands.commands import Ready, ready
from console.commands.entries import entries

COMPANY: Final = "acme"
_LIMIT: Final = 1024 * 1024


@dataclass(frozen=True, slots=True)
class ExpectedMail:
    """A mail that has to have gone to these people; a summary is about no single item."""

    kind: str
    to: frozenset[str]
    item: str | None


@dataclass(frozen=True, slots=True)
class Expected:
    """Where everything has to be at the end; items are named by their keys."""

    items: Mapping[str, tuple[str, int]]  # state and version
    refused: Mapping[str, str]  # command id to code
    tried_again: frozenset[str]
    in_doubt: frozenset[str]
    dead_letters: Mapping[str, str]  # item, or reason where there is none, to how it ended
    mails: tuple[ExpectedMail, ...]


def folder() -> Path:
    """The examples: beside this file once installed, at the repository's top while developing."""
    installed = Path(__file__).with_name("examples")
    return installed if installed.is_dir() else Path(__file__).resolve().parents[2] / "examples"


def commands(name: str) -> list[Ready]:
    """The commands of one file of the month; raises Malformed, Wanting."""
    content = (folder() / "month" / f"{name}.json").read_bytes()
    return [ready(entry.body, _LIMIT) for entry in entries(content)]


def expected() -> Expected:
    """What `expected.toml` says."""
    written = tomllib.loads((folder() / "expected.toml").read_text(encoding="utf-8"))
    return Expected(
        items={_key(name): (each["state"], each["version"]) for name, each in written["items"].items()},
        refused=written["refused"],
        tried_again=frozenset(map(_key, written["exports"]["tried_again"])),
        in_doubt=frozenset(map(_key, written["exports"]["in_doubt"])),
        dead_letters={_key(name): how for name, how in written["dead_letters"].items()},
        mails=tuple(_mail(each) for each in written["mails"]),
    )


def _key(name: str) -> str:
    return f"{COMPANY}/{name}" if "/" in name else name


def _mail(written: Mapping[str, Any]) -> ExpectedMail:
    item = written.get("item")
    return ExpectedMail(written["kind"], frozenset(written["to"]), _key(item) if item else None)
