"""Options that several commands share."""

from typing import Annotated

import typer

Json = Annotated[bool, typer.Option("--json", help="Print one JSON value and nothing else.")]
Company = Annotated[str | None, typer.Option("--company", help="Only this company.", metavar="SLUG")]
Timeout = Annotated[
    float, typer.Option("--timeout", min=0, help="Seconds to wait for an answer.", show_default=True)
]
Actor = Annotated[str | None, typer.Option("--as", help="The person who gives the command.", metavar="EMAIL")]
Reason = Annotated[str, typer.Option("--reason", help="Why, for whoever looks later.", metavar="TEXT")]
NoWait = Annotated[bool, typer.Option("--no-wait", help="Return when the command is safely queued.")]

RUN = "Run"
SET_UP = "Set up"
SEND_AND_DECIDE = "Send and decide"
LOOK = "Look"
OPERATE = "Operate"
