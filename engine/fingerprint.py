"""The cause of a failure as a short name: what differs from case to case is taken out."""

import hashlib
import re
from typing import Final

_VARYING: Final = re.compile(
    r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f-]{22}"  # a UUID
    r"|\"[^\"]*\"|'[^']*'"  # what is quoted
    r"|[^\s/]+/[a-z_]+/[^\s@]+(@\d+)?"  # an item or export key
    r"|\S*\d\S*",  # anything with a digit
    re.IGNORECASE,
)


def normalised(message: str) -> str:
    """The message without ids and numbers."""
    return re.sub(r"(# ?)+", "# ", _VARYING.sub("#", message[:500])).strip()


def fingerprint(
    error_class: str, code: str | None, message: str, connector: str | None, item_type: str | None
) -> str:
    """12 hex digits that failures of one cause share."""
    parts = (error_class, code or "", normalised(message), connector or "", item_type or "")
    return hashlib.sha256("\n".join(parts).encode("utf-8", "replace")).hexdigest()[:12]
