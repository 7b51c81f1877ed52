"""Secrets: read at the moment of use, from where the settings say they are."""

from __future__ import annotations

from pathlib import Path

import pytest

from console.credentials import resolve_secrets
from engine.errors import Misconfigured


def test_secrets_take_the_place_of_their_references(tmp_path: Path) -> None:
    """A connector gets plain settings and does not know where they came from."""
    file = tmp_path / "token"
    file.write_text("two\n")
    settings = {
        "url": "http://h",
        "password": {"env": "ACME"},
        "login": {"tokens": [{"file": str(file)}], "user": "u"},
    }
    assert resolve_secrets(settings, {"ACME": "one"}) == {
        "url": "http://h",
        "password": "one",
        "login": {"tokens": ["two"], "user": "u"},
    }


def test_every_missing_secret_is_named(tmp_path: Path) -> None:
    """Each line says which setting it is for and what to set."""
    empty = tmp_path / "empty"
    empty.write_text("\n")
    settings = {
        "password": {"env": "ACME"},
        "a": {"file": str(tmp_path / "nowhere")},
        "b": {"file": str(empty)},
        "c": {"file": str(tmp_path)},
    }
    with pytest.raises(Misconfigured) as raised:
        resolve_secrets(settings, {"ACME": ""})
    variable, missing, nothing, folder = raised.value.problems
    assert variable == "password: set the environment variable ACME"
    assert missing.startswith("a: the file")
    assert "No such file" in missing
    assert nothing.endswith("is empty")
    assert folder.startswith("c: the file")


def test_settings_without_secrets_stay_as_they_are() -> None:
    """A table that is no reference is a table."""
    settings = {"options": {"env": "a", "other": 1}, "empty": {}}
    assert resolve_secrets(settings, {}) == settings
