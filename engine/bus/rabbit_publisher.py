"""Publishing to RabbitMQ through pika, a batch at a time."""

from collections.abc import Sequence

from engine.bus.rabbit_address import Address
from engine.bus.rabbit_pipe import Pipe
from engine.errors import BusUnavailable
from engine.ports import Outgoing


class RabbitPublisher:
    """Connects at the first batch, and again after anything went wrong; used by one thread."""

    def __init__(self, address: Address, confirm_timeout: float, heartbeat: int) -> None:
        self._address = address
        self._confirm_timeout = confirm_timeout
        self._heartbeat = heartbeat
        self._pipe: Pipe | None = None

    def publish(self, messages: Sequence[Outgoing]) -> list[bool]:
        """Publish in order and wait for all confirms; False for a mandatory message that no queue takes."""
        if not messages:
            return []
        try:
            return self._connected().publish(messages, self._confirm_timeout)
        except (BusUnavailable, ValueError):
            self._drop()  # a late confirm must not be taken for one of the next batch
            raise

    def _connected(self) -> Pipe:
        if self._pipe is None:
            self._pipe = Pipe(self._address, self._heartbeat)
            self._pipe.open()
        return self._pipe

    def _drop(self) -> None:
        pipe, self._pipe = self._pipe, None
        if pipe is not None:
            pipe.abort()

    def close(self) -> None:
        """Leave."""
        if self._pipe is not None:
            self._pipe.close()
            self._pipe = None
