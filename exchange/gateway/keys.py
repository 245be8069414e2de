"""API keys: who may speak for an account, in a SQLite file of their own.

The secret signs requests (HMAC), so it is kept, but it is shown once, when the key is made, and
neither listed nor logged afterwards. Other processes may add and revoke keys at any time.
"""

from __future__ import annotations

import os
import secrets
import sqlite3
from collections.abc import Iterable, Mapping
from contextlib import closing, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

import msgspec

from exchange.explained import ExplainedError
from exchange.gateway import scopes as scope_names

KEYS_NAME = "keys.db"
"""Of the file in a data directory."""
FILE_MODE = 0o600
MAX_KEYS_PER_ACCOUNT = 100
MAX_LABEL_CHARACTERS = 64
MAX_ACCOUNT_CHARACTERS = 64
BUSY_TIMEOUT_S = 5.0

_SCHEMA = """
CREATE TABLE IF NOT EXISTS keys (
    client_id TEXT PRIMARY KEY,
    client_secret TEXT NOT NULL,
    account TEXT NOT NULL,
    scopes TEXT NOT NULL,
    label TEXT NOT NULL,
    created_ns INTEGER NOT NULL,
    revoked_ns INTEGER
) STRICT
"""


class KeyRefusedError(ExplainedError, ValueError):
    """A key that cannot be made; its text says why."""


class Credentials(NamedTuple):
    """What the owner of a new key is given, once."""

    client_id: str
    client_secret: str


@dataclass(frozen=True, slots=True)
class Key:
    """One valid key; created_ns in UTC nanoseconds."""

    client_id: str
    client_secret: str = field(repr=False)
    account: str
    scopes: tuple[str, ...]
    label: str
    created_ns: int


class KeyListing(NamedTuple):
    """A key as it may be shown; revoked_ns is None while it is valid."""

    client_id: str
    account: str
    scopes: tuple[str, ...]
    label: str
    created_ns: int
    revoked_ns: int | None


class KeyRow(NamedTuple):
    """A key as it is kept; the secret of a revoked one is empty."""

    client_id: str
    client_secret: str
    account: str
    scopes: str
    label: str
    created_ns: int
    revoked_ns: int | None

    def __repr__(self) -> str:
        return f"KeyRow({self.client_id!r}, …, {self.account!r})"


class KeyStore:
    """The keys of one exchange; the file is readable by its owner only.

    Not for use from several threads; several processes may each have their own.
    """

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        # SQLite gives its journal the mode of the file, so the file must have it first.
        with suppress(FileExistsError):
            os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, FILE_MODE))
        path.chmod(FILE_MODE)
        self.path = path
        self._connection = sqlite3.connect(path, timeout=BUSY_TIMEOUT_S, isolation_level=None)
        self._connection.execute("PRAGMA synchronous=FULL")
        self._connection.execute("PRAGMA secure_delete=ON")
        self._connection.execute(_SCHEMA)
        self._keys: dict[str, Key] = {}
        self._version = -1
        self.refresh()

    def create(
        self,
        account: str,
        scopes: Iterable[str] = scope_names.DEFAULT_SCOPES,
        label: str = "",
        *,
        created_ns: int,
        credentials: Credentials | None = None,
    ) -> Credentials:
        """Make a key for an account and return its id and secret; raises KeyRefusedError.

        credentials: drawn before; new ones are drawn where they are not given.
        """
        _check_text("account", account, 1, MAX_ACCOUNT_CHARACTERS)
        _check_text("label", label, 0, MAX_LABEL_CHARACTERS)
        try:
            granted = scope_names.checked(scopes)
        except scope_names.ScopeError as error:
            raise KeyRefusedError(str(error)) from error
        made = credentials or drawn_credentials()
        row = (*made, account, " ".join(granted), label, created_ns)
        with closing(
            self._connection.execute(
                "INSERT INTO keys SELECT ?, ?, ?, ?, ?, ?, NULL WHERE "
                "(SELECT count(*) FROM keys WHERE account = ? AND revoked_ns IS NULL) < ?",
                (*row, account, MAX_KEYS_PER_ACCOUNT),
            )
        ) as cursor:
            inserted = cursor.rowcount
        if not inserted:
            raise KeyRefusedError(f"account {account} has {MAX_KEYS_PER_ACCOUNT} keys")
        self._load()
        return made

    def find(self, client_id: str) -> Key | None:
        """Return a valid key."""
        return self._keys.get(client_id)

    def keys(self) -> list[Key]:
        """Return the valid keys, oldest first."""
        return list(self._keys.values())

    def listing(self) -> list[KeyListing]:
        """Return every key, revoked ones too, oldest first, without the secrets."""
        rows = self._connection.execute(
            "SELECT client_id, account, scopes, label, created_ns, revoked_ns FROM keys "
            "ORDER BY created_ns, rowid"
        ).fetchall()
        return [KeyListing(r[0], r[1], tuple(r[2].split()), r[3], r[4], r[5]) for r in rows]

    def revoke(self, client_id: str, *, revoked_ns: int) -> bool:
        """End a key for ever and forget its secret; False when no valid key has this id."""
        cursor = self._connection.execute(
            "UPDATE keys SET revoked_ns = ?, client_secret = '' "
            "WHERE client_id = ? AND revoked_ns IS NULL",
            (revoked_ns, client_id),
        )
        self._load()
        return cursor.rowcount > 0

    def rows(self) -> list[KeyRow]:
        """Return every key as it is kept, with its secret, by client_id."""
        found = self._connection.execute(
            "SELECT client_id, client_secret, account, scopes, label, created_ns, revoked_ns "
            "FROM keys ORDER BY client_id"
        )
        return [KeyRow(*row) for row in found]

    def merge(self, rows: Iterable[KeyRow]) -> None:
        """Add the keys that are not here, and revoke those that are revoked there; all or nothing."""
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            self._connection.executemany(
                "INSERT INTO keys VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (client_id) DO UPDATE SET "
                "revoked_ns = excluded.revoked_ns, client_secret = '' "
                "WHERE revoked_ns IS NULL AND excluded.revoked_ns IS NOT NULL",
                rows,
            )
        except BaseException:
            self._connection.execute("ROLLBACK")
            raise
        self._connection.execute("COMMIT")
        self._load()

    def refresh(self) -> frozenset[str]:
        """Take over what other processes changed; returns the ids of keys that ended."""
        # Changes with the commits of other connections only; our own reload at once.
        version = self._connection.execute("PRAGMA data_version").fetchone()[0]
        if version == self._version:
            return frozenset()
        self._version = version
        before = self._keys.keys()
        self._load()
        return frozenset(before - self._keys.keys())

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

    def _load(self) -> None:
        rows = self._connection.execute(
            "SELECT client_id, client_secret, account, scopes, label, created_ns FROM keys "
            "WHERE revoked_ns IS NULL ORDER BY created_ns, rowid"
        ).fetchall()
        self._keys = {r[0]: Key(r[0], r[1], r[2], tuple(r[3].split()), r[4], r[5]) for r in rows}


def drawn_credentials() -> Credentials:
    """Return an id and a secret that nobody has."""
    # The id of letters and digits alone: on a command line a dash in front would make it an option.
    return Credentials(secrets.token_hex(6), secrets.token_urlsafe(32))


def write_keys_json(path: Path, keys: Mapping[str, Credentials]) -> None:
    """Write ``{account: {client_id, client_secret}}``, for the owner only, all or nothing."""
    text = msgspec.json.format(
        msgspec.json.encode({name: made._asdict() for name, made in keys.items()}), indent=2
    )
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    descriptor = os.open(temporary, os.O_CREAT | os.O_EXCL | os.O_WRONLY, FILE_MODE)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(text + b"\n")
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def read_keys_json(path: Path) -> dict[str, Credentials]:
    """Read what write_keys_json wrote; raises OSError, and ValueError on other content."""
    entries = msgspec.json.decode(path.read_bytes(), type=dict[str, dict[str, str]])
    try:
        return {
            name: Credentials(entry["client_id"], entry["client_secret"])
            for name, entry in entries.items()
        }
    except KeyError as missing:
        raise ValueError(f"{path}: an entry lacks {missing}") from missing


def _check_text(name: str, text: str, least: int, most: int) -> None:
    if not least <= len(text) <= most or not text.isprintable():
        raise KeyRefusedError(f"{name} must be {least} to {most} printable characters")
