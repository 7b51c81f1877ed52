"""HTTP calls to an ERP; what goes wrong is told apart: nothing happened, or nobody knows."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit

import httpx2

from connectors.kit import (
    ErpAuth,
    ErpCapacity,
    ErpConflict,
    ErpError,
    ErpReference,
    ErpRefused,
    ErpUnavailable,
    ErpUncertain,
    Misconfigured,
)

_LONGEST_CONNECT: Final = 5.0
_JSON: Final = {"Content-Type": "application/json", "Accept": "application/json"}
_MOST_WORDS: Final = 500
_REFUSALS: Final[Mapping[int, type[ErpError]]] = {
    401: ErpAuth,
    403: ErpAuth,
    404: ErpReference,
    408: ErpUncertain,
    409: ErpConflict,
    429: ErpCapacity,
    503: ErpUnavailable,
}


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back: a status and JSON."""

    status: int
    body: Any
    retry_after: float | None = None

    def error(self, references: frozenset[str] = frozenset()) -> ErpError:
        """The refusal in the ERP's own words; `references` are its codes for a missing reference."""
        return refusal(self.status, self.body, self.retry_after, references)


class ErpHttp:
    """Calls to one ERP over kept connections. Raises Misconfigured for an address that cannot be one."""

    def __init__(self, url: Any, timeout: float, headers: Mapping[str, str] | None = None) -> None:
        self._url = checked_url(url)
        self._timeout = timeout
        limits = httpx2.Limits(max_connections=4, max_keepalive_connections=4, keepalive_expiry=5.0)
        self._client = httpx2.Client(
            timeout=httpx2.Timeout(timeout, connect=min(timeout, _LONGEST_CONNECT)),
            limits=limits,
            headers={**_JSON, **(headers or {})},
            trust_env=False,  # a proxy's 503 would read as the ERP's own
        )

    def call(
        self, method: str, path: str, content: Any = None, params: Mapping[str, str] | None = None
    ) -> Reply:
        """Make one call.

        Raises ErpUnavailable if no byte left us, and ErpUncertain if no answer came that can be read.
        """
        body = None if content is None else json.dumps(content, separators=(",", ":")).encode()
        try:
            response = self._client.request(method, self._url + path, content=body, params=params)
        except (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.PoolTimeout) as problem:
            raise ErpUnavailable(
                f"the ERP cannot be reached ({_words(problem)})", code="unreachable"
            ) from problem
        except httpx2.TimeoutException as problem:
            text = f"the ERP gave no answer within {self._timeout:g} s"
            raise ErpUncertain(text, code="timeout") from problem
        except (httpx2.HTTPError, httpx2.StreamError) as problem:
            text = f"the connection to the ERP was lost before its answer came ({_words(problem)})"
            raise ErpUncertain(text, code="lost_connection") from problem
        return Reply(response.status_code, _parsed(response), _seconds(response.headers.get("Retry-After")))

    def close(self) -> None:
        """Close the connections."""
        self._client.close()


def refusal(
    status: int, body: Any, retry_after: float | None = None, references: frozenset[str] = frozenset()
) -> ErpError:
    """What a status that is no success means, in the ERP's own words."""
    code, words = _told(body)
    text = f'the ERP says "{words}"' if words else f"the ERP answers with status {status}"
    found = _REFUSALS.get(status)
    if found is None:
        found = ErpRefused if 400 <= status < 500 else ErpUncertain
    if found is ErpRefused and code in references:
        found = ErpReference
    return found(text, code=code or f"http_{status}", retry_after=retry_after)


def checked_url(url: Any) -> str:
    """An address that can be called, without a slash at its end. Raises Misconfigured."""
    try:
        parts = urlsplit(url if isinstance(url, str) else "")
        valid = parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port or 1) > 0
    except ValueError:
        valid = False
    if not valid:
        raise Misconfigured(["the integration's url has to be the ERP's address: http://127.0.0.1:8070"])
    return str(url).rstrip("/")


def checked_seconds(value: Any, name: str) -> float:
    """A number of seconds above 0. Raises Misconfigured."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value <= 3600:
        raise Misconfigured([f"the integration's {name} has to be a number of seconds, such as 10"])
    return float(value)


def _parsed(response: httpx2.Response) -> Any:
    if not response.content:
        return None
    try:
        return json.loads(response.content)
    except (ValueError, RecursionError):
        if response.status_code < 400:
            raise ErpUncertain("the ERP's answer is not JSON", code="unreadable_answer") from None
        return None


def _told(body: Any) -> tuple[str | None, str | None]:
    error = body.get("error") if isinstance(body, dict) else None
    if not isinstance(error, dict):
        return None, None
    code, words = error.get("code"), error.get("message")
    return (code if isinstance(code, str) else None, words[:_MOST_WORDS] if isinstance(words, str) else None)


def _seconds(text: str | None) -> float | None:
    return float(text) if text is not None and text.isascii() and text.isdigit() else None


def _words(problem: Exception) -> str:
    return str(problem) or type(problem).__name__
