"""One pika connection to RabbitMQ whose confirms are awaited for a whole batch at once."""

import threading
import time
from collections.abc import Sequence
from typing import Any, Final

import pika
import pika.exceptions

from engine.bus.rabbit_address import Address, tls_context
from engine.bus.rabbit_confirms import Confirms
from engine.bus.rabbit_connection import CorkedConnection
from engine.bus.rabbit_errors import unavailable
from engine.errors import BusUnavailable
from engine.ports import Outgoing

_CONNECT_TIMEOUT: Final = 10.0  # seconds
_CLOSE_TIMEOUT: Final = 2.0  # seconds
_PERSISTENT: Final = 2
_AT_ONCE: Final = 100  # messages written before the loop looks at the socket again
_APP: Final = "countersign"


class Pipe:
    """Lives as long as its connection; only a thread of its own, which runs pika's loop, touches pika."""

    def __init__(self, address: Address, heartbeat: int) -> None:
        self._address = address
        self._lock = threading.Lock()
        self._opened = threading.Event()
        self._failure: BusUnavailable | None = None
        self._batch: Confirms | None = None
        self._published = 0
        self._blocked = False
        self._channel: Any = None
        self._connection: Any = CorkedConnection(
            _parameters(address, heartbeat),
            on_open_callback=self._on_open,
            on_open_error_callback=lambda _, error: self._on_lost(error),
            on_close_callback=lambda _, error: self._on_lost(error),
        )
        self._thread = threading.Thread(target=self._run, name="publisher", daemon=True)
        self._thread.start()

    def open(self) -> None:
        """Wait until messages can be published."""
        if not self._opened.wait(_CONNECT_TIMEOUT):
            raise unavailable(TimeoutError(), self._address)
        if self._failure is not None:
            raise self._failure

    def publish(self, messages: Sequence[Outgoing], timeout: float) -> list[bool]:
        """Publish in order and wait for all confirms."""
        with self._lock:
            if self._failure is not None:
                raise BusUnavailable(str(self._failure))
            batch = self._batch = Confirms(messages, self._published + 1)
            self._published += len(messages)
            self._connection.ioloop.add_callback_threadsafe(lambda: self._send(messages, batch))
        if not batch.finished.wait(timeout):
            why = "it blocks publishers (memory or disk full)" if self._blocked else "it confirms nothing"
            raise unavailable(f"{why} for {timeout:g} s", self._address)
        if batch.failure is not None:
            raise batch.failure
        return batch.results()

    def close(self) -> None:
        """Say good-bye and end the thread."""
        self._connection.ioloop.add_callback_threadsafe(self._say_good_bye)
        self._thread.join(_CLOSE_TIMEOUT)
        self.abort()

    def abort(self) -> None:
        """End the thread without a word."""
        self._connection.ioloop.add_callback_threadsafe(self._connection.abort)
        self._thread.join(_CLOSE_TIMEOUT)

    # What follows runs in the pipe's own thread.

    def _run(self) -> None:
        try:
            self._connection.ioloop.start()
        finally:
            self._on_lost("the publisher's thread has ended")
            self._connection.ioloop.close()

    def _say_good_bye(self) -> None:
        if self._connection.is_open:
            self._connection.close()

    def _on_open(self, connection: Any) -> None:
        connection.add_on_connection_blocked_callback(lambda *_: self._set_blocked(True))
        connection.add_on_connection_unblocked_callback(lambda *_: self._set_blocked(False))
        connection.channel(on_open_callback=self._on_channel)

    def _set_blocked(self, blocked: bool) -> None:
        self._blocked = blocked

    def _on_channel(self, channel: Any) -> None:
        self._channel = channel
        channel.add_on_close_callback(self._on_channel_lost)
        channel.add_on_return_callback(self._on_return)
        channel.confirm_delivery(self._on_confirm, callback=lambda _: self._opened.set())

    def _on_channel_lost(self, _: Any, error: Exception) -> None:
        self._fail(error)
        if self._connection.is_open:
            self._connection.close()

    def _on_lost(self, error: object) -> None:
        self._fail(error)
        self._connection.ioloop.stop()

    def _fail(self, error: object) -> None:
        with self._lock:
            self._failure = self._failure or unavailable(error, self._address)
            if self._batch is not None:
                self._batch.fail(self._failure)
        self._opened.set()

    def _send(self, messages: Sequence[Outgoing], batch: Confirms, start: int = 0) -> None:
        """Write some of the messages and come again for the rest, so that the broker works meanwhile."""
        if batch.finished.is_set():
            return
        self._connection.cork()
        try:
            now = int(time.time())
            for message in messages[start : start + _AT_ONCE]:
                self._write(message, now)
        except pika.exceptions.ChannelWrongStateError as error:
            batch.fail(unavailable(error, self._address))
        except (pika.exceptions.AMQPError, ValueError, TypeError) as error:
            batch.fail(ValueError(f"a message cannot be written as AMQP: {error!r}"))
        finally:
            self._connection.uncork()
        if start + _AT_ONCE < len(messages):
            self._connection.ioloop.add_callback(lambda: self._send(messages, batch, start + _AT_ONCE))

    def _write(self, message: Outgoing, now: int) -> None:
        self._channel.basic_publish(
            message.exchange,
            message.routing_key,
            message.body,
            self._properties(message, now),
            message.mandatory,
        )

    def _properties(self, message: Outgoing, now: int) -> Any:
        return pika.BasicProperties(
            content_type=message.content_type,
            headers=dict(message.headers) or None,
            delivery_mode=_PERSISTENT,
            correlation_id=message.correlation_id,
            message_id=message.message_id,
            timestamp=now,
            user_id=self._address.user,
            app_id=_APP,
        )

    def _on_confirm(self, frame: Any) -> None:
        method = frame.method
        batch = self._batch
        if batch is None:
            return
        if isinstance(method, pika.spec.Basic.Ack):
            batch.confirm(method.delivery_tag, multiple=method.multiple)
        else:
            batch.fail(
                unavailable("it refuses a message for now, a queue or its disk is full", self._address)
            )

    def _on_return(self, _: Any, method: Any, properties: Any, __: bytes) -> None:
        if self._batch is not None:
            self._batch.give_back(method.exchange, method.routing_key, properties.message_id)


def _parameters(address: Address, heartbeat: int) -> Any:
    return pika.ConnectionParameters(
        host=address.host,
        port=address.port,
        virtual_host=address.vhost,
        credentials=pika.PlainCredentials(address.user, address.password),
        heartbeat=heartbeat,
        socket_timeout=_CONNECT_TIMEOUT,
        stack_timeout=_CONNECT_TIMEOUT,
        connection_attempts=1,
        ssl_options=pika.SSLOptions(tls_context(address), address.host) if address.tls is not None else None,
        client_properties={"connection_name": _APP},
    )
