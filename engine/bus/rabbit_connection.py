"""A pika connection that writes many messages to its socket at once."""

from typing import Any

from pika.adapters.select_connection import SelectConnection
from pika.exceptions import StreamLostError


class CorkedConnection(SelectConnection):  # type: ignore[misc]
    """pika gives every frame to the socket by itself, three for each message: most of the time went there."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        self._held: list[bytes] | None = None
        super().__init__(*arguments, **options)

    def cork(self) -> None:
        """Hold back what is written from now on."""
        self._held = []

    def uncork(self) -> None:
        """Write what was held back."""
        held, self._held = self._held, None
        if held:
            super()._adapter_emit_data(b"".join(held))

    def abort(self) -> None:
        """End without waiting for the broker; `on_close_callback` follows."""
        if not self.is_closed:
            self._terminate_stream(StreamLostError("given up by us"))

    def _adapter_emit_data(self, data: bytes) -> None:
        if self._held is None:
            super()._adapter_emit_data(data)
        else:
            self._held.append(data)
