"""What goes wrong while a service is looked for or started."""

from __future__ import annotations


class ServiceMissingError(Exception):
    """A service can neither be found nor started; the message says why and what to do."""
