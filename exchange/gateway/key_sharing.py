"""KeySharing: the API keys of one log's nodes, the same on all, sealed on their way.

Keys are only ever added and revoked, so the nodes' stores are joined: whoever finds that the shared list
lacks something writes the union of both. What is shared is encrypted and authenticated with a secret that
every node has in a file and the log's servers do not (Fernet, https://github.com/fernet/spec).
"""

from __future__ import annotations

import os
import zlib
from contextlib import suppress
from pathlib import Path

import msgspec
from cryptography.fernet import Fernet, InvalidToken

from exchange.gateway.keys import FILE_MODE, KeyRow, KeyStore
from exchange.log.jetstream.address import LogServerError
from exchange.log.jetstream.bucket import NOTHING, LogBucket

SECRET_NAME = "cluster.secret"
KEYS = "keys"

_rows = msgspec.msgpack.Decoder(list[KeyRow])


class SecretError(LogServerError):
    """The nodes' common secret is missing here, or another than the one that sealed the shared keys."""


def secret(directory: Path, *, create: bool) -> Fernet | None:
    """Return a directory's secret; None where it has none and ``create`` is not set.

    Raises SecretError where the file holds no secret.
    """
    path = directory / SECRET_NAME
    if create:
        with suppress(FileExistsError):
            descriptor = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, FILE_MODE)
            with os.fdopen(descriptor, "wb") as file:
                file.write(Fernet.generate_key() + b"\n")
    try:
        return Fernet(path.read_bytes().strip())
    except FileNotFoundError:
        return None
    except ValueError:
        raise SecretError(f"{path} holds no secret: copy the primary's here") from None


class KeySharing:
    """Joins a directory's keys with those that the log's nodes share."""

    def __init__(self, store: KeyStore, bucket: LogBucket, directory: Path) -> None:
        self._store = store
        self._bucket = bucket
        self._directory = directory
        self._shared = NOTHING
        self._known: list[KeyRow] = []

    async def join(self) -> None:
        """Take over what others added and revoked, and give them what they lack.

        The first node makes the secret. Raises SecretError where this one lacks it, or has another, and
        UnansweredError.
        """
        found = await self._bucket.get(KEYS)
        had_secret = (self._directory / SECRET_NAME).exists()
        seal = secret(self._directory, create=found == NOTHING)
        if seal is None:
            raise SecretError(
                f"{self._directory / SECRET_NAME} is missing: copy it from the primary's data directory, or "
                "its API keys will not be valid here"
            )
        if found.revision != self._shared.revision:
            self._known = self._opened(seal, found.value)
            self._store.merge(self._known)
            self._shared = found
        rows = self._store.rows()
        if rows != self._known:
            sealed = seal.encrypt(zlib.compress(msgspec.msgpack.encode(rows)))
            given = await self._bucket.put(KEYS, sealed, found)
            if given is not None:
                self._shared, self._known = given, rows
            elif not had_secret:
                # Another node was first after all: its secret counts, and is to be copied here.
                (self._directory / SECRET_NAME).unlink(missing_ok=True)

    def _opened(self, seal: Fernet, value: bytes) -> list[KeyRow]:
        try:
            return _rows.decode(zlib.decompress(seal.decrypt(value)))
        except (InvalidToken, zlib.error, msgspec.DecodeError):
            raise SecretError(
                f"{self._directory / SECRET_NAME} is not what the log's keys are sealed with: copy it from "
                "the primary's data directory"
            ) from None
