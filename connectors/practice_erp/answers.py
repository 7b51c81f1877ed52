"""What a call gets back: an answer, or a refusal that becomes one."""

import json
from dataclasses import dataclass
from typing import Any


def json_text(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


@dataclass(frozen=True, slots=True)
class Answer:
    """A status and a body that is JSON text already; no body where the status has none."""

    status: int
    body: str = ""
    headers: tuple[tuple[str, str], ...] = ()


class RefusedError(Exception):
    """A call, or one record of an array, that is refused."""

    def __init__(
        self, status: int, code: str, message: str, headers: tuple[tuple[str, str], ...] = ()
    ) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.headers = headers

    def answer(self) -> Answer:
        body = json_text({"error": {"code": self.code, "message": self.message}})
        return Answer(self.status, body, self.headers)
