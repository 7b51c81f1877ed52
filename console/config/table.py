"""One table of a configuration file: each key is asked for once, and what nobody asked for is a mistake."""

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Any, Final, TypeVar

from engine.text import is_printable

Check = Callable[[str], str | None]  # what is wrong with a text, or None
T = TypeVar("T")

_LONGEST: Final = 1000


@dataclass(slots=True)
class Remarks:
    """What a file does wrong, and what is only strange."""

    problems: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)


class Table:
    """Reads the keys of one table; a key that is wrong is remarked upon and gives its default."""

    def __init__(self, path: str, content: Any, remarks: Remarks) -> None:
        self.path = path
        self.remarks = remarks
        self._known: set[str] = set()
        self._content: Mapping[str, Any] = content if isinstance(content, dict) else {}
        if not isinstance(content, dict):
            remarks.problems.append(f"{path} has to be a table")

    def __contains__(self, key: str) -> bool:
        return key in self._content

    def problem(self, key: str, sentence: str) -> None:
        """Remark that a key is wrong."""
        self.remarks.problems.append(f"{self.at(key)} {sentence}")

    def warning(self, key: str, sentence: str) -> None:
        """Remark that a key is strange."""
        self.remarks.warnings.append(f"{self.at(key)} {sentence}")

    def at(self, key: str) -> str:
        """Where a key stands in the file."""
        return f"{self.path}.{key}" if self.path else key

    def take(self, key: str) -> Any:
        """A key's value as it is written, or None."""
        self._known.add(key)
        return self._content.get(key)

    def text(self, key: str, default: T, *checks: Check, required: bool = False) -> str | T:
        """A string that every check accepts."""
        value = self.take(key)
        if value is None:
            if required:
                self.problem(key, "is missing")
            return default
        if problem := text_problem(value, *checks):
            self.problem(key, problem)
            return default
        return str(value)

    def flag(self, key: str, default: bool) -> bool:
        """True or false."""
        value = self.optional_flag(key)
        return default if value is None else value

    def optional_flag(self, key: str) -> bool | None:
        """True, false, or not there."""
        return self._typed(key, bool, "true or false")

    def number(self, key: str, least: int, most: int) -> int | None:
        """A whole number within limits."""
        value = self._typed(key, int, "a whole number")
        if value is not None and not least <= value <= most:
            self.problem(key, f"has to be from {least} to {most}, not {value}")
            return None
        return value

    def texts(self, key: str, *checks: Check) -> tuple[str, ...] | None:
        """An array of different strings, sorted; None where there is none."""
        value = self.take(key)
        if value is None:
            return None
        if not isinstance(value, list):
            self.problem(key, 'has to be an array such as ["one", "two"]')
            return None
        for each in value:
            if problem := text_problem(each, *checks):
                self.problem(key, f"has an entry that {problem}")
                return None
        return tuple(sorted(set(value)))

    def tables(self, key: str) -> Iterator["Table"]:
        """The tables of an array, each named by its number."""
        value = self.take(key)
        if value is None:
            return
        if not isinstance(value, list):
            self.problem(key, f"has to be an array of tables: write [[{self.at(key)}]]")
            return
        for number, content in enumerate(value, 1):
            yield Table(f"{self.at(key)}[{number}]", content, self.remarks)

    def table(self, key: str) -> "Table":
        """A table within; an empty one where there is none."""
        value = self.take(key)
        return Table(self.at(_quoted(key)), {} if value is None else value, self.remarks)

    def names(self) -> tuple[str, ...]:
        """Every key, where any name is allowed."""
        return tuple(self._content)

    def rest(self) -> dict[str, Any]:
        """Every key that was not asked for."""
        found = {key: value for key, value in self._content.items() if key not in self._known}
        self._known.update(found)
        return found

    def close(self, others: Collection[str] = ()) -> None:
        """Remark upon every key that nobody asked for."""
        for key in self._content:
            if key not in self._known:
                self.problem(_quoted(key), f"is not known{suggestion(key, {*self._known, *others})}")

    def _typed(self, key: str, kind: type[T], what: str) -> T | None:
        value = self.take(key)
        if value is None:
            return None
        if not isinstance(value, kind) or type(value) is not kind:  # true is a whole number to Python
            self.problem(key, f"has to be {what}, not {shown(value)}")
            return None
        return value


def text_problem(value: Any, *checks: Check) -> str | None:
    """What is wrong with a value that has to be a string."""
    if not isinstance(value, str):
        return f"has to be a string, not {shown(value)}"
    if not value.strip():
        return "is empty"
    if len(value) > _LONGEST or not is_printable(value) or "\n" in value:
        return f"has to be one line of at most {_LONGEST} printable characters"
    return next((problem for problem in (check(value) for check in checks) if problem), None)


def suggestion(word: str, known: Collection[str]) -> str:
    """`: did you mean ...?` where there is something near."""
    near = get_close_matches(word, sorted(known), n=1)
    return f": did you mean {near[0]}?" if near else ""


def shown(value: Any) -> str:
    """A wrong value, short."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, dict | list):
        return "a table" if isinstance(value, dict) else "an array"
    text = f'"{value}"' if isinstance(value, str) else str(value)
    return text if len(text) <= 60 else f'{text[:56]}..."'


def _quoted(key: str) -> str:
    return key if key and all(each.isalnum() or each in "-_" for each in key) else f'"{key}"'
