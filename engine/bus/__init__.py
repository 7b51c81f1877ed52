"""Two ways to carry messages behind one port: RabbitMQ, and a durable queue in the database."""
