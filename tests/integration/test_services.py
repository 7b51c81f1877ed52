"""The servers that tests share, and what each test gets of them."""

from __future__ import annotations

import pika
import psycopg

from tests.services import BrokerServer, DatabaseServer, empty_virtual_host


def test_a_test_gets_an_empty_database_of_its_own(postgres_url: str, postgres_server: DatabaseServer) -> None:
    """Two tests never see each other's tables."""
    other = postgres_server.create()
    try:
        with psycopg.connect(postgres_url) as connection:
            connection.execute("CREATE TABLE mine (id integer)")
        with psycopg.connect(other) as connection:
            tables = connection.execute("SELECT 1 FROM pg_tables WHERE schemaname = 'public'").fetchall()
        assert tables == []
    finally:
        postgres_server.drop(other)


def test_a_database_can_be_copied_from_a_prepared_one(
    postgres_url: str, postgres_server: DatabaseServer
) -> None:
    """Migrating once and copying is faster than migrating for each test."""
    with psycopg.connect(postgres_url) as connection:
        connection.execute("CREATE TABLE prepared (id integer)")
    copy = postgres_server.create(template=postgres_url)
    try:
        with psycopg.connect(copy) as connection:
            assert connection.execute("SELECT count(*) FROM prepared").fetchone() == (0,)
    finally:
        postgres_server.drop(copy)


def test_a_test_gets_a_broker_without_leftovers(rabbitmq_url: str, rabbitmq_server: BrokerServer) -> None:
    """A queue that another test declared is not there."""
    connection = pika.BlockingConnection(pika.URLParameters(rabbitmq_url))
    connection.channel().queue_declare("countersign.commands", durable=True)
    connection.close()
    connection = pika.BlockingConnection(pika.URLParameters(rabbitmq_server.fresh()))
    assert not _has_queue(connection, "countersign.commands")
    connection.close()


def test_emptying_a_virtual_host_deletes_the_programs_own_queues(rabbitmq_url: str) -> None:
    """Without rabbitmqctl, the default virtual host is emptied before each test."""
    connection = pika.BlockingConnection(pika.URLParameters(rabbitmq_url))
    connection.channel().queue_declare("countersign.commands", durable=True)
    empty_virtual_host(rabbitmq_url)
    assert not _has_queue(connection, "countersign.commands")
    connection.close()


def _has_queue(connection: pika.BlockingConnection, name: str) -> bool:
    try:
        connection.channel().queue_declare(name, passive=True)
    except pika.exceptions.ChannelClosedByBroker:
        return False
    return True
