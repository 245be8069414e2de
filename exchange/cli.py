"""The exchange's commands, each imported when it is typed."""

from __future__ import annotations

import typer

from exchange.lazy_group import Deferred, lazy_group

COMMANDS = {
    "serve": Deferred(
        "exchange.commands.serve:serve",
        "Start the exchange and its market-data service; ready when /readyz answers 200.",
    ),
    "follow": Deferred(
        "exchange.commands.follow:follow",
        "Follow a log with the same core: publish its market data, stand by, or record the tape.",
    ),
    "promote": Deferred(
        "exchange.commands.promote:promote",
        "Let the standby of a data directory take over; the exchange that ran there must have ended.",
    ),
    "replay": Deferred(
        "exchange.commands.replay:replay",
        "Rebuild the market from the log's first command and print its digest.",
    ),
    "statement": Deferred(
        "exchange.commands.statement:statement",
        "Show how an account's balance changed in a day, posting by posting, from the log alone.",
    ),
    "verify": Deferred(
        "exchange.commands.verify:verify",
        "Check the log's chain, the laws along its replay, and its snapshots against it.",
    ),
    "migrate": Deferred(
        "exchange.commands.migrate:migrate",
        "Write the log of an earlier release anew under this one's rules; the old one is only read.",
    ),
    "keys": Deferred("exchange.commands.keys:app", "Make, list and revoke API keys."),
    "admin": Deferred(
        "exchange.admin:admin_app",
        "Operate a running exchange: halt, mark, kill, bust, settle, fund, see who did what.",
    ),
    "index": Deferred("exchange.indices.cli:app", "Compute, audit and attack price indices."),
    "margin": Deferred("exchange.margin.cli:app", "Calibrate margin, show the scenarios."),
    "contracts": Deferred(
        "exchange.contracts.cli:app", "List, show and check contract specifications."
    ),
    "log": Deferred("exchange.commands.log:app", "Look after the log: snapshots and retention."),
}
"""In the order in which help lists them."""

app = typer.Typer(no_args_is_help=True, help="The exchange.", cls=lazy_group(COMMANDS))


@app.callback()
def _root() -> None:
    """The exchange."""
