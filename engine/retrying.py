"""When something is tried again: the only file that imports tenacity."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Delays:
    """How long an export waits between its attempts; all values in seconds."""

    attempts: tuple[float, ...] = (60.0, 300.0, 1800.0, 7200.0)
    lease: float = 60.0  # a connector in another language has to answer within this
    claim: float = 15.0  # our own workers renew their claim; a killed one's exports go on after this
    settle: float = 30.0  # "absent" counts only this long after an attempt went out
    breaker_failures: int = 5  # in a row, then one probe at a time
    breaker_pause: float = 30.0


def patiently(
    action: Callable[[], T],
    *,
    errors: type[Exception] | tuple[type[Exception], ...],
    attempts: int = 3,
    longest: float = 5.0,
    wait_for: Callable[[BaseException], float | None] | None = None,
    give_up: Callable[[], bool] | None = None,
) -> T:
    """Run an action again after each of `errors`: exponential with jitter, `longest` seconds at most between two.

    `wait_for` may name the seconds that an error itself asks for (Retry-After); more than `longest` ends the trying.
    `give_up` ends it when it says so. The last error is raised.
    """
    import tenacity  # noqa: PLC0415  most processes never retry

    backoff = tenacity.wait_random_exponential(multiplier=0.1, max=longest)

    def asked(state: tenacity.RetryCallState) -> float | None:
        error = state.outcome.exception() if state.outcome else None
        return wait_for(error) if wait_for and error else None

    def wait(state: tenacity.RetryCallState) -> float:
        seconds = asked(state)
        return backoff(state) if seconds is None else seconds

    def too_long(state: tenacity.RetryCallState) -> bool:
        return (asked(state) or 0.0) > longest or (give_up is not None and give_up())

    retrying = tenacity.Retrying(
        retry=tenacity.retry_if_exception_type(errors),
        wait=wait,
        stop=lambda state: state.attempt_number >= attempts or too_long(state),
        reraise=True,
    )
    return retrying(action)


def backoff(attempt: int, longest: float = 5.0) -> float:
    """Seconds to wait before attempt 2, 3, 4 ... of reaching a service again."""
    return float(min(longest, 0.1 * 2 ** min(attempt, 16)))
