"""The parts of the connector worker: hints, claims, lanes, calls to the ERP, reports."""
