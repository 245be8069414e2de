"""What the exchange's commands share on the terminal: options, streams, words for what goes wrong."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape

from exchange.config import LOOPBACK
from exchange.explained import ExplainedError

DEFAULT_DATA_DIR = Path("cfx-data")

DataDir = Annotated[Path, typer.Option(help="Directory of the log, keys and snapshots.")]
FollowedDir = Annotated[Path, typer.Option(help="Directory of the log that is followed.")]
AllowRemote = Annotated[
    bool,
    typer.Option("--allow-remote", help="Permit an address beyond this machine; not encrypted."),
]

out = Console()
err = Console(stderr=True)

EXPECTED = (ExplainedError, OSError, sqlite3.Error)
"""What can be expected to go wrong; anything else is a fault of the software and shows its traceback."""


def complain(text: str) -> None:
    """Tell what went wrong, as it is written: brackets in it are no markup."""
    err.print(f"[red]error:[/red] {escape(text)}", highlight=False, soft_wrap=True)


def warn(text: str) -> None:
    """Tell what goes on all the same, as it is written."""
    err.print(f"[yellow]warning:[/yellow] {escape(text)}", highlight=False, soft_wrap=True)


def log_option(help_text: str) -> Any:
    """Return the option that names a log on JetStream."""
    return typer.Option(envvar="CFX_LOG", metavar="URL", help=help_text)


def refuse_remote(host: str, *, allowed: bool) -> None:
    """Exit with status 2 where an address is beyond this machine and nobody has said that it may be."""
    if host not in LOOPBACK and not allowed:
        complain(f"{host} is beyond this machine: add --allow-remote if you mean it")
        raise typer.Exit(2)


def spoken(console: Console) -> Callable[[str], None]:
    """Return what prints a line with the seconds since now in front."""
    started = time.monotonic()

    def say(text: str) -> None:
        console.print(
            f"[dim]{time.monotonic() - started:6.2f}s[/dim] {escape(text)}",
            highlight=False,
            soft_wrap=True,
        )

    return say


@contextmanager
def explained() -> Iterator[None]:
    """Turn what can be expected to go wrong into one line and exit status 1."""
    try:
        yield
    except EXPECTED as error:
        complain(str(error))
        raise typer.Exit(1) from None
