"""Events in the words of a construction accountant: who did what to which item, and why."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from console.demo.knowledge import Asked

Event = Mapping[str, Any]

US: Final = "Countersign"
ERP: Final = "ERP"
ACCOUNTING: Final = "Accounting"

GOOD, BAD, WAITING, PLAIN, MAIL = "green", "red", "yellow", "", "cyan"

_FEW: Final = 4  # more items than these are counted, and named only where they appear first
_ALWAYS_NAMED: Final = ("sends", "refuses", "holds")

NOUNS: Final = {
    "project": ("project", "projects"),
    "sub_job": ("sub job", "sub jobs"),
    "company": ("vendor", "vendors"),
    "cost_codes": ("cost codes", "cost code lists"),
    "budget": ("budget", "budgets"),
    "commitment": ("contract", "contracts"),
    "commitment_change_order": ("change order", "change orders"),
    "prime_contract_change_order": ("owner change", "owner changes"),
    "subcontractor_invoice": ("invoice", "invoices"),
    "owner_invoice": ("owner invoice", "owner invoices"),
}


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that happened; lines that differ only in their items are told together."""

    who: str
    verb: str
    item_type: str | None = None
    names: tuple[str, ...] = ()
    more: str = ""
    tone: str = PLAIN

    @property
    def text(self) -> str:
        """What the verb is about."""
        return f"{self._items()}{self.more}".strip()

    def _items(self) -> str:
        if self.item_type is None:
            return ""
        one, many = NOUNS.get(self.item_type, (self.item_type, f"{self.item_type} items"))
        if len(self.names) == 1:
            return f"{one} {self.names[0]}"
        if len(self.names) > _FEW and self.verb not in _ALWAYS_NAMED:
            return f"{len(self.names)} {many}"
        return f"{len(self.names)} {many}: {', '.join(self.names)}"

    def says_the_same_as(self, other: "Line") -> bool:
        """Whether only the items differ."""
        mine, theirs = ((x.who, x.verb, x.item_type, x.more, x.tone) for x in (self, other))
        return self.item_type is not None and mine == theirs


def together(lines: Iterable[Line]) -> list[Line]:
    """Lines that say the same of several items become one, unless something happened to an item since."""
    found: list[Line] = []
    for line in lines:
        place = next((index for index, each in enumerate(found) if line.says_the_same_as(each)), None)
        later = {name for each in found[place or 0 :] for name in each.names}
        if place is None or later.intersection(line.names):
            found.append(line)
        else:
            found[place] = replace(found[place], names=(*found[place].names, *line.names))
    return found


class Wording:
    """Turns events into lines; knows people by their names and remembers what is in doubt."""

    def __init__(self, names: Mapping[str, str]) -> None:
        self._names = names
        self._doubtful: set[str] = set()
        self._others: Mapping[str, Callable[[Mapping[str, Any]], Line]] = {
            "export.retrying": self._retrying,
            "export.in_doubt": self._in_doubt,
            "dead_letter.added": self._dead_letter,
            "notification.sent": self._mail,
        }

    def line(self, event: Event, asked: Asked | None) -> Line | None:
        """The line, or None for what goes without saying; `asked` is the command that an outcome answers."""
        kind: str = event["type"].removeprefix("countersign.").removesuffix(".v1")
        data = event["data"]
        if kind == "command.refused":
            return self._refused(data, asked)
        if kind.startswith("item."):
            return self._item(kind.removeprefix("item."), data)
        tell = self._others.get(kind)
        return tell(data) if tell else None

    def name(self, actor: str) -> str:
        """A person's name, or who else it is."""
        if actor.startswith("operator:"):
            return "Operator"
        return self._names.get(actor, US)

    def _item(self, event: str, data: Mapping[str, Any]) -> Line | None:
        said = _ITEM_EVENTS.get(event)
        if said is None:
            return None
        who, verb, tone, more = said
        item_type, id_ = data["item"]["type"], data["item"]["key"].rpartition("/")[2]
        detail = more(data)
        if event == "synced" and data["item"]["key"] in self._doubtful:
            self._doubtful.discard(data["item"]["key"])
            verb, detail = "had it", f" after all, as {data.get('erp_id')}; nothing was sent twice"
        return Line(who or self.name(data["actor"]), verb, item_type, (id_,), detail, tone)

    def _refused(self, data: Mapping[str, Any], asked: Asked | None) -> Line:
        message = data["reason"]["message"]
        if asked is None:
            return Line(US, "refuses", more=message, tone=BAD)
        whose = f"{self.name(asked.actor)}'s {asked.command} of {named(asked.item)}"
        return Line(US, "refuses", more=f"{whose}: {message}", tone=BAD)

    def _retrying(self, data: Mapping[str, Any]) -> Line:
        return self._of_export("is away", data, ", to be tried again")

    def _in_doubt(self, data: Mapping[str, Any]) -> Line:
        self._doubtful.add(data["item"]["key"])
        return self._of_export("is silent", data, " is in doubt: it may be there, so the ERP will be asked")

    def _of_export(self, verb: str, data: Mapping[str, Any], more: str) -> Line:
        item = data["item"]
        return Line(ERP, verb, item["type"], (item["key"].rpartition("/")[2],), more, WAITING)

    def _dead_letter(self, data: Mapping[str, Any]) -> Line:
        letter = data["dead_letter"]
        if letter.get("item"):
            more = f"{named(letter['item'])}, as dead letter {letter['id']}, until somebody decides"
        else:
            more = f"a message that cannot be read, as dead letter {letter['id']}: {letter['message']}"
        return Line(US, "keeps", more=more, tone=WAITING)

    def _mail(self, data: Mapping[str, Any]) -> Line:
        mail = data["notification"]
        name = self._names.get(mail["recipient"], mail["recipient"])
        return Line(name, "gets mail", more=mail["subject"], tone=MAIL)


def named(key: str) -> str:
    """An item's key in words: `contract SC-2601-01`."""
    _, item_type, id_ = key.split("/")
    return f"{NOUNS.get(item_type, (item_type,))[0]} {id_}"


def _need(shown: str) -> str:
    if shown.startswith("cost_code:"):
        return f"cost code {shown.removeprefix('cost_code:')}"
    return f"the budget of {shown.removeprefix('budget:')}" if shown.startswith("budget:") else named(shown)


def _needs(data: Mapping[str, Any]) -> str:
    needs = [_need(each) for each in data.get("waiting_on", ())]
    rest = f" and {len(needs) - 3} more" if len(needs) > 3 else ""
    return f" until the ERP has {', '.join(needs[:3])}{rest}"


def _comment(data: Mapping[str, Any]) -> str:
    return f': "{data["comment"]}"' if data.get("comment") else ""


def _error(data: Mapping[str, Any]) -> str:
    message = str(data.get("error", {}).get("message", "")).removeprefix(f"{data['item']['key']}: ")
    return f": {message}" if message else ""


def _job(data: Mapping[str, Any]) -> str:
    job = data.get("fields", {}).get("job_id")
    return f" as job {job}" if job else ""


def _growth(data: Mapping[str, Any]) -> str:
    grows = data["item"]["type"] in ("cost_codes", "budget") and data["item"]["version"] > 1
    return ", with what is new" if grows else ""


def _nothing(data: Mapping[str, Any]) -> str:
    return ""


_Said = tuple[str | None, str, str, Callable[[Mapping[str, Any]], str]]
_ITEM_EVENTS: Final[Mapping[str, _Said]] = {  # who (None: the actor), verb, tone, what else is said
    "drafted": (None, "drafts", PLAIN, _nothing),
    "sent": (None, "sends", PLAIN, _nothing),
    "waiting": (US, "holds", WAITING, _needs),
    "ready_to_export": (ACCOUNTING, "may accept", PLAIN, _nothing),
    "ready_to_update": (ACCOUNTING, "may accept", PLAIN, _nothing),
    "retrieved": (None, "takes back", PLAIN, _nothing),
    "accepted": (None, "accepts", PLAIN, _job),
    "rejected": (None, "rejects", BAD, _comment),
    "synced": (ERP, "has", GOOD, _growth),
    "failed": (ERP, "refuses", BAD, _error),
    "replayed": (None, "replays", PLAIN, _nothing),
    "archived": (None, "archives", PLAIN, _nothing),
}
