"""A load of items that are sent and decided, and what has to have become of it."""

from __future__ import annotations

import email
import email.policy
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.acceptance.support.orders import APPROVER, SENDER, Order, order, send_project

REJECTED_EVERY = 5  # of the items each fifth


@dataclass(frozen=True, slots=True)
class Load:
    """So many projects of acme, of which some are rejected."""

    name: str
    size: int

    @property
    def keys(self) -> tuple[str, ...]:
        """Every item."""
        return tuple(f"acme/project/{self.name}-{number}" for number in range(self.size))

    @property
    def states(self) -> dict[str, str]:
        """Where each item has to end."""
        return {
            key: "rejected" if number % REJECTED_EVERY == 0 else "synced"
            for number, key in enumerate(self.keys)
        }

    def orders(self) -> list[Order]:
        """Each item is sent, and then decided; the ids are the same whenever they are asked for."""
        found = []
        for key, state in self.states.items():
            decision = "reject" if state == "rejected" else "accept"
            found += [
                send_project(key, id=f"send {key}"),
                order(decision, key, {"version": 1}, id=f"decide {key}"),
            ]
        return found

    def codes(self) -> dict[str, int]:
        """What the ERP has to have: each accepted item once."""
        return {key.rpartition("/")[2]: 1 for key, state in self.states.items() if state == "synced"}

    def mails(self) -> Counter[tuple[str, str]]:
        """Who has to have been told about which item: whoever sent it, and the approver."""
        rejected = [key.rpartition("/")[2] for key, state in self.states.items() if state == "rejected"]
        return Counter((person, name) for name in rejected for person in (SENDER, APPROVER))

    def mails_in(self, paths: Sequence[Path]) -> Counter[tuple[str, str]]:
        """Who was told about which item."""
        return Counter(self._told(path) for path in paths)

    def _told(self, path: Path) -> tuple[str, str]:
        message = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
        assert message["Subject"] == "ERP Project Rejection Notification"
        body = message.get_body(("plain",))
        assert body is not None
        names = set(re.findall(rf"\b{self.name}-\d+\b", body.get_content()))
        assert len(names) == 1, names
        return str(message["To"].addresses[0].addr_spec), names.pop()
