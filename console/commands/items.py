"""`items` and `show`: where items stand."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from console import errors
from console.errors import Wanting
from console.output import as_json, pairs, remark, say, short, table, when
from console.wiring import site
from engine.store.queries import items as queries

_WORDS: Final = {
    "requested": "asked for",
    "sending": "being sent",
    "retrying": "will be tried again",
    "in_doubt": "in doubt: the ERP will be asked",
    "succeeded": "arrived",
    "failed": "failed",
}
_OWN: Final = ("updated_at",)  # what the table shows beside the public fields


def list_items(filters: Mapping[str, str | None], search: str | None, limit: int, *, json: bool) -> int:
    """The newest items that fit."""
    with site() as here, here.database.read() as connection:
        found, more = queries.listed(connection, filters, search, limit)
    if json:
        as_json([_public(item) for item in found])
        return errors.DONE
    columns = ("key", "title", "state", "version", "waiting on / error", "updated (UTC)")
    table(columns, (_row(item) for item in found), empty="There is no such item.")
    if more:
        several = f"{more} more" if more < queries.COUNTED else f"more than {queries.COUNTED} more"
        remark(f"{several}: narrow it down, or raise --limit.")
    return errors.DONE


def _row(item: Mapping[str, Any]) -> Sequence[Any]:
    return (
        item["key"],
        short(item["title"], 40),
        item["state"],
        item["version"],
        _trouble(item),
        when(item["updated_at"]),
    )


def _trouble(item: Mapping[str, Any]) -> str:
    waiting = item["waiting_on"]
    if waiting:
        return short(waiting[0], 50) + (f" and {len(waiting) - 1} more" if len(waiting) > 1 else "")
    export = item["export"]
    if export and export["error"] and item["state"] in ("accepted", "failed", "unlinking"):
        return short(str(export["error"].get("message", "")), 60)
    return ""


def _public(item: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in item.items() if name not in _OWN}


def show_item(key: str, *, json: bool) -> int:
    """One item with everything that happened to it."""
    with site() as here, here.database.read() as connection:
        item = queries.one(connection, key)
    if item is None:
        raise Wanting(f"there is no item {key}: `countersign items` lists what there is")
    if json:
        as_json(_public(item))
    else:
        _show(item)
    return errors.DONE


def _show(item: Mapping[str, Any]) -> None:
    say(f"{item['key']}  {item['title'] or ''}".rstrip())
    fields = ", ".join(f"{name} {value}" for name, value in item["fields"].items())
    pairs(
        (
            ("state", f"{item['state']}, version {item['version']}"),
            ("project", item["project"]),
            ("fields", fields),
            ("waits for", _waiting(item["waiting_on"])),
            ("ERP id", item["erp_id"]),
            ("export", _export(item["export"])),
            ("error", _error(item["export"])),
        )
    )
    say("")
    columns = ("#", "when (UTC)", "event", "state", "who", "comment")
    rows = (
        (each["sequence"], when(each["at"]), each["event"], each["state"], each["actor"], each["comment"])
        for each in item["history"]
    )
    table(columns, rows, empty="Nothing happened to it yet.")


def _waiting(needs: Sequence[str]) -> str:
    return "; ".join(map(_in_words, needs))


def _in_words(need: str) -> str:
    if need.startswith("cost_code:"):
        code, _, category = need.removeprefix("cost_code:").rpartition("/")
        return f"cost code {code} with category {category} in the ERP"
    if need.startswith("budget:"):
        return f"the budget of project {need.removeprefix('budget:')} in the ERP"
    return f"{need} in the ERP"


def _export(export: Mapping[str, Any] | None) -> str:
    if export is None:
        return ""
    next_attempt = (
        f", next attempt {when(export['next_attempt_at'])} UTC" if export["next_attempt_at"] else ""
    )
    status = _WORDS.get(export["status"], export["status"])
    return f"{export['key']}: {status} (attempt {export['attempt']}{next_attempt})"


def _error(export: Mapping[str, Any] | None) -> str:
    error = export["error"] if export else None
    if not error:
        return ""
    code = f", {error['code']}" if error.get("code") else ""
    return f"{error.get('message', '')} ({error.get('class', 'unknown')}{code})"
