"""Node: who a data directory is among the nodes of a log, kept in ``node.json`` beside its copy."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

import msgspec

from exchange.log.jetstream.address import LogServerError
from exchange.log.opening import NODE_NAME


class Node(msgspec.Struct, frozen=True, kw_only=True):
    """One data directory's part in a log.

    node: random, its identity. log: the log's name. epoch: the newest that it knows of, 0 for none.
    primary: which node that epoch belongs to.
    """

    node: str
    log: str
    epoch: int = 0
    primary: str = ""

    @property
    def was_primary(self) -> bool:
        """Say whether, as far as this directory knows, it is the primary's."""
        return self.epoch > 0 and self.primary == self.node

    def knows(self, epoch: int, primary: str) -> Node:
        """Return this with a newer epoch."""
        return msgspec.structs.replace(self, epoch=epoch, primary=primary)


def new(log: str) -> Node:
    """Draw a node that knows of no epoch yet."""
    return Node(node=secrets.token_hex(6), log=log)


def load(directory: Path, log: str = "") -> Node:
    """Return a directory's node, a new one where it has none; log: whose it has to be, if any.

    Raises LogServerError when the directory belongs to another log, or its file holds something else.
    """
    path = directory / NODE_NAME
    try:
        found = msgspec.json.decode(path.read_bytes(), type=Node)
    except FileNotFoundError:
        return new(log)
    except msgspec.DecodeError as error:
        raise LogServerError(f"{path} does not say which node this is: {error}") from None
    if log and found.log != log:
        raise LogServerError(
            f"{directory} is a node of the log {found.log}, not of {log}: name another --data-dir"
        )
    return found


def save(directory: Path, node: Node) -> None:
    """Keep it durably, all or nothing."""
    directory.mkdir(parents=True, exist_ok=True, mode=0o700)
    part = directory / f"{NODE_NAME}.part"
    with part.open("wb") as file:
        file.write(msgspec.json.format(msgspec.json.encode(node), indent=2) + b"\n")
        file.flush()
        os.fsync(file.fileno())
    part.replace(directory / NODE_NAME)
