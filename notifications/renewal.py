"""Keeps mails that are being sent from others for as long as that takes."""

import threading
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from datetime import timedelta

import structlog

from engine.errors import Conflict, StoreUnavailable
from engine.ports import Clock
from engine.store.mail import Mailbox

_log = structlog.get_logger("countersign.notifier")


@contextmanager
def renewed(mailbox: Mailbox, ids: Collection[str], lease: timedelta, clock: Clock) -> Iterator[None]:
    """Renew the lease of what `ids` still contains, again and again until the block ends."""
    ended = threading.Event()

    def renew() -> None:
        while not ended.wait(lease.total_seconds() / 3):
            try:
                mailbox.hold(list(ids), clock.now() + lease)
            except (StoreUnavailable, Conflict) as error:
                _log.warning("lease_not_renewed", reason=str(error))

    thread = threading.Thread(target=renew, name="countersign-mail-lease", daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()
