"""What mails look like, and what may not get into them."""

from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest

from engine.facts import Item
from engine.store.mail import Mail
from notifications.decide import MOST_LISTED, gather, of_export_failed, of_rejected
from notifications.events import ExportFailed, Rejected, read
from notifications.options import Options
from notifications.rendering import Rendered, render, subject_of
from notifications.samples import contexts, write
from tests.unit.notifications.examples import (
    CONSOLE,
    NOW,
    WORDS,
    approver,
    dead_letter,
    item,
    known,
    rejected,
)

XSS = '<script>alert("x")</script><img src=x onerror=alert(1)>'


def _rejection(found: Item, comment: str | None = None, **company: Any) -> Mail:
    event = read(rejected(found.key, comment=comment))
    assert isinstance(event, Rejected)
    return of_rejected(event, known([found], [approver("pat")], **company), WORDS, NOW)[0]


def _failure(found: Item, message: str = "Too long.", number: int = 1) -> Mail:
    event = read(dead_letter(number, found.key, message=message))
    assert isinstance(event, ExportFailed)
    facts = known([found], [approver("pat")])
    return of_export_failed(event, facts, WORDS, NOW, Options("a@b.test", WORDS).failure_window)[0]


def _render(mail: Mail, templates: Path | None = None) -> Rendered:
    return render(mail.kind, mail.context, mail.recipient, CONSOLE, str(templates) if templates else None)


@pytest.mark.parametrize("name", ["rejection", "failure", "failures", "summary"])
def test_every_mail_has_html_and_a_text_of_72_columns(name: str) -> None:
    """Both versions say the same; long addresses alone may be wider."""
    mail = contexts()[name]
    rendered = _render(mail)
    wide = [each for each in rendered.text.splitlines() if len(each) > 72 and "http" not in each]
    assert wide == []
    assert rendered.html.startswith("<!DOCTYPE html>")
    assert "prefers-color-scheme: dark" in rendered.html
    assert 'style="' in rendered.html
    assert rendered.problem is None


def test_the_subjects_are_those_of_the_contract() -> None:
    """People have filters on them."""
    found = {name: subject_of(mail.kind, mail.context) for name, mail in contexts().items()}
    assert found == {
        "rejection": "ERP Commitment Rejection Notification",
        "failure": "ERP Commitment Export Failure Notification",
        "failures": "ERP Export Failure Notification",
        "summary": "ERP Integrations Daily Summary",
    }


def test_an_item_type_of_several_words_is_written_large_in_the_subject() -> None:
    """Also one that nobody gave a label."""
    mail = _rejection(item(item_type="commitment_change_order"))
    assert subject_of(mail.kind, mail.context) == "ERP Commitment Change Order Rejection Notification"


def test_foreign_text_is_escaped_wherever_it_comes_from() -> None:
    """Title, number, project, comment, error, names: none of them is HTML."""
    found = item(title=XSS, project=XSS, payload={"number": XSS}, accepted_by="pat@acme.test")
    rejection, failure = _rejection(found, XSS), _failure(found, XSS)
    gathered = gather([failure])
    for html in (
        _render(rejection).html,
        render("failure", gathered, "pat@acme.test", CONSOLE).html,
    ):
        assert "<script" not in html
        assert "<img" not in html
        assert "&lt;script&gt;" in html


def test_a_dangerous_address_becomes_no_link() -> None:
    """Only the console's own page is linked then."""
    html = _render(_rejection(item(url="javascript:alert(1)"))).html
    assert "javascript" not in html
    assert f"{CONSOLE}/items/acme/commitment/SC-1" in html


def test_the_senders_own_page_is_linked_where_it_is_known() -> None:
    """The person who has to correct it gets there with one click."""
    rendered = _render(_rejection(item(url="https://tool.test/1?a=1&b=2")))
    assert 'href="https://tool.test/1?a=1&amp;b=2"' in rendered.html
    assert "https://tool.test/1?a=1&b=2" in rendered.text


def test_a_tax_id_is_in_no_mail_not_even_in_an_error_or_a_comment() -> None:
    """ERPs and people quote what they refuse."""
    found = item("V-1", "company", payload={"tax_id": "12-3456789"}, title="Vendor 12-3456789")
    found = Item(
        **{each.name: getattr(found, each.name) for each in fields(found)} | {"accepted_by": "pat@acme.test"}
    )
    failure = gather([_failure(found, "123456789 is used twice")])
    for rendered in (
        _render(_rejection(found, "12-3456789 is wrong")),
        render("failure", failure, "pat@acme.test", CONSOLE),
    ):
        assert "456789" not in rendered.html + rendered.text


def test_many_failures_are_counted_and_the_first_are_listed() -> None:
    """An ERP that was away for a night makes no mail of ten megabytes."""
    found = item(accepted_by="pat@acme.test")
    context = gather([_failure(found, number=number) for number in range(MOST_LISTED + 10)])
    rendered = render("failure", context, "pat@acme.test", CONSOLE)
    assert "60 exports failed" in rendered.html
    assert "And 10 more" in rendered.text


def test_a_companys_own_template_comes_first(tmp_path: Path) -> None:
    """It may extend ours, and what it does not have is ours."""
    (tmp_path / "rejection.txt.jinja").write_text("Hello {{ recipient.name }}: {{ item.title }}")
    rendered = _render(_rejection(item()), tmp_path)
    assert rendered.text == "Hello Pat: Title of SC-1\n"
    assert "was rejected for export" in rendered.html
    assert rendered.problem is None


def test_a_companys_own_html_is_escaped_too(tmp_path: Path) -> None:
    """Escaping is not a template's choice."""
    (tmp_path / "rejection.html.jinja").write_text("<p>{{ comment }}</p>")
    assert "<script" not in _render(_rejection(item(), XSS), tmp_path).html


@pytest.mark.parametrize(
    "template",
    [
        "{{ nothing_like_this }}",
        "{{ item.nothing }}",
        "{% if %}",
        "{{ 1 / 0 }}",
        "{% include '../../../../etc/passwd' %}",
        "{% include '/etc/passwd' %}",
        "{{ ''.__class__.__mro__ }}",
        "{{ exports.append(1) }}",
    ],
)
def test_a_template_that_cannot_be_used_does_not_lose_the_mail(template: str, tmp_path: Path) -> None:
    """Ours is used, and the problem is told."""
    (tmp_path / "rejection.html.jinja").write_text(template)
    rendered = _render(_rejection(item()), tmp_path)
    assert "was rejected for export" in rendered.html
    assert rendered.problem is not None
    assert "ours was used" in rendered.problem


def test_a_directory_that_is_not_there_is_told(tmp_path: Path) -> None:
    """The mail goes out with our templates."""
    rendered = _render(_rejection(item()), tmp_path / "missing")
    assert rendered.problem is not None
    assert "was rejected for export" in rendered.html


def test_a_bare_event_of_an_item_that_is_gone_still_makes_a_mail() -> None:
    """After a restored backup an event may be newer than the items."""
    event = read(rejected("acme/commitment/LOST"))
    assert isinstance(event, Rejected)
    mails = of_rejected(event, known([], [approver("pat")]), WORDS, NOW)
    assert "As told" in _render(mails[0]).text


def test_the_samples_are_written(tmp_path: Path) -> None:
    """A person can look at every mail."""
    written = write(tmp_path)
    assert len(written) == 12
    assert all(path.stat().st_size > 500 for path in written)
