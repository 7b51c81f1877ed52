"""The practice ERP: a small ERP behind HTTP, for the demo and for tests, that can be told to misbehave."""

from connectors.practice_erp.server import PracticeErp

__all__ = ["PracticeErp"]
