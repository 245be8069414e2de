"""The command ``cfx``: the traders' commands, joined with those of the exchange."""

from __future__ import annotations

import typer

from exchange.cli import COMMANDS
from exchange.lazy_group import Deferred, lazy_group

TRADERS = {
    "bot": Deferred("clients.commands.bot:bot", "Run one trader against a running exchange."),
    "demo": Deferred(
        "clients.commands.demo:demo",
        "Start an exchange with a crowd of traders and watch it live.",
    ),
    "economy": Deferred("clients.economy.cli:app", "The rental market of GPUs behind the indices."),
    "study": Deferred("clients.simulation.cli:app", "Compare designs of a market in virtual time."),
}
"""In the order in which help lists them, before those of the exchange."""

app = typer.Typer(
    no_args_is_help=True,
    help="An exchange for compute futures.",
    cls=lazy_group({**TRADERS, **COMMANDS}),
)


@app.callback()
def _root() -> None:
    """An exchange for compute futures."""


def main() -> None:
    """Run ``cfx``."""
    app()


if __name__ == "__main__":
    main()
