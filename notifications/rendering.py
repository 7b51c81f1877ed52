"""From a mail's context to subject, text and HTML."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import css_inline
from jinja2 import TemplateError

from notifications.templating import environment
from notifications.texts import line, shortened


@dataclass(frozen=True, slots=True)
class Rendered:
    """A mail as it goes out; `problem` says why the company's own templates were left aside."""

    subject: str
    text: str
    html: str
    problem: str | None = None


def subject_of(kind: str, context: Mapping[str, Any]) -> str:
    """The subject, which no template and no item text can change."""
    if kind == "summary":
        return "ERP Integrations Daily Summary"
    if kind == "rejection":
        return f"ERP {_title(context['item']['label'])} Rejection Notification"
    labels = context["labels"]
    return f"ERP {_title(labels[0]) + ' ' if len(labels) == 1 else ''}Export Failure Notification"


def render(
    kind: str, context: Mapping[str, Any], recipient: str, console_url: str, templates: str | None = None
) -> Rendered:
    """Render a mail, with the company's own templates where they work and with ours where they do not."""
    subject = subject_of(kind, context)
    told = {**context, "subject": subject, "console_url": console_url.rstrip("/")}
    told["recipient"] = {**context["recipient"], "email": line(recipient, 254)}
    if templates is None:
        return Rendered(subject, *_parts(kind, told, None))
    if not Path(templates).is_dir():
        problem = f"the company's templates are not at {templates}; ours were used"
        return Rendered(subject, *_parts(kind, told, None), problem)
    try:
        return Rendered(subject, *_parts(kind, told, templates))
    except Exception as error:  # noqa: BLE001 - a template is a program of somebody else's, and the mail has to go out
        return Rendered(subject, *_parts(kind, told, None), _problem(error))


def _parts(kind: str, told: Mapping[str, Any], templates: str | None) -> tuple[str, str]:
    found = environment(templates)
    text = found.get_template(f"{kind}.txt.jinja").render(told)
    html = found.get_template(f"{kind}.html.jinja").render(told)
    return text.strip() + "\n", _inliner().inline(html)


def _problem(error: Exception) -> str:
    where = ""
    if isinstance(error, TemplateError) and (name := getattr(error, "name", None)):
        where = f" {name}" + (f" line {number}" if (number := getattr(error, "lineno", None)) else "")
    reason = shortened(line(f"{type(error).__name__}: {error}", 400), 400)
    return f"the company's own template{where} cannot be used ({reason}); ours was used"


def _title(label: str) -> str:
    return " ".join(word[:1].upper() + word[1:] for word in label.split())


@lru_cache(maxsize=1)
def _inliner() -> css_inline.CSSInliner:
    # Nothing is fetched: a template of a company must not make this machine open addresses or files.
    return css_inline.CSSInliner(load_remote_stylesheets=False, keep_at_rules=True, keep_style_tags=False)
