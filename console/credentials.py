"""Puts the secrets of an integration's settings in their places, at the moment of use."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from console.config.integration import is_reference
from engine.errors import Misconfigured


def resolve_secrets(
    settings: Mapping[str, Any], environment: Mapping[str, str] = os.environ
) -> dict[str, Any]:
    """The settings with each `{env = ...}` and `{file = ...}` replaced by what is there.

    Raises Misconfigured with a line for each secret that is not there.
    """
    problems: list[str] = []
    found = {name: _resolved(name, value, environment, problems) for name, value in settings.items()}
    if problems:
        raise Misconfigured(problems)
    return found


def _resolved(path: str, value: Any, environment: Mapping[str, str], problems: list[str]) -> Any:
    if is_reference(value):
        return _secret(path, value, environment, problems)
    if isinstance(value, Mapping):
        return {
            name: _resolved(f"{path}.{name}", each, environment, problems) for name, each in value.items()
        }
    if isinstance(value, list):
        return [_resolved(path, each, environment, problems) for each in value]
    return value


def _secret(
    path: str, reference: Mapping[str, str], environment: Mapping[str, str], problems: list[str]
) -> str:
    if variable := reference.get("env"):
        if value := environment.get(variable):
            return value
        problems.append(f"{path}: set the environment variable {variable}")
        return ""
    return _from_file(path, Path(reference["file"]), problems)


def _from_file(path: str, file: Path, problems: list[str]) -> str:
    try:
        value = file.read_text(encoding="utf-8").rstrip("\r\n")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is no text"
        problems.append(f"{path}: the file {file} cannot be read ({reason})")
        return ""
    if not value:
        problems.append(f"{path}: the file {file} is empty")
    return value
