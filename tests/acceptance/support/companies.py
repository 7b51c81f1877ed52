"""The configuration that the tests' sites are given."""

from __future__ import annotations

from collections.abc import Sequence

PEOPLE = """
[[company.{slug}.people]]
email = "pm@acme.test"
name = "Pat Manager"
tools = "admin"

[[company.{slug}.people]]
email = "pat@acme.test"
name = "Pat Ledger"
erp = "standard"
can_push_to_accounting = true

[[company.{slug}.people]]
email = "ada@acme.test"
name = "Ada Admin"
erp = "admin"
"""

_APPROVER = """
[[company.{slug}.people]]
email = "{email}"
erp = "standard"
can_push_to_accounting = true
"""

_COMPANY = """
[company.{slug}]
name = "{slug} builders"
timezone = "UTC"
daily_summary_at = "00:00"

[company.{slug}.integration]
connector = "sandbox"
url = "{url}"
"""


def company(slug: str, erp_url: str, approvers: Sequence[str] = ()) -> str:
    """A company whose ERP is the practice one."""
    more = "".join(_APPROVER.format(slug=slug, email=email) for email in approvers)
    return _COMPANY.format(slug=slug, url=erp_url) + PEOPLE.format(slug=slug) + more


def source(name: str, broker_user: str, may: Sequence[str]) -> str:
    """A source that one broker user may use."""
    listed = ", ".join(f'"{each}"' for each in may)
    return f'\n[source."{name}"]\nbroker_user = "{broker_user}"\nmay = [{listed}]\n'
