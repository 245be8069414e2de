"""A log of earlier rules as a log of today's, in a new directory; the old one is only read.

Every batch is checked against the chain that it was written in, converted, and applied by today's core
before it is written: what the new log holds can be replayed.
"""

from __future__ import annotations

import asyncio
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

from exchange.core import invariants, snapshot
from exchange.core.core import RULES_VERSION
from exchange.log import codec
from exchange.log.codec import CorruptLogError
from exchange.log.conversion import ConversionError, way
from exchange.log.jetstream import address
from exchange.log.jetstream import node as nodes
from exchange.log.jetstream.node import Node
from exchange.log.opening import NODE_NAME, explained_import
from exchange.log.snapshots import SNAPSHOTS_NAME
from exchange.log.store import CommandLog
from exchange.log.terms import LOG_NAME
from exchange.replica import Replica

NOT_COPIED = ("commands.*", NODE_NAME, f"{SNAPSHOTS_NAME}*", "*-wal", "*-shm", "*-journal")
"""What a new log makes for itself; SQLite files beside it are copied by SQLite."""


class Migrated(NamedTuple):
    """What a migration gave: the version it came from, what the new log holds and the digest there."""

    version: int
    commands: int
    batches: int
    digest: str
    broken_laws: list[str]


def version_of(directory: Path) -> int:
    """Return the rules version of the log in a data directory, whatever it is."""
    with closing(_read_only(directory)) as database:
        found = database.execute("SELECT value FROM meta WHERE key = 'rules_version'").fetchone()
    if found is None:
        raise ConversionError(f"{directory / LOG_NAME} names no rules version: it is no log")
    return int(found[0])


def migrate(
    source: Path,
    target: Path,
    *,
    log_address: str | None = None,
    progress: Callable[[int], None] = lambda seq: None,
) -> Migrated:
    """Write the log in ``source`` anew in ``target`` under today's rules, with a snapshot at its end.

    log_address: of the new stream that it goes on in; a copy of a stream needs one, and is compared with
    its stream first. Raises ConversionError where there is no way, nothing to convert or no beginning,
    FileExistsError where the target has files, and LogServerError where the servers cannot be asked or have
    something else: in all these cases nothing is written. CorruptLogError names the batch that is damaged;
    what was written until then is removed.
    """
    version = version_of(source)
    if version == RULES_VERSION:
        raise ConversionError(f"{source} is of rules version {version} already: serve it as it is")
    steps = way(version)
    first_seq = _first_seq(source)
    if first_seq > 1:
        raise ConversionError(
            f"{source} was pruned and begins at seq {first_seq:,}: what was before it is only in snapshots of "
            f"rules version {version}, which no other release reads. Migrate a copy from before `cfx log "
            "prune`, or go on with the release that wrote it"
        )
    if target.exists() and any(target.iterdir()):
        raise FileExistsError(f"{target} has files in it: name a new directory")
    node = _renewed(source, log_address)
    made = not target.exists()
    log = CommandLog(target, writable=True)
    replica, batches = Replica(), 0
    try:
        for rows, texts in _records(source):
            for step in steps:
                rows, texts = step(rows, texts)
            batch = codec.decode(rows, texts)
            replica.apply(batch)
            log.append(batch)
            batches += 1
            progress(replica.core.seq)
        broken = invariants.violations(replica.core)
        log.save_snapshot(replica.snapshot())
        log.close()
        _copy_rest(source, target)
        if node is not None:
            nodes.save(target, node)
    except BaseException:
        log.close()
        shutil.rmtree(target)
        if not made:
            target.mkdir()
        raise
    return Migrated(version, replica.core.seq, batches, snapshot.digest(replica.core), broken)


def _first_seq(directory: Path) -> int:
    with closing(_read_only(directory)) as database:
        found = database.execute("SELECT min(first_seq) FROM batches").fetchone()
    return int(found[0] or 1)


def last_seq(directory: Path) -> int:
    """Return where the log in a data directory ends, whatever its rules."""
    return _ending(directory)[0]


def _ending(directory: Path) -> tuple[int, int]:
    """Return the last command of a log, and the chained checksum there."""
    with closing(_read_only(directory)) as database:
        found = database.execute(
            "SELECT first_seq + count - 1, checksum FROM batches ORDER BY first_seq DESC LIMIT 1"
        ).fetchone()
    return (int(found[0]), int(found[1])) if found else (0, 0)


def _renewed(source: Path, log_address: str | None) -> Node | None:
    """Return who the new directory is among the nodes of a new stream, None for a log that has none."""
    if log_address is None:
        if (source / NODE_NAME).exists():
            raise ConversionError(
                f"{source} holds a copy of the log {nodes.load(source).log} on JetStream, whose stream keeps "
                "its rules: name the new stream that the log goes on in with --log, such as "
                f"nats://HOST/{nodes.load(source).log}-{RULES_VERSION}"
            )
        return None
    with explained_import():
        from exchange.log.jetstream.renewal import renewed
    return asyncio.run(renewed(source, address.parse(log_address), *_ending(source)))


def _read_only(directory: Path) -> sqlite3.Connection:
    path = directory / LOG_NAME
    if not path.exists():
        raise FileNotFoundError(f"{path}: no log here")
    return sqlite3.connect(path, isolation_level=None)


def _records(directory: Path) -> Iterator[tuple[bytes, bytes]]:
    """Yield the rows and texts of each batch, checked against the chain that they were written in."""
    with closing(_read_only(directory)) as database:
        checksum, seq = 0, 0
        found = database.execute(
            "SELECT first_seq, count, rows, texts, checksum FROM batches ORDER BY first_seq"
        )
        for first_seq, count, rows, texts, kept in found:
            checksum = codec.chained(checksum, rows, texts)
            if first_seq != seq + 1 or checksum != kept:
                raise CorruptLogError(f"the batch at seq {first_seq} is damaged or out of place")
            seq = first_seq + count - 1
            yield rows, texts


def _copy_rest(source: Path, target: Path) -> None:
    """Copy keys, statements and whatever else is beside the log."""
    shutil.copytree(
        source, target, ignore=shutil.ignore_patterns(*NOT_COPIED, "*.db"), dirs_exist_ok=True
    )
    for path in source.glob("*.db"):
        if path.name in (LOG_NAME, SNAPSHOTS_NAME):
            continue
        with (
            closing(sqlite3.connect(path)) as old,
            closing(sqlite3.connect(target / path.name)) as new,
        ):
            old.backup(new)
        (target / path.name).chmod(0o600)
