"""What the exchange's commands share on the terminal: streams, a bar, and words for what goes wrong."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

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

out = Console()
err = Console(stderr=True)

EXPECTED = (
    ContractError,
    ConversionError,
    CorruptLogError,
    FileNotFoundError,
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


@contextmanager
def explained() -> Iterator[None]:
    """Turn what can be expected to go wrong into one line and exit status 1."""
    try:
        yield
    except EXPECTED as error:
        err.print(f"[red]error:[/red] {error}", highlight=False, soft_wrap=True)
        raise typer.Exit(1) from None


@contextmanager
def progress_bar(task: str, total: int) -> Iterator[Progress]:
    """Show a bar for work on ``total`` commands."""
    columns = (TextColumn(task), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=err, transient=True) as bar:
        bar.add_task(task, total=total)
        yield bar
