"""Reading a request's body as JSON, strictly: what cannot be stored and given back is refused."""

import json
from math import isfinite
from typing import Any, NoReturn

from connectors.practice_erp.answers import RefusedError

MAX_BODY_BYTES = 16 * 1024 * 1024
MAX_DEPTH = 64


def parse_json(body: bytes) -> Any:
    """Return the value in `body`; refuse with 400 where there is none that survives a round trip."""
    try:
        value = json.loads(body.decode("utf-8"), parse_constant=_refuse_constant, parse_float=_finite)
    except RecursionError:
        raise _too_deep() from None
    except ValueError as error:
        raise _not_json(f"The body is not JSON in UTF-8 ({error}): send one JSON object or array.") from error
    _check_tree(value, MAX_DEPTH)
    return value


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON number")


def _finite(digits: str) -> float:
    number = float(digits)
    if not isfinite(number):
        raise ValueError(f"{digits[:20]} is too large for a number")
    return number


def _check_tree(value: Any, levels_left: int) -> None:
    if isinstance(value, str):
        _check_text(value)
    elif isinstance(value, (dict, list)):
        if not levels_left:
            raise _too_deep()
        if isinstance(value, dict):
            for name in value:
                _check_text(name)
        for part in value.values() if isinstance(value, dict) else value:
            _check_tree(part, levels_left - 1)


def _check_text(text: str) -> None:
    if text.isascii():
        return
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        raise _not_json("The body has half a surrogate pair in a text: send whole characters.") from None


def _not_json(message: str) -> RefusedError:
    return RefusedError(400, "invalid_json", message)


def _too_deep() -> RefusedError:
    return _not_json(f"The body is nested deeper than {MAX_DEPTH} levels: send flatter JSON.")
