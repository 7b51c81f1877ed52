"""Starting and stopping a practice ERP."""

import threading
from pathlib import Path
from types import TracebackType
from typing import Self

from connectors.practice_erp.calls import Desk
from connectors.practice_erp.listener import Listener
from connectors.practice_erp.records import Records

_POLL_SECONDS = 0.05
_REACHABLE_HOSTS = {"": "127.0.0.1", "0.0.0.0": "127.0.0.1", "::": "[::1]"}  # noqa: S104  only replaced


class PracticeErp:
    """A practice ERP that listens from its making and answers from `start` or `serve_forever` on.

    `port` 0 takes a free one, `database` None keeps the records in memory, `keys` False ignores keys and
    takes a second record with a known code. Where its file or its port cannot be opened it raises
    `DatabaseUnusableError` or `OSError`.
    """

    def __init__(
        self, host: str = "127.0.0.1", port: int = 0, database: Path | None = None, keys: bool = True
    ) -> None:
        self._stopping = threading.Event()
        self._serving = threading.Event()
        self._host = host
        self._records = Records(database, keys=keys)
        try:
            self._listener = Listener(host, port, Desk(self._records, self._stopping))
        except OSError:
            self._records.close()
            raise

    @property
    def url(self) -> str:
        host = f"[{self._host}]" if ":" in self._host else self._host
        return f"http://{_REACHABLE_HOSTS.get(self._host, host)}:{self._listener.server_port}"

    def start(self) -> None:
        """Answer in a thread of its own."""
        self._serving.set()
        threading.Thread(target=self.serve_forever, name="practice-erp", daemon=True).start()

    def serve_forever(self) -> None:
        """Answer in this thread, until `stop` is called in another or this one is interrupted."""
        self._serving.set()
        self._listener.serve_forever(poll_interval=_POLL_SECONDS)

    def stop(self) -> None:
        """Close every connection and the database; what was not answered by now may be stored or not."""
        if self._stopping.is_set():
            return
        self._stopping.set()
        if self._serving.is_set():
            self._listener.shutdown()
        self._listener.server_close()
        self._listener.hang_up_all()
        self._records.close()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
