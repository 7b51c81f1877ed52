"""The published message document: a valid AsyncAPI document, and true."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft7Validator

from engine.facts import CODES
from engine.messages import Message, dump
from engine.payload import Payload
from engine.service.decide import COMMANDS, REPORTS
from engine.service.shapes import data_problem
from engine.topology import EVENTS
from notifications.samples import TYPES  # noqa: F401  replaced below where it does not exist
