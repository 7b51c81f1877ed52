"""Every error that Countersign raises on purpose.

CountersignError
├── Misconfigured          a setting or a file is wrong: exit code 2
├── Unavailable            a service cannot be reached now; wait and try again: exit code 3
│   ├── StoreUnavailable
│   ├── BusUnavailable
│   └── MailUnavailable
├── Conflict               another transaction was first; run this one again
├── Malformed              a message that is no readable command
└── InvalidWorkflow        a state machine's table contradicts itself
"""

from collections.abc import Sequence


class CountersignError(Exception):
    """Root of everything raised on purpose."""


class Misconfigured(CountersignError):
    """A setting or a file is wrong; each problem is one sentence."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = tuple(problems)


class Unavailable(CountersignError):
    """A service cannot be reached now; nothing was lost, and trying again is safe."""


class StoreUnavailable(Unavailable):
    """The database cannot be reached, is locked, or its disk is full."""


class BusUnavailable(Unavailable):
    """The broker cannot be reached, refuses the log-in, or did not confirm in time."""


class MailUnavailable(Unavailable):
    """The mail server cannot be reached or asked to come back later."""


class Conflict(CountersignError):
    """Another transaction wrote the same rows first; this one was rolled back and may run again."""


class Malformed(CountersignError):
    """A message that is no readable command; the text says why."""


class InvalidWorkflow(CountersignError):
    """A state machine's table contradicts itself; every problem is one sentence."""

    def __init__(self, name: str, problems: Sequence[str]) -> None:
        super().__init__(f"workflow {name}: " + "; ".join(problems))
        self.problems = tuple(problems)
