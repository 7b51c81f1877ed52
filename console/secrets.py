"""What nobody may read in a log line or an error: passwords, tokens, and their like."""

import re
from collections.abc import Mapping
from typing import Any, Final

HIDDEN: Final = "•••"

_TELLING_NAME: Final = re.compile(
    r"passw|passphrase|secret|token|credential|authorization|api_?key|cookie", re.IGNORECASE
)
_IN_URL: Final = re.compile(r"(?<=://)([^\s/@:'\"]*):([^\s/'\"]+)@")
_ASSIGNED: Final = re.compile(
    r"((?:password|passwd|passphrase|secret|token|api_?key)[\"']?\s*[=:]\s*[\"']?)([^\s\"'&,;)}]+)",
    re.IGNORECASE,
)
_BEARER: Final = re.compile(r"\b(Bearer|Basic)\s+[A-Za-z0-9+/._~=-]{6,}")


def hide(text: str) -> str:
    """The text without the passwords of its URLs and without what is assigned to a telling name."""
    text = _IN_URL.sub(rf"\1:{HIDDEN}@", text)
    text = _BEARER.sub(rf"\1 {HIDDEN}", text)
    return _ASSIGNED.sub(rf"\1{HIDDEN}", text)


def hidden(value: Any, name: str = "") -> Any:
    """The value with every secret in it replaced, however deep it lies."""
    if name and value is not None and _TELLING_NAME.search(name):
        return HIDDEN
    if isinstance(value, str):
        return hide(value)
    if isinstance(value, Mapping):
        return {key: hidden(each, str(key)) for key, each in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [hidden(each) for each in value]
    if value is None or isinstance(value, bool | int | float):
        return value
    return hide(str(value))
