"""Finds or starts the PostgreSQL and the RabbitMQ that the tests talk to."""
