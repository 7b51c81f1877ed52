"""Everything that a connector needs, from one place: see docs/connectors.md."""

from engine.errors import Misconfigured
from engine.ports_export import (
    Answer,
    Capabilities,
    Checkable,
    ErpAuth,
    ErpCapacity,
    ErpConflict,
    ErpError,
    ErpPartial,
    ErpPrecondition,
    ErpReference,
    ErpRefused,
    ErpSession,
    ErpUnavailable,
    ErpUncertain,
    ExportRequest,
    Found,
    Parcel,
    Receipt,
)
from engine.ports_export import ExportPort as Connector

__all__ = [
    "Answer",
    "Capabilities",
    "Checkable",
    "Connector",
    "ErpAuth",
    "ErpCapacity",
    "ErpConflict",
    "ErpError",
    "ErpPartial",
    "ErpPrecondition",
    "ErpReference",
    "ErpRefused",
    "ErpSession",
    "ErpUnavailable",
    "ErpUncertain",
    "ExportRequest",
    "Found",
    "Misconfigured",
    "Parcel",
    "Receipt",
]
