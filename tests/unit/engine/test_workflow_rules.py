"""The rules that every table has to satisfy."""

import importlib
import pkgutil
from types import ModuleType

import pytest

from engine.errors import InvalidWorkflow
from engine.workflow_rules import RULES, page, problems
from tests.unit.engine import invalid_workflows
from tests.unit.engine.small import SMALL

MISTAKES = [
    importlib.import_module(f"{invalid_workflows.__name__}.{found.name}")
    for found in pkgutil.iter_modules(invalid_workflows.__path__)
]


def test_a_right_table_has_no_problems() -> None:
    """The rules do not complain about a complete lifecycle."""
    assert problems(SMALL) == []


@pytest.mark.parametrize("mistake", MISTAKES, ids=lambda module: module.__name__.rsplit(".", 1)[1])
def test_a_contradictory_table_is_refused_with_every_problem(mistake: ModuleType) -> None:
    """A mistake is found when the table is built, and told in sentences."""
    with pytest.raises(InvalidWorkflow) as refused:
        mistake.build()
    assert refused.value.problems == mistake.EXPECTED


def test_every_rule_has_a_table_that_breaks_it() -> None:
    """A rule that nothing can break would be no rule."""
    broken = {mistake.RULE for mistake in MISTAKES} - {"extend"}
    assert broken == {rule.__name__ for rule in RULES}


def test_every_rule_is_one_documented_sentence() -> None:
    """The page of rules is made from their docstrings."""
    for rule in RULES:
        assert rule.__doc__
        assert "\n" not in rule.__doc__
        assert rule.__doc__ in page()
