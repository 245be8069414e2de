"""What the exchange's commands share on the terminal: options, streams, a bar, words for what goes wrong."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from exchange.config import LOOPBACK
from exchange.contracts.problems import ContractError
from exchange.core.snapshot import RulesVersionError
from exchange.gateway.keys import KeyRefusedError
from exchange.indices.rejects import ObservationError
from exchange.log.codec import CorruptLogError
from exchange.log.conversion import ConversionError
from exchange.log.port import LogLockedError
from exchange.log.retention import NothingToPruneError
from exchange.marketdata_process import ServingError
from exchange.processors import ProcessorError
from exchange.snapshotting import SnapshotError
from exchange.statements.replaying import UnknownAccountError

DEFAULT_DATA_DIR = Path("cfx-data")

DataDir = Annotated[Path, typer.Option(help="Directory of the log, keys and snapshots.")]
AllowRemote = Annotated[
    bool,
    typer.Option("--allow-remote", help="Permit an address beyond this machine; not encrypted."),
]

out = Console()
err = Console(stderr=True)

EXPECTED = (
    ContractError,
    ConversionError,
    CorruptLogError,
    KeyRefusedError,
    LogLockedError,
    NothingToPruneError,
    ObservationError,
    OSError,
    ProcessorError,
    RulesVersionError,
    ServingError,
    SnapshotError,
    UnknownAccountError,
    sqlite3.Error,
)


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


@contextmanager
def explained(*more: type[Exception]) -> Iterator[None]:
    """Turn what can be expected to go wrong, or is named here, into one line and exit status 1."""
    expected: tuple[type[Exception], ...] = (*EXPECTED, *more)
    try:
        yield
    except expected as error:
        complain(str(error))
        raise typer.Exit(1) from None


@contextmanager
def progress_bar(task: str, total: int) -> Iterator[Progress]:
    """Show a bar for work on ``total`` commands."""
    columns = (TextColumn(task), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=err, transient=True) as bar:
        bar.add_task(task, total=total)
        yield bar
