"""Who gets a mail; only active people of the company ever do, and each once."""

from collections.abc import Iterable, Mapping, Sequence

from engine.facts import Item, Person

People = Mapping[str, Person]  # the active ones, by e-mail address

_APPROVING = ("standard", "admin")
WAITING = ("ready_to_export", "ready_to_update")


def is_approver(person: Person) -> bool:
    """Whether somebody is an accounting approver."""
    return person.erp in _APPROVING and person.can_push_to_accounting


def may_decide(person: Person, project: str | None) -> bool:
    """Whether somebody may decide the items of a project; one limited to projects decides none without."""
    on_project = person.projects is None or (project is not None and project in person.projects)
    return is_approver(person) and on_project


def of_rejection(item: Item, people: People) -> list[Person]:
    """Who created it, who sent it, and the accounting approvers on its project."""
    approvers = (person for person in people.values() if may_decide(person, item.project))
    return _once([*_named(people, item.created_by, item.sent_by), *approvers])


def of_failure(item: Item, people: People) -> list[Person]:
    """Who accepted it and who sent it."""
    return _once(_named(people, item.accepted_by, item.sent_by))


def of_summary(items: Sequence[Item], people: People) -> list[tuple[Person, list[Item]]]:
    """Every approver who has not opted out and for whom something waits, with what this person may decide."""
    found = []
    for person in _once(people.values()):
        mine = [item for item in items if may_decide(person, item.project)]
        if person.daily_summary and any(item.state in WAITING for item in mine):
            found.append((person, mine))
    return found


def _named(people: People, *emails: str | None) -> list[Person]:
    by_address = {email.casefold(): person for email, person in people.items()}
    return [by_address[email.casefold()] for email in emails if email and email.casefold() in by_address]


def _once(people: Iterable[Person]) -> list[Person]:
    return list({person.email.casefold(): person for person in people}.values())
