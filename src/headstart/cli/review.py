"""`headstart review`: the pre-release window, from the desk of each who takes part."""

import click

from headstart.cli.lazy import LazyGroup

COMMANDS = {
    "list": "headstart.cli.review_window:list_",
    "show": "headstart.cli.review_window:show",
    "enquire": "headstart.cli.review_window:enquire",
    "evidence": "headstart.cli.review_papers:evidence",
    "document": "headstart.cli.review_papers:document",
    "field": "headstart.cli.review_papers:field",
    "determine": "headstart.cli.review_answer:determine",
    "sign": "headstart.cli.review_answer:sign",
    "agree": "headstart.cli.review_agree:agree",
    "open": "headstart.cli.review_window:open_",
    "take-back": "headstart.cli.review_window:take_back",
    "shorten": "headstart.cli.review_window:shorten",
    "withdraw": "headstart.cli.review_window:withdraw",
    "release": "headstart.cli.review_window:release",
    "remaining": "headstart.cli.review_window:remaining",
    "calendar": "headstart.cli.review_window:calendar",
    "partner": "headstart.cli.review_partner:partner",
    "declare": "headstart.cli.review_papers:declare",
    "export": "headstart.cli.review_export:export",
    "upstream": "headstart.cli.review_gateway:upstream",
    "key": "headstart.cli.review_gateway:key",
    "usage": "headstart.cli.review_gateway:usage",
    "finding": "headstart.cli.review_finding:finding",
    "report": "headstart.cli.review_outcomes:report",
    "reply": "headstart.cli.review_outcomes:reply",
    "record": "headstart.cli.review_outcomes:record",
    "summary": "headstart.cli.review_outcomes:summary",
}
"""Name -> module and the command in it."""


@click.group(cls=LazyGroup, modules=COMMANDS, epilog="Example: headstart review show 'Model 7'")
def command() -> None:
    """Take part in a review: ask, agree, open and end the window, answer, report. Nothing here can hold a release back.

    Speaks with the hub at HEADSTART_HUB, as the person or the organisation whose token is in HEADSTART_TOKEN. A
    review, an organisation or a person is named by its id or its exact name. Private keys stay here: what is to be
    signed is fetched, checked, shown, signed on this machine, and handed back.
    """
