"""The conditions of the transition tables: each looks at the facts and refuses, or does not."""

from typing import cast

from engine import profile
from engine.facts import Facts, Refusal
from engine.needs import shown
from engine.payload import Payload


def payload_is_valid(facts: Facts) -> Refusal | None:
    """The payload is what the item type asks for."""
    if facts.payload_problems:
        first = facts.payload_problems[0]
        more = f" (and {len(facts.payload_problems) - 1} more)" if len(facts.payload_problems) > 1 else ""
        return Refusal("invalid_payload", f"{first[0]}: {first[1]}{more}", errors=facts.payload_problems)
    if facts.payload is None:
        return Refusal("invalid_payload", "payload: a new item needs one", errors=(("payload", "required"),))
    return None


def payload_can_be_sent(facts: Facts) -> Refusal | None:
    """The payload is complete, and what the ERP already has is unchanged."""
    if refusal := payload_is_valid(facts):
        return refusal
    payload = cast(Payload, facts.payload)
    problems = list(payload.problems_when_sent())
    if facts.item.synced_payload is not None:
        problems += payload.problems_against(facts.item.synced_payload)
    for scope, value, path in payload.claims():
        holder = facts.claimed.get((scope, value))
        if holder not in (None, facts.item.key):
            problems.append((path, f"{holder} is already the {scope} of {value}"))
    if problems:
        return Refusal("invalid_payload", f"{problems[0][0]}: {problems[0][1]}", errors=tuple(problems))
    return None


def fields_fit_the_profile(facts: Facts) -> Refusal | None:
    """The approver's fields are what the integration's profile asks for, and the ERP codes are free."""
    fields, confirmed = profile.given(facts)
    problems = profile.problems(facts, fields, confirmed)
    for scope, value, path in profile.claims(facts, fields):
        holder = facts.claimed.get((scope, value))
        if holder not in (None, facts.item.key):
            problems.append((path, f"{value} is already used by {holder}; choose another"))
    if problems:
        return Refusal("invalid_field", f"{problems[0][0]}: {problems[0][1]}", errors=tuple(problems))
    return None


def prerequisites_are_met(facts: Facts) -> Refusal | None:
    """Everything that the item refers to is in the ERP."""
    if facts.unmet:
        waiting = shown(facts.unmet)
        return Refusal("prerequisite", f"{facts.item.key} waits for {', '.join(waiting)}", blocked_by=waiting)
    return None


def has_an_integration(facts: Facts) -> Refusal | None:
    """The company is linked to an ERP."""
    if facts.company.integration is None:
        message = f"{facts.company.slug} has no integration: configure one, then run `countersign apply`"
        return Refusal("prerequisite", message)
    return None


def codes_are_free(facts: Facts) -> Refusal | None:
    """No other item took the ERP codes meanwhile."""
    for scope, value, path in profile.claims(facts, facts.item.fields):
        holder = facts.claimed.get((scope, value))
        if holder not in (None, facts.item.key):
            message = f"{value} is used by {holder} now; accept again with another"
            return Refusal("invalid_field", f"{path}: {message}", errors=((path, message),))
    adopt = facts.export.adopt if facts.export else None
    holder = facts.claimed.get((f"erp_id/{facts.item.item_type}", adopt)) if adopt else None
    if holder not in (None, facts.item.key):
        message = f"{adopt} is linked to {holder} now; accept it instead, to create a new record"
        return Refusal("invalid_field", f"erp_id: {message}", errors=(("erp_id", message),))
    return None


def was_never_synced(facts: Facts) -> Refusal | None:
    """The ERP never had it, or it was unlinked."""
    if facts.item.synced_version is not None:
        return Refusal(
            "wrong_state", f"{facts.item.key} is in the ERP as {facts.item.erp_id}; it cannot be archived"
        )
    return None


def erp_holds_nothing(facts: Facts) -> Refusal | None:
    """The ERP holds nothing of the failed export."""
    if facts.export is not None and facts.export.holds:
        message = f"the ERP holds a part of {facts.export.key}; an operator has to remove it there first"
        return Refusal("prerequisite", message, blocked_by=(facts.export.key,))
    return None


def nothing_depends_on_it(facts: Facts) -> Refusal | None:
    """No accepted or synced item refers to it."""
    if facts.dependents:
        message = f"{', '.join(facts.dependents[:5])} depends on {facts.item.key}; unlink that first"
        return Refusal("prerequisite", message, blocked_by=facts.dependents)
    return None


def erp_id_is_free(facts: Facts) -> Refusal | None:
    """An ERP id is given, and no other item has it."""
    erp_id = facts.command.data.get("erp_id")
    if not isinstance(erp_id, str) or not erp_id.strip() or len(erp_id) > 200:
        return Refusal(
            "invalid_payload", "erp_id: name the record in the ERP", errors=(("erp_id", "required"),)
        )
    holder = facts.claimed.get((f"erp_id/{facts.item.item_type}", erp_id))
    if holder not in (None, facts.item.key):
        message = f"{erp_id} is already linked to {holder}"
        return Refusal("invalid_field", f"erp_id: {message}", errors=(("erp_id", message),))
    return None


def comment_is_given(facts: Facts) -> Refusal | None:
    """An approver who confirms a posting by hand says how that is known."""
    if facts.person is not None and not str(facts.command.data.get("comment") or "").strip():
        message = "comment: say where you saw the posted entries"
        return Refusal("invalid_payload", message, errors=(("comment", "required"),))
    return None
