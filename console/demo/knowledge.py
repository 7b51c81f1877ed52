"""What the event log has told so far; nothing here asks the engine, so any dashboard could know it."""

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from console.wiring import CHANGED, Site
from engine.store.queries import integrations
from engine.store.queries.events import Wanted, Watch

Event = dict[str, Any]

_LOOK_S: Final = 0.5  # a wake-up may be lost
_EVERYTHING: Final = 10_000


@dataclass(frozen=True, slots=True)
class Sent:
    """One mail that went out."""

    kind: str
    to: str
    subject: str
    items: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Asked:
    """A command of ours: who gave which, about what."""

    actor: str
    command: str
    item: str


@dataclass(slots=True)
class Knowledge:
    """What was asked, and what was learned from events."""

    asked: dict[tuple[str, str], Asked] = field(default_factory=dict)  # by the command's source and id
    states: dict[str, tuple[str, int]] = field(default_factory=dict)
    answers: dict[tuple[str, str], str | None] = field(default_factory=dict)  # None: applied, else the code
    mails: list[Sent] = field(default_factory=list)
    tried_again: Counter[str] = field(default_factory=Counter)
    in_doubt: set[str] = field(default_factory=set)
    letters: dict[int, dict[str, Any]] = field(default_factory=dict)

    def learn(self, event: Event) -> None:
        """Take one event in."""
        kind, data = _kind(event), event["data"]
        if kind.startswith("item."):
            self.states[data["item"]["key"]] = (data["item"]["state"], data["item"]["version"])
        elif kind.startswith("command."):
            command = data["command"]
            self.answers[command["source"], command["id"]] = data.get("reason", {}).get("code")
        elif kind == "export.retrying":
            self.tried_again[data["item"]["key"]] += 1
        elif kind == "export.in_doubt":
            self.in_doubt.add(data["item"]["key"])
        elif kind.startswith("dead_letter."):
            self.letters[data["dead_letter"]["id"]] = data["dead_letter"]
        elif kind == "notification.sent":
            self.mails.append(_sent(data["notification"]))

    def endings(self) -> dict[str, str]:
        """How each dead letter ended, by its item, or by its reason where it has none."""
        letters = self.letters.values()
        return {each.get("item") or each["reason"]: each.get("resolution") or "open" for each in letters}

    def recipients(self, kind: str, item: str | None) -> set[str]:
        """Who got this kind of mail, about this item if there is one."""
        return {mail.to for mail in self.mails if mail.kind == kind and (item is None or item in mail.items)}


def _kind(event: Event) -> str:
    name: str = event["type"]
    return name.removeprefix("countersign.").removesuffix(".v1")


def _sent(mail: Mapping[str, Any]) -> Sent:
    return Sent(mail["kind"], mail["recipient"], mail["subject"], tuple(mail["items"]))


class Watcher:
    """Waits for the event log to grow, and reads what is new."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._listener = site.signals.listener((CHANGED,))
        self._watch = Watch(Wanted())
        with site.database.read() as connection:
            self._watch.begin(connection, _EVERYTHING)

    def news(self, timeout: float) -> tuple[list[Event], str]:
        """What was added, at most after a while nothing; and how the company's integration is."""
        found = self._read()
        if not found[0]:
            self._listener.wait(min(timeout, _LOOK_S))
            found = self._read()
        return found

    def _read(self) -> tuple[list[Event], str]:
        with self._site.database.read() as connection:
            rows = self._watch.more(connection)
            states = [row["state"] for row in integrations.listed(connection)]
        return [json.loads(row["body"]) for row in rows], states[0] if states else "running"

    def close(self) -> None:
        """Watch no longer."""
        self._listener.close()
