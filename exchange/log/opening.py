"""Where a log is decided to be: the only place that knows which kinds there are."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from exchange.log.port import LogReader, Writer
from exchange.log.store import CommandLog
from exchange.log.terms import SNAPSHOTS_KEPT, Durability
from exchange.log.writer import LogWriter

NODE_NAME = "node.json"
"""Beside a log whose authority is a stream; says which node of it the directory is."""


class NotAloneError(OSError):
    """A directory's log is on other machines too, and cannot be written without them."""


class Opened(NamedTuple):
    """A log that this process writes: recover from ``reader``, then start ``writer``."""

    reader: LogReader
    writer: Writer
    about: Callable[[], Mapping[str, int | str]] = dict
    """What the status says of it beside its durability."""


def readable(directory: Path) -> LogReader:
    """Open the log of a data directory to read; another process may write it meanwhile.

    Raises FileNotFoundError where there is none, RulesVersionError where it was written under other rules.
    """
    return CommandLog(directory, writable=False)


async def primary(
    directory: Path,
    where: str | None,
    durability: Durability = "fsync",
    snapshots_kept: int = SNAPSHOTS_KEPT,
    *,
    progress: Callable[[int], None] = lambda seq: None,
) -> Opened:
    """Open the log of a data directory to write it, with its copies on other machines where it has some.

    where: address of a log on JetStream, None for one that is in the directory alone. progress: called with
    the seq reached while the directory catches up with other machines. Raises LogAddressError for a wrong
    address, and as `writable` and the stream do.
    """
    if where is None:
        return writable(directory, durability, snapshots_kept)
    with explained_import():
        from exchange.log.jetstream import address
        from exchange.log.jetstream import opening as jetstream
    return await jetstream.opened(
        directory, address.parse(where), durability, snapshots_kept, progress=progress
    )


@contextmanager
def explained_import() -> Iterator[None]:
    """Say what to install where the client of the log's servers is missing; raises OSError then."""
    try:
        yield
    except ModuleNotFoundError as missing:
        raise OSError(
            f"a log on other machines needs the package {missing.name}: "
            "pip install 'compute-futures-exchange[cluster]'"
        ) from None


def writable(
    directory: Path,
    durability: Durability = "fsync",
    snapshots_kept: int = SNAPSHOTS_KEPT,
) -> Opened:
    """Open or begin the log of a data directory and take its lock; close the reader to give it back.

    Raises LogLockedError when another process has it, NotAloneError where its authority is a stream, and as
    `readable` does.
    """
    if (directory / NODE_NAME).exists():
        raise NotAloneError(
            f"{directory} holds a copy of a log on JetStream: name its servers with --log; to go on alone for "
            f"ever, remove {directory / NODE_NAME}"
        )
    log = CommandLog(directory, writable=True, durability=durability, snapshots_kept=snapshots_kept)
    return Opened(log, LogWriter(log))
