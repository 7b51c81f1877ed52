"""Which connectors there are."""

from __future__ import annotations

from importlib.metadata import EntryPoint, EntryPoints

import pytest

from connectors import registry, testing
from connectors.kit import Misconfigured

FAKE = testing.FakeErp()
MISNAMED = testing.FakeErp(name="other")


def offer(monkeypatch: pytest.MonkeyPatch, **targets: str) -> None:
    """Let another package offer connectors."""
    points = EntryPoints(EntryPoint(name, target, registry.GROUP) for name, target in targets.items())
    monkeypatch.setattr(registry, "entry_points", lambda group: points.select(group=group))


def test_the_sandbox_is_built_in() -> None:
    """It needs no other package."""
    assert "sandbox" in registry.names()
    assert registry.connector("sandbox").name == "sandbox"


def test_another_package_may_offer_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """By an entry point."""
    offer(monkeypatch, fake=f"{__name__}:FAKE")
    assert registry.names() == ("fake", "sandbox")
    assert registry.connector("fake") is FAKE


@pytest.mark.parametrize(
    ("name", "target", "problem"),
    [
        ("missing", "nowhere.at_all:X", 'the connector "missing" cannot be loaded'),
        ("empty", f"{__name__}:pytest", 'the connector "empty" lacks'),
        ("wrong", f"{__name__}:MISNAMED", 'calls itself "other"'),
        ("asked", "", 'there is no connector "asked": this installation has sandbox'),
    ],
)
def test_what_cannot_work_is_refused(
    monkeypatch: pytest.MonkeyPatch, name: str, target: str, problem: str
) -> None:
    """With what is wrong, before anything is sent."""
    offer(monkeypatch, **({name: target} if target else {}))
    with pytest.raises(Misconfigured, match=problem):
        registry.connector(name)
