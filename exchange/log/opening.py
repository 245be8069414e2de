"""Where a log is decided to be: the only place that knows which kinds there are."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from exchange.log.port import Durability, LogReader, Writer
from exchange.log.snapshots import SNAPSHOTS_KEPT
from exchange.log.store import LOG_NAME, CommandLog
from exchange.log.writer import LogWriter


class Opened(NamedTuple):
    """A log that this process writes: recover from ``reader``, then start ``writer``."""

    reader: LogReader
    writer: Writer


def is_log(directory: Path) -> bool:
    """Say whether there is a log in a data directory."""
    return (directory / LOG_NAME).exists()


def readable(directory: Path) -> LogReader:
    """Open the log of a data directory to read; another process may write it meanwhile.

    Raises FileNotFoundError where there is none, RulesVersionError where it was written under other rules.
    """
    return CommandLog(directory, writable=False)


def writable(
    directory: Path,
    durability: Durability = "fsync",
    snapshots_kept: int = SNAPSHOTS_KEPT,
) -> Opened:
    """Open or begin the log of a data directory and take its lock; close the reader to give it back.

    Raises LogLockedError when another process has it, and as `readable` does.
    """
    log = CommandLog(directory, writable=True, durability=durability, snapshots_kept=snapshots_kept)
    return Opened(log, LogWriter(log))
